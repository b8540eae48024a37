"""Conditions of kinds: how a touch changes something, beside what it touches. Pure."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from commonhub.changes.comparing import Touch
from commonhub.fleet import fields, quantities

_REACH: Final = ("none", "packages", "internet")
_BOUNDS: Final = {
    "idle": "idle_at_most",
    "every": "idle_at_most",  # what is looked for less often than that stays as long
    "max_age": "age_at_most",
    "sleep_after": "sleep_at_most",
}
_HANDLER: Final = re.compile(r"""(?:^|[\s"'/])on[a-z]+\s*=""", re.IGNORECASE)  # an attribute that runs, such as onclick
_RUNNING: Final = frozenset({"data", "javascript", "vbscript"})  # schemes of addresses that are programs
Numbers = Mapping[str, float]


def repository(image: object) -> str | None:
    """An image without its tag and digest; None where it is no image's name."""
    if not isinstance(image, str) or not image.strip():
        return None
    name = image.strip().partition("@")[0]
    above, slash, last = name.rpartition("/")
    return f"{above}{slash}{last.partition(':')[0]}"


def _comes(touch: Touch, _numbers: Numbers) -> bool:
    return not touch.had


def _goes(touch: Touch, _numbers: Numbers) -> bool:
    return not touch.has


def _same_image(touch: Touch, _numbers: Numbers) -> bool:
    before = repository(touch.before)
    return before is not None and before == repository(touch.after)


def _stays(touch: Touch, _numbers: Numbers) -> bool:
    """Something is said, rather than taken out."""
    return touch.has


def _not_bigger(touch: Touch, _numbers: Numbers) -> bool:
    if not touch.has:
        # What is not said any more falls back to a default, which may be larger.
        return False
    if isinstance(touch.before, bool) or isinstance(touch.after, bool):
        return touch.had and touch.after is False
    before, after = size(touch.before), size(touch.after)
    return touch.had and before is not None and after is not None and after <= before


def size(value: Any) -> float | None:
    """A size as a number; without a limit it is larger than all. None where it is no size, such as a type of machine."""
    if value == fields.NO_LIMIT:
        return float("inf")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = quantities.bytes_of(value)
    return None if found is None else float(found)


def _within_bounds(touch: Touch, numbers: Numbers) -> bool:
    if touch.path[-1] == "enabled":
        return not touch.has or touch.after is True
    bound = _BOUNDS.get(touch.path[-1])
    if not touch.has or bound is None:
        return True
    seconds = quantities.seconds_of(touch.after)
    return seconds is not None and seconds <= numbers[bound]


def _closes(touch: Touch, _numbers: Numbers) -> bool:
    known = touch.had and touch.has and touch.before in _REACH and touch.after in _REACH
    return known and _REACH.index(touch.after) < _REACH.index(touch.before)


def _drops_homes(touch: Touch, _numbers: Numbers) -> bool:
    return touch.has and touch.after != "kept"


def _markup(touch: Touch, _numbers: Numbers) -> bool:
    """It could run in the browsers of others: the templates of charts and spawners pass these words on as they are.

    That is so of the short names of questions and choices too.
    """
    named = [part for part in touch.path if not part.startswith("[")] if not touch.had else []
    known = set(_texts(touch.before))
    return any(_could_run(text) for text in (*named, *_texts(touch.after)) if text not in known)


def _could_run(text: str) -> bool:
    """As a browser reads it: characters by their numbers, and addresses without what it leaves out of them."""
    read = html.unescape(text)
    scheme, colon, _ = "".join(c for c in read if c > " " and not c.isspace() and c != "\x7f").lower().partition(":")
    return "<" in read or bool(_HANDLER.search(read)) or (colon == ":" and scheme in _RUNNING)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


KNOWN: Final[Mapping[str, Callable[[Touch, Numbers], bool]]] = {
    "": lambda _touch, _numbers: True,
    "closes": _closes,
    "comes": _comes,
    "drops-homes": _drops_homes,
    "goes": _goes,
    "markup": _markup,
    "not-bigger": _not_bigger,
    "same-image": _same_image,
    "stays": _stays,
    "within-bounds": _within_bounds,
}
"""Every condition by the word that `kinds.yaml` uses."""
