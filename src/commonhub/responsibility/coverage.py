"""How far responsibilities are truly carried: held, empowered and evidenced, for each hub, and as numbers.

Held: somebody carries it here. Empowered: one of them can sign in, can do in fact what the duty needs, and has done or
practised it within the model's time. Evidenced: something that the model accepts shows it, and is not too old.
Areas without roles are left out of the numbers.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from commonhub.responsibility.assignments import Person, Place
from commonhub.responsibility.deciding import Charter
from commonhub.responsibility.model import Responsibility
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """What is known about one person everywhere. An empty `time_zone` is one that is not known."""

    can_sign_in: bool
    time_zone: str = ""


UNKNOWN: Final = PersonFacts(can_sign_in=False)


@dataclass(frozen=True, kw_only=True)
class HubFacts:
    """What is known about one hub.

    `powers`: what each person can do there in fact; who is not named can do nothing.
    `practised`: when a person last did or practised a responsibility there, by (person, responsibility).
    `evidence`: when a thing of a kind last showed that a responsibility is carried, by (responsibility, kind).
    """

    place: Place
    time_zone: str = ""
    powers: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    practised: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    evidence: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that coverage looks at besides the charter. Of people who are not named nothing is known."""

    people: Mapping[str, PersonFacts] = field(default_factory=dict)
    hubs: tuple[HubFacts, ...] = ()

    def person(self, person_id: str) -> PersonFacts:
        """What is known about a person; one of whom nothing is known cannot sign in."""
        return self.people.get(person_id, UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One person carries one responsibility at one hub.

    `missing` are permissions that the duty gives and the person cannot use in fact. `practised` is when they last did
    it, None for never.
    """

    person: Person
    can_sign_in: bool
    missing: frozenset[Permission]
    practised: datetime | None
    fresh: bool

    @property
    def empowered(self) -> bool:
        """Whether they could do it today."""
        return self.can_sign_in and not self.missing and self.fresh


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One responsibility at one hub. `shown` is the newest evidence, None for none; `evidenced` whether it counts."""

    responsibility: Responsibility
    holdings: tuple[Holding, ...]
    shown: datetime | None
    evidenced: bool

    @property
    def held(self) -> bool:
        """Whether anybody carries it."""
        return bool(self.holdings)

    @functools.cached_property
    def empowered(self) -> bool:
        """Whether one of those who carry it could do so today."""
        return any(holding.empowered for holding in self.holdings)

    @property
    def complete(self) -> bool:
        """Held, empowered and evidenced."""
        return self.held and self.empowered and self.evidenced


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many of how many."""

    done: int
    of: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there is nothing to cover."""
        return self.done / self.of if self.of else None


@dataclass(frozen=True, kw_only=True)
class HubCoverage:
    """One hub's responsibilities, in the model's order, and what was known of the hub."""

    facts: HubFacts
    covered: tuple[Covered, ...]

    @property
    def score(self) -> Score:
        """How many responsibilities are covered whole."""
        return score(self.covered)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """All hubs."""

    hubs: tuple[HubCoverage, ...]

    @property
    def score(self) -> Score:
        """The fleet's number: over all hubs' responsibilities."""
        return score(each for hub in self.hubs for each in hub.covered)

    @property
    def communities(self) -> Mapping[str, Score]:
        """Each community's number, over its hubs."""
        by_community = sorted(self.hubs, key=lambda hub: hub.facts.place.community)
        groups = itertools.groupby(by_community, key=lambda hub: hub.facts.place.community)
        return {name: score(each for hub in hubs for each in hub.covered) for name, hubs in groups}


def score(covered: Iterable[Covered]) -> Score:
    """How many are covered whole."""
    whole = [each.complete for each in covered]
    return Score(done=sum(whole), of=len(whole))


def cover(charter: Charter, facts: Facts) -> Coverage:
    """Judge every hub."""
    return Coverage(hubs=tuple(_hub(charter, facts, hub) for hub in facts.hubs))


def _hub(charter: Charter, facts: Facts, hub: HubFacts) -> HubCoverage:
    wanted = [duty for duty in charter.model.responsibilities if not charter.model.area_by_id[duty.area].without_roles]
    return HubCoverage(facts=hub, covered=tuple(_covered(charter, facts, hub, duty) for duty in wanted))


def _covered(charter: Charter, facts: Facts, hub: HubFacts, duty: Responsibility) -> Covered:
    holdings = tuple(_holding(charter, facts, hub, duty, person) for person in charter.carriers(duty, hub.place))
    seen = {kind: hub.evidence[duty.id, kind] for kind in duty.evidence if (duty.id, kind) in hub.evidence}
    fresh = any(
        charter.now - moment <= timedelta(days=charter.model.evidence_by_id[kind].fresh_days)
        for kind, moment in seen.items()
    )
    shown = max(seen.values(), default=None)
    return Covered(responsibility=duty, holdings=holdings, shown=shown, evidenced=fresh)


def _holding(charter: Charter, facts: Facts, hub: HubFacts, duty: Responsibility, person: Person) -> Holding:
    given = charter.permissions(person.id, hub.place) & frozenset(duty.permissions)
    practised = hub.practised.get((person.id, duty.id))
    within = timedelta(days=charter.model.numbers.practised_within_days)
    return Holding(
        person=person,
        can_sign_in=facts.person(person.id).can_sign_in,
        missing=given - hub.powers.get(person.id, frozenset()),
        practised=practised,
        fresh=practised is not None and charter.now - practised <= within,
    )
