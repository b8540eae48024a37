"""Files that are whole or not there: written beside their place, flushed to disk, then moved onto it."""

import os
import secrets
import stat
from pathlib import Path

from commonhub.ground import errors


def write(path: Path, text: str, *, mode: int = 0o600, owner: int | None = None) -> None:
    """Write `text` to `path` so that a reader, a crash or a power cut sees the old text or the new.

    `mode` holds from the first byte. `owner` is a user id, also used as group id. A link at `path` is
    replaced, never followed.
    """
    beside = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            if owner is not None:
                os.fchown(handle, owner, owner)
            os.fchmod(handle, mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read(path: Path) -> str:
    """The text of a plain file; a link in its last place is refused."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise errors.CommonhubError(f"{path} is not a plain file.", "Move it away and try again.")
    with os.fdopen(handle, encoding="utf-8") as file:
        return file.read()


def ensure_folder(path: Path, *, mode: int, owner: int | None = None, group: int | None = None) -> None:
    """A folder with this mode and owner; made with its parents, or put right where it differs.

    `owner` is a user id; `group` a group id, the owner's number where it is not given. Only for folders whose parent no other user may write: a link at `path` is an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if path.is_symlink() or not path.is_dir():
            raise errors.CommonhubError(f"{path} is not a folder.", "Move it away and try again.") from None
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(handle)
        if owner is not None:
            belongs = (owner, owner if group is None else group)
            if (found.st_uid, found.st_gid) != belongs:
                os.fchown(handle, *belongs)
        if stat.S_IMODE(found.st_mode) != mode:
            os.fchmod(handle, mode)
    finally:
        os.close(handle)


def last_lines(path: Path, count: int, *, limit: int = 256 * 1024) -> list[str]:
    """The last `count` lines, oldest first, from at most `limit` bytes; [] where there is no file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return []
    with os.fdopen(handle, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - limit))
        lines = file.read().decode(errors="replace").splitlines()
    if size > limit:
        lines = lines[1:]  # the first one is torn
    return lines[-count:]
