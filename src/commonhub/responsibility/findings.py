"""What is amiss in who carries what, in plain words, each with what would mend it."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from commonhub.responsibility import wording
from commonhub.responsibility.assignments import Assignment, Place
from commonhub.responsibility.coverage import Coverage, Covered, Facts, Holding, HubCoverage
from commonhub.responsibility.deciding import Charter, Ground
from commonhub.responsibility.model import Responsibility
from commonhub.responsibility.permissions import Permission

_NAMED: Final = 4  # permissions that are named before the rest is counted


class Kind(StrEnum):
    """What may be amiss."""

    NOBODY = "nobody"  # no one carries a responsibility
    TOO_MUCH = "too-much"  # one person carries too many
    NO_SIGN_IN = "no-sign-in"  # who carries it cannot sign in
    DUTY_WITHOUT_POWER = "duty-without-power"  # who carries it lacks what it needs
    POWER_WITHOUT_DUTY = "power-without-duty"  # who does not carry it can do it
    NOT_PRACTISED = "not-practised"  # it was not done for too long
    NOT_SHOWN = "not-shown"  # nothing recent shows that it is carried
    NOBODY_AWAKE = "nobody-awake"  # no holder is awake while the community works
    NOT_AGREED = "not-agreed"  # somebody is appointed to what the other side carries, or may not fill
    TOO_FEW = "too-few"  # a role has fewer holders than the model asks for
    TOO_MANY = "too-many"  # a role has more holders than the model allows


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing amiss: where, about what and whom, one sentence of it, and one of what to do.

    `responsibility` and `role` are ids, empty where it is about none. `people` are whom it concerns: those whom it is
    about, or those who can appoint where somebody is missing.
    """

    kind: Kind
    place: Place
    sentence: str
    mend: str
    responsibility: str = ""
    role: str = ""
    people: tuple[str, ...] = ()


def find(charter: Charter, facts: Facts, coverage: Coverage) -> tuple[Finding, ...]:
    """Everything that is amiss, hub by hub, then community by community."""
    found = [each for hub in coverage.hubs for each in _hub(charter, facts, hub)]
    for community in sorted({hub.place.community for hub in facts.hubs}):
        found += _numbers(charter, Place(community=community))
    found += _not_agreed(charter, facts)
    return tuple(found)


def _hub(charter: Charter, facts: Facts, hub: HubCoverage) -> Iterator[Finding]:
    place = hub.facts.place
    for covered in hub.covered:
        if not covered.held:
            yield _nobody(charter, place, covered.responsibility)
            continue
        for holding in covered.holdings:
            yield from _holding(charter, place, covered.responsibility, holding)
        if not covered.evidenced:
            yield _not_shown(charter, place, covered)
        if covered.responsibility.awake:
            yield from _nobody_awake(charter, facts, hub, covered)
    yield from _too_much(charter, hub)
    yield from _power_without_duty(charter, hub)


def _nobody(charter: Charter, place: Place, duty: Responsibility) -> Finding:
    appointers = charter.appointers(duty, place)
    roles = " or ".join(role.title for role in charter.model.carriers(duty))
    mend = f"Appoint a {roles}."
    if appointers:
        mend = f"{wording.names(appointers)} can appoint a {roles}."
    return Finding(
        kind=Kind.NOBODY,
        place=place,
        sentence=f"Nobody carries '{duty.title}' for {place}.",
        mend=mend,
        responsibility=duty.id,
        people=tuple(person.id for person in appointers),
    )


def _holding(charter: Charter, place: Place, duty: Responsibility, of: Holding) -> Iterator[Finding]:
    def finding(kind: Kind, sentence: str, mend: str) -> Finding:
        return Finding(
            kind=kind, place=place, sentence=sentence, mend=mend, responsibility=duty.id, people=(of.person.id,)
        )

    who, what = of.person.name, f"'{duty.title}' for {place}"
    if not of.can_sign_in:
        yield finding(
            Kind.NO_SIGN_IN, f"{who} carries {what} and cannot sign in.", f"Invite {who}, or appoint another."
        )
    if of.missing:
        sentence = f"{who} carries {what} without the power to {_powers(of.missing, place)}."
        yield finding(Kind.DUTY_WITHOUT_POWER, sentence, "Bring the hub to what the fleet says, or end the duty.")
    if not of.fresh:
        limit = charter.model.numbers.practised_within_days
        if of.practised is None:
            sentence = f"{who} carries {what} and has never done or practised it."
        else:
            sentence = f"{who} carries {what} and has not practised it for {_days(charter.now, of.practised)} days."
        mend = f"Rehearse it: what was done in the last {limit} days counts."
        yield finding(Kind.NOT_PRACTISED, sentence, mend)


def _not_shown(charter: Charter, place: Place, covered: Covered) -> Finding:
    duty = covered.responsibility
    kinds = "; or: ".join(charter.model.evidence_by_id[kind].meaning for kind in duty.evidence)
    since = "Nothing shows"
    if covered.shown is not None:
        since = f"Nothing of the last {_days(charter.now, covered.shown)} days shows"
    return Finding(
        kind=Kind.NOT_SHOWN,
        place=place,
        sentence=f"{since} that '{duty.title}' is carried for {place}.",
        mend=f"This would show it: {kinds}",
        responsibility=duty.id,
        people=tuple(holding.person.id for holding in covered.holdings),
    )


