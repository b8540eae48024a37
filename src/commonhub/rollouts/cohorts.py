"""Which hubs get a change first, which next, and which wait. Pure.

The rules are those of teams that change many hubs by hand: staging before production, few and quiet and different
hubs first, nobody with an event near, larger shares only after smaller ones went well.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one hub that is to change."""

    hub_id: str
    community: str
    kind: tuple[str, ...] = ()  # what makes hubs differ: engine, login, storage
    staging: bool = False  # others are tried on it
    people: int = 0  # with a running server now
    used: bool = False  # somebody was there in the last seven days
    awake: bool = False
    free_from: datetime | None = None  # an event is near: not before this; None: at any time


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large cohorts may be."""

    first: int = 3  # most in the first cohort of staging and of production: one of each kind
    share: float = 0.1  # of the hubs that change, in the next
    largest: int = 50  # in any
    probes: int = 10  # most that are probed in one cohort


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Hubs that get a change together."""

    hubs: tuple[str, ...]
    probed: tuple[str, ...]  # those of them that are tried by a user's story afterwards
    not_before: datetime | None  # an event of one of them must be over
    because: str


def cohorts(hubs: Iterable[Facts], limits: Limits, *, together: bool = False) -> tuple[Cohort, ...]:
    """The cohorts in their order; each hub is in exactly one. `together`: the change is small, one will do."""
    known = sorted(_after_staging(hubs), key=_quiet)
    free = [hub for hub in known if hub.free_from is None]
    late = _late([hub for hub in known if hub.free_from is not None], limits)
    if together:
        return (*([_cohort(free, limits, "at once")] if free else []), *late)
    staging = _growing([hub for hub in free if hub.staging], limits, "staging")
    production = _growing([hub for hub in free if not hub.staging], limits, "production")
    return (*staging, *production, *late)


def _after_staging(hubs: Iterable[Facts]) -> list[Facts]:
    """Where a community's staging hub waits for an event, its other hubs wait as long."""
    known = list(hubs)
    waits: dict[str, datetime] = {}
    for hub in known:
        if hub.staging and hub.free_from is not None:
            waits[hub.community] = max(hub.free_from, waits.get(hub.community, hub.free_from))
    return [
        dataclasses.replace(hub, free_from=max(waits[hub.community], hub.free_from or waits[hub.community]))
        if hub.community in waits and not hub.staging
        else hub
        for hub in known
    ]


def _quiet(hub: Facts) -> tuple[int, bool, bool, str]:
    return hub.people, hub.used, hub.awake, hub.hub_id


def _cohort(hubs: Sequence[Facts], limits: Limits, because: str) -> Cohort:
    ends = [hub.free_from for hub in hubs if hub.free_from is not None]
    return Cohort(
        hubs=tuple(hub.hub_id for hub in hubs),
        probed=tuple(hub.hub_id for hub in different(hubs, limits.probes)),
        not_before=max(ends, default=None),
        because=because,
    )


def different(hubs: Sequence[Facts], most: int) -> list[Facts]:
    """At most so many, as different as can be: one of each kind, then a second of each, in the order given."""
    turns: dict[tuple[str, ...], int] = {}
    ranked = []
    for place, hub in enumerate(hubs):
        turn = turns.get(hub.kind, 0)
        turns[hub.kind] = turn + 1
        ranked.append((turn, place, hub))
    return [hub for _, _, hub in sorted(ranked, key=lambda each: each[:2])[:most]]


def _growing(hubs: Sequence[Facts], limits: Limits, because: str) -> list[Cohort]:
    if not hubs:
        return []
    kinds = len({hub.kind for hub in hubs})
    first = different(hubs, max(1, min(limits.first, kinds, limits.largest)))
    rest = [hub for hub in hubs if hub not in first]
    second = min(limits.largest, math.ceil(limits.share * len(hubs)))
    found = [_cohort(first, limits, f"{because}: few, quiet and different")]
    if rest[:second]:
        found.append(_cohort(rest[:second], limits, f"{because}: the next share"))
    found += [
        _cohort(rest[begin : begin + limits.largest], limits, f"{because}: the rest")
        for begin in range(second, len(rest), limits.largest)
    ]
    return found


def _late(hubs: Sequence[Facts], limits: Limits) -> tuple[Cohort, ...]:
    """Those with an event near, the earliest free first; no cohort waits longer than its own events ask."""
    groups: dict[tuple[datetime, bool], list[Facts]] = {}
    for hub in hubs:
        if hub.free_from is not None:
            groups.setdefault((hub.free_from, not hub.staging), []).append(hub)
    return tuple(
        _cohort(group[begin : begin + limits.largest], limits, "after an event")
        for _, group in sorted(groups.items(), key=lambda item: item[0])
        for begin in range(0, len(group), limits.largest)
    )
