"""The picture of a change's way: proposed, agreed to, committed, rolled out, in force; and where it is now.

Each stop has a window, as hubs have in the fleet's picture: lit where it is behind us, half lit where the change is
now, dark where it is still to come, crossed where it ended. Rows of small windows are consents and hubs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from commonhub.changes.states import State
from commonhub.portal import change_words
from commonhub.portal.charter_parts import texts
from commonhub.portal.typesetting import Kind, Line, Measure, flow
from commonhub.rollouts import stages

WIDE: Final = 980  # units
NARROW: Final = 320
PANE: Final = 16
SMALL: Final = 11
MOST: Final = 24  # small windows of one stop; of more, each stands for several
Told = Mapping[str, Any]


class Mark(StrEnum):
    """How far a stop, or a small window of it, is."""

    DONE = "done"
    NOW = "now"
    OPEN = "open"
    ENDED = "ended"  # it went no further here


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One stop of the way. `windows`: its small windows, in groups."""

    mark: Mark
    title: str
    notes: tuple[str, ...] = ()
    windows: tuple[tuple[Mark, ...], ...] = ()

    @property
    def words(self) -> str:
        """The stop as a sentence."""
        said = ". ".join(part.rstrip(".") for part in (self.title, *self.notes))
        return f"{said} ({_MARKS()[self.mark]})."


def _MARKS() -> Mapping[Mark, str]:  # noqa: N802 - a table, in the reader's language
    return {
        Mark.DONE: gettext("done"),
        Mark.NOW: gettext("it is here now"),
        Mark.OPEN: gettext("to come"),
        Mark.ENDED: gettext("it ended here"),
    }


