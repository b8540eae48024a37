"""Where the parts of the charter's picture are: beside the house where there is room, and below it on a phone."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from commonhub.portal.charter_parts import EAVES, HEART, SHEET, Part, texts
from commonhub.portal.charter_rows import TeamWords
from commonhub.portal.typesetting import Box, Kind, Line, Measure, flow
from commonhub.responsibility.model import Side

MIDDLE: Final = 330  # units between the two columns
APART: Final = 34  # units between blocks


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A part at its place."""

    part: Part
    x: int
    y: int

    @property
    def box(self) -> Box:
        """The room it takes there."""
        return self.part.box.moved(self.x, self.y)


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """One of the two: parts at their places, lines between teams that work together, and where those lines end."""

    width: int
    height: int
    placed: tuple[Placed, ...]
    links: tuple[str, ...]
    ends: tuple[tuple[int, int], ...]
    lines: tuple[Line, ...] = ()

    @property
    def drawing(self) -> SafeString:
        """The texts that belong to no part."""
        return texts(self.lines)

    @property
    def view(self) -> str:
        """The view box, with room for the thickness of lines at the edges."""
        return f"-3 -3 {self.width + 6} {self.height + 6}"


def wide(teams: Sequence[TeamWords], blocks: Sequence[Part], house: Part, key: Part) -> Arrangement:
    """The service's teams at the left, the community's at the right, the house between them."""
    full = 2 * SHEET + MIDDLE
    placed: list[Placed] = []
    tall = dict.fromkeys(Side, 0)
    for team, part in zip(teams, blocks, strict=True):
        x = 0 if team.side is Side.SERVICE else full - SHEET
        placed.append(Placed(part=part, x=x, y=tall[team.side]))
        tall[team.side] += part.height + APART
    height = max(max(tall.values()) - APART, house.height + key.height + 2 * APART + EAVES)
    anchors = [_anchor(each, 0 if each.x else SHEET) for each in placed]
    # As far down as the middle of the teams, so that lines from side to side pass behind the house.
    middle = (min(y for _, y in anchors) + max(y for _, y in anchors) - house.anchor) // 2
    top = max(APART + EAVES, min(middle, height - house.height - key.height - APART))
    x = SHEET + (MIDDLE - HEART) // 2
    placed += [Placed(part=house, x=x, y=top), Placed(part=key, x=x, y=height - key.height)]
    return Arrangement(
        width=full,
        height=height,
        placed=tuple(placed),
        links=tuple(_across(anchors[a], anchors[b]) for a, b in _pairs(teams)),
        ends=tuple(anchors[at] for at in sorted({at for pair in _pairs(teams) for at in pair})),
    )


def _anchor(of: Placed, x: int) -> tuple[int, int]:
    """Where the line below a team's name ends."""
    return of.x + x, of.y + of.part.anchor


def _pairs(teams: Sequence[TeamWords]) -> tuple[tuple[int, int], ...]:
    return tuple((a, b) for a, b in itertools.combinations(range(len(teams)), 2) if b in teams[a].works_with)


def _across(a: tuple[int, int], b: tuple[int, int]) -> str:
    """A line from team to team through the middle, bent outwards where both are on one side."""
    if a[0] == b[0]:
        bend = 34 + min(22, abs(b[1] - a[1]) // 40)  # the farther apart, the farther out, so that lines stay apart
        bend = bend if a[0] == SHEET else -bend
        return f"M{a[0]} {a[1]}C{a[0] + bend} {a[1]} {b[0] + bend} {b[1]} {b[0]} {b[1]}"
    third = (b[0] - a[0]) // 4
    return f"M{a[0]} {a[1]}C{a[0] + third} {a[1]} {b[0] - third} {b[1]} {b[0]} {b[1]}"


def narrow(teams: Sequence[TeamWords], blocks: Sequence[Part], house: Part, key: Part) -> Arrangement:
    """The house, the teams with their lines, the legend, and then block by block."""
    x = (SHEET - HEART) // 2
    placed = [Placed(part=house, x=x, y=0)]
    y = house.height + 26
    lines: list[Line] = []
    dots: list[tuple[int, int]] = []
    for team in teams:
        said, end = flow([(team.marked, Kind.WHO)], Measure(x=0, width=SHEET - 100), y)
        dots.append((SHEET - 92, said[0].y - 4))
        lines += said
        y = end + 10
    y += 14
    placed.append(Placed(part=key, x=0, y=y))
    y += key.height + APART
    for part in blocks:
        placed.append(Placed(part=part, x=0, y=y))
        y += part.height + APART
    return Arrangement(
        width=SHEET,
        height=y - APART,
        placed=tuple(placed),
        links=tuple(_bow(dots[a], dots[b], b - a) for a, b in _pairs(teams)),
        ends=tuple(dots),
        lines=tuple(lines),
    )


def _bow(a: tuple[int, int], b: tuple[int, int], far: int) -> str:
    bend = a[0] + min(120, 10 + 38 * far)
    return f"M{a[0]} {a[1]}C{bend} {a[1]} {bend} {b[1]} {b[0]} {b[1]}"
