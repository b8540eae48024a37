"""What a process that was killed in the middle of a commit left behind in the fleet folder, and how it is put right.

One process at a time commits changes to a fleet: a lock of the kernel that ends with its process. So whoever holds it
and finds a change that is being committed knows that its committer is dead.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pygit2

from commonhub.fleet import history, opening, writing

STALE: Final = 5.0  # seconds after which a lock of git's that a dead committer may have left is one
_GIT_LOCKS: Final = ("index.lock", "HEAD.lock")


@contextlib.contextmanager
def alone(repository: history.FleetRepository) -> Iterator[None]:
    """Be the only one who commits changes here. Raises UnavailableError where another takes too long."""
    with opening.alone(opening.open_repository(repository.path), repository.path):
        yield


def git_folder(repository: history.FleetRepository) -> Path:
    """Git's own folder."""
    return Path(opening.open_repository(repository.path).path)


def put_right(repository: history.FleetRepository, planned: Mapping[str, str | None], *, stale: float = STALE) -> None:
    """Give back what a killed commit left: its own texts in files, its own words in the index, its locks.

    `planned` are the texts that it was writing. A file that says anything else is somebody's work and stays.
    """
    _remove_locks(repository, planned, stale)
    opened = opening.open_repository(repository.path)
    head = repository.head()
    committed = {entry.path: entry.load() for entry in repository.tree(head.id).entries if entry.path in planned}
    for path, text in planned.items():
        place = repository.path / path
        _remove_temporaries(place)
        there = place.read_bytes() if place.is_file() else None
        wanted = committed.get(path)
        if there != wanted and there == (None if text is None else text.encode()):
            _give_back(place, wanted)
            there = wanted
        if there == wanted:
            _index(opened, repository.path, path, wanted)


def _give_back(place: Path, wanted: bytes | None) -> None:
    if wanted is None:
        place.unlink(missing_ok=True)
    else:
        writing.write(place, wanted.decode())


def _index(opened: pygit2.Repository, folder: Path, path: str, wanted: bytes | None) -> None:
    """The index says what the newest commit says of this path."""
    inside = (folder / path).relative_to(Path(opened.workdir).resolve()).as_posix()
    with opening.in_words(folder), opening.owned(folder, opened):
        index = opened.index
        index.read()
        known = str(index[inside].id) if inside in index else None
        if wanted is None:
            if known is not None:
                index.remove(inside)
                index.write()
        elif known != str(pygit2.hash(wanted)):
            index.add(inside)
            index.write()


def _remove_temporaries(place: Path) -> None:
    for left in place.parent.glob(f".{place.name}.*") if place.parent.is_dir() else ():
        left.unlink(missing_ok=True)


def _remove_locks(repository: history.FleetRepository, planned: Mapping[str, str | None], stale: float) -> None:
    git = git_folder(repository)
    found = [git / name for name in _GIT_LOCKS] + list((git / "refs" / "heads").rglob("*.lock"))
    for lock in found if planned else ():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - lock.stat().st_mtime >= stale:
                lock.unlink()
