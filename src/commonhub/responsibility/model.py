"""The nouns of the shared responsibility model: area, responsibility, role, team, and the model that holds them.

The source is the service's "Shared responsibility model" document; `model.yaml` says it as data.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

MOST_IN_AN_AREA: Final = 5  # responsibilities; the source's own rule, so that nobody is overwhelmed


class Side(StrEnum):
    """Where a person stands."""

    SERVICE = "service"  # with those who run the hubs
    COMMUNITY = "community"  # with those who use them


class Share(StrEnum):
    """Which side carries a responsibility."""

    SERVICE = "service"  # the service alone
    COMMUNITY = "community"  # the community alone
    SHARED = "shared"  # either, or both together

    def takes(self, side: Side) -> bool:
        """Whether people of this side carry it."""
        return self is Share.SHARED or self.value == side.value


class Reach(StrEnum):
    """The widest place for which a role may be held."""

    FLEET = "fleet"  # all communities
    COMMUNITY = "community"  # one community and all its hubs
    HUB = "hub"  # one hub


@dataclass(frozen=True, kw_only=True)
class Team:
    """People who work together around a community's hub; `works_with` names the teams it works with closely."""

    id: str
    title: str
    meaning: str
    side: Side
    works_with: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Area:
    """One kind of work, with the goal that all of it serves.

    `breakdown` says in words how service and community divide it, `carried_by` says it to the rules.
    `without_roles` says why no role carries it; empty where roles do. `team` is who usually works in it.
    """

    id: str
    title: str
    goal: str
    carried_by: Share
    breakdown: str
    team: str
    without_roles: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One kind of thing that shows that a responsibility is being carried. It counts for `fresh_days` days."""

    id: str
    meaning: str
    fresh_days: int


@dataclass(frozen=True, kw_only=True)
class Responsibility:
    """One duty.

    `permissions` are the powers it needs, `evidence` the kinds that show it is carried. `carried_by` is said where
    it differs from its area's. `awake`: somebody who carries it should be awake while the community works.
    """

    id: str
    title: str
    meaning: str
    area: str
    permissions: tuple[Permission, ...] = ()
    evidence: tuple[str, ...] = ()
    carried_by: Share | None = None
    awake: bool = False


@dataclass(frozen=True, kw_only=True)
class Role:
    """What somebody is appointed to.

    It gives the permissions of its responsibilities, without those it `withholds`. Whoever holds it holds those that
    it `includes` too. `sides` are where its holders may stand, `filled_by` says it in words. Any of `appointed_with`
    lets one appoint to it. `at_least` and `at_most` count a community's holders; 0 is no bound.
    """

    id: str
    title: str
    meaning: str
    team: str
    filled_by: str
    sides: tuple[Side, ...]
    widest: Reach
    responsibilities: tuple[str, ...]
    appointed_with: tuple[Permission, ...]
    withholds: tuple[Permission, ...] = ()
    includes: tuple[str, ...] = ()
    at_least: int = 0
    at_most: int = 0


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The thresholds of coverage. Hours are of the clock where the person or the community is, the last not counted."""

    practised_within_days: int
    most_per_person: int  # responsibilities of one person at one hub
    community_hours: tuple[int, int]  # when a community works
    waking_hours: tuple[int, int]  # when a person can be reached


@dataclass(frozen=True, kw_only=True)
class Model:
    """The whole. `checking.check` says whether it is sound; what is looked up here takes that for granted.

    Whoever carries anything at a place has the permissions of `carriers_may` there and in it: to look and to propose.
    At the community around it they have those of `carriers_see_around`, for the fleet those of `carriers_see_everywhere`.
    Those of `exceptional` come with no role, and only with leave, for a time and a reason.
    `founding_role` is the role of whoever begins a fleet: from it all others can be appointed.
    """

    title: str
    areas: tuple[Area, ...]
    responsibilities: tuple[Responsibility, ...]
    roles: tuple[Role, ...]
    teams: tuple[Team, ...]
    evidence: tuple[Evidence, ...]
    numbers: Numbers
    founding_role: str
    carriers_may: frozenset[Permission] = frozenset()
    carriers_see_around: frozenset[Permission] = frozenset()
    carriers_see_everywhere: frozenset[Permission] = frozenset()
    exceptional: frozenset[Permission] = frozenset()

    @functools.cached_property
    def area_by_id(self) -> Mapping[str, Area]:
        """Areas by their id."""
        return {area.id: area for area in self.areas}

    @functools.cached_property
    def responsibility_by_id(self) -> Mapping[str, Responsibility]:
        """Responsibilities by their id."""
        return {each.id: each for each in self.responsibilities}

    @functools.cached_property
    def role_by_id(self) -> Mapping[str, Role]:
        """Roles by their id."""
        return {role.id: role for role in self.roles}

    @functools.cached_property
    def evidence_by_id(self) -> Mapping[str, Evidence]:
        """Kinds of evidence by their id."""
        return {kind.id: kind for kind in self.evidence}

    @functools.cached_property
    def _owners(self) -> Mapping[Permission, Responsibility]:
        return {permission: each for each in self.responsibilities for permission in each.permissions}

    def responsibility_of(self, permission: Permission) -> Responsibility:
        """The one responsibility that a permission belongs to.

        Raises CommonhubError where the model gives it to none.
        """
        owner = self._owners.get(permission)
        if owner is None:
            raise errors.CommonhubError(
                f"The responsibility model gives {permission} to no responsibility.", "Check it: commonhub model check"
            )
        return owner

    def responsibilities_of(self, area: Area) -> tuple[Responsibility, ...]:
        """An area's responsibilities, in the model's order."""
        return tuple(each for each in self.responsibilities if each.area == area.id)

    def share_of(self, responsibility: Responsibility) -> Share:
        """Which side carries it where a community has agreed on nothing else."""
        return responsibility.carried_by or self.area_by_id[responsibility.area].carried_by

    @functools.cached_property
    def _with_included(self) -> Mapping[str, tuple[Role, ...]]:
        return {role.id: _unfold(role, self.role_by_id) for role in self.roles}

    def with_included(self, role_id: str) -> tuple[Role, ...]:
        """The role and all that it includes; nothing for a role that the model does not know."""
        return self._with_included.get(role_id, ())

    def permissions_of(self, role_id: str) -> frozenset[Permission]:
        """What a role and all that it includes give; exceptional permissions come with none."""
        return frozenset(
            power
            for role in self.with_included(role_id)
            for name in role.responsibilities
            for power in (self.responsibility_by_id[name].permissions if name in self.responsibility_by_id else ())
            if power not in role.withholds and power not in self.exceptional
        )

    @functools.cached_property
    def looks(self) -> frozenset[Permission]:
        """Everything that may come with carrying anything."""
        return self.carriers_may | self.carriers_see_around | self.carriers_see_everywhere

    def carriers(self, responsibility: Responsibility) -> tuple[Role, ...]:
        """The roles that carry a responsibility by their own list."""
        return tuple(role for role in self.roles if responsibility.id in role.responsibilities)


def _unfold(role: Role, known: Mapping[str, Role]) -> tuple[Role, ...]:
    """The role and all that it includes, each once, so that even a circle ends."""
    found = [role]
    for each in found:  # grows while it is walked
        found += [known[name] for name in each.includes if name in known and known[name] not in found]
    return tuple(found)
