"""Changes as sentences, and as the difference of their files. Pure."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from commonhub.changes import comparing, kinds
from commonhub.changes.comparing import Touch
from commonhub.fleet import quantities

_LONGEST: Final = 80  # characters of a value in a sentence
_NAMES: Final[Mapping[str, str]] = {
    "server.memory.limit": "Memory of each server, at most",
    "server.memory.guarantee": "Memory of each server, surely",
    "server.cpu.limit": "Cores of each server, at most",
    "server.cpu.guarantee": "Cores of each server, surely",
    "server.image": "Image of each server",
    "storage.home_quota": "Home of each person, at most",
    "storage.homes": "Homes",
    "admins": "Administrators in JupyterHub",
    "staff_admins": "Staff who administer",
    "access.domains": "Mail domains whose people may use it",
    "access.groups": "Groups whose people may use it",
    "access.everyone": "Everybody with an account may use it",
    "access.requests": "Others may ask to use it",
    "cull.idle": "Unused servers stop after",
    "cull.max_age": "Servers stop at the latest after",
    "cull.every": "Unused servers are looked for every",
    "sleep_after": "The hub sleeps without people after",
    "interface": "Page that a server opens with",
    "egress": "How far servers reach",
    "package_sources": "Package sources",
    "domains": "Host names",
    "login.kind": "Way to sign in",
    "engine": "Where it runs",
    "title": "Title",
    "description": "Description",
    "url": "Web page",
    "place": "Place",
    "time_zone": "Time zone",
    "events": "Events",
    "secrets": "Secrets that end",
    "extra": "Raw values",
    "roles": "Roles",
}


def sentence(touch: Touch, standard: Mapping[str, Any] | None = None) -> str:
    """One touch in words: `Memory of each server, at most: 2G → 4G`.

    `standard` is what fleet.yaml says for every hub, which held as long as the hub said nothing.
    """
    if not touch.path:
        return f"{where(touch)} is {'added' if not touch.had else 'taken away'}"
    if touch.path == (comparing.COMMENTS,):
        return "Comments and layout of the file; no setting changes"
    name, rest = _named(kinds.path_in_hub(touch))
    head = f"{name}{f' ({rest})' if rest else ''}"
    usual = _usual(touch, standard)
    if not touch.had:
        before = f"{usual} (as for all hubs) → " if usual else ""
        tail = "" if usual else " is added" if _is_entry(touch) else " (new)"
        return f"{head}: {before}{said(touch.after)}{tail}"
    if not touch.has:
        tail = f"{said(touch.before)} → {usual} (as for all hubs)" if usual else f"{said(touch.before)} is taken out"
        return f"{head}: {tail}"
    return f"{head}: {said(touch.before)} → {said(touch.after)}"


def _usual(touch: Touch, standard: Mapping[str, Any] | None) -> str:
    found = at(standard or {}, touch.path) if touch.hub else None
    return "" if found is None or isinstance(found, dict | list) else spelled(touch.path, found)


def at(value: Any, path: Iterable[str]) -> Any:
    """What stands at a path of mappings; None where nothing does."""
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def spelled(path: tuple[str, ...], value: Any) -> str:
    """A value as people write it: bytes and seconds in words, so that `1G` and 1000000000 are one text."""
    if path[-2:-1] == ("memory",) or path[-1:] == ("home_quota",):
        size = quantities.bytes_of(value)
        return said(value) if size is None else quantities.size_text(size)
    if path[0] == "cull" or path == ("sleep_after",):
        seconds = quantities.seconds_of(value)
        return said(value) if seconds is None else quantities.duration_text(seconds)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return said(value)


def by_place(touches: Iterable[Touch], standard: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """The sentences of a change below the places that they are of; of a file that comes, also what stands in it."""
    found: dict[str, list[str]] = {}
    for each in touches:
        found.setdefault(where(each), []).append(sentence(each, standard))
    return found


def where(touch: Touch) -> str:
    """The place of a touch in words."""
    if touch.hub:
        return f"The hub {touch.community}/{touch.hub}"
    if touch.community:
        return f"The community {touch.community}"
    if touch.file == "fleet.yaml":
        return "All hubs" if touch.path[:1] == ("defaults",) else "The fleet"
    return touch.file


def _is_entry(touch: Touch) -> bool:
    return touch.path[-1].startswith("[")


def _named(path: tuple[str, ...]) -> tuple[str, str]:
    """The words for the longest known beginning of a path, and what of it is left."""
    plain = tuple(part for part in path if not part.startswith("["))
    for length in range(len(plain), 0, -1):
        name = _NAMES.get(".".join(plain[:length]))
        if name is not None:
            return name, " > ".join(plain[length:])
    return " > ".join(plain) or "The file", ""


def said(value: Any) -> str:
    """A value in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        text = ", ".join(said(each) for each in value) or "nobody"
    elif isinstance(value, dict):
        named = [str(value[key]) for key in ("name", "login", "title") if isinstance(value.get(key), str)]
        text = named[0] if named else comparing.canonical(value)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def difference(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str:
    """The difference of the files, as git shows it."""
    rows: list[str] = []
    for file in sorted(after):
        old, new = before.get(file), after[file]
        if old == new:
            continue
        rows += difflib.unified_diff(
            (old or "").splitlines(),
            (new or "").splitlines(),
            "/dev/null" if old is None else f"a/{file}",
            "/dev/null" if new is None else f"b/{file}",
            lineterm="",
        )
    return "\n".join(rows) + ("\n" if rows else "")