def _too_much(charter: Charter, hub: HubCoverage) -> Iterator[Finding]:
    count = Counter(holding.person for covered in hub.covered for holding in covered.holdings)
    most = charter.model.numbers.most_per_person
    for person in sorted(count, key=lambda who: who.name):
        if count[person] > most:
            yield Finding(
                kind=Kind.TOO_MUCH,
                place=hub.facts.place,
                sentence=f"{person.name} carries {count[person]} responsibilities for {hub.facts.place}; {most} are the most.",
                mend=f"Let somebody else take some of {person.name}'s roles.",
                people=(person.id,),
            )


def _power_without_duty(charter: Charter, hub: HubCoverage) -> Iterator[Finding]:
    place = hub.facts.place
    for person_id, powers in sorted(hub.facts.powers.items()):
        leaves = charter.assignments
        spare = frozenset(
            power
            for power in powers - charter.permissions(person_id, place)
            if not any(charter.now < leave.until for leave in leaves.leaves_of(person_id, power, place))
        )
        if spare:
            who = charter.assignments.person(person_id).name
            yield Finding(
                kind=Kind.POWER_WITHOUT_DUTY,
                place=place,
                sentence=f"{who} can {_powers(spare, place)}, and carries no duty that needs it.",
                mend=f"Take the power away, or appoint {who} to a role that has it.",
                people=(person_id,),
            )


def _nobody_awake(charter: Charter, facts: Facts, hub: HubCoverage, covered: Covered) -> Iterator[Finding]:
    zones = [_zone(facts.person(holding.person.id).time_zone) for holding in covered.holdings]
    here = _zone(hub.facts.time_zone)
    known = [zone for zone in zones if zone is not None]
    if here is None or len(known) < len(zones):
        return  # nothing is said where a time zone is not known
    numbers = charter.model.numbers
    today = charter.now.astimezone(here).date()
    asleep = []
    for hour in range(*numbers.community_hours):
        moment = datetime.combine(today, time(hour), tzinfo=here)
        if not any(moment.astimezone(zone).hour in range(*numbers.waking_hours) for zone in known):
            asleep.append(hour)
    if asleep:
        duty, place = covered.responsibility, hub.facts.place
        sentence = (
            f"From {_spans(asleep)} in {hub.facts.time_zone} nobody is awake who carries '{duty.title}' for {place}."
        )
        mend = "Appoint somebody nearer to the community's time, or agree on which hours are looked after."
        people = tuple(holding.person.id for holding in covered.holdings)
        yield Finding(
            kind=Kind.NOBODY_AWAKE, place=place, sentence=sentence, mend=mend, responsibility=duty.id, people=people
        )


def _numbers(charter: Charter, place: Place) -> Iterator[Finding]:
    """Roles of which a community has too few holders or too many."""
    for role in charter.model.roles:
        holders = {
            each.person
            for each in charter.assignments.near(place)
            if each.role == role.id and each.holds_at(charter.now) and each.side in role.sides
        }
        who = tuple(sorted(holders))
        if len(who) < role.at_least:
            sentence = f"{place} has {len(who)} holders of {role.title}; {role.at_least} is the least."
            can = {person.id for power in role.appointed_with for person in charter.holders(power, place)}
            yield Finding(
                kind=Kind.TOO_FEW,
                place=place,
                sentence=sentence,
                mend="Appoint one.",
                role=role.id,
                people=tuple(sorted(can)),
            )
        if role.at_most and len(who) > role.at_most:
            sentence = f"{place} has {len(who)} holders of {role.title}; {role.at_most} are the most."
            yield Finding(
                kind=Kind.TOO_MANY,
                place=place,
                sentence=sentence,
                mend="End some appointments.",
                role=role.id,
                people=who,
            )


def _not_agreed(charter: Charter, facts: Facts) -> Iterator[Finding]:
    """Appointments that give nothing at the hubs they reach, because of the side or the width."""
    everywhere = [hub.place for hub in facts.hubs]
    by_community: dict[str, list[Place]] = defaultdict(list)
    for place in everywhere:
        by_community[place.community].append(place)
    for assignment in charter.assignments.given:
        roles = charter.model.with_included(assignment.role)
        near = by_community[assignment.place.community] if assignment.place.community else everywhere
        places = [place for place in near if assignment.place.holds(place)]
        if assignment.holds_at(charter.now) and places and roles and not _gives(charter, assignment, places):
            who, where = charter.assignments.person(assignment.person).name, assignment.place
            yield Finding(
                kind=Kind.NOT_AGREED,
                place=where,
                sentence=f"{who} is {roles[0].title} for {where} on the side of the {assignment.side}, and may do nothing.",
                mend="Agree that this side carries its responsibilities there, or end the appointment.",
                role=assignment.role,
                people=(assignment.person,),
            )


def _gives(charter: Charter, assignment: Assignment, places: Iterable[Place]) -> bool:
    return any(
        charter.standing(assignment, role, charter.model.responsibility_by_id[name], place) is Ground.CARRIES
        for place in places
        for role in charter.model.with_included(assignment.role)
        for name in role.responsibilities
    )


def _powers(powers: frozenset[Permission], place: Place) -> str:
    phrases = [power.phrase.format(place=place) for power in sorted(powers)]
    shown, rest = phrases[:_NAMED], len(phrases) - _NAMED
    return wording.listed([*shown, f"{rest} more"] if rest > 0 else shown)


def _days(now: datetime, then: datetime) -> int:
    return (now - then).days


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _spans(hours: list[int]) -> str:
    """`9:00 to 11:00 and 14:00 to 17:00`."""
    runs = [list(run) for _, run in itertools.groupby(hours, key=lambda hour: hour - hours.index(hour))]
    return wording.listed([f"{run[0]}:00 to {run[-1] + 1}:00" for run in runs])
