"""My duties by a token: what its scopes have to do with, so that a token tells no more of others than it could ask for."""

import functools
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
    Kind.SECRET: Permission.LOGIN_CONFIGURE,
    Kind.ENDING: Permission.SESSION_END,
}
"""What a token must carry to be told of each kind. Requests are told with the permission that they ask for."""


def of(who: Caller) -> Waiting:
    """What waits for the caller, as far as the token may know; the rest takes no place in it."""
    scopes = who.asker.scopes
    only = None if scopes is None else functools.partial(_told, scopes)
    return duties.of(who.person, now=who.now, also=waiting.lines(who.person, now=who.now), only=only)


def _told(scopes: frozenset[Permission], found: list[Duty]) -> list[Duty]:
    asks = models.Ask.objects.filter(pk__in=[each.number for each in found if each.kind is Kind.ASK])
    asked = dict(asks.values_list("pk", "permission"))
    return [each for each in found if _tells(each, scopes, asked)]


def _tells(duty: Duty, scopes: frozenset[Permission], asked: Mapping[int, str]) -> bool:
    if duty.kind is Kind.ASK:
        return asked.get(duty.number) in scopes
    takes = TAKES.get(duty.kind)
    return takes is None or takes in scopes
