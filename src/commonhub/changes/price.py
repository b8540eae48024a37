"""What a change costs or saves in a month, with its working line by line. Pure.

What nobody knows is said as unknown and is never 0. Use is measured where it is measured, and otherwise assumed from
the number of people, which the working says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from commonhub.fleet import desired

_GIB: Final = 2**30
_CENT: Final = 0.005
COUNTED: Final = frozenset({("server", "memory"), ("server", "cpu"), ("storage", "home_quota")})
"""What has a line wherever it changes the price; the rest may cost something that no line can say."""
_TIMES: Final = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What things cost, in one currency. None: nobody has said."""

    currency: str = ""
    memory_gib_hour: float | None = None
    core_hour: float | None = None
    storage_gib_month: float | None = None
    gpu_hour: Mapping[str, float] = field(default_factory=dict)

    @property
    def says_something(self) -> bool:
        """Whether there are prices at all."""
        return any(each is not None for each in (self.memory_gib_hour, self.core_hour, self.storage_gib_month))


@dataclass(frozen=True, kw_only=True)
class Use:
    """How much a hub is used in 30 days. None: nobody knows. `how` says where the number comes from."""

    server_hours: float | None = None
    people: int | None = None
    how: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the working. `amount` is a month's, None where it is unknown."""

    words: str
    amount: float | None

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {"words": self.words, "amount": self.amount}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a change does to a month's price. `total` is None where a part of it is unknown."""

    currency: str
    lines: tuple[Line, ...] = ()

    @property
    def total(self) -> float | None:
        """The sum of all lines."""
        amounts = [each.amount for each in self.lines]
        return None if None in amounts else round(sum(each for each in amounts if each is not None), 2)

    @property
    def sentence(self) -> str:
        """The effect as one sentence."""
        if not self.lines:
            return "It changes nothing that has a price."
        if self.total is None:
            return "What it costs a month is not known; the working says what is missing."
        if abs(self.total) < _CENT:
            return "It costs as much as before."
        word = "more" if self.total > 0 else "less"
        return f"About {abs(self.total):.2f} {self.currency} a month {word}.".replace("  ", " ")

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "currency": self.currency,
            "total": self.total,
            "sentence": self.sentence,
            "lines": [each.told() for each in self.lines],
        }


def effect(
    before: desired.DesiredHub | None, after: desired.DesiredHub | None, *, use: Use, schedule: Schedule
) -> Effect:
    """What changes for one hub; None: there is no such hub before or after."""
    lines = [
        *_hourly("Memory", _memory(before), _memory(after), "GiB", use, schedule.memory_gib_hour, schedule.currency),
        *_hourly("Cores", _cores(before), _cores(after), "cores", use, schedule.core_hour, schedule.currency),
        *_gpus(before, after, use, schedule),
        *_machine(before, after),
        *_homes(before, after, use, schedule),
        *_longer(before, after),
        *_choices(before, after),
    ]
    return Effect(currency=schedule.currency, lines=tuple(lines))


def unknown(titles: Sequence[str], schedule: Schedule) -> Effect:
    """The effect of what has no price that anybody could know beforehand."""
    lines = tuple(Line(words=f"{title}: what it costs is only known afterwards.", amount=None) for title in titles)
    return Effect(currency=schedule.currency, lines=lines)


def together(effects: Sequence[Effect]) -> Effect:
    """The effects on several hubs as one."""
    lines = tuple(line for each in effects for line in each.lines)
    return Effect(currency=next((each.currency for each in effects), ""), lines=lines)


def _memory(hub: desired.DesiredHub | None) -> float | None:
    """GiB that one server is counted with: what it surely has, else the most that it may take. 0 without a hub."""
    if hub is None:
        return 0.0
    counted = hub.memory_guarantee or hub.memory_limit
    return None if counted is None else counted / _GIB


def _cores(hub: desired.DesiredHub | None) -> float | None:
    if hub is None:
        return 0.0
    return hub.cpu_guarantee or hub.cpu_limit


def _hourly(
    what: str, before: float | None, after: float | None, unit: str, use: Use, price: float | None, currency: str
) -> list[Line]:
    if before == after:
        return []
    one, other = (f"{_short(each)} {unit}" if each is not None else "no limit" for each in (before, after))
    head = f"{what} of each server: {one} → {other}"
    if before is None or after is None:
        return [Line(words=f"{head}: without a limit nobody can say what it costs.", amount=None)]
    if price is None:
        return [Line(words=f"{head}: the fleet has no price for this.", amount=None)]
    if use.server_hours is None:
        return [Line(words=f"{head}: how many hours servers run is not known.", amount=None)]
    amount = (after - before) * use.server_hours * price
    more, rate = _short(after - before, "+"), f"{price:g} {currency}".rstrip()
    working = f"{more} {unit} {_TIMES} {use.server_hours:,.6g} server hours {_TIMES} {rate}"
    return [Line(words=f"{head}: {working} = {amount:+.2f} ({use.how})", amount=amount)]


