"""Two people changed one file: both changes together, or the conflict in words. Pure: texts in, text out.

The same serves to set a change back later: what stands between its text and the one before it is laid over today's.
Nothing is lost: what cannot be carried over by a program is a conflict, never left out.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonhub.changes import comparing
from commonhub.changes.comparing import ABSENT, Touch
from commonhub.fleet import rows
from commonhub.ground import errors, marked


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One thing that both changed, each in their own way."""

    file: str
    path: tuple[str, ...]
    base: Any
    ours: Any
    theirs: Any
    sentence: str

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "file": self.file,
            "path": list(self.path),
            "base": self.base,
            "ours": self.ours,
            "theirs": self.theirs,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What came of one file: its text (None: no file), or why there is none."""

    text: str | None = None
    conflicts: tuple[Conflict, ...] = ()


def value_of(text: str | None) -> Any:
    """What a file says; ABSENT where there is none. Raises CommonhubError where the text has faults."""
    if text is None:
        return ABSENT
    found = marked.read(text.encode(), "")
    if found.faults and text.strip():
        fault = found.faults[0]
        raise errors.CommonhubError(f"The file has a fault in line {fault.line}: {fault.problem}", fault.mend)
    return {} if found.value is None else found.value


def merge(file: str, *, base: str | None, ours: str | None, theirs: str | None) -> Merged:
    """What `ours` changed of `base`, laid over `theirs`. Raises CommonhubError where a text has faults."""
    if theirs in {base, ours}:
        return Merged(text=ours)
    if ours == base:
        return Merged(text=theirs)
    if base is None or ours is None or theirs is None:
        return Merged(conflicts=(_whole(file, base, ours, theirs),))
    mine = comparing.touches(file, value_of(base), value_of(ours))
    other = comparing.touches(file, value_of(base), value_of(theirs))
    conflicts = tuple(_conflicts(mine, other))
    if conflicts:
        return Merged(conflicts=conflicts)
    there = {_key(each) for each in other}
    left = tuple(each for each in mine if _key(each) not in there)
    for attempt in (_by_lines, _by_keys):
        text = attempt(base, ours, theirs, mine, left)
        if text is not None and _is(file, text, theirs, left):
            return Merged(text=text)
    return Merged(conflicts=(_unmergeable(file),))


def anew(file: str, *, base: str | None, ours: str | None, theirs: str | None) -> str | None:
    """The text that says what `ours` wanted of `base` in what `theirs` is now, also where both touched the same.

    None: no file. Raises CommonhubError where a program can't put them together.
    """
    merged = merge(file, base=base, ours=ours, theirs=theirs)
    if not merged.conflicts:
        return merged.text
    if base is None or ours is None or theirs is None:
        return ours
    mine = comparing.touches(file, value_of(base), value_of(ours))
    text = _by_keys(base, ours, theirs, mine, mine)
    if text is None:
        # Its values are not told: who may propose here need not be one who may read people's addresses.
        raise errors.CommonhubError(_unmergeable(file).sentence, "Propose it by hand: write it into the file as it is.")
    return text


def _is(file: str, text: str, theirs: str, left: Sequence[Touch]) -> bool:
    """Whether a text says what theirs says with our touches, and nothing else."""
    try:
        found = comparing.touches(file, value_of(theirs), value_of(text))
    except errors.CommonhubError:
        return False
    return sorted(map(_key, found)) == sorted(map(_key, left))


def _key(touch: Touch) -> str:
    return comparing.canonical(touch.told())


def _conflicts(mine: Sequence[Touch], other: Sequence[Touch]) -> list[Conflict]:
    found = []
    for one in mine:
        for two in other:
            if _meet(one.path, two.path) and _key(one) != _key(two):  # 1 and true are equal to Python
                found.append(_conflict(one, two))
                break
    return found


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short = min(len(one), len(other))
    return one[:short] == other[:short]


def _conflict(one: Touch, two: Touch) -> Conflict:
    ours, theirs = _said(one), _said(two)
    return Conflict(
        file=one.file,
        path=one.path,
        base=one.before,
        ours=one.after,
        theirs=two.after,
        sentence=f"{one.spoken} in {one.file}: this change {ours}, and somebody else meanwhile {theirs}.",
    )


def _said(touch: Touch) -> str:
    if not touch.has:
        return f"takes out {touch.spoken}"
    word = comparing.canonical(touch.after)
    return f"sets {touch.spoken} to {word if len(word) <= 80 else word[:77] + '...'}"


def _whole(file: str, base: str | None, ours: str | None, theirs: str | None) -> Conflict:
    def does(text: str | None) -> str:
        return "removes it" if text is None else "makes it" if base is None else "changes it"

    sentence = f"{file}: this change {does(ours)}, and somebody else meanwhile {does(theirs)}."
    return Conflict(file=file, path=(), base=base, ours=ours, theirs=theirs, sentence=sentence)


def _unmergeable(file: str) -> Conflict:
    sentence = f"{file}: rows that both changed, comments among them, can't be put together by a program."
    return Conflict(file=file, path=(), base=None, ours=None, theirs=None, sentence=sentence)


def _by_keys(base: str, ours: str, theirs: str, mine: Sequence[Touch], left: Sequence[Touch]) -> str | None:
    """Our touches put into their text; None where ours says more than touches, such as new comments."""
    if _comments(ours) != _comments(base) and _put_all(base, mine) != ours:
        return None
    return _put_all(theirs, left)


def _comments(text: str) -> list[str]:
    """What stands behind a # in each row. A # in a value counts too: that makes one conflict more, and loses nothing."""
    return sorted(row.partition("#")[2].strip() for row in text.splitlines() if "#" in row)


