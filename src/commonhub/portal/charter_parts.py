"""The parts of the charter's picture: the block of a team, the house in the middle, the legend.

Every part is set once, around its own corner. All measures are whole units, so that they print alike in every language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from commonhub.portal import words
from commonhub.portal.charter_rows import MEANINGS, TOKENS, Account, AreaRows, Row, Standing, TeamWords
from commonhub.portal.typesetting import Box, Kind, Line, Measure, flow, width
from commonhub.responsibility.model import Side

SHEET: Final = 340  # the width of a team's block, and of the picture on a phone
HEART: Final = 258  # the width of house, name and legend
PAD: Final = 14  # inside a sheet
GAP: Final = 14  # between sheets of a block
WINDOW: Final = 16
PANE: Final = 22  # a window of the house
CELL: Final = 36  # from window to window in the house, where there is room
FLOOR: Final = 37  # the height of a floor
ROOF: Final = 84
MOST: Final = 5  # windows beside each other; further ones begin a floor of the same number
EAVES: Final = 12
_INDENT: Final = PAD + WINDOW + 10


@dataclass(frozen=True, kw_only=True)
class Window:
    """One responsibility: where its window is, and how it stands."""

    x: int
    y: int
    standing: Standing
    size: int = WINDOW

    @property
    def place(self) -> SafeString:
        """Where it is, and how much larger than in a sheet, as attributes."""
        if self.size == WINDOW:
            return format_html('x="{}" y="{}"', self.x, self.y)
        return format_html('transform="translate({} {})scale({})"', self.x, self.y, self.size / WINDOW)

    @property
    def box(self) -> Box:
        """The room it takes."""
        return Box(x=self.x, y=self.y, width=self.size, height=self.size)


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A line, as a path, and its ink: `ink`, `link`, `roof`, `floor` or `wall`."""

    ink: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that is drawn once and placed twice. `sheets` are its pieces of paper."""

    name: str
    width: int
    height: int
    lines: tuple[Line, ...]
    windows: tuple[Window, ...] = ()
    sheets: tuple[Box, ...] = ()
    round: bool = False  # corners, which tell the community's sheets from the service's
    strokes: tuple[Stroke, ...] = ()
    anchor: int = 0  # how far down lines to other teams begin; for the house, where it stands

    @property
    def drawing(self) -> SafeString:
        """Its windows and texts. Made here, because a hundred of them take a template five times as long."""
        windows = ((window.standing, window.place) for window in self.windows)
        return format_html_join("", '<use href="#cw-{}" {}/>', windows) + texts(self.lines)

    @property
    def box(self) -> Box:
        """The room it takes around its own corner."""
        return Box(x=0, y=0, width=self.width, height=self.height)


def texts(lines: Sequence[Line]) -> SafeString:
    """Lines of text as they are drawn."""
    said = ((line.kind, line.x, line.y, line.text) for line in lines)
    return format_html_join("", '<text class="ct-{}" x="{}" y="{}">{}</text>', said)


def block(of: TeamWords, areas: Sequence[AreaRows], name: str) -> Part:
    """A team: its name and roles above a line, and a sheet for each of its areas."""
    head, y = flow([(of.marked, Kind.TEAM), (of.roles, Kind.ROLE)], Measure(x=0, width=SHEET), 0)
    lines, windows, sheets = list(head), [], []
    y = rule = y + 4
    for area in areas:
        top = y + GAP
        set_lines, set_windows, y = _sheet(area, top + PAD - 3)
        lines += set_lines
        windows += set_windows
        sheets.append(Box(x=0, y=top, width=SHEET, height=y - top))
    return Part(
        name=name,
        width=SHEET,
        height=y + 1,
        lines=tuple(lines),
        windows=tuple(windows),
        sheets=tuple(sheets),
        round=of.side is Side.COMMUNITY,
        strokes=(Stroke(ink="ink", path=f"M0 {rule}H{SHEET}"),),
        anchor=rule,
    )


def _sheet(area: AreaRows, y: int) -> tuple[list[Line], list[Window], int]:
    """What is on the paper, and where the paper ends."""
    column = Measure(x=_INDENT, width=SHEET - PAD - _INDENT)
    head = [(area.title, Kind.AREA), (area.goal, Kind.GOAL), (area.marked, Kind.SHARE)]
    lines: list[Line] = [Line(x=PAD + 4, y=_base(y, Kind.NUMERAL), text=str(area.number), kind=Kind.NUMERAL)]
    windows = []
    said, y = flow(head, column, y)
    lines += said
    y += 4
    for row in area.rows:
        y += 7
        windows.append(Window(x=PAD, y=y, standing=row.standing))
        said, y = flow(_texts(row), column, y)
        lines += said
    return lines, windows, y + PAD - 2


def _texts(row: Row) -> Iterator[tuple[str, Kind]]:
    yield row.title, Kind.DUTY
    yield row.marked, Kind.WHO
    yield row.differs, Kind.SHARE
    yield row.gap, Kind.GAP


def heart(of: Account) -> Part:
    """The house: a floor for each area, the first at the foot, a window for each responsibility; its number and name."""
    floors = [(area.number, batch) for area in of.areas for batch in _batches(area.rows)]
    across = max([5, *(len(batch) for _, batch in floors)])
    wall = Box(x=(HEART - across * CELL - 32) // 2, y=ROOF, width=across * CELL + 32, height=len(floors) * FLOOR + 8)
    foot = wall.y + wall.height
    lines, windows, strokes = _gable(of), [], list(_house(wall))
    for at, (number, batch) in enumerate(floors):
        y = foot - (at + 1) * FLOOR
        first = wall.x + 24 + (across - len(batch)) * CELL // 2
        lines.append(Line(x=wall.x + 7, y=y + 21, text=str(number), kind=Kind.ROLE))
        windows += [
            Window(x=first + CELL * n, y=y + 5, standing=row.standing, size=PANE) for n, row in enumerate(batch)
        ]
        if at:
            strokes.append(Stroke(ink="floor", path=f"M{wall.x + 1} {y + FLOOR - 3}h{wall.width - 2}"))
    said, y = flow([(of.title, Kind.NAME), (_hubs(of), Kind.MIDDLE)], Measure(x=0, width=HEART), foot + 14)
    return Part(
        name="heart",
        width=HEART,
        height=y,
        lines=(*lines, *said),
        windows=tuple(windows),
        strokes=tuple(strokes),
        anchor=foot,
    )


def _batches(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """An area's floor; one that is too full for it has several, one without responsibilities has an empty one."""
    return [rows[at : at + MOST] for at in range(0, len(rows), MOST)] or [()]


