"""Reads one mapping of a model's file, key by key: a value of the right kind, or a problem and a stand-in."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

Place = tuple[object, ...]
"""The keys that lead to a value, from the top of the file."""
Tell = Callable[[Place, str, str], None]
"""Takes a problem: where, what is wrong, what to do."""
Choice = TypeVar("Choice", bound=StrEnum)

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,59}")
_ALL: Final = "The reference of responsibilities names all of them."
_FEW: Final = 6  # words that are listed whole where none of them is near


def nearest(word: str, known: Sequence[str]) -> str:
    """`Did you mean ...?` where one of the known words is near, else nothing."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]!r}?" if found else ""


def is_id(word: object) -> bool:
    """Whether an area, responsibility, role, team or kind of evidence may be called so."""
    return isinstance(word, str) and _ID.fullmatch(word) is not None


class Fields:
    """One mapping at one place; each key is asked for once, and `done` names those that nobody asked for."""

    def __init__(self, value: object, place: Place, tell: Tell) -> None:
        self._place, self._tell = place, tell
        self._asked: list[str] = []
        self._values: Mapping[str, object] = value if isinstance(value, dict) else {}
        self._readable = isinstance(value, dict)
        if not self._readable:
            tell(place, f"{spoken(place)} has no keys below it.", "Write its keys on the next lines, further in.")

    def problem(self, key: str, problem: str, mend: str) -> None:
        """Tell what is wrong with one key."""
        self._tell((*self._place, key), f"{spoken((*self._place, key))} {problem}", mend)

    def _take(self, key: str, *, needed: bool) -> object:
        self._asked.append(key)
        if key not in self._values and needed and self._readable:
            self._tell(self._place, f"{spoken((*self._place, key))} is missing.", f"Add a line that begins with {key}:")
        return self._values.get(key)

    def text(self, key: str, *, needed: bool = True) -> str:
        """Words, with line ends as spaces; empty where they are missing."""
        value = self._take(key, needed=needed)
        if value is None and not (needed and key in self._values):
            return ""
        if not isinstance(value, str) or not value.strip():
            self.problem(key, "is no text.", "Write words, in quotes where they look like a number.")
            return ""
        return " ".join(value.split())

    def number(self, key: str, *, needed: bool = False) -> int:
        """A whole number of 0 or more; 0 where it is missing."""
        value = self._take(key, needed=needed)
        if value is None and not (needed and key in self._values):
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.problem(key, "is no whole number of 0 or more.", "Write a number such as 180.")
            return 0
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is missing."""
        value = self._take(key, needed=False)
        if value is not None and not isinstance(value, bool):
            self.problem(key, "is neither true nor false.", "Write true or false.")
        return value is True

    def hours(self, key: str) -> tuple[int, int]:
        """Two hours of the day, from and to."""
        value = self._take(key, needed=True)
        if isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value):
            begin, end = value
            if 0 <= begin < end <= 24:
                return begin, end
        self.problem(key, "is no span of hours.", "Write two hours of one day, such as [9, 17].")
        return 0, 24

    def choice(self, key: str, kind: type[Choice], *, stand_in: Choice) -> Choice:
        """One word of a few."""
        return self._chosen(key, self._take(key, needed=True), kind) or stand_in

    def choice_or_none(self, key: str, kind: type[Choice]) -> Choice | None:
        """One word of a few, or none where it is missing."""
        value = self._take(key, needed=False)
        return None if value is None else self._chosen(key, value, kind)

    def _chosen(self, key: str, value: object, kind: type[Choice]) -> Choice | None:
        known = [str(each) for each in kind]
        if isinstance(value, str) and value in known:
            return kind(value)
        if key in self._values:
            hint = nearest(str(value), known)
            self.problem(key, f"cannot be {value!r}.", f"{hint} It may be {', '.join(known)}.".lstrip())
        return None

    def words(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of words, each once."""
        value = self._take(key, needed=needed)
        if value is None and not (needed and key in self._values):
            return ()
        if not isinstance(value, list):
            self.problem(key, "is no list.", "Write each entry on its own line after a hyphen.")
            return ()
        found: list[str] = []
        for number, each in enumerate(value):
            place = (*self._place, key, number)
            if not isinstance(each, str):
                self._tell(place, f"{spoken(place)} ({each!r}) is no word.", "Write a word.")
            elif each in found:
                self._tell(place, f"{spoken(place)}: {each!r} stands twice in the list.", "Keep one of them.")
            else:
                found.append(each)
        return tuple(found)

    def choices(self, key: str, kind: type[Choice], *, needed: bool = False) -> tuple[Choice, ...]:
        """A list of words, each one of those that are known."""
        known = [str(each) for each in kind]
        found = []
        for word in self.words(key, needed=needed):
            if word in known:
                found.append(kind(word))
            else:
                written = self._values[key]
                place = (*self._place, key, written.index(word) if isinstance(written, list) else 0)
                mend = nearest(word, known) or (f"It may be {', '.join(known)}." if len(known) <= _FEW else _ALL)
                self._tell(place, f"{spoken(place)}: {word!r} is not known.", mend)
        return tuple(found)

    def known_elsewhere(self, *keys: str) -> None:
        """These keys are read by somebody else."""
        self._asked += keys

    def done(self, said_elsewhere: Mapping[str, str] | None = None) -> None:
        """Name the keys that nothing asked for; `said_elsewhere` says of some where their matter is said."""
        for key in self._values:
            if key not in self._asked:
                place = (*self._place, key)
                mend = (
                    (said_elsewhere or {}).get(key)
                    or nearest(str(key), self._asked)
                    or f"It may be {', '.join(self._asked)}."
                )
                self._tell(place, f"The key {spoken(place)} is not known here.", mend)


def spoken(place: Place) -> str:
    """A place in words: `roles > hub-administrator > sides`, list entries counted from 1."""
    parts = [f"entry {part + 1}" if isinstance(part, int) else str(part) for part in place]
    return " > ".join(parts) or "The file"
