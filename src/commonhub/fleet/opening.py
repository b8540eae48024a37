"""Opening the git repository of a fleet, and what can go wrong with it, in words."""

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pygit2

from commonhub.fleet import trees
from commonhub.ground import errors

# A fleet may belong to another user than the one who runs Commonhub as a service. Git refuses such folders because
# its settings could start programs; libgit2 starts none, so here the check protects nothing.
pygit2.option(pygit2.enums.Option.SET_OWNER_VALIDATION, False)

LOCK: Final = "commonhub.lock"  # beside git's own files
_WAIT: Final = 20.0  # seconds for another process to finish its commit
BUSY: Final = "Another program is changing the fleet's git repository."


def open_repository(path: Path) -> pygit2.Repository:
    """The repository that the folder stands in.

    Raises NotFoundError where there is no folder or no repository, CommonhubError where it cannot be used.
    """
    if not path.is_dir():
        raise errors.NotFoundError(f"There is no folder {path}.", "Name the folder in which fleet.yaml stands.")
    with in_words(path):
        found = pygit2.discover_repository(str(path))
        if found is None:
            raise errors.NotFoundError(
                f"{path} is not in a git repository.", "Run commonhub init there, or git init and a first commit."
            )
        repository = pygit2.Repository(found)
    if repository.is_bare:
        raise errors.CommonhubError(
            f"The git repository {path} has no working folder (it is bare).", "Clone it and name the clone."
        )
    return repository


@contextlib.contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn git's and the system's errors into sentences."""
    try:
        yield
    except pygit2.GitError as error:
        reason = str(error).rstrip(".")
        if "lock" in reason.lower():
            raise errors.UnavailableError(BUSY, "Try again in a moment.") from error
        if "current tip" in reason:
            raise errors.UnavailableError("Somebody else committed at the same moment.", "Try again.") from error
        raise errors.CommonhubError(
            f"Git cannot work in {path}: {reason}.", "Try the same with git itself, and mend what it names."
        ) from error
    except OSError as error:
        raise errors.CommonhubError(
            f"The fleet's git repository cannot be used: {error.strerror or error}.", f"Look at who owns {path}."
        ) from error


@contextlib.contextmanager
def alone(repository: pygit2.Repository, folder: Path) -> Iterator[None]:
    """Be the only one who commits changes here, by a lock of the kernel that ends with its process.

    Raises UnavailableError where another takes too long.
    """
    with in_words(folder):
        handle = os.open(Path(repository.path, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        until = time.monotonic() + _WAIT
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise errors.UnavailableError("Another change is being committed.", "Try again.") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def owned(folder: Path, repository: pygit2.Repository) -> Iterator[None]:
    """What root writes here is given to the folder's owner, who could not commit any more otherwise."""
    owner = folder.stat()
    try:
        yield
    finally:
        if os.geteuid() == 0 and owner.st_uid != 0:
            _hand_over(Path(repository.path), owner.st_uid, owner.st_gid)
            _hand_over(folder / "communities", owner.st_uid, owner.st_gid)
            for name in trees.TOP:
                if (folder / name).exists():
                    os.chown(folder / name, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _hand_over(path: Path, user: int, group: int) -> None:
    for above, folders, files in os.walk(path):
        for name in (".", *folders, *files):
            full = Path(above, name)
            seen = full.lstat()
            # A file of another place that somebody linked into this one is not given away.
            if seen.st_uid == 0 and (stat.S_ISDIR(seen.st_mode) or seen.st_nlink == 1):
                os.chown(full, user, group, follow_symlinks=False)
