"""My duties by a token: what its scopes have to do with, so that a token tells no more of others than it could ask for."""

import dataclasses
from collections.abc import Mapping
from typing import Final

from commonhub.api.door import Caller
from commonhub.changes import waiting
from commonhub.communities import duties, models
from commonhub.communities.duties import Duty, Kind, Waiting
from commonhub.responsibility.permissions import Permission

TAKES: Final[Mapping[Kind, Permission]] = {
    Kind.JOIN: Permission.JOIN_ANSWER,
    Kind.AGREEMENT: Permission.AGREEMENT_SEE,
    Kind.FINDING: Permission.COVERAGE_SEE,
    Kind.INVITATION: Permission.INVITATION_CREATE,
    Kind.CHANGE: Permission.CHANGE_SEE,
    Kind.REVIEW: Permission.CHANGE_SEE,
    Kind.ENDING: Permission.SESSION_END,
}
"""What a token must carry to be told of each kind. Requests are told with the permission that they ask for."""


def of(who: Caller) -> Waiting:
    """What waits for the caller, as far as the token may know."""
    found = duties.of(who.person, now=who.now, also=waiting.lines(who.person, now=who.now))
    scopes = who.asker.scopes
    if scopes is None:
        return found
    asked = dict(
        models.Ask.objects.filter(pk__in=[each.number for each in found.duties if each.kind is Kind.ASK]).values_list(
            "pk", "permission"
        )
    )
    shown = tuple(each for each in found.duties if _tells(each, scopes, asked))
    hidden = sum(each.count for each in found.duties) - sum(each.count for each in shown)
    return dataclasses.replace(found, duties=shown, count=found.count - hidden)


def _tells(duty: Duty, scopes: frozenset[Permission], asked: Mapping[int, str]) -> bool:
    if duty.kind is Kind.ASK:
        return asked.get(duty.number) in scopes
    takes = TAKES.get(duty.kind)
    return takes is None or takes in scopes