def _gpus(
    before: desired.DesiredHub | None, after: desired.DesiredHub | None, use: Use, schedule: Schedule
) -> list[Line]:
    (one, rate_before), (other, rate_after) = (_gpus_of(hub, schedule) for hub in (before, after))
    if (one, rate_before) == (other, rate_after):
        return []
    head = f"Graphics processors of each server: {one:g} → {other:g}"
    if (one and rate_before is None) or (other and rate_after is None):
        return [Line(words=f"{head}: the fleet has no price for this.", amount=None)]
    if use.server_hours is None:
        return [Line(words=f"{head}: how many hours servers run is not known.", amount=None)]
    hourly = other * (rate_after or 0) - one * (rate_before or 0)
    working = f"{hourly:+g} {schedule.currency} an hour {_TIMES} {use.server_hours:g} server hours"
    amount = hourly * use.server_hours
    return [Line(words=f"{head}: {working} = {amount:+.2f} ({use.how})", amount=amount)]


def _gpus_of(hub: desired.DesiredHub | None, schedule: Schedule) -> tuple[float, float | None]:
    """How many each server has, and what one costs in an hour: by the kind of machine, else as `any`."""
    count = hub.server.get("gpus") if hub else None
    if hub is None or not isinstance(count, int | float) or not count:
        return 0.0, None
    return float(count), schedule.gpu_hour.get(str(hub.server.get("machine")), schedule.gpu_hour.get("any"))


def _machine(before: desired.DesiredHub | None, after: desired.DesiredHub | None) -> list[Line]:
    one, other = (hub.server.get("machine") if hub else None for hub in (before, after))
    if before is None or after is None or one == other:
        return []
    words = f"Kind of machine: {one or 'as the cluster has it'} → {other or 'as the cluster has it'}"
    return [Line(words=f"{words}: what it costs depends on how many servers share one.", amount=None)]


def _short(number: float, sign: str = "") -> str:
    """To three figures, which is more than anybody knows of a price; whole from a hundred on."""
    return f"{number:{sign},.0f}" if abs(number) >= 100 else f"{number:{sign}.3g}"


def _homes(
    before: desired.DesiredHub | None, after: desired.DesiredHub | None, use: Use, schedule: Schedule
) -> list[Line]:
    old, new = (0 if hub is None else hub.home_quota for hub in (before, after))
    if old == new:
        return []
    one, other = (f"{_short(each / _GIB)} GiB" if each is not None else "no limit" for each in (old, new))
    head = f"Home of each person, at most: {one} → {other}"
    if old is None or new is None:
        return [Line(words=f"{head}: without a limit nobody can say what it costs.", amount=None)]
    if schedule.storage_gib_month is None:
        return [Line(words=f"{head}: the fleet has no price for this.", amount=None)]
    if use.people is None:
        return [Line(words=f"{head}: how many people there are is not known.", amount=None)]
    amount = (new - old) / _GIB * use.people * schedule.storage_gib_month
    rate = f"{schedule.storage_gib_month:g} {schedule.currency}"
    everybody = "1 person" if use.people == 1 else f"{use.people} people"
    working = f"{_short((new - old) / _GIB, '+')} GiB {_TIMES} {everybody} {_TIMES} {rate}"
    return [Line(words=f"{head}: {working.rstrip()} = {amount:+.2f}, if everybody fills it", amount=amount)]


def _longer(before: desired.DesiredHub | None, after: desired.DesiredHub | None) -> list[Line]:
    """Servers that may stay longer cost more, and nobody can say how much before it is measured."""
    if before is None or after is None:
        return []
    found = []
    if _idle(after) > _idle(before) or _age(after) > _age(before):
        found.append("Unused servers may stay longer: how many hours that makes is only known afterwards.")
    if after.sleep_after > before.sleep_after:
        found.append("The hub stays awake longer without people: how many hours that makes is only known afterwards.")
    return [Line(words=words, amount=None) for words in found]


def _culls(hub: desired.DesiredHub) -> bool:
    return hub.cull.get("enabled") is not False


def _idle(hub: desired.DesiredHub) -> float:
    return hub.cull_idle if _culls(hub) else float("inf")


def _age(hub: desired.DesiredHub) -> float:
    return hub.cull_max_age if hub.cull_max_age and _culls(hub) else float("inf")


def _choices(before: desired.DesiredHub | None, after: desired.DesiredHub | None) -> list[Line]:
    """What people will choose nobody knows before they do."""
    if before is None or after is None:
        return []
    return [
        Line(words=words, amount=None)
        for name, words in _OF_CHOICE.items()
        if json.dumps(getattr(before, name, None), sort_keys=True, default=str)
        != json.dumps(getattr(after, name, None), sort_keys=True, default=str)
    ]


_OF_CHOICE: Final = {
    "menu": "The menu changes: what people will choose is only known afterwards.",
    "usage_quotas": "Quotas of use change: what people will use is only known afterwards.",
    "named_servers": "How many servers each may have changes: how many they will is only known afterwards.",
    "spare_room": "Room kept free changes: what it costs depends on the cluster.",
}
