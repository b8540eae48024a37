"""What a change touches: two values of one file compared key by key, lists element by element. Pure.

Comments and the order of keys say nothing. There is no touch where, and only where, both values are equal.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_IDENTITIES: Final = ("login", "name", "id", "responsibility", "role", "title", "key")
"""By the first of these that an entry of a list has, it is the same entry before and after."""
_FILE: Final = re.compile(r"communities/([^/]+)/(?:community|hubs/([^/]+))\.ya?ml")


class Absent:
    """Stands where nothing stands; null is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
COMMENTS: Final = "#"
"""As the only part of a path: comments and layout changed, and no value did."""
UNREADABLE: Final = "unreadable"
"""As the only part of a path: something changed, and nobody can say what."""
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One thing that is set, changed or taken out. An entry of a list is `[...]` in `path`; () is the whole file.

    `had` and `has` tell whether anything stood there before and stands there after.
    """

    file: str
    path: Path
    before: Any = None
    after: Any = None
    had: bool = True
    has: bool = True

    @property
    def community(self) -> str:
        """The community whose file it is; "" for the fleet's own."""
        return place_of_file(self.file)[0]

    @property
    def hub(self) -> str:
        """The hub whose file it is; "" for the files of a community or the fleet."""
        return place_of_file(self.file)[1]

    @property
    def spoken(self) -> str:
        """The path as people read it."""
        return " > ".join(part.strip("[]").replace("##", "#") for part in self.path) or self.file

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "file": self.file,
            "path": list(self.path),
            "before": self.before,
            "after": self.after,
            "had": self.had,
            "has": self.has,
        }


def heard(told: Mapping[str, Any]) -> Touch:
    """The touch that records keep."""
    return Touch(**{**told, "path": tuple(told["path"])})


def place_of_file(file: str) -> tuple[str, str]:
    """The community and the hub that a file belongs to, each "" where there is none."""
    found = _FILE.fullmatch(file)
    return (found[1], found[2] or "") if found else ("", "")


def touches(file: str, before: Any, after: Any) -> tuple[Touch, ...]:
    """Everything that differs, in the order of the alphabet. `ABSENT`: there is no such file.

    A file that comes or goes is a touch of the path () first; of one that comes, everything in it follows.
    """
    if isinstance(before, Absent) and isinstance(after, Absent):
        return ()
    if isinstance(before, Absent):
        whole = Touch(file=file, path=(), after=after, had=False)
        inside = _walk(file, (), {}, after) if isinstance(after, dict) else ()
        return (whole, *(each for each in inside if each.path))
    if isinstance(after, Absent):
        return (Touch(file=file, path=(), before=before, has=False),)
    return tuple(_walk(file, (), before, after))


def inside(touch: Touch) -> tuple[Touch, ...]:
    """What comes inside of what a touch brings as a whole, such as the keys of a new entry; () where it is plain.

    Rules look at this, so that nothing is hidden in a larger piece.
    """
    found: list[Touch] = []
    waiting = [touch]
    while waiting:
        one = waiting.pop()
        for each in _inner(one) if one.has and one.path else ():
            found.append(each)
            waiting.append(each)
    return tuple(found)


def _inner(touch: Touch) -> tuple[Touch, ...]:
    before, after = (touch.before if touch.had else ABSENT), touch.after
    if isinstance(after, list):
        known = dict(zip(labels(before), before, strict=True)) if isinstance(before, list) else {}
        wanted = dict(zip(labels(after), after, strict=True))
        return tuple(
            each
            for label in sorted({*known, *wanted})
            for each in _walk(touch.file, (*touch.path, label), known.get(label, ABSENT), wanted.get(label, ABSENT))
        )
    if isinstance(after, dict):
        return tuple(_keys(touch.file, touch.path, before if isinstance(before, dict) else {}, after))
    return ()


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as YAML means them: 1, 1.0, true and "1" are four values."""
    if isinstance(one, Absent) or isinstance(other, Absent):
        return isinstance(one, Absent) and isinstance(other, Absent)
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    """One text for equal values; the order of keys says nothing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def labels(values: Sequence[Any]) -> list[str]:
    """A name for each entry of a list, by which it is found again; a second one of a name is numbered.

    No two are equal, whatever is written: a # of the name itself is doubled, so that it never reads as a number.
    """
    seen: Counter[str] = Counter()
    found = []
    for value in values:
        label = _label(value).replace("#", "##")
        seen[label] += 1
        found.append(f"[{label}]" if seen[label] == 1 else f"[{label}#{seen[label]}]")
    return found


def _label(value: Any) -> str:
    if isinstance(value, dict):
        for key in _IDENTITIES:
            if isinstance(value.get(key), str):
                hub = value.get("hub")
                return f"{value[key]}@{hub}" if isinstance(hub, str) else str(value[key])
        return canonical(value)
    return value if isinstance(value, str) else canonical(value)


def _walk(file: str, path: Path, before: Any, after: Any) -> Iterator[Touch]:
    if same(before, after):
        return
    if isinstance(after, dict) and isinstance(before, dict | Absent) and (before or after) and _opens(before, after):
        yield from _keys(file, path, {} if isinstance(before, Absent) else before, after)
    elif isinstance(before, dict) and before and isinstance(after, Absent):
        yield from _keys(file, path, before, {})
    elif isinstance(before, list | Absent) and isinstance(after, list | Absent) and (before or after):
        yield from _entries(file, path, before, after)
    else:
        yield _touch(file, path, before, after)


def _opens(before: Any, after: dict[str, Any]) -> bool:
    """Whether two mappings are told apart by their keys; an empty one that comes is a thing of its own."""
    return bool(after) or (isinstance(before, dict) and bool(before))


def _keys(file: str, path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Touch]:
    for key in sorted({*before, *after}):
        yield from _walk(file, (*path, key), before.get(key, ABSENT), after.get(key, ABSENT))


def _entries(file: str, path: Path, before: Any, after: Any) -> Iterator[Touch]:
    old = [] if isinstance(before, Absent) else before
    new = [] if isinstance(after, Absent) else after
    if not old and not new:
        yield _touch(file, path, before, after)
        return
    known, wanted = dict(zip(labels(old), old, strict=True)), dict(zip(labels(new), new, strict=True))
    if [label for label in known if label in wanted] != [label for label in wanted if label in known]:
        yield _touch(file, path, before, after)  # entries changed places: the list as a whole says it
        return
    for label in [*known, *(each for each in wanted if each not in known)]:
        one, other = known.get(label, ABSENT), wanted.get(label, ABSENT)
        if isinstance(one, Absent) or isinstance(other, Absent):
            yield _touch(file, (*path, label), one, other)
        else:
            yield from _walk(file, (*path, label), one, other)


def _touch(file: str, path: Path, before: Any, after: Any) -> Touch:
    had, has = not isinstance(before, Absent), not isinstance(after, Absent)
    return Touch(file=file, path=path, before=before if had else None, after=after if has else None, had=had, has=has)
