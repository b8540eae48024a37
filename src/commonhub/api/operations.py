"""All operations of the API, joined."""

from commonhub.api import (
    admission,
    asking,
    audit,
    charter,
    communities,
    decisions,
    groups,
    health,
    hubs,
    me,
    people,
    rosters,
)
from commonhub.api.door import api

__all__ = ["api"]

for each in (me, decisions, communities, charter, hubs, rosters, admission, groups, asking, people, audit, health):
    api.add_router("", each.router)
