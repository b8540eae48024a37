"""People's homes and a hub's shared folder: made safely, measured without following links.

Whoever owns a home may put any link in it at any moment. Nothing here opens, writes or hands over a path inside a
home by name without `O_NOFOLLOW`: every step is taken from a folder that is held open.
"""

import asyncio
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import places
from commonhub.ground import errors

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PASSAGE = 0o711  # others may pass through to what is theirs, and may not list
PRIVATE = 0o700
SHARED_FOR_A_GROUP = 0o2775  # files inherit the group of the hub's administrators
SHARED_OF_ONE = 0o755
MEASURE_ENTRIES = 2_000_000  # a home with more files is measured no further
MEASURE_SECONDS = 60.0
SET_ASIDE = 1000  # names tried for something that is in the way


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes on disk in a folder; `whole` is false when the measuring stopped early."""

    used: int
    whole: bool


def ensure_home(place: places.Places, hub: str, user: str, *, uid: int | None) -> Path:
    """The home of one person on one hub, made when new. `uid` None: it belongs to whoever we are.

    Everything above a home belongs to the keeper, so nobody can put a link in its way; it is checked nevertheless.
    """
    above = ensure_passage(place.state, place.homes(hub))
    try:
        name = place.home(hub, user).name
        if _make(name, above, PRIVATE) and uid is not None:
            _hand_over(name, above, uid, uid, PRIVATE)
        _check_owner(name, above, uid)
    finally:
        os.close(above)
    return place.home(hub, user)


def ensure_shared(place: places.Places, hub: str, *, group: int | None) -> Path:
    """The hub's shared folder, made when new: with a `group` for several administrators, or ours alone."""
    folder = place.shared(hub)
    above = ensure_passage(place.state, folder.parent)
    try:
        made = _make(folder.name, above, SHARED_OF_ONE)
        if made and group is not None:
            _hand_over(folder.name, above, 0, group, SHARED_FOR_A_GROUP)
    finally:
        os.close(above)
    return folder


def ensure_point(home: Path, name: str, *, uid: int | None) -> None:
    """A folder of this name in the home, for something to be mounted on.

    What its owner put in the way (a file, a link) is set aside under another name, and never followed or lost.
    """
    held = os.open(home, OPEN_FOLDER)
    try:
        kind = _kind(name, held)
        if kind is not None and not stat.S_ISDIR(kind):
            _set_aside(name, held)
            kind = None
        if kind is None and _make(name, held, PRIVATE) and uid is not None:
            _hand_over(name, held, uid, uid, PRIVATE)
    finally:
        os.close(held)


def ensure_passage(state: Path, folder: Path) -> int:
    """Make every folder from `state` down to `folder`, for passing only, and hold the last one open."""
    state.mkdir(parents=True, exist_ok=True)
    held = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in folder.relative_to(state).parts:
        if _make(name, held, PASSAGE):
            _open_to(name, held, PASSAGE)
        deeper = os.open(name, OPEN_FOLDER, dir_fd=held)
        os.close(held)
        held = deeper
    return held


async def measure(folder: Path) -> Size:
    """Bytes on disk below a folder, in a thread. Links count as themselves."""
    return await asyncio.to_thread(measure_blocking, folder)


def measure_blocking(folder: Path, *, entries: int = MEASURE_ENTRIES, seconds: float = MEASURE_SECONDS) -> Size:
    """The same, at once. A file with several names counts once; other file systems are not entered."""
    try:
        first = os.open(folder, OPEN_FOLDER)
    except OSError:
        return Size(used=0, whole=True)
    until = time.monotonic() + seconds
    seen: set[int] = set()
    used = 0
    device = os.fstat(first).st_dev
    try:
        for _, folders, files, held in os.fwalk(".", dir_fd=first, follow_symlinks=False):
            for name in (*folders, *files):
                entries -= 1
                used += _weight(name, held, device, seen)
            if entries <= 0 or time.monotonic() > until:
                return Size(used=used, whole=False)
    except OSError:  # it changes while it is measured
        return Size(used=used, whole=False)
    finally:
        os.close(first)
    return Size(used=used, whole=True)


def _weight(name: str, held: int, device: int, seen: set[int]) -> int:
    try:
        status = os.stat(name, dir_fd=held, follow_symlinks=False)
    except OSError:
        return 0
    if status.st_dev != device or (status.st_nlink > 1 and status.st_ino in seen):
        return 0
    if status.st_nlink > 1:
        seen.add(status.st_ino)
    return status.st_blocks * 512  # st_blocks counts units of 512 bytes on every file system


def _make(name: str, above: int, mode: int) -> bool:
    """Make one folder; False when something of that name is there."""
    try:
        os.mkdir(name, mode, dir_fd=above)
    except FileExistsError:
        return False
    return True


def _hand_over(name: str, above: int, uid: int, gid: int, mode: int) -> None:
    held = os.open(name, OPEN_FOLDER, dir_fd=above)
    try:
        os.fchown(held, uid, gid)
        os.fchmod(held, mode)
    finally:
        os.close(held)


def _open_to(name: str, above: int, mode: int) -> None:
    """Set the mode whatever the umask was."""
    held = os.open(name, OPEN_FOLDER, dir_fd=above)
    try:
        os.fchmod(held, mode)
    finally:
        os.close(held)


def _kind(name: str, above: int) -> int | None:
    try:
        return os.stat(name, dir_fd=above, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _check_owner(name: str, above: int, uid: int | None) -> None:
    """A folder whose making was interrupted before it was handed over is handed over now; any other owner is refused."""
    status = os.stat(name, dir_fd=above, follow_symlinks=False)
    wanted = os.getuid() if uid is None else uid
    if stat.S_ISDIR(status.st_mode) and status.st_uid == wanted:
        return
    if stat.S_ISDIR(status.st_mode) and uid is not None and status.st_uid == os.getuid():
        _hand_over(name, above, uid, uid, PRIVATE)
        return
    raise errors.CommonhubError(
        f"The home folder {name} belongs to user id {status.st_uid} and not to {wanted}.",
        f"Look at what is in it, then give it to its owner: `chown -R --no-dereference {wanted}:{wanted}` on it.",
    )


def _set_aside(name: str, held: int) -> None:
    for count in range(1, SET_ASIDE):
        other = f"{name}.set-aside-{count}"
        if _kind(other, held) is None:
            os.rename(name, other, src_dir_fd=held, dst_dir_fd=held)
            return
    raise errors.CommonhubError(
        f"The name {name} in a home is taken, and so are all names to set it aside under.",
        f"Its owner should remove files whose names begin with {name}.set-aside.",
    )
