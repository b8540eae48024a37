"""YAML read with the line of every key, every fault in words, and bounds that hold against hostile files.

It builds values from the parser's events. PyYAML's own composer calls itself once per level, in C: a file of
brackets ends the whole process there. Here depth and number of values are bounded and nothing is recursive.
Plain words are read as YAML 1.2 reads them: `yes`, `on` and `12:30` are text, not true, true and 750.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from commonhub.ground import errors

LARGEST_FILE: Final = 1_000_000  # bytes; the largest real hub file seen has 12 kB
_DEEPEST: Final = 40  # levels; the deepest real hub file seen has 14
_MOST: Final = 50_000  # values after aliases are written out; the largest real hub file seen has 900
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: Final = {"": None, "~": None} | {
    spelled: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelled in (word, word.title(), word.upper())
}
_TAGS: Final = {"tag:yaml.org,2002:str", "!"}


@dataclass(kw_only=True)
class Marked:
    """What one file says: its value, its faults, and where each key stands."""

    value: Any = None
    faults: list[errors.Fault] = field(default_factory=list)
    _lines: dict[tuple[int, object], int] = field(default_factory=dict)  # (id of the container, key): line

    def line(self, place: Sequence[object]) -> int:
        """The line of what stands at `place`, or of the nearest thing above it that does stand."""
        value, line = self.value, 1 if self.value is not None else 0
        for key in place:
            if (id(value), key) not in self._lines:
                return line
            line = self._lines[id(value), key]
            value = value[key]
        return line


class _FaultError(Exception):
    def __init__(self, line: int, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.line, self.problem, self.mend = line, problem, mend


@dataclass(kw_only=True)
class _Open:
    """A mapping or a list that is being read."""

    value: dict[object, object] | list[object]
    anchor: str | None
    before: int  # how many values had been read when it opened
    key: object = None
    has_key: bool = False


def read(data: bytes, file: str) -> Marked:
    """Read one document. It never raises: what is wrong becomes a fault and `value` is None."""
    marked = Marked()
    try:
        text = _text(data)
        _Builder(marked, file).build(text)
    except _FaultError as fault:
        marked.value = None
        marked.faults.append(errors.Fault(file=file, line=fault.line, problem=fault.problem, mend=fault.mend))
    return marked


def _text(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise _FaultError(0, "The file is larger than 1 MB.", "Keep settings in it and data elsewhere.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _FaultError(line, "The file is not UTF-8 text.", "Save it as UTF-8.") from None


class _Builder:
    def __init__(self, marked: Marked, file: str) -> None:
        self._marked, self._file = marked, file
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[object, int] | None] = {}  # None: still open
        self._count = 0
        self._documents = 0

    def build(self, text: str) -> None:
        for event in _events(text):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._open(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event, line)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise _FaultError(line, "A second document begins here.", "Keep one document in a file.")
        if self._marked.value is None:
            raise _FaultError(0, "The file is empty.", "Write at least a title, or delete the file.")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value: object = event.value
        if event.tag is not None and event.tag not in _TAGS:
            raise _FaultError(line, f"The tag {event.tag!r} is not read here.", "Remove the tag.")
        if event.implicit[0] and event.tag is None:
            value = plain(event.value)
        self._grow(1, line)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, line)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        if event.tag is not None and event.tag != "!":
            raise _FaultError(line, f"The tag {event.tag!r} is not read here.", "Remove the tag.")
        if len(self._stack) >= _DEEPEST:
            raise _FaultError(line, f"It is nested more than {_DEEPEST} levels deep.", "Write it flatter.")
        self._grow(1, line)
        value: dict[object, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(value, line)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(value=value, anchor=event.anchor, before=self._count - 1))

    def _close(self) -> None:
        done = self._stack.pop()
        if done.anchor:
            self._anchors[done.anchor] = (done.value, self._count - done.before)

    def _alias(self, event: yaml.AliasEvent, line: int) -> None:
        if event.anchor not in self._anchors:
            raise _FaultError(line, f"No anchor &{event.anchor} stands above.", "Write the value out.")
        known = self._anchors[event.anchor]
        if known is None:
            raise _FaultError(line, f"The anchor &{event.anchor} contains itself.", "Write the value out.")
        value, size = known
        self._grow(size, line)
        self._put(value, line)

    def _grow(self, by: int, line: int) -> None:
        self._count += by
        if self._count > _MOST:
            raise _FaultError(
                line, f"The file says more than {_MOST:,} things.", "Split it, or use fewer aliases (*name)."
            )

    def _put(self, value: object, line: int) -> None:
        if not self._stack:
            self._marked.value = value
            return
        top = self._stack[-1]
        if isinstance(top.value, list):
            self._marked._lines[id(top.value), len(top.value)] = line  # noqa: SLF001 - builder and built are one
            top.value.append(value)
        elif top.has_key:
            top.value[top.key] = value
            top.has_key = False
        else:
            self._key(top, value, line)

    def _key(self, top: _Open, key: object, line: int) -> None:
        if isinstance(key, dict | list):
            raise _FaultError(line, "A list or mapping stands where a key must.", "Write a word as the key.")
        if key == "<<":
            raise _FaultError(line, "Merge keys (<<) are not read here.", "Repeat the lines that are meant.")
        key = key if isinstance(key, str) else _spelled(key)
        spot = (id(top.value), key)
        if spot in self._marked._lines:  # noqa: SLF001 - builder and built are one
            first = self._marked._lines[spot]  # noqa: SLF001
            problem = f"The key {key!r} stands twice (first in line {first})."
            self._marked.faults.append(
                errors.Fault(file=self._file, line=line, problem=problem, mend="Keep one of them.")
            )
        self._marked._lines[spot] = line  # noqa: SLF001
        top.key, top.has_key = key, True


def _spelled(key: object) -> str:
    """A key that YAML reads as something else than text, as text again: hubs may be called `1` or `true`."""
    return "null" if key is None else str(key).lower()


def plain(word: str) -> object:
    """What a word without quotes means: text, a number, true, false or null."""
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word):
        # 0755 and 007 are names or modes that somebody means as written
        return word if len(word) > 1 and word[0] == "0" else int(word)
    if _FLOAT.fullmatch(word) and math.isfinite(number := float(word)):
        return number
    return word


def _events(text: str) -> Iterator[yaml.Event]:
    loader = yaml.CSafeLoader(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
    except yaml.MarkedYAMLError as error:
        raise _in_words(error, text) from None
    except (yaml.YAMLError, UnicodeError, ValueError):
        line = next((n for n, row in enumerate(text.splitlines(), 1) if not row.isprintable() and "\t" not in row), 0)
        raise _FaultError(line, "A character stands here that YAML does not allow.", "Delete it.") from None
    finally:
        loader.dispose()


def _in_words(error: yaml.MarkedYAMLError, text: str) -> _FaultError:
    rows = text.splitlines()
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    problem = error.problem or "it cannot be read"
    if "\t" in row[: len(row) - len(row.lstrip())] or "'\\t'" in problem:
        return _FaultError(line, "A tab stands where spaces must.", "Indent with spaces.")
    if line >= len(rows) and error.context_mark and ("end" in problem or "expected" in problem):
        opened = min(error.context_mark.line + 1, len(rows))
        return _FaultError(opened, "The file ends before what is opened here is closed.", "Close the quote or bracket.")
    mend = "Look at the indentation, quotes and colons of this line and the one above."
    return _FaultError(line, f"This is not YAML: {problem}.", mend)
