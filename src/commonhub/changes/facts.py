"""What a change is weighed against besides the fleet's files: announced events, secrets that end, prices, use, room."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commonhub.changes import price
from commonhub.fleet import models, planning

NEAR: Final = timedelta(days=2)  # before an event in which a change is a risk for it
ENDS_SOON: Final = timedelta(days=30)  # before a secret's end, people are told


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
    community: str = ""  # "" is the whole fleet
    hub: str = ""
    ends: datetime  # the first moment at which it does not hold

    @property
    def last_day(self) -> date:
        """The last day on which it holds, where it is."""
        return (self.ends - timedelta(microseconds=1)).date()

    def concerns(self, hubs: Collection[str]) -> bool:
        """Whether one of these hubs needs it."""
        if self.hub:
            return f"{self.community}/{self.hub}" in hubs
        return any(not self.community or hub_id.partition("/")[0] == self.community for hub_id in hubs)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it. `room`: bytes of memory that servers of the local engine have in all; None where nobody knows."""

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


def word(ends: datetime, now: datetime) -> str:
    """What a secret does on its last day, seen from now."""
    return "ended" if ends <= now else "ends"


def ending(fleet: models.Fleet | None) -> tuple[Secret, ...]:
    """The secrets whose end the files name: the fleet's own and those of communities."""
    if fleet is None:
        return ()
    return (
        *(_secret("", said, ZoneInfo("UTC")) for said in fleet.file.secrets),
        *(
            _secret(community.name, said, ZoneInfo(community.file.time_zone or "UTC"))
            for community in fleet.communities
            for said in community.file.secrets
        ),
    )


def _secret(community: str, said: planning.Secret, zone: ZoneInfo) -> Secret:
    return Secret(
        name=said.name, community=community, hub=said.hub or "", ends=planning.moment(said.ends, zone=zone, end=True)
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
