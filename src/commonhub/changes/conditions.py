"""Conditions of kinds: how a touch changes something, beside what it touches. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from commonhub.changes.comparing import Touch
from commonhub.fleet import fields, quantities

_REACH: Final = ("none", "packages", "internet")
_BOUNDS: Final = {"idle": "idle_at_most", "max_age": "age_at_most", "sleep_after": "sleep_at_most"}
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
    """It could run in the browsers of others: the chart's templates pass these words on as they are."""
    return any(_could_run(text) for text in _texts(touch.after))


def _could_run(text: str) -> bool:
    scheme, colon, _ = "".join(text.split()).lower().partition(":")
    return "<" in text or (colon == ":" and scheme in _RUNNING)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
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
