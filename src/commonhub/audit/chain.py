"""What makes the audit whole: each entry's digest covers all of it and the digest of the entry before.

The form is described, with a program that checks it, in docs/reference/audit.md. It never changes; a new one would get
a new `FORM`.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from commonhub.audit import entries

FORM: Final = b"commonhub-audit-1\n"
GENESIS: Final = "0" * 64
"""What stands as the digest before the first entry."""

MOVED_FAR: Final = 200  # how far from its place a moved entry is recognised; beyond, it counts as edited

# What a row that was tampered with may hold in place of a value: a number for a text, half a number, 10,000 brackets.
UNREADABLE: Final = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The newest entry: its number, digest and time. Number 0, where there is none yet."""

    number: int = 0
    digest: str = GENESIS
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """At some time this entry had this digest; kept outside the database."""

    number: int
    digest: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A row whose columns hold no values of their kind."""

    number: int


class Break(StrEnum):
    """In which way the chain is broken."""

    EDITED = "edited"  # a row differs from what was noted
    MISSING = "missing"  # a row is gone
    REORDERED = "reordered"  # a row stands elsewhere than it was noted
    HEAD = "head"  # the kept end of the chain and its last row differ
    REWRITTEN = "rewritten"  # sound in itself, but not what was anchored
    ANCHORS = "anchors"  # the anchors are not what was written


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a verification found. `entries` were sound, counted from the first; `number` is the first that is not."""

    entries: int
    anchors: int
    head: Head
    how: Break | None = None
    number: int | None = None
    words: str

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.how is None


def moment(at: datetime) -> str:
    """A time as the chain writes it: in UTC, with all six digits of its microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def content(entry: entries.Entry) -> dict[str, Any]:
    """What the digest covers, as JSON values: all but the digest itself."""
    values = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry) if field.name != "digest"}
    values["at"] = moment(entry.at)
    return values


def canonical(value: Any) -> str:
    """The one way to write a JSON value here: keys in order of their code points, no spaces, no escapes beyond need.

    Raises:
        TypeError: it holds a number that is not whole, or something that is no JSON.
    """
    _refuse_fractions(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        # Databases and languages write one fraction in many ways.
        raise TypeError("Fractions have no one form: write them as text.")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_fractions(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_fractions(inner)


def digest(entry: entries.Entry) -> str:
    """The SHA-256, in hexadecimal, that belongs to this entry."""
    return hashlib.sha256(FORM + canonical(content(entry)).encode()).hexdigest()


def sealed(entry: entries.Entry) -> entries.Entry:
    """The entry with its digest."""
    return dataclasses.replace(entry, digest=digest(entry))


def line(entry: entries.Entry) -> str:
    """The entry as one line of an export, without the line's end."""
    return canonical(content(entry) | {"digest": entry.digest})


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def _fits(entry: entries.Entry) -> bool:
    try:
        return digest(entry) == entry.digest
    except UNREADABLE:
        return False


def _true_number(entry: entries.Entry) -> int | None:
    """Under which number near its own an entry was noted."""
    around = range(max(1, entry.number - MOVED_FAR), entry.number + MOVED_FAR + 1)
    return next((number for number in around if _fits(dataclasses.replace(entry, number=number))), None)


class Walk:
    """Goes along the chain from its first entry, comparing what it meets with the anchors; keeps only the last one."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._anchors: Iterator[Anchor] = iter(anchors)
        self._anchor = next(self._anchors, None)
        self._compared = 0
        self.last = Head()

    def _broken(self, how: Break, number: int, words: str) -> Verdict:
        sound = max(0, self.last.number - (number == self.last.number))
        return Verdict(entries=sound, anchors=self._compared, head=self.last, how=how, number=number, words=words)

    def step(self, row: entries.Entry | Unreadable) -> Verdict | None:
        """Meet the next row; a verdict where the chain breaks."""
        expected = self.last.number + 1
        if row.number > expected:
            upto = (
                f"Entry {expected} is" if row.number == expected + 1 else f"Entries {expected} to {row.number - 1} are"
            )
            return self._broken(Break.MISSING, expected, f"{upto} missing.")
        if row.number < expected:
            words = f"An entry that calls itself number {row.number} stands where number {expected} belongs."
            return self._broken(Break.REORDERED, expected, words)
        if isinstance(row, Unreadable):
            return self._broken(Break.EDITED, expected, f"Entry {expected} cannot be read any more: it was changed.")
        return self._look_inside(row) or self._look_back(row) or self._compare(row)

    def _look_inside(self, row: entries.Entry) -> Verdict | None:
        if _fits(row):
            return None
        was = _true_number(row)
        if was is not None:
            words = f"Entry {row.number} stands out of order: it was noted as number {was}."
            return self._broken(Break.REORDERED, row.number, words)
        words = f"Entry {row.number} was changed: it does not fit its digest."
        return self._broken(Break.EDITED, row.number, words)

    def _look_back(self, row: entries.Entry) -> Verdict | None:
        if row.previous == self.last.digest:
            return None
        if row.number == 1:
            return self._broken(Break.EDITED, 1, "Entry 1 was changed: it names an entry before it.")
        words = f"Entry {row.number - 1} or {row.number} was changed and given a new digest: the one does not follow the other."
        return self._broken(Break.EDITED, row.number - 1, words)

    def _compare(self, row: entries.Entry) -> Verdict | None:
        self.last = Head(number=row.number, digest=row.digest, at=row.at)
        while self._anchor is not None and self._anchor.number <= row.number:
            anchor = self._anchor
            if anchor.number < row.number:
                words = f"The anchors are out of order where entry {anchor.number} is named."
                return self._broken(Break.ANCHORS, row.number, words)
            if anchor.digest != row.digest:
                words = (
                    f"Entry {row.number} is not the one that was anchored at {anchor.at}: "
                    "the chain was written again, from there or from before."
                )
                return self._broken(Break.REWRITTEN, row.number, words)
            self._compared += 1
            self._anchor = next(self._anchors, None)
        return None

    def end(self, head: Head | None) -> Verdict:
        """No row is left: compare the end with the kept `head` and with the anchors beyond it."""
        last = self.last
        if self._anchor is not None:
            words = f"The chain ends at entry {last.number}; at {self._anchor.at} it reached {self._anchor.number}."
            return self._broken(Break.MISSING, last.number + 1, words)
        if head is None:
            return self._broken(Break.HEAD, last.number, "The kept end of the chain is gone.")
        if head.number > last.number:
            words = f"The chain ends at entry {last.number}; it had reached {head.number}."
            return self._broken(Break.MISSING, last.number + 1, words)
        if (head.number, head.digest) != (last.number, last.digest):
            words = f"The chain ends at entry {last.number}; its kept end says {head.number}, or another digest."
            return self._broken(Break.HEAD, last.number, words)
        words = f"The chain is whole: {counted(last.number, 'entry', 'entries')}, {counted(self._compared, 'anchor', 'anchors')}."
        return Verdict(entries=last.number, anchors=self._compared, head=last, words=words)


def verify(rows: Iterable[entries.Entry | Unreadable], *, head: Head | None, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Whether these rows, in the order of their numbers, are the whole chain up to `head` and hold all anchors."""
    walk = Walk(anchors)
    for row in rows:
        broken = walk.step(row)
        if broken is not None:
            return broken
    return walk.end(head)
