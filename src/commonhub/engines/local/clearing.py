"""Deleting folders that people filled: however deep they are, whatever links they hold, and killed at any line.

No path below the folder is ever spelled out, so none can be too long; nothing calls itself, so nothing is too deep.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_ASIDE: Final = ".gone-"  # before the name of a folder that is being deleted; no slug begins so
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def set_aside(path: Path) -> Path | None:
    """Take a folder out of use in one step, and give its new place; None where there is no folder.

    Only where nobody else may write into its parent.
    """
    if path.is_symlink() or not path.is_dir():
        return None
    return path.rename(path.with_name(f"{_ASIDE}{path.name}-{secrets.token_hex(4)}"))


def left_aside(parents: Iterable[Path]) -> list[Path]:
    """The folders that were set aside in `parents` and are not deleted yet."""
    return sorted(path for parent in parents for path in parent.glob(f"{_ASIDE}*"))


def delete(path: Path) -> None:
    """Delete a folder with all that is in it. FileNotFoundError where it is not there; again completes it.

    A folder in it is not gone into but moved up, so that nothing is ever more than two folders deep. No link is
    followed. Only for folders whose parent no other user may write, and in which nothing runs any more.
    """
    top = _open(path, None)
    try:
        while found := names(top):
            for name in found:
                if not _unlinked(name, top):
                    _flatten(name, top)
    finally:
        os.close(top)
    path.rmdir()


def names(folder: int) -> list[str]:
    """What is in an open folder."""
    return os.listdir(folder)


def _flatten(name: str, top: int) -> None:
    """Delete one folder of `top`, and move the folders in it up."""
    below = _open(name, top)
    try:
        for inner in names(below):
            if not _unlinked(inner, below):
                os.close(_open(inner, below))  # a folder that is closed to its owner can't be moved
                os.rename(inner, secrets.token_hex(16), src_dir_fd=below, dst_dir_fd=top)
    finally:
        os.close(below)
    os.rmdir(name, dir_fd=top)


def _open(name: Path | str, above: int | None) -> int:
    """A folder, open to its owner from now on."""
    handle = os.open(name, _FOLDER, dir_fd=above)
    if os.fstat(handle).st_mode & 0o700 != 0o700:
        os.fchmod(handle, 0o700)
    return handle


def _unlinked(name: str, above: int) -> bool:
    """Whether it was no folder, and is gone."""
    try:
        os.unlink(name, dir_fd=above)
    except IsADirectoryError:
        return False
    return True
