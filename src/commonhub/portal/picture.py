"""The fleet as a picture: one window for each hub under one roof, the lit ones awake.

Windows are grouped by state and fill the wall line by line, so that a state is at most three rectangles of a
repeating pattern: three hubs and ten thousand weigh the same few hundred bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WIDTH = 1024  # units; the page scales the picture down where it is narrower
HEIGHT = 150  # units the wall may take before windows become smaller
CELLS = (58, 46, 40, 33, 26, 20, 15, 11, 8, 6, 5, 4)  # units from window to window, largest first
EAVES = 10  # units by which the roof is wider than the wall, each side


@dataclass(frozen=True, kw_only=True)
class Block:
    """A rectangle of windows of one state, in units."""

    state: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Where everything is, in units. `cell` is one window with its share of wall; `pane` is the window alone."""

    width: int
    height: int
    cell: int
    pane: int
    gap: int
    columns: int
    rows: int
    blocks: tuple[Block, ...]
    states: tuple[str, ...]

    @property
    def roof(self) -> int:
        """The height of the roof: a gable over a small house, a low line over a long hall."""
        return max(18, min(52, self.columns * self.cell // 4))

    @property
    def all_width(self) -> int:
        """With the eaves."""
        return self.width + 2 * EAVES

    @property
    def all_height(self) -> int:
        """With the roof and the ground line."""
        return self.height + self.roof + 10

    @property
    def inset(self) -> int:
        """Where a cross begins inside a pane, as seen from the corner of its cell."""
        return 1 + self.pane // 4

    @property
    def outset(self) -> int:
        """Where a cross ends."""
        return 1 + self.pane - self.pane // 4

    @property
    def middle(self) -> float:
        """Where the bars of a window cross."""
        return 1 + self.pane / 2

    @property
    def far(self) -> int:
        """Where the bars of a window end."""
        return 1 + self.pane

    @property
    def wall_x(self) -> int:
        """Where the first window is; the half gap puts the wall in the middle below its roof."""
        return EAVES + self.gap // 2

    @property
    def wall_y(self) -> int:
        """Where the first line of windows is."""
        return self.roof + 4

    @property
    def ground(self) -> int:
        """The line on which the house stands."""
        return self.all_height - 2

    @property
    def walls(self) -> str:
        """The walls as a path, from the ground to the roof and down again."""
        left, right = EAVES - 3, self.all_width - EAVES + 3
        # Where the sloping roof is above a wall: the eaves are at its foot.
        top = self.roof - 2 - (self.roof - 5) * (left - 2) // max(1, self.all_width // 2 - 2)
        return f"M{left} {self.ground}V{top}L{self.all_width // 2} 4 {right} {top}V{self.ground}z"

    @property
    def ground_end(self) -> int:
        """Where that line ends."""
        return self.all_width - 2

    @property
    def roof_line(self) -> str:
        """The roof as the points of a line."""
        top = self.roof
        return f"2,{top - 2} {self.all_width // 2},3 {self.all_width - 2},{top - 2}"


def draw(counts: Mapping[str, int]) -> Picture:
    """The picture of so many hubs in each state, in the order of `counts`."""
    total = sum(counts.values())
    cell = next((size for size in CELLS if _rows(total, size) * size <= HEIGHT), CELLS[-1])
    columns = max(1, min(total, _columns(total, cell)))
    rows = -(-total // columns) if total else 0
    gap = max(1, cell // 5)
    blocks: list[Block] = []
    first = 0
    for state, count in counts.items():
        blocks.extend(_blocks(state, first, count, columns, cell))
        first += count
    return Picture(
        width=columns * cell,
        height=rows * cell,
        cell=cell,
        pane=cell - gap,
        gap=gap,
        columns=columns,
        rows=rows,
        blocks=tuple(blocks),
        states=tuple(state for state, count in counts.items() if count),
    )


def _columns(total: int, cell: int) -> int:
    """So many windows beside each other. Small fleets build a house and not a corridor."""
    widest = WIDTH // cell
    return min(widest, max(5, -(-total // 2))) if total <= 2 * widest else widest


def _rows(total: int, cell: int) -> int:
    return -(-total // _columns(total, cell))


def _blocks(state: str, first: int, count: int, columns: int, cell: int) -> Iterator[Block]:
    """The rest of a line that is begun, then whole lines, then the begin of the next."""
    while count:
        row, column = divmod(first, columns)
        wide = min(count, columns - column)
        tall = count // columns if column == 0 and wide == columns else 1
        yield Block(state=state, x=column * cell, y=row * cell, width=wide * cell, height=tall * cell)
        first, count = first + wide * tall, count - wide * tall
