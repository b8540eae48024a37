"""From what somebody wants, in a form's words, to edits of files: text in, text out, comments stay. Pure.

Each intention names a hub or a community and gives the files as they are to be; `before` are the files of the newest
commit. Everything is checked as a whole when the change is tried.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from commonhub.changes import comparing, merging
from commonhub.fleet import names, rows, writing
from commonhub.ground import errors

Texts = Mapping[str, str | None]
Edit = Callable[[str], str]
_LISTS: Final = ("admins", "login.people", "login.organizations", "login.domains", "access.domains", "access.groups")


def hub_file(hub_id: str) -> str:
    """Where a hub's words stand. Raises CommonhubError where it is no hub's id."""
    community, _, name = hub_id.partition("/")
    if not names.is_name(community) or not names.is_name(name):
        raise errors.CommonhubError(f"{hub_id[:130]!r} is no hub.", "Name it as community/hub.")
    return writing.hub_path(community, name)


def set_key(path: Sequence[str], value: object) -> Edit:
    """Set one key; `value` None takes it out."""
    return lambda text: rows.put(text, tuple(path), rows.REMOVE if value is None else value)


def image(name: str, *, choice: str = "") -> Edit:
    """Let servers run this image: all of them, or those of one choice of the menu of sizes."""
    return _of_choice(choice, ("image",), name) if choice else set_key(("server", "image"), name)


def memory(limit: str, *, guarantee: str = "", choice: str = "") -> Edit:
    """Give each server so much memory at most, and surely `guarantee`; or the servers of one choice of the menu."""

    def edit(text: str) -> str:
        top: tuple[str, ...] = ("server", "memory")
        text = (
            _of_choice(choice, ("memory", "limit"), limit)(text) if choice else rows.put(text, (*top, "limit"), limit)
        )
        if guarantee:
            put = (
                _of_choice(choice, ("memory", "guarantee"), guarantee)
                if choice
                else set_key((*top, "guarantee"), guarantee)
            )
            text = put(text)
        return text

    return edit


def cores(limit: float, *, choice: str = "") -> Edit:
    """Give each server so many cores at most; or the servers of one choice of the menu."""
    return _of_choice(choice, ("cpu", "limit"), limit) if choice else set_key(("server", "cpu", "limit"), limit)


def home_quota(size: str) -> Edit:
    """Let each person keep so much."""
    return set_key(("storage", "home_quota"), size)


def words(**said: str | None) -> Edit:
    """Say something else of a hub: title, description, interface."""

    def edit(text: str) -> str:
        for key, value in said.items():
            text = rows.put(text, (key,), value or rows.REMOVE)
        return text

    return edit


def on_list(path: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Edit:
    """Put people, groups or domains on a list of the file, and take them off. What is so already stays.

    `path` is one of a few lists of plain words, such as `admins` or `access.domains`.
    """
    if path not in _LISTS:
        raise errors.CommonhubError(
            f"{path[:60]!r} is no list that can be changed so.", f"Name one of {', '.join(_LISTS)}."
        )
    parts = tuple(path.split("."))

    def edit(text: str) -> str:
        for name in remove:
            known = _list_at(text, parts)
            if name in known:
                text = rows.put(text, (*parts, known.index(name)), rows.REMOVE)
        for name in dict.fromkeys(add):
            known = _list_at(text, parts)
            if name not in known:
                text = rows.put(text, (*parts, len(known)), name)
        return text

    return edit


def event(said: Mapping[str, Any]) -> Edit:
    """Announce an event in a community's file; one of the same name is replaced."""

    def edit(text: str) -> str:
        known = rows.value_at(text, ("events",)) or []
        labels = comparing.labels(known)
        label = comparing.labels([dict(said)])[0]
        number = labels.index(label) if label in labels else len(known)
        return rows.put(text, ("events", number), dict(said))

    return edit


def whole(text: str) -> Edit:
    """Replace the text of a file by another, as an editor does."""
    return lambda _text: text


def on_file(before: Texts, file: str, *edits: Edit) -> dict[str, str | None]:
    """One file with these edits. Raises NotFoundError where there is no such file."""
    text = before.get(file)
    if text is None:
        raise errors.NotFoundError(f"The fleet has no file {file}.", "Look at what there is: commonhub status")
    for edit in edits:
        text = edit(text)
    return {file: text}


def removed(before: Texts, *, community: str, hub: str = "") -> dict[str, str | None]:
    """All files of a hub, or of a community with its hubs, taken away.

    With a hub goes what its community says of it alone: roles, departures from the usual, and events.
    """
    beside: dict[str, str] = {}
    if hub:
        wanted = [writing.hub_path(community, hub)]
        beside = _without_hub(before, writing.community_path(community), hub)
    else:
        within = re.compile(rf"communities/{re.escape(community)}/.+")
        wanted = [file for file in before if within.fullmatch(file)]
    gone = {file: None for file in wanted if before.get(file) is not None}
    if not gone:
        place = f"{community}/{hub}" if hub else community
        raise errors.NotFoundError(f"The fleet has no {place}.", "Look at what there is: commonhub status")
    return gone | beside


def _without_hub(before: Texts, file: str, hub: str) -> dict[str, str]:
    """A community's file without the entries that name this hub; nothing where it names it nowhere."""
    text = before.get(file)
    if text is None:
        return {}
    said = rows.value_at(text, ("roles",))
    roles = [("roles", role) for role in said] if isinstance(said, dict) else []
    after = text
    for path in [*roles, ("agreement", "departures"), ("events",), ("secrets",)]:
        entries = _list_at(after, path)
        for number in reversed(range(len(entries))):
            if isinstance(entries[number], dict) and entries[number].get("hub") == hub:
                after = rows.put(after, (*path, number), rows.REMOVE)
    return {file: after} if after != text else {}


def _list_at(text: str, path: tuple[str, ...]) -> list[Any]:
    known = rows.value_at(text, path)
    if known is None:
        return []
    if not isinstance(known, list):
        raise errors.CommonhubError(f"{' > '.join(path)} is no list.", "Mend the file by hand first.")
    return known


def _of_choice(choice: str, path: tuple[str, ...], value: object) -> Edit:
    """Set a key of one choice of the menu: an entry by its id or title, or an answer to what an entry asks."""

    def edit(text: str) -> str:
        menu = rows.value_at(text, ("menu",))
        for number, entry in enumerate(menu if isinstance(menu, list) else []):
            if isinstance(entry, dict) and choice in {entry.get("id"), entry.get("title")}:
                return rows.put(text, ("menu", number, *path), value)
            for name, question in (entry.get("ask") or {}).items() if isinstance(entry, dict) else ():
                if choice in (question.get("choices") or {}):
                    return rows.put(text, ("menu", number, "ask", name, "choices", choice, *path), value)
        raise errors.NotFoundError(f"The menu of sizes has no choice {choice[:60]!r}.", "See the hub's file.")

    return edit


def value_of(text: str | None) -> Any:
    """What a file says, for those who need to look before they change it."""
    return merging.value_of(text)