@dataclass(frozen=True, kw_only=True)
class Pane:
    """A window at its place."""

    mark: Mark
    x: int
    y: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The line from one stop to the next; `gone` where the change has passed it."""

    path: str
    gone: bool


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """The way across a wide page, or down a phone."""

    width: int
    height: int
    panes: tuple[Pane, ...]
    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]

    @property
    def drawing(self) -> SafeString:
        """The texts."""
        return texts(self.lines)


@dataclass(frozen=True, kw_only=True)
class Way:
    """What the template prints."""

    stops: tuple[Stop, ...]
    wide: Arrangement
    narrow: Arrangement
    title: str


def draw(change: Told, rollout: Told | None, *, begins: bool = False) -> Way:
    """Draw the way of a change, as `changes.showing` and `rollouts.showing` tell it.

    `begins`: its roll-out is not there yet, and is about to be.
    """
    stops = tuple(_stops(change, rollout, begins=begins))
    title = gettext("The way of change %(number)s") % {"number": change["number"]}
    return Way(stops=stops, wide=across(stops), narrow=down(stops), title=title)


# ---- the stops ----


def _stops(change: Told, rollout: Told | None, *, begins: bool) -> Iterator[Stop]:
    state = change["state"]
    made = state in {State.COMMITTED, State.UNDONE}
    by_editor = change["by_editor"]
    title = gettext("Committed by an editor") if by_editor else gettext("Proposed")
    yield Stop(mark=Mark.DONE, title=title, notes=(change["author"],))
    if change["needs"]:
        yield _consents(change, state, made=made)
    if not by_editor:
        yield _commit(change, state, made=made)
    touched = change["plan"]
    if rollout is not None:
        yield _rollout(rollout)
    elif touched and not made:
        number = len(touched)
        note = ngettext("%(number)s hub", "%(number)s hubs", number) % {"number": number}
        yield Stop(mark=Mark.OPEN, title=gettext("Roll-out"), notes=(note,))
    elif begins:
        yield Stop(mark=Mark.OPEN, title=gettext("Roll-out"), notes=(gettext("It begins in a moment"),))
    yield _end(change, rollout, made=made and not begins)


def _consents(change: Told, state: str, *, made: bool) -> Stop:
    given = [each["given_by"] is not None for each in change["needs"]]
    ended = state in {State.DECLINED, State.WITHDRAWN}
    numbers = {"given": sum(given), "all": len(given)}
    notes = [gettext("%(given)s of %(all)s given") % numbers]
    if change["by_editor"]:
        notes = [gettext("would have needed %(all)s") % numbers]
    elif change["emergency"]:
        notes = [gettext("an emergency: without waiting")]
    elif ended:
        notes = [change_words.state(state)]
    elif not all(given):
        names = [who["name"] for each in change["needs"] if each["given_by"] is None for who in each["holders"]]
        notes.append(gettext("waits for %(names)s") % {"names": ", ".join(dict.fromkeys(names[:4]))} if names else "")
    mark = Mark.DONE if all(given) or made else Mark.ENDED if ended else Mark.NOW
    windows = tuple(Mark.DONE if each else Mark.OPEN for each in given[:MOST])
    return Stop(mark=mark, title=gettext("Consents"), notes=tuple(filter(None, notes)), windows=(windows,))


def _commit(change: Told, state: str, *, made: bool) -> Stop:
    if state == State.CONFLICT:
        return Stop(mark=Mark.ENDED, title=gettext("Committed"), notes=(gettext("in conflict with another change"),))
    note = (change["commit"][:9],) if change["commit"] else ()
    mark = Mark.DONE if made else Mark.NOW if state in {State.READY, State.COMMITTING} else Mark.OPEN
    return Stop(mark=mark, title=gettext("Committed"), notes=note)


def _rollout(rollout: Told) -> Stop:
    state = rollout["state"]
    back = state in {stages.State.GOING_BACK, stages.State.BACK}
    mark = Mark.DONE if state == stages.State.DONE else Mark.ENDED if back else Mark.NOW
    numbers = {"reached": rollout["reached"], "total": rollout["total"]}
    notes = [ngettext("%(reached)s of %(total)s hub", "%(reached)s of %(total)s hubs", rollout["total"]) % numbers]
    if mark is not Mark.DONE:
        notes.append(change_words.rollout(state))
    return Stop(mark=mark, title=gettext("Roll-out"), notes=tuple(notes), windows=_cohorts(rollout))


def _cohorts(rollout: Told) -> tuple[tuple[Mark, ...], ...]:
    """A window for each hub, cohort by cohort; for each cohort where there are too many."""
    cohorts: dict[int, list[Mark]] = {}
    for hub in rollout["hubs"]:
        mark = Mark.DONE if hub["reached"] else Mark.OPEN
        if (hub["verdict"] or {}).get("failed"):
            mark = Mark.ENDED
        cohorts.setdefault(hub["cohort"], []).append(mark)
    groups = [cohorts[number] for number in sorted(cohorts)]
    if sum(map(len, groups)) > MOST:
        groups = [[_together(each)] for each in groups[:MOST]]
    return tuple(tuple(each) for each in groups)


def _together(marks: Sequence[Mark]) -> Mark:
    if Mark.ENDED in marks:
        return Mark.ENDED
    return Mark.DONE if all(each is Mark.DONE for each in marks) else Mark.NOW if Mark.DONE in marks else Mark.OPEN


def _end(change: Told, rollout: Told | None, *, made: bool) -> Stop:
    title = gettext("In force")
    if change["state"] == State.UNDONE:
        return Stop(mark=Mark.ENDED, title=title, notes=(gettext("undone since"),))
    if rollout is not None and rollout["state"] in {stages.State.GOING_BACK, stages.State.BACK}:
        return Stop(mark=Mark.ENDED, title=title, notes=(gettext("taken back"),))
    done = made and (rollout is None or rollout["state"] == stages.State.DONE)
    return Stop(mark=Mark.DONE if done else Mark.OPEN, title=title)


# ---- where everything is ----


def across(stops: Sequence[Stop]) -> Arrangement:
    """From left to right."""
    column = WIDE // max(len(stops), 1)
    panes: list[Pane] = []
    lines: list[Line] = []
    bottom = 0
    for number, stop in enumerate(stops):
        x = number * column + 1
        panes.append(Pane(mark=stop.mark, x=x, y=1, size=PANE))
        said, y = _said(stop, Measure(x=x, width=column - 18), PANE + 14)
        small, y = _small(stop, x, y + 4, column - 18)
        lines += said
        panes += small
        bottom = max(bottom, y)
    pieces = tuple(
        Piece(path=f"M{n * column + PANE + 5} 9H{(n + 1) * column - 4}", gone=_gone(a, b))
        for n, (a, b) in enumerate(pairwise(stops))
    )
    return Arrangement(width=WIDE, height=bottom + 2, panes=tuple(panes), pieces=pieces, lines=tuple(lines))


def down(stops: Sequence[Stop]) -> Arrangement:
    """From top to bottom."""
    panes: list[Pane] = []
    lines: list[Line] = []
    tops: list[int] = []
    y = 1
    for stop in stops:
        tops.append(y)
        panes.append(Pane(mark=stop.mark, x=1, y=y, size=PANE))
        said, below = _said(stop, Measure(x=30, width=NARROW - 34), y - 1)
        small, below = _small(stop, 30, below + 3, NARROW - 34)
        lines += said
        panes += small
        y = max(below, y + PANE) + 14
    pieces = tuple(
        Piece(path=f"M9 {a + PANE + 4}V{b - 3}", gone=_gone(one, other))
        for (a, b), (one, other) in zip(pairwise(tops), pairwise(stops), strict=True)
    )
    return Arrangement(width=NARROW, height=y, panes=tuple(panes), pieces=pieces, lines=tuple(lines))


def _gone(stop: Stop, following: Stop) -> bool:
    return stop.mark is Mark.DONE and following.mark is not Mark.OPEN


def _said(stop: Stop, measure: Measure, y: int) -> tuple[tuple[Line, ...], int]:
    return flow([(stop.title, Kind.AREA), *((note, Kind.NOTE) for note in stop.notes)], measure, y)


def _small(stop: Stop, left: int, top: int, room: int) -> tuple[list[Pane], int]:
    """The small windows of a stop, row by row; where the next thing can begin."""
    if not any(stop.windows):
        return [], top
    panes: list[Pane] = []
    x, y = left, top
    for group in stop.windows:
        for mark in group:
            if x + SMALL > left + room:
                x, y = left, y + SMALL + 4
            panes.append(Pane(mark=mark, x=x, y=y, size=SMALL))
            x += SMALL + 4
        x += 6
    return panes, y + SMALL + 2
