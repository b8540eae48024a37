"""Rules: which value of the chart is which word of ours, and how records of both are turned as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from commonhub.fleet import rare
from commonhub.fleet.chart import turns, values

Path = values.Path


class Rule(Protocol):
    """Something that takes values out of the chart's, and gives them back."""

    def take(self, chart: values.Values, hub: values.Values) -> None:
        """Move what is understood out of `chart`, in our words into `hub`."""

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        """Say in `chart` what `hub` says. Raises ValueError where the chart has no value for it."""


@dataclass(frozen=True, kw_only=True)
class Same:
    """One value and one word that mean the same."""

    chart: Path
    hub: Path
    turn: turns.Turn

    def take(self, chart: values.Values, hub: values.Values) -> None:
        there, value = values.look(chart, self.chart)
        if not there or _is_said(hub, self.hub):
            return
        try:
            said = self.turn.proven(value)
        except ValueError:
            return
        values.put(hub, self.hub, said)
        values.drop(chart, self.chart)

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        there, said = values.look(hub, self.hub)
        if there:
            values.put(chart, self.chart, self.turn.theirs(said))


@dataclass(frozen=True, kw_only=True)
class Each:
    """Values by name, each taken by itself, so that one that is not understood leaves the others alone."""

    chart: Path
    hub: Path
    turn: turns.Turn

    def take(self, chart: values.Values, hub: values.Values) -> None:
        found = values.look(chart, self.chart)[1]
        if not isinstance(found, dict):
            return
        for key in [key for key in found if isinstance(key, str) and 0 < len(key) <= turns.LONGEST_WORD]:
            Same(chart=(*self.chart, key), hub=(*self.hub, key), turn=self.turn).take(chart, hub)

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        for key, said in (values.look(hub, self.hub)[1] or {}).items():
            values.put(chart, (*self.chart, key), self.turn.theirs(said))


@dataclass(frozen=True, kw_only=True)
class Without:
    """Names whose value is null, which takes the chart's own value of that name away: a list of names here."""

    chart: Path
    hub: Path

    def take(self, chart: values.Values, hub: values.Values) -> None:
        found = values.look(chart, self.chart)[1]
        if not isinstance(found, dict):
            return
        gone = [
            key
            for key, value in found.items()
            if value is None and isinstance(key, str) and 0 < len(key) <= turns.LONGEST_WORD
        ]
        if gone:
            values.put(hub, self.hub, gone)
        for key in gone:
            values.drop(chart, (*self.chart, key))

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        for key in values.look(hub, self.hub)[1] or ():
            values.put(chart, (*self.chart, key), None)


class Advanced:
    """The rare settings that are said as the charts say them."""

    def take(self, chart: values.Values, hub: values.Values) -> None:
        for key, kind in rare.KNOWN.items():
            path = tuple(key.split("."))
            there, value = values.look(chart, path)
            if there and rare.fits(kind, value):
                hub.setdefault("advanced", {})[key] = value
                values.drop(chart, path)

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        for key, value in hub.get("advanced", {}).items():
            values.put(chart, tuple(key.split(".")), values.copied(value))


@dataclass(frozen=True, kw_only=True)
class Together:
    """Several places in the chart that only together, and with one value each, are one word of ours."""

    chart: tuple[Path, ...]
    hub: Path
    meant: tuple[tuple[tuple[Any, ...], Any], ...]  # the values at the places, and our word for them

    def take(self, chart: values.Values, hub: values.Values) -> None:
        found = [values.look(chart, path) for path in self.chart]
        if not all(there for there, _ in found) or _is_said(hub, self.hub):
            return
        for wanted, said in self.meant:
            if values.same([value for _, value in found], list(wanted)):
                values.put(hub, self.hub, said)
                for path in self.chart:
                    values.drop(chart, path)
                return

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        there, said = values.look(hub, self.hub)
        if there:
            wanted = next((wanted for wanted, word in self.meant if word == said), None)
            if wanted is None:
                raise ValueError
            for path, value in zip(self.chart, wanted, strict=True):
                values.put(chart, path, value)


def record(rules: Sequence[Rule], *, needs: tuple[str, ...] = (), rest: str | None = None) -> turns.Turn:
    """A mapping turned by rules. What none of them understands stands below `rest`, or refuses the whole.

    `needs`: words of ours without which there is no such record.
    """

    def ours(value: Any) -> values.Values:
        turns.refuse_unless(isinstance(value, dict))
        chart, said = values.copied(value), values.Values()
        for rule in rules:
            rule.take(chart, said)
        turns.refuse_unless(all(word in said for word in needs))
        if chart:
            turns.refuse_unless(rest is not None and all(isinstance(key, str) for key in chart))
            said[str(rest)] = chart
        return said

    def theirs(said: Mapping[str, Any]) -> values.Values:
        chart: values.Values = {}
        for rule in rules:
            rule.give(said, chart)
        return values.merged(chart, said.get(rest, {})) if rest is not None else chart

    return turns.Turn(ours=ours, theirs=theirs, whole=True)


def place(dotted: str) -> Path:
    """A path from its dotted spelling; a dot inside a key is written as a bar."""
    return tuple(part.replace("|", ".") for part in dotted.split(".")) if dotted else ()


def same(chart: str, hub: str, turn: turns.Turn = turns.word) -> Same:
    """A rule from dotted paths."""
    return Same(chart=place(chart), hub=place(hub), turn=turn)


def each(chart: str, hub: str, turn: turns.Turn) -> Each:
    """A rule for values by name, from dotted paths."""
    return Each(chart=place(chart), hub=place(hub), turn=turn)


def without(chart: str, hub: str) -> Without:
    """A rule for names that are taken away, from dotted paths."""
    return Without(chart=place(chart), hub=place(hub))


def parts(chart: str, hub: str) -> list[Rule]:
    """The rules for what Kubernetes calls resources."""
    return [
        same(f"{chart}.{theirs}.{what}", f"{hub}.{what}.{ours}".removeprefix("."), turn)
        for theirs, ours in (("requests", "guarantee"), ("limits", "limit"))
        for what, turn in (("memory", turns.kubernetes_size), ("cpu", turns.cores))
    ]


def _is_said(hub: Mapping[str, Any], path: Path) -> bool:
    """Whether the word is taken already, or a word above it that is no mapping."""
    for length in range(1, len(path) + 1):
        there, said = values.look(hub, path[:length])
        if not there:
            return False
        if length < len(path) and not isinstance(said, dict):
            return True
    return True