def _put_all(text: str, all_of: Sequence[Touch]) -> str | None:
    try:
        for touch in all_of:
            text = put(text, touch)
    except errors.CommonhubError:
        return None
    return text


def put(text: str, touch: Touch) -> str:
    """The text with one touch made in it; everything else stays to the letter.

    Raises CommonhubError where it does not fit into what stands there.
    """
    path = _rows_path(text, touch.path)
    if not touch.has and path is None:
        return text
    if path is None:
        raise errors.CommonhubError(f"{touch.spoken} is not in the file any more.", "Look at the file as it is now.")
    return rows.put(text, path, touch.after if touch.has else rows.REMOVE)


def places(text: str, path: tuple[str, ...]) -> tuple[str | int, ...]:
    """The keys and numbers that a path means in a text; as much of it as stands there."""
    return _rows_path(text, path) or path


def _rows_path(text: str, path: tuple[str, ...]) -> rows.Path | None:
    """The path with the place of each entry in its list; a last entry that is not there yet stands behind them all."""
    value: Any = value_of(text)
    found: list[str | int] = []
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(value, dict) or not part.startswith("["):
            found.append(part)
            value = value.get(part) if isinstance(value, dict) else None
            continue
        entries = value if isinstance(value, list) else []
        known = comparing.labels(entries)
        if part in known:
            found.append(known.index(part))
            value = entries[known.index(part)]
        elif last:
            found.append(len(entries))
        else:
            return None
    return tuple(found)


def _by_lines(base: str, ours: str, theirs: str, _mine: Sequence[Touch], _left: Sequence[Touch]) -> str | None:
    """Both texts' changed rows together; None where they lie on or beside each other."""
    rows_of_base = base.splitlines(keepends=True)
    changes = [
        *((*change, 0) for change in _hunks(rows_of_base, ours.splitlines(keepends=True))),
        *((*change, 1) for change in _hunks(rows_of_base, theirs.splitlines(keepends=True))),
    ]
    changes.sort(key=lambda each: (each[0], each[1]))
    done, result = 0, []
    whose = -1
    for begin, end, new, who in changes:
        if begin < done or (begin == done and whose not in {-1, who}):
            return None
        result += rows_of_base[done:begin] + list(new)
        done, whose = end, who
    result += rows_of_base[done:]
    return "".join(result)


def _hunks(base: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
    matcher = difflib.SequenceMatcher(a=base, b=other, autojunk=False)
    return [
        (begin, end, tuple(other[first:last]))
        for kind, begin, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]


def merge_all(
    files: Mapping[str, str | None], *, base: Mapping[str, str | None], now: Mapping[str, str | None]
) -> tuple[dict[str, str | None], tuple[Conflict, ...]]:
    """All files of a change at once: the texts to write, and every conflict. Files that need nothing are left out."""
    texts: dict[str, str | None] = {}
    conflicts: list[Conflict] = []
    for file, ours in files.items():
        found = merge(file, base=base.get(file), ours=ours, theirs=now.get(file))
        conflicts.extend(found.conflicts)
        if not found.conflicts and found.text != now.get(file):
            texts[file] = found.text
    return texts, tuple(conflicts)
