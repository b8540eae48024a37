"""Who is appointed to what, and where a community has agreed on something else than the usual breakdown.

These are facts that somebody else keeps and hands over; nothing here reads or writes them.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commonhub.responsibility import model
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Place:
    """The whole fleet, one community with all its hubs, or one hub. `hub` is its name inside its community."""

    community: str = ""
    hub: str = ""

    def holds(self, other: "Place") -> bool:
        """Whether the other place is this one or lies in it."""
        return self.community in {"", other.community} and self.hub in {"", other.hub}

    @property
    def reach(self) -> model.Reach:
        """How wide it is."""
        if self.hub:
            return model.Reach.HUB
        return model.Reach.COMMUNITY if self.community else model.Reach.FLEET

    def __str__(self) -> str:
        return f"{self.community}/{self.hub}" if self.hub else self.community or "the fleet"


FLEET = Place()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody; `id` never changes, `name` is what others read."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One person is appointed to one role at one place.

    `side` is where the person stands. `only` narrows the role to some of its responsibilities; None for all of them.
    It holds from `since` on and ends at `until`; None for no bound.
    """

    person: str
    role: str
    side: model.Side
    place: Place = FLEET
    only: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it is in force."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Service and community have agreed that this responsibility is carried otherwise than usual at this place."""

    place: Place
    responsibility: str
    carried_by: model.Share


@dataclass(frozen=True, kw_only=True)
class Leave:
    """For a time and a reason, one person may do one exceptional thing at one place, and to `about` alone where it says so."""

    person: str
    permission: Permission
    place: Place
    given_by: str
    reason: str
    until: datetime
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Assignments:
    """All that is agreed on, and the people whom it names."""

    people: tuple[Person, ...] = ()
    given: tuple[Assignment, ...] = ()
    departures: tuple[Departure, ...] = ()
    leaves: tuple[Leave, ...] = ()

    @functools.cached_property
    def _person_by_id(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}

    def person(self, person_id: str) -> Person:
        """The person; one whose name is not known goes by the id."""
        return self._person_by_id.get(person_id) or Person(id=person_id, name=person_id)

    @functools.cached_property
    def _by_person(self) -> Mapping[str, tuple[Assignment, ...]]:
        found: dict[str, list[Assignment]] = defaultdict(list)
        for each in self.given:
            found[each.person].append(each)
        return {person: tuple(all_of_them) for person, all_of_them in found.items()}

    @functools.cached_property
    def _by_community(self) -> Mapping[str, tuple[Assignment, ...]]:
        found: dict[str, list[Assignment]] = defaultdict(list)
        for each in self.given:
            found[each.place.community].append(each)
        return {community: tuple(all_of_them) for community, all_of_them in found.items()}

    @functools.cached_property
    def _departures(self) -> Mapping[tuple[str, str, str], Departure]:
        return {(each.place.community, each.place.hub, each.responsibility): each for each in self.departures}

    def of(self, person_id: str) -> tuple[Assignment, ...]:
        """All assignments of one person, in force or not."""
        return self._by_person.get(person_id, ())

    def near(self, place: Place) -> tuple[Assignment, ...]:
        """All assignments whose place holds this one, in force or not."""
        of_fleet = self._by_community.get("", ())
        here = self._by_community.get(place.community, ()) if place.community else ()
        return tuple(each for each in (*of_fleet, *here) if each.place.holds(place))

    def within(self, community: str) -> tuple[Assignment, ...]:
        """All assignments to one community or its hubs, in force or not."""
        return self._by_community.get(community, ())

    def departure(self, responsibility: str, place: Place) -> Departure | None:
        """What is agreed on for this place: the hub's own agreement before its community's."""
        own = self._departures.get((place.community, place.hub, responsibility))
        return own or self._departures.get((place.community, "", responsibility))

    def leaves_of(self, person_id: str, permission: Permission, place: Place) -> tuple[Leave, ...]:
        """The leaves of one person for one thing at this place, ended ones too."""
        return tuple(
            leave
            for leave in self.leaves
            if leave.person == person_id and leave.permission is permission and leave.place.holds(place)
        )
