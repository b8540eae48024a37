"""All operations of the API, joined."""

from commonhub.api import (
    admission,
    asking,
    audit,
    changes,
    charter,
    communities,
    decisions,
    groups,
    health,
    homes,
    hubs,
    me,
    people,
    rollouts,
    rosters,
)
from commonhub.api.door import api

__all__ = ["api"]

for each in (
    me,
    decisions,
    communities,
    charter,
    hubs,
    changes,
    rollouts,
    rosters,
    homes,
    admission,
    groups,
    asking,
    people,
    audit,
    health,
):
    api.add_router("", each.router)
