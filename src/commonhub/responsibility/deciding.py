"""May this person do this here? Allowed or not, with the reasons: the same ones that a refusal and a page show.

A person may use a permission at a place when they carry the responsibility that it belongs to there. They carry it
when an assignment in force reaches the place, its role carries the responsibility, and the side on which the person
stands is the one that carries it there by the usual breakdown or by what the community has agreed on.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from commonhub.responsibility.assignments import Assignment, Assignments, Departure, Leave, Person, Place
from commonhub.responsibility.model import Area, Model, Reach, Responsibility, Role, Share, Side
from commonhub.responsibility.permissions import Permission

_NARROWNESS: Final = {reach: number for number, reach in enumerate(Reach)}  # they stand from the widest on


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks. `scopes` are the permissions of the token they come with; None where they come themselves.

    `owns`: they own the machine on which all this runs. Nothing in software can hold them back, so the rules do not
    pretend to: they may, and the reason says why.
    """

    id: str
    scopes: frozenset[Permission] | None = None
    owns: bool = False


class Ground(StrEnum):
    """What speaks for or against an act."""

    CARRIES = "carries"  # they carry the responsibility here
    CARRIES_SOMETHING = "carries-something"  # they carry anything here, and this only looks or proposes
    HAS_LEAVE = "has-leave"  # they were given leave
    OWNS = "owns"  # they own the machine
    NOTHING = "nothing"  # no assignment of theirs has to do with it
    ELSEWHERE = "elsewhere"  # they carry it, at another place
    ENDED = "ended"  # they carried it until a time that is past
    TOO_EARLY = "too-early"  # they will carry it
    OTHER_SIDE = "other-side"  # the other side carries it here
    MISFILLED = "misfilled"  # their role may not be held by that side or for so wide a place
    WITHHELD = "withheld"  # their role carries the responsibility without this permission
    NEEDS_LEAVE = "needs-leave"  # it comes with no role
    LEAVE_ENDED = "leave-ended"  # they had leave
    OUT_OF_SCOPE = "out-of-scope"  # their token was made without it

    @property
    def allows(self) -> bool:
        """Whether it is enough by itself."""
        return self in {Ground.CARRIES, Ground.CARRIES_SOMETHING, Ground.HAS_LEAVE, Ground.OWNS}

    @property
    def forbids(self) -> bool:
        """Whether nothing else can outweigh it."""
        return self is Ground.OUT_OF_SCOPE


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that speaks for or against: the ground, and the role and assignment, or leave, that it stands on."""

    ground: Ground
    role: Role | None = None
    assignment: Assignment | None = None
    leave: Leave | None = None


@dataclass(frozen=True, kw_only=True)
class Charter:
    """The model, who is appointed, and the time: all that a decision looks at."""

    model: Model
    assignments: Assignments
    now: datetime

    def share(self, responsibility: Responsibility, place: Place) -> Share:
        """Which side carries a responsibility at this place."""
        departure = self.assignments.departure(responsibility.id, place)
        return departure.carried_by if departure else self.model.share_of(responsibility)

    def standing(
        self, assignment: Assignment, role: Role, responsibility: Responsibility, place: Place
    ) -> Ground | None:
        """How an assignment, by one of its roles, stands to a responsibility at a place; None: not at all."""
        narrowed = assignment.only is not None and responsibility.id not in assignment.only
        if responsibility.id not in role.responsibilities or narrowed:
            return None
        if assignment.until is not None and assignment.until <= self.now:
            return Ground.ENDED
        if not assignment.holds_at(self.now):
            return Ground.TOO_EARLY
        if not assignment.place.holds(place):
            return Ground.ELSEWHERE
        if not self._fills(assignment, role):
            return Ground.MISFILLED
        return Ground.CARRIES if self.share(responsibility, place).takes(assignment.side) else Ground.OTHER_SIDE

    def _fills(self, assignment: Assignment, role: Role) -> bool:
        if assignment.side is Side.COMMUNITY and assignment.place.reach is Reach.FLEET:
            return False  # they would carry, everywhere, what each community has agreed to carry itself
        return assignment.side in role.sides and _NARROWNESS[assignment.place.reach] >= _NARROWNESS[role.widest]

    def carriers(self, responsibility: Responsibility, place: Place) -> tuple[Person, ...]:
        """Who carries a responsibility at a place, by name."""
        return self._people(assignment.person for assignment, _ in self._carried_at(place).get(responsibility.id, ()))

    def holders(self, permission: Permission, place: Place) -> tuple[Person, ...]:
        """Who has a permission at a place by a role, by name. Exceptional ones nobody has so."""
        if permission in self.model.exceptional:
            return ()
        carried = self._carried_at(place).get(self.model.responsibility_of(permission).id, ())
        return self._people(assignment.person for assignment, role in carried if permission not in role.withholds)

    def _carried_at(self, place: Place) -> Mapping[str, Sequence[tuple[Assignment, Role]]]:
        """By which assignments, and which of their roles, each responsibility is carried at a place."""
        known = self._carried.get(place)
        if known is None:
            known = self._carried[place] = defaultdict(list)
            for assignment in self.assignments.near(place):
                for role in self.model.with_included(assignment.role):
                    for name in role.responsibilities:
                        duty = self.model.responsibility_by_id[name]
                        if self.standing(assignment, role, duty, place) is Ground.CARRIES:
                            known[name].append((assignment, role))
        return known

    @functools.cached_property
    def _carried(self) -> dict[Place, dict[str, list[tuple[Assignment, Role]]]]:
        """What was found out already: a page and coverage ask at the same place again and again."""
        return {}

    def appointers(self, responsibility: Responsibility, place: Place) -> tuple[Person, ...]:
        """Who can appoint somebody to carry a responsibility at a place, by name."""
        powers = {power for role in self.model.carriers(responsibility) for power in role.appointed_with}
        return self._people(person.id for power in powers for person in self.holders(power, place))

    def carries_something(self, assignment: Assignment, place: Place) -> bool:
        """Whether an assignment that reaches a place carries anything there."""
        return assignment.place.holds(place) and any(
            self.standing(assignment, role, self.model.responsibility_by_id[name], place) is Ground.CARRIES
            for role in self.model.with_included(assignment.role)
            for name in role.responsibilities
        )

    def sees(self, assignment: Assignment, place: Place) -> frozenset[Permission]:
        """What comes to whoever carries anything: all looks where the assignment reaches, few at the places around it."""
        if assignment.place.holds(place):
            return self.model.carriers_may if self.carries_something(assignment, place) else frozenset()
        if not place.holds(assignment.place) or not self.carries_something(assignment, assignment.place):
            return frozenset()
        return self.model.carriers_see_around if place.community else self.model.carriers_see_everywhere

    def permissions(self, person_id: str, place: Place) -> frozenset[Permission]:
        """Everything that a person may do at a place by their roles, without leaves."""
        known = self._permissions.get((person_id, place))
        if known is None:
            known = self._permissions[person_id, place] = self._found_permissions(person_id, place)
        return known

    @functools.cached_property
    def _permissions(self) -> dict[tuple[str, Place], frozenset[Permission]]:
        """As `_carried`."""
        return {}

    def _found_permissions(self, person_id: str, place: Place) -> frozenset[Permission]:
        found: set[Permission] = set()
        for assignment in self.assignments.of(person_id):
            for role in self.model.with_included(assignment.role):
                for name in role.responsibilities:
                    duty = self.model.responsibility_by_id[name]
                    if self.standing(assignment, role, duty, place) is Ground.CARRIES:
                        found.update(power for power in duty.permissions if power not in role.withholds)
            found |= self.sees(assignment, place)
        return frozenset(found) - self.model.exceptional

    def _people(self, ids: Iterator[str]) -> tuple[Person, ...]:
        return tuple(sorted((self.assignments.person(each) for each in set(ids)), key=lambda who: (who.name, who.id)))


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer.

    `share` says who carries the responsibility here, `departure` what was agreed on where that is not the usual.
    `charter` is what was looked at; whom a refusal names is found in it only when somebody asks.
    """

    person: Person
    permission: Permission
    place: Place
    responsibility: Responsibility
    area: Area
    share: Share
    departure: Departure | None
    exceptional: bool
    reasons: tuple[Reason, ...]
    charter: Charter = field(repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        """Whether the act may go on."""
        grounds = {reason.ground for reason in self.reasons}
        return any(ground.allows for ground in grounds) and not any(ground.forbids for ground in grounds)

    @functools.cached_property
    def carriers(self) -> tuple[Person, ...]:
        """Who carries the responsibility here."""
        return self.charter.carriers(self.responsibility, self.place)

    @functools.cached_property
    def holders(self) -> tuple[Person, ...]:
        """Who may do this here by a role, or give leave for it where it is exceptional."""
        return self.charter.holders(self._asked, self.place)

    @functools.cached_property
    def appointers(self) -> tuple[Person, ...]:
        """Who can appoint somebody who may, or who may give leave."""
        return self.charter.appointers(self.charter.model.responsibility_of(self._asked), self.place)

    @property
    def _asked(self) -> Permission:
        return Permission.LEAVE_GIVE if self.exceptional else self.permission


def decide(actor: Actor, permission: Permission, place: Place, *, charter: Charter, about: str = "") -> Decision:
    """May the actor do this at this place? Raises CommonhubError only where the model is not sound.

    `about` is the person whom an exceptional act concerns: a leave to open one server opens no other.
    """
    of = charter.model
    responsibility = of.responsibility_of(permission)
    return Decision(
        person=charter.assignments.person(actor.id),
        permission=permission,
        place=place,
        responsibility=responsibility,
        area=of.area_by_id[responsibility.area],
        share=charter.share(responsibility, place),
        departure=charter.assignments.departure(responsibility.id, place),
        exceptional=permission in of.exceptional,
        reasons=tuple(_reasons(actor, permission, place, charter, about)) or (Reason(ground=Ground.NOTHING),),
        charter=charter,
    )


def _reasons(actor: Actor, permission: Permission, place: Place, charter: Charter, about: str) -> Iterator[Reason]:
    if actor.owns:
        yield Reason(ground=Ground.OWNS)
    if actor.scopes is not None and permission not in actor.scopes:
        yield Reason(ground=Ground.OUT_OF_SCOPE)
    if permission in charter.model.exceptional:
        yield from _leaves(actor, permission, place, charter, about)
        return
    responsibility = charter.model.responsibility_of(permission)
    for assignment in charter.assignments.of(actor.id):
        for role in charter.model.with_included(assignment.role):
            ground = charter.standing(assignment, role, responsibility, place)
            if ground is Ground.CARRIES and permission in role.withholds:
                ground = Ground.WITHHELD
            if ground is not None:
                yield Reason(ground=ground, role=role, assignment=assignment)
        if permission in charter.sees(assignment, place):
            role = charter.model.role_by_id[assignment.role]
            yield Reason(ground=Ground.CARRIES_SOMETHING, role=role, assignment=assignment)


def _leaves(actor: Actor, permission: Permission, place: Place, charter: Charter, about: str) -> Iterator[Reason]:
    given = charter.assignments.leaves_of(actor.id, permission, place)
    found = [leave for leave in given if about in {"", leave.about} or not leave.about]
    for leave in found:
        yield Reason(ground=Ground.HAS_LEAVE if charter.now < leave.until else Ground.LEAVE_ENDED, leave=leave)
    if not any(charter.now < leave.until for leave in found):
        yield Reason(ground=Ground.NEEDS_LEAVE)
