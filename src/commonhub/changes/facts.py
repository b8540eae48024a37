"""What a change is weighed against besides the fleet's files: announced events, secrets that end, prices, use, room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commonhub.changes import price
from commonhub.fleet import models, planning

NEAR: Final = timedelta(days=2)  # before an event in which a change is a risk for it


@dataclass(frozen=True, kw_only=True)
class Event:
    """A workshop or class that was announced. `hub` "" means any of the community's."""

    title: str
    community: str
    hub: str = ""
    people: int
    begins: datetime
    ends: datetime
    memory: int | None = None  # bytes that each person needs, where somebody said it

    def is_near(self, now: datetime) -> bool:
        """Whether it runs, or begins soon."""
        return self.begins - NEAR <= now <= self.ends

    def concerns(self, hub_id: str) -> bool:
        """Whether a hub is one that it takes place on."""
        community, _, hub = hub_id.partition("/")
        return self.community == community and self.hub in {"", hub}


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A password, key or certificate that is known by name alone, and when it ends."""

    name: str
    community: str = ""
    hub: str = ""
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it. `room` is how many bytes of memory servers have in all where that is bounded, as on one machine."""

    now: datetime
    events: tuple[Event, ...] = ()
    secrets: tuple[Secret, ...] = ()
    schedule: price.Schedule = field(default_factory=price.Schedule)
    use: Mapping[str, price.Use] = field(default_factory=dict)  # by hub
    thresholds: Mapping[str, float] = field(default_factory=dict)  # by community
    retired: frozenset[str] = frozenset()  # hubs whose data is kept
    awake: frozenset[str] = frozenset()
    room: int | None = None


def announced(fleet: models.Fleet | None) -> tuple[Event, ...]:
    """The events that the communities' files announce."""
    return tuple(
        _event(community, each) for community in (fleet.communities if fleet else ()) for each in community.file.events
    )


def _event(community: models.Community, said: planning.Event) -> Event:
    zone = ZoneInfo(community.file.time_zone or "UTC")
    return Event(
        title=said.name,
        community=community.name,
        hub=said.hub or "",
        people=said.people,
        begins=planning.moment(said.begins, zone=zone),
        ends=planning.moment(said.ends, zone=zone, end=True),
        memory=said.memory if isinstance(said.memory, int) else None,
    )


def schedule(fleet: models.Fleet | None) -> price.Schedule:
    """The fleet's prices; a schedule that says nothing where there are none."""
    said = fleet.file.prices if fleet else None
    if said is None:
        return price.Schedule()
    return price.Schedule(
        currency=said.currency,
        memory_gib_hour=said.memory_gib_hour,
        core_hour=said.core_hour,
        storage_gib_month=said.storage_gib_month,
        gpu_hour=dict(said.gpu_hour),
    )


def thresholds(fleet: models.Fleet | None) -> dict[str, float]:
    """By community, from which sum a month on a change waits for a representative, where its file says so."""
    return {
        community.name: community.file.budget.threshold
        for community in (fleet.communities if fleet else ())
        if community.file.budget.threshold is not None
    }
