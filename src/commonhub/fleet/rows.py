"""Changes of YAML text row by row: what is not meant stays to the letter, comments and quotes and blank rows too.

Whatever was written is read again and compared with what was meant before it is handed on.
"""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from commonhub.fleet import spelling, writing
from commonhub.ground import errors, marked

REMOVE: Final = writing.REMOVE
Path = tuple[str | int, ...]

_MEND: Final = "Mend or change it by hand first."


def put(text: str, path: Path, value: object) -> str:
    """The text with `value` at `path`, or without what stands there (REMOVE); a list's length as last part appends.

    Mappings and lists above that become empty by a removal go too. Text that says it already comes back unchanged.
    Raises CommonhubError where the text has faults, or the path leads through something else than mappings and lists.
    """
    before = _value(text)
    wanted = copy.deepcopy(before)
    if value is REMOVE:
        path = _remove(wanted, path)
    else:
        _insert(wanted, path, value)
    if wanted == before:
        return text
    for attempt in (_by_rows, _by_editor):
        after = attempt(text, wanted, path, gone=value is REMOVE)
        if after is not None and _same(after, wanted):
            return after
    raise errors.CommonhubError(f"{_spoken(path)} cannot be changed in this file by a program.", _MEND)


def value_at(text: str, path: Path) -> Any:
    """What stands at the path; None where nothing does. Raises CommonhubError where the text has faults."""
    return _at(_value(text), path)


# ---- what is meant ----


def _value(text: str) -> dict[str, Any]:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise errors.CommonhubError("The file holds half a character.", _MEND) from None
    found = marked.read(data, "")
    if all(row.startswith("#") or not row.strip() for row in text.splitlines()):
        return {}
    for fault in found.faults:
        raise errors.CommonhubError(f"The file has a fault in line {fault.line}: {fault.problem}", _MEND)
    if not isinstance(found.value, dict):
        raise errors.CommonhubError("The file holds no keys and values.", _MEND)
    return found.value


def _same(text: str, wanted: Mapping[str, Any]) -> bool:
    found = marked.read(text.encode(), "")
    return not found.faults and repr(found.value or {}) == repr(wanted)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def _insert(wanted: dict[str, Any], path: Path, value: object) -> None:
    place: Any = wanted
    for part, below in itertools.pairwise(path):
        if _at(place, (part,)) is None:
            _set(place, part, [] if isinstance(below, int) else {}, path)
        place = place[part]
    _set(place, path[-1], value, path)


def _set(place: Any, part: str | int, value: object, path: Path) -> None:
    if isinstance(place, list) and isinstance(part, int) and part <= len(place):
        place[part : part + 1] = [value]
    elif isinstance(place, dict) and isinstance(part, str):
        place[part] = value
    else:
        raise errors.CommonhubError(f"{_spoken(path)} does not fit into what stands there.", _MEND)


def _remove(wanted: dict[str, Any], path: Path) -> Path:
    """Take out what stands at the path, and what becomes empty by it; the path of the outermost thing that went."""
    for length in range(len(path), 0, -1):
        place, part = _at(wanted, path[: length - 1]), path[length - 1]
        there = isinstance(place, dict) and part in place
        if not there and not (isinstance(place, list) and isinstance(part, int) and part < len(place)):
            break
        del place[part]
        if place or length == 1:
            return path[:length]
    return path


def _spoken(path: Path) -> str:
    return " > ".join(str(part) for part in path)


# ---- how it is written ----


def _by_rows(text: str, wanted: Mapping[str, Any], path: Path, *, gone: bool) -> str | None:
    """The change at the deepest place of `path` that has rows of its own."""
    rows = text.splitlines(keepends=True)
    if rows and not rows[-1].endswith(("\n", "\r")):
        rows[-1] += "\n"
    node: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
    if node is None:
        return "".join([*rows, *(row for key, value in wanted.items() for row in spelling.pair(key, value, 0))])
    for depth, part in enumerate(path):
        if not _has_rows(node):
            return None
        there = _child(node, part)
        last = depth == len(path) - 1
        if last or not _has_rows(there):
            new = REMOVE if last and gone else _at(wanted, path[: depth + 1])
            return "".join(_replaced(rows, node, part, there, new))
        node = there
    return None


def _has_rows(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)


def _by_editor(text: str, wanted: Mapping[str, Any], path: Path, *, gone: bool) -> str | None:  # noqa: ARG001 - as above
    """For layouts that have no rows of their own: the outermost key is written anew."""
    key = str(path[0])
    try:
        return writing.edit(text, {(key,): wanted.get(key, REMOVE)})
    except errors.CommonhubError:
        return None


def _child(node: Any, part: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return node.value[part] if isinstance(part, int) and part < len(node.value) else None
    return next((value for key, value in node.value if key.value == part), None)


def _replaced(rows: list[str], node: Any, part: str | int, there: Any, new: object) -> list[str]:
    """The rows with one pair or one item of a block changed, added at its end, or taken out."""
    column = node.start_mark.column
    written = (
        []
        if new is REMOVE
        else spelling.item(new, column)
        if isinstance(part, int)
        else spelling.pair(part, new, column)
    )
    if there is None:
        end = _last(node, rows) + 1
        return rows[:end] + written + rows[end:]
    first, last = _first(node, part, there, rows), _last(there, rows)
    own, behind = _comments(there, rows, range(first, last + 1))
    if new is REMOVE:  # what stands behind a value speaks of it and goes with it
        behind = []
    elif len(behind) == 1 and len(written) == 1:
        written = [written[0].rstrip("\n") + behind.pop()]
    kept = [" " * column + comment.lstrip() for comment in [*own, *behind]]
    return rows[:first] + kept + written + rows[last + 1 :]


def _comments(node: Any, rows: Sequence[str], span: range) -> tuple[list[str], list[str]]:
    """The comments among these rows: those that have a row of their own, and those behind a key or a value."""
    leaves = list(_leaves(node))
    covered = {row for leaf in leaves for row in range(leaf.start_mark.line, _last(leaf, rows) + 1)}
    own = [rows[row] for row in span if row not in covered and rows[row].lstrip().startswith("#")]
    return own, [tail for leaf in leaves if (tail := _tail(leaf, rows))]


def _leaves(node: Any) -> Iterator[Any]:
    """The keys and values without rows of their own, in their order."""
    if not _has_rows(node):
        yield node
        return
    for one in node.value:
        for each in one if isinstance(one, tuple) else (one,):
            yield from _leaves(each)


def _first(node: Any, part: str | int, there: Any, rows: Sequence[str]) -> int:
    if isinstance(node, yaml.MappingNode):
        return next(int(key.start_mark.line) for key, _ in node.value if key.value == part)
    row = int(there.start_mark.line)
    while row > 0 and not rows[row][node.start_mark.column :].startswith("-"):
        row -= 1
    return row


def _last(node: Any, rows: Sequence[str]) -> int:
    """The last row of what a node says; blank rows and comments below it are not its own."""
    while _has_rows(node):
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    first, last = int(node.start_mark.line), int(node.end_mark.line)
    if last > first and node.end_mark.column == 0:
        last -= 1
    last = min(last, len(rows) - 1)
    while last > first and not rows[last].strip():
        last -= 1
    return last


def _tail(leaf: Any, rows: Sequence[str]) -> str:
    """The comment behind a key or a value, on its last row."""
    if leaf.end_mark.line >= len(rows) or not leaf.end_mark.column:
        return ""
    rest = rows[leaf.end_mark.line][leaf.end_mark.column :]
    comment = rest.removeprefix(":").lstrip(" ")
    return rest.removeprefix(":") if comment.startswith("#") else ""
