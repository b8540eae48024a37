"""Who did what in JupyterHub's own panel, from the lines that a hub writes about requests (jupyterhub.log.log_request).

Strangers can have a hub write words of theirs, with line ends in them: JupyterHub's formatter (tornado.log.LogFormatter)
indents what follows a line feed, so a line that begins with a bracket is the hub's own. Other line ends do not count.
"""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from commonhub.engines.local import hub_roles

# A line is the hub's own from its first letter on; what people choose (paths, names) comes after status and method.
# User names hold neither brackets nor spaces in what is read here: others are not told.
_LINE = re.compile(
    r"\[[DIWEC] (?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) JupyterHub log:\d+\] "
    r"(?P<status>\d{3}) (?P<method>[A-Z]+) (?P<path>/[^ ?]*)(?:\?[^ ]*)? "
    r"\((?P<user>[^ ()@]*(?:@[^ ()@]+)*)@(?P<ip>[0-9a-fA-F.:]*)\) \d+\.\d\dms"
)
CHANGES = frozenset({"POST", "DELETE", "PATCH", "PUT"})
LOOKED_THROUGH = 1024 * 1024  # bytes of the log's end


def tail(path: Path) -> list[str]:
    """The last lines of a log, oldest first; none where there is no log."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return []
    with os.fdopen(handle, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LOOKED_THROUGH))
        return file.read().decode(errors="replace").split("\n")


def who_changed(lines: Iterable[str], *, base_path: str, group: str, user: str, since: datetime) -> str:
    """Who last changed a group's members, or (group "") the user, since then; "" where no line tells.

    The keeper does not count. Hubs write the machine's own time, in thousandths of a second, and so does the keeper.
    """
    begin = since.replace(microsecond=since.microsecond // 1000 * 1000)
    named = ("groups", group, "users") if group else ("users", user)
    path = f"{base_path}hub/api/" + "/".join(quote(part, safe="~@") for part in named)
    found = ""
    for line in lines:
        told = _LINE.fullmatch(line)
        if (
            told
            and told["path"] == path
            and told["method"] in CHANGES
            and told["status"] in {"200", "201", "204"}
            and told["user"] not in {hub_roles.KEEPER, ""}
            and _at(told["at"]) >= begin
        ):
            found = told["user"]
    return found


def _at(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words).astimezone()
    except (ValueError, OverflowError):  # no such day: the hub's own user can write what they like there
        return datetime.min.replace(tzinfo=UTC)
