"""Who reads a page, as the rules know them."""

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from commonhub.changes import waiting
from commonhub.communities import agreements, allowing, charters, duties, models
from commonhub.ground import clock, errors
from commonhub.identity import askers
from commonhub.portal import mine
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.model import Side
from commonhub.responsibility.permissions import Permission

KEPT: Final = "commonhub.reader"  # beside what the web server says of the request
NAME: Final = re.compile(r"[a-z0-9-]{0,64}")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The person who is signed in, and the time at which they ask."""

    person: models.Person
    asker: allowing.Asker
    now: datetime

    @functools.cached_property
    def charter(self) -> deciding.Charter:
        """All that they carry anywhere; read once for a page."""
        return charters.bare((), people=[self.asker.handle], now=self.now)

    def around(self, place: Place) -> deciding.Charter:
        """All who carry anything at a place, and all that they carry anywhere."""
        return charters.near([place], people=[self.asker.handle], of=self.charter.model, now=self.now)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they are in a role now."""
        found = {each.place for each in self.charter.assignments.of(self.asker.handle) if each.holds_at(self.now)}
        return tuple(sorted(found, key=str))

    @functools.cached_property
    def communities(self) -> list[models.Community]:
        """Where they have a role of their own, by title."""
        return mine.communities(self.charter, self.asker.handle)

    @functools.cached_property
    def waiting(self) -> duties.Waiting:
        """What waits for them, across communities."""
        return duties.of(self.person, now=self.now, charter=self.charter, also=self._changes())

    def _changes(self) -> tuple[duties.Duty, ...]:
        """The changes that wait for their consent or review."""
        return waiting.lines(self.person, now=self.now, charter=self.charter)

    @property
    def lines_waiting(self) -> int:
        """How many lines that makes; beyond those that one page shows, how many things there are."""
        shown = sum(duty.count for duty in self.waiting.duties)
        return self.waiting.count if self.waiting.count > shown else len(self.waiting.duties)

    def may(self, place: Place) -> frozenset[Permission]:
        """Everything they may do at a place by their roles: what a page offers."""
        return self.charter.permissions(self.asker.handle, place)

    def signs_for(self, side: Side, place: Place) -> bool:
        """Whether they may sign agreements of a place for one of its sides: they must stand on it."""
        permission = Permission.AGREEMENT_OFFER if side is Side.SERVICE else Permission.AGREEMENT_ACCEPT
        found = deciding.decide(deciding.Actor(id=self.asker.handle), permission, place, charter=self.charter)
        return found.allowed and agreements.speaks_for(side, found)

    def reaches(self, permission: Permission, place: Place) -> bool:
        """Whether they have a permission at the whole of a place, by a role that reaches all of it.

        What whoever carries anything may do, they may do at wider places too; what lies there is not all theirs to see.
        """
        return any(own.holds(place) for own in self.places) and permission in self.may(place)

    def need(self, permission: Permission, place: Place) -> None:
        """Go on where they may. Raises NotAllowedError, which becomes the refusal page."""
        if permission not in self.may(place):
            allowing.allow(self.asker, permission, place, now=self.now)


def of(request: HttpRequest) -> Reader:
    """The reader of a page, the same one each time. Raises PermissionDenied for somebody who is not signed in."""
    known = request.META.get(KEPT)
    if isinstance(known, Reader):
        return known
    person = request.user
    if not isinstance(person, models.Person):
        raise PermissionDenied
    found = Reader(person=person, asker=askers.of(person), now=clock.system_clock())
    request.META[KEPT] = found
    return found


def place(community: str, hub: str = "") -> Place:
    """A place from words of an address or a form. Raises NotFoundError for what can't be one."""
    if not (NAME.fullmatch(community) and NAME.fullmatch(hub)) or (hub and not community):
        raise errors.NotFoundError("There is no such place.", "Look for it among your communities.")
    return Place(community=community, hub=hub)
