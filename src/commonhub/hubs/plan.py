"""From what should be and what was last applied to the steps between them. Pure: no clock, no disk, no engine."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from commonhub.fleet import desired


class StepKind(StrEnum):
    """What a step does to a hub."""

    CREATE = "create"  # prepare a new hub, asleep
    CHANGE = "change"  # prepare it with new settings; its process restarts if it is awake
    REVIVE = "revive"  # a retired hub is in the fleet again, with its data
    RETIRE = "retire"  # stop it; its address answers no more, its data is kept


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One hub as it was last applied."""

    digest: str
    settings: Mapping[str, object]  # dataclasses.asdict of the DesiredHub then
    awake: bool = False
    people: int = 0  # with a running server now
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting that changes, in its own words."""

    setting: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One hub's way from what is to what should be."""

    kind: StepKind
    hub_id: str
    hub: desired.DesiredHub | None  # None for `retire`
    differences: tuple[Difference, ...] = ()
    restarts: bool = False  # the hub's own process restarts; servers go on
    people: int = 0  # whose servers run now: `retire` ends them

    @property
    def sentence(self) -> str:
        """What the step does and whom it touches."""
        servers = "no server runs" if not self.people else f"{_people(self.people, 'is', 'are')} running"
        going_on = "no server runs" if not self.people else f"{_people(self.people, 'goes', 'go')} on"
        match self.kind:
            case StepKind.CREATE:
                return f"Create {self.hub_id}; it sleeps until its first visitor."
            case StepKind.REVIVE:
                return f"Take {self.hub_id} up again with the data it had."
            case StepKind.RETIRE:
                return f"Retire {self.hub_id}: its address answers no more, its data is kept; {servers}."
            case StepKind.CHANGE:
                effect = f"it restarts, {going_on}" if self.restarts else "it is asleep, nobody notices"
                return f"Change {self.hub_id}: {effect}."


def _people(count: int, one: str, more: str) -> str:
    return f"one server {one}" if count == 1 else f"{count} servers {more}"


def _words(value: object) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)


def _canonical(value: object) -> str:
    """One text for equal values, whatever way they took: tuples are lists, the order of keys says nothing."""
    return json.dumps(value, sort_keys=True, default=str)


def differences(before: Mapping[str, object], after: desired.DesiredHub) -> tuple[Difference, ...]:
    """The settings that differ, in the order of the noun's fields; lists and tuples with equal items are equal.

    What `before` does not know, because it was kept by an earlier version, was as it is by default.
    """
    found = []
    for known in dataclasses.fields(after):
        value = getattr(after, known.name)
        was = before[known.name] if known.name in before else _default(known)
        if was != value and _canonical(was) != _canonical(value):
            found.append(Difference(setting=known.name, before=_words(was), after=_words(value)))
    return tuple(found)


def _default(known: dataclasses.Field[Any]) -> object:
    if known.default_factory is not dataclasses.MISSING:
        return known.default_factory()
    return None if known.default is dataclasses.MISSING else known.default


def plan(hubs: Iterable[desired.DesiredHub], applied: Mapping[str, Applied]) -> tuple[Step, ...]:
    """The steps from `applied` to `hubs`, by hub id: first what begins or changes, then what ends."""
    wanted = {hub.id: hub for hub in hubs}
    steps = []
    for hub_id in sorted(wanted):
        hub, now = wanted[hub_id], applied.get(hub_id)
        if now is None:
            steps.append(Step(kind=StepKind.CREATE, hub_id=hub_id, hub=hub))
        elif now.retired:
            steps.append(Step(kind=StepKind.REVIVE, hub_id=hub_id, hub=hub))
        elif now.digest != hub.digest:
            change = Step(
                kind=StepKind.CHANGE,
                hub_id=hub_id,
                hub=hub,
                differences=differences(now.settings, hub),
                restarts=now.awake,
                people=now.people,
            )
            steps.append(change)
    steps += [
        Step(kind=StepKind.RETIRE, hub_id=hub_id, hub=None, people=now.people)
        for hub_id, now in sorted(applied.items())
        if hub_id not in wanted and not now.retired
    ]
    return tuple(steps)
