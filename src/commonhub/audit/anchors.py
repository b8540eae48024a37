"""The newest digest, written every minute where the portal, whose database it is, cannot reach it.

A database can be written anew as a whole, or cut short, and be sound in itself. One line for each anchor,
`<number> <digest> <time of that entry>`, in a file that only grows, shows it. With one user for portal and keeper, as
when no root runs the fleet, the file protects only if copies of it are kept elsewhere.
"""

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from commonhub.audit import chain
from commonhub.ground import errors

_LINE: Final = re.compile(r"([1-9][0-9]{0,17}) ([0-9a-f]{64}) ([0-9T:.Z-]{27})\n")
_TAIL: Final = 1024  # bytes: more than one line has


class Anchored(StrEnum):
    """What became of an anchor."""

    NEW = "new"  # the chain had grown, and its end was written down
    SAME = "same"  # nothing was noted since
    BEHIND = "behind"  # the chain ends before the last anchor, or with another digest: verify


def _parse(text: str, path: Path) -> chain.Anchor:
    found = _LINE.fullmatch(text)
    if found is None:
        raise errors.CommonhubError(
            f"{path} holds a line that Commonhub did not write.",
            "Compare it with a copy of yours; move it away to begin anew, and note when you did.",
        )
    return chain.Anchor(number=int(found[1]), digest=found[2], at=found[3])


def _last(handle: int, path: Path) -> chain.Anchor | None:
    """The last anchor; a line that a power cut tore is taken off."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, _TAIL, max(0, size - _TAIL))
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        os.ftruncate(handle, size - len(tail) + len(whole))
    lines = whole.decode("ascii", "replace").splitlines(keepends=True)
    return _parse(lines[-1], path) if lines else None


def anchor(path: Path, head: chain.Head) -> Anchored:
    """Write the end of the chain down where it moved. `path` is made for its owner alone; a link there is an error."""
    if not head.number or head.at is None:
        return Anchored.BEHIND if any(True for _ in read(path)) else Anchored.SAME
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        last = _last(handle, path)
        if last is not None and head.number <= last.number:
            same = (head.number, head.digest) == (last.number, last.digest)
            return Anchored.SAME if same else Anchored.BEHIND
        at = chain.moment(head.at)
        os.write(handle, f"{head.number} {head.digest} {at}\n".encode("ascii"))
        os.fsync(handle)
        return Anchored.NEW
    finally:
        os.close(handle)


def read(path: Path) -> Iterator[chain.Anchor]:
    """The anchors, oldest first, that are there when reading begins; none where there is no file.

    Raises:
        CommonhubError: a line is not one of ours.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    with os.fdopen(handle, encoding="ascii", errors="replace", newline="\n") as file:
        left = os.fstat(handle).st_size
        for text in file:
            left -= len(text)
            if left < 0 or not text.endswith("\n"):
                return  # younger than the beginning, or still being written
            yield _parse(text, path)
