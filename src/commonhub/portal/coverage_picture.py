"""Coverage drawn: a line of steps over time, and for each area how much is held, empowered and evidenced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import formats
from django.utils.translation import gettext

from commonhub.portal import charter_rows, words

PLOT: Final = 190  # units of the line; the newest number stands behind it
STEP: Final = 2  # units that changes are apart at least
TOP: Final = 10  # where all is covered
FOOT: Final = 58  # where nothing is
BAR: Final = 60  # units of a whole bar


@dataclass(frozen=True, kw_only=True)
class Point:
    """On this day so many responsibilities of so many were covered."""

    day: date
    done: int
    of: int

    @property
    def number(self) -> str:
        """It in words."""
        return gettext("%(done)s of %(of)s") % {"done": words.grouped(self.done), "of": words.grouped(self.of)}

    @property
    def day_said(self) -> str:
        """The day in the reader's language."""
        return formats.date_format(self.day, "DATE_FORMAT")


@dataclass(frozen=True, kw_only=True)
class History:
    """A line of steps. `path` is the line, `x` and `y` its end; the sentence says the same."""

    path: str
    x: int
    y: int
    first: Point
    last: Point
    sentence: str

    @property
    def label_x(self) -> int:
        """Where the newest number begins."""
        return self.x + 9

    @property
    def ceiling(self) -> str:
        """The line of all."""
        return f"M0 {TOP}H{PLOT}"

    @property
    def ground(self) -> str:
        """The line of nothing."""
        return f"M0 {FOOT}H{PLOT}"

    @property
    def shade(self) -> str:
        """The room below the line."""
        return f"{self.path}V{FOOT}H0z"


def history(points: Iterable[Point]) -> History | None:
    """Draw coverage over time, oldest first. None where there was never anything to cover."""
    known = sorted((point for point in points if point.of), key=lambda point: point.day)
    if not known:
        return None
    first, last = known[0], known[-1]
    days = (last.day - first.day).days
    at: dict[int, int] = {}
    for point in known:  # of many points on one step the newest stays, so that years weigh as little as weeks
        x = (point.day - first.day).days * PLOT // days // STEP * STEP if days else PLOT
        at[x] = FOOT - (FOOT - TOP) * point.done // point.of
    return History(path=_steps(at), x=PLOT, y=at[PLOT], first=first, last=last, sentence=_sentence(known))


def _steps(at: dict[int, int]) -> str:
    """Each value holds until the next one; equal ones make one line."""
    level = next(iter(at.values()))
    path = f"M0 {level}"
    for x, y in at.items():
        if y != level:
            path += f"H{x}V{y}"
            level = y
    return f"{path}H{PLOT}"


def _sentence(known: Sequence[Point]) -> str:
    first, last = known[0], known[-1]
    least = min(known, key=lambda point: point.done / point.of)
    said = {
        "first": first.number,
        "then": first.day_said,
        "last": last.number,
        "now": last.day_said,
        "least": least.number,
        "when": least.day_said,
    }
    if first.day == last.day:
        return gettext("On %(now)s %(last)s responsibilities were covered.") % said
    if least in {first, last}:
        return gettext("Covered responsibilities: %(first)s on %(then)s, %(last)s on %(now)s.") % said
    return (
        gettext(
            "Covered responsibilities: %(first)s on %(then)s, %(last)s on %(now)s; the least were %(least)s on %(when)s."
        )
        % said
    )


@dataclass(frozen=True, kw_only=True)
class Bar:
    """So many of so many."""

    done: int
    of: int

    @property
    def width(self) -> int:
        """The units that are filled. What is not nothing is seen, and what is not all is not full."""
        if self.done in {0, self.of}:
            return BAR if self.done else 0
        return max(2, min(BAR - 2, BAR * self.done // self.of))

    @property
    def number(self) -> str:
        """It in words."""
        return gettext("%(done)s of %(of)s") % {"done": words.grouped(self.done), "of": words.grouped(self.of)}


@dataclass(frozen=True, kw_only=True)
class AreaBars:
    """How far one area is held, empowered and evidenced, over all hubs."""

    title: str
    held: Bar
    empowered: Bar
    evidenced: Bar


def bars(of: charter_rows.Account) -> tuple[AreaBars, ...]:
    """The areas that count, in the model's order; none before there is a hub."""
    found = []
    for area in of.areas:
        covered = [each for row in area.rows for each in row.covered]
        if covered:
            found.append(
                AreaBars(
                    title=area.title,
                    held=Bar(done=sum(each.held for each in covered), of=len(covered)),
                    empowered=Bar(done=sum(each.empowered for each in covered), of=len(covered)),
                    evidenced=Bar(done=sum(each.evidenced for each in covered), of=len(covered)),
                )
            )
    return tuple(found)
