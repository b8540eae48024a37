"""Text for pictures: how wide it will be, and where its lines break.

The server does not know the reader's fonts, so widths are those of DejaVu Sans, the widest that browsers commonly have.
What is set here stays inside its measure in all others.
"""

import functools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Thousandths of the size of the letters.
_NARROW: Final = dict.fromkeys("iIjl.,:;'!|\u2019 \u00a0·", 320)
_MIDDLING: Final = dict.fromkeys("ckvxyz", 595)
_SLIM: Final = dict.fromkeys('frt()[]{}/\\-"', 420)
_WIDE: Final = dict.fromkeys("mwMW@%—…", 960)
_CAPITAL: Final = dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZÄÖÜ&+=<>~#", 730)
_KNOWN: Final = {**_CAPITAL, **_MIDDLING, **_NARROW, **_SLIM, **_WIDE}
_SMALL, _OTHER, _FULL = 640, 720, 1000
_HEAVY: Final = 1.14  # how much wider bold letters are


class Kind(StrEnum):
    """What a text is; the stylesheet has a class of the same name."""

    TEAM = "team"  # the name of a team
    ROLE = "role"  # its roles
    AREA = "area"  # the title of an area
    NUMERAL = "num"  # the number of an area
    GOAL = "goal"
    SHARE = "share"  # who carries the area
    DUTY = "duty"  # the title of a responsibility
    WHO = "who"  # who carries it
    GAP = "gap"  # what is missing
    NAME = "name"  # the name of the place
    COUNT = "count"  # how many are covered
    NOTE = "note"
    MIDDLE = "mid"  # a note with its middle where others begin
    INSIDE = "in"  # the same on a wall

    @property
    def centred(self) -> bool:
        """Whether a line's place is that of its middle."""
        return self in {Kind.NAME, Kind.COUNT, Kind.MIDDLE, Kind.INSIDE}

    @property
    def size(self) -> int:
        """The size of its letters, in units."""
        return _SIZES.get(self, 13)

    @property
    def leading(self) -> int:
        """From one line to the next, in units."""
        return round(self.size * 1.32)

    @property
    def heavy(self) -> bool:
        """Whether it is set in bold."""
        return self in {Kind.TEAM, Kind.AREA, Kind.GAP, Kind.NAME, Kind.COUNT}


_SIZES: Final = {Kind.TEAM: 17, Kind.AREA: 16, Kind.NUMERAL: 16, Kind.DUTY: 14, Kind.NAME: 20, Kind.COUNT: 22}


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle, in units."""

    x: int
    y: int
    width: int
    height: int

    def moved(self, x: int, y: int) -> "Box":
        """The same one elsewhere."""
        return Box(x=self.x + x, y=self.y + y, width=self.width, height=self.height)

    def holds(self, other: "Box") -> bool:
        """Whether the other lies in it."""
        across = self.x <= other.x and other.x + other.width <= self.x + self.width
        return across and self.y <= other.y and other.y + other.height <= self.y + self.height

    def meets(self, other: "Box") -> bool:
        """Whether they share a point that is not on an edge."""
        across = self.x < other.x + other.width and other.x < self.x + self.width
        return across and self.y < other.y + other.height and other.y < self.y + self.height


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text: where its baseline begins, or has its middle."""

    x: int
    y: int
    text: str
    kind: Kind

    @property
    def box(self) -> Box:
        """The room it takes at most."""
        wide = width(self.text, self.kind)
        left = self.x - wide // 2 if self.kind.centred else self.x
        top = self.y - round(self.kind.size * 0.95)
        return Box(x=left, y=top, width=wide, height=self.kind.leading)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A column to set text in."""

    x: int
    width: int


@functools.lru_cache(maxsize=4096)
def width(text: str, kind: Kind) -> int:
    """The units that a text takes at most, in one line."""
    thousandths = sum(map(_letter, text)) * kind.size
    return -int(-thousandths * (_HEAVY if kind.heavy else 1) // 1000)


def _letter(letter: str) -> int:
    if letter in _KNOWN:
        return _KNOWN[letter]
    if letter.isascii():
        return _SMALL
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) != "N":
        return _FULL
    return _SMALL if letter.islower() else _OTHER


@functools.lru_cache(maxsize=2048)  # titles of the model are the same in every picture
def wrap(text: str, kind: Kind, measure: int) -> tuple[str, ...]:
    """The lines of a text, at least one. A word that is wider than the measure is broken."""
    lines = [""]
    for word in _pieces(text.split(" "), kind, measure):
        longer = f"{lines[-1]} {word}".strip(" ")
        if lines[-1] and width(longer, kind) > measure:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def _pieces(words: Iterable[str], kind: Kind, measure: int) -> Iterator[str]:
    for word in words:
        if width(word, kind) <= measure:
            yield word
            continue
        piece = ""
        for letter in word:
            if piece and width(piece + letter, kind) > measure:
                yield piece
                piece = ""
            piece += letter
        yield piece


def flow(parts: Iterable[tuple[str, Kind]], measure: Measure, y: int) -> tuple[tuple[Line, ...], int]:
    """Set texts below each other from `y` on. The lines, and where the next thing can begin."""
    lines: list[Line] = []
    for text, kind in parts:
        x = measure.x + measure.width // 2 if kind.centred else measure.x
        for said in wrap(text, kind, measure.width) if text else ():
            base = y + round(kind.size * 0.95)
            lines.append(Line(x=x, y=base, text=said, kind=kind))
            y += kind.leading
    return tuple(lines), y