def _house(wall: Box) -> Iterator[Stroke]:
    left, right, middle, foot = wall.x, wall.x + wall.width, HEART // 2, wall.y + wall.height
    # The sloping roof is above the walls where the eaves are below their top.
    slope = (ROOF - 4) * EAVES // (middle - left + EAVES)
    yield Stroke(ink="wall", path=f"M{left} {foot}V{ROOF - slope}L{middle} 4 {right} {ROOF - slope}V{foot}z")
    yield Stroke(ink="roof", path=f"M{left - EAVES} {ROOF}L{middle} 3 {right + EAVES} {ROOF}")
    yield Stroke(ink="roof", path=f"M{left - EAVES} {foot}H{right + EAVES}")


def _gable(of: Account) -> list[Line]:
    """The number, in the largest letters that the roof has room for."""
    x = HEART // 2
    if not of.score.of:
        return [Line(x=x, y=68, text=gettext("no number yet"), kind=Kind.INSIDE)]
    number = {"done": words.grouped(of.score.done), "of": words.grouped(of.score.of)}
    said = gettext("%(done)s of %(of)s") % number
    kind = Kind.COUNT if width(said, Kind.COUNT) <= 130 else Kind.INSIDE
    return [Line(x=x, y=55, text=said, kind=kind), Line(x=x, y=76, text=gettext("covered"), kind=Kind.INSIDE)]


def _hubs(of: Account) -> str:
    """The names of a few hubs, or how many there are; nothing where there is none."""
    if 1 < len(of.hubs) <= 3:
        return gettext("Hubs: %(names)s") % {"names": ", ".join(of.hubs)}
    return words.hubs(len(of.hubs)) if of.hubs else ""


def legend(of: Account) -> Part:
    """What the windows, marks and lines mean."""
    measure = Measure(x=WINDOW + 12, width=HEART - WINDOW - 12)
    lines: list[Line] = []
    windows: list[Window] = []
    y = 0
    for standing in of.standings:
        windows.append(Window(x=0, y=y, standing=standing))
        said, y = flow([(str(MEANINGS[standing]), Kind.NOTE)], measure, y + 1)
        lines += said
        y += 6
    for mark, meaning in (
        (TOKENS[Side.SERVICE], gettext("on the side of the service")),
        (TOKENS[Side.COMMUNITY], gettext("on the side of the community")),
    ):
        lines.append(Line(x=2, y=_base(y, Kind.NOTE), text=mark, kind=Kind.NOTE))
        said, y = flow([(meaning, Kind.NOTE)], measure, y)
        lines += said
        y += 6
    link = Stroke(ink="link", path=f"M0 {y + 8}h{WINDOW}")
    said, y = flow([(gettext("teams that work together"), Kind.NOTE)], measure, y)
    lines += said
    return Part(name="legend", width=HEART, height=y, lines=tuple(lines), windows=tuple(windows), strokes=(link,))


def _base(y: int, kind: Kind) -> int:
    """The baseline of a line that begins here."""
    return y + round(kind.size * 0.95)
