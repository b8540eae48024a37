"""What a hub takes away of the defaults instead of adding to them. Pure, on the keys and values of files."""

from collections.abc import Mapping
from typing import Any, Final

Words = dict[str, Any]

_NONE_OF: Final = (
    (("storage", "usual_folders"), ("storage", "folders")),
    (("storage", "usual_admin_folders"), ("storage", "admin_folders")),
    (("storage", "usual_volumes"), ("storage", "volumes")),
    (("server", "usual_before"), ("server", "before")),
    (("server", "usual_command"), ("server", "command")),
    (("server", "usual_image"), ("server", "image")),
)
"""Words that are `false` where nothing of the defaults holds, and what they speak of."""
_WITHOUT: Final = (
    (("storage", "without"), ("storage", "folders")),
    (("storage", "admin_without"), ("storage", "admin_folders")),
)
"""Words that list names of the defaults that do not hold."""


def left(below: Mapping[str, Any], above: Mapping[str, Any]) -> Words:
    """The defaults `below` without what the hub's words `above` take away of them; the same where that is nothing."""
    kept: Words = dict(below)
    for word, (first, second) in _NONE_OF:
        if _at(above, word) is False and isinstance(kept.get(first), dict):
            kept[first] = {key: one for key, one in kept[first].items() if key != second}
    for word, (first, second) in _WITHOUT:
        names, found = _at(above, word), _at(kept, (first, second))
        if names and isinstance(found, dict):
            rest = {name: one for name, one in found.items() if name not in names}
            kept[first] = kept[first] | {second: rest}
    return kept


def _at(words: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = words
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
