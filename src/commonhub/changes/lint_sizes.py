"""How much memory a hub's servers get: the usual one, and each choice of the menu. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from commonhub.changes import comparing
from commonhub.fleet import desired, fields, quantities

Memory = tuple[int | None, int | None]  # surely there, and at most, in bytes; None: no such thing is said
_WORDS: Final = ("guarantee", "limit")


def of_hub(hub: desired.DesiredHub) -> dict[tuple[str, ...], tuple[str, Memory]]:
    """By the path in the hub's file: what people call the choice, "" for the usual server, and its memory.

    What a choice does not say is as for all servers. A choice that says nothing of memory is left out.
    """
    usual: Memory = (hub.memory_guarantee, hub.memory_limit)
    found: dict[tuple[str, ...], tuple[str, Memory]] = {("server", "memory"): ("", usual)}
    for path, entry, over in _choices(hub, usual):
        if entry.get("memory"):
            found[*path, "memory"] = (str(entry.get("title", path[-1])), over)
    return found


def _choices(hub: desired.DesiredHub, usual: Memory) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any], Memory]]:
    for label, entry in zip(comparing.labels(hub.menu), hub.menu, strict=True):
        path, over = ("menu", label), _over(usual, entry)
        yield path, entry, over
        for name, question in _mapping(entry.get("ask")).items():
            for key, choice in _mapping(_mapping(question).get("choices")).items():
                yield (*path, "ask", name, "choices", key), _mapping(choice), _over(over, _mapping(choice))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _over(usual: Memory, entry: Mapping[str, Any]) -> Memory:
    said = _mapping(entry.get("memory"))
    surely, most = (_bytes(said[word]) if said.get(word) is not None else usual[at] for at, word in enumerate(_WORDS))
    # Nothing can be had surely above a limit: the usual one can't have been meant for such a choice.
    if said.get("limit") is None and surely is not None and most is not None and surely > most:
        most = None
    return surely, most


def _bytes(value: object) -> int | None:
    return None if value == fields.NO_LIMIT else quantities.bytes_of(value)
