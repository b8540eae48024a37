"""The files of a fleet, wherever they stand: a working folder now, a commit through `history`."""

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from commonhub.ground import errors, marked

RESPONSIBILITIES: Final = "responsibilities.yaml"
"""An organisation's own responsibility model, beside fleet.yaml; what may stand in it is known further up."""

TOP: Final = ("fleet.yaml", RESPONSIBILITIES)
"""The files that stand at the top of the folder."""

LARGEST = 50_000_000  # bytes of all fleet files together; 10,000 real hubs have 30 MB


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file: where it stands, which content it has, and how to read it."""

    path: str  # relative to the fleet, with slashes
    blob: str  # git's name of the content: equal names mean equal content
    load: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The files of a fleet at one moment."""

    entries: tuple[Entry, ...]
    faults: tuple[errors.Fault, ...] = ()
    revision: str = ""  # the commit; "" for a working folder


def is_read(path: str) -> bool:
    """Whether a file is the fleet's: fleet.yaml, responsibilities.yaml and the YAML files below communities/."""
    return path in TOP or (path.startswith("communities/") and path.endswith((".yaml", ".yml")))


def leaves(path: str, target: str) -> bool:
    """Whether a link at `path` that says `target` points out of the folder."""
    place = joined(path, target)
    return place == ".." or place.startswith(("/", "../"))


def joined(path: str, target: str) -> str:
    """Where a link at `path` that says `target` points, relative to the folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def link_fault(path: str, *, leaves: bool) -> errors.Fault:
    """A link that is not followed, in words."""
    problem = "This link points out of the fleet folder." if leaves else "This link points to a folder, or to nothing."
    return errors.Fault(file=path, line=0, problem=problem, mend="Put the file itself here.")


def folder(path: Path) -> Tree:
    """The files of a working folder as they are now, saved or not.

    Raises NotFoundError when there is no such folder.
    """
    if not path.is_dir():
        raise errors.NotFoundError(f"There is no folder {path}.", "Name the folder in which fleet.yaml stands.")
    entries: list[Entry] = []
    faults: list[errors.Fault] = []
    total = 0
    for name in _walk(path):
        problem = _refusal(path, name)
        if problem is not None:
            faults.append(problem)
            continue
        try:
            data = (path / name).read_bytes()
        except OSError as error:
            faults.append(_unreadable(name, error))
            continue
        total += len(data)
        if total > LARGEST:
            return Tree(entries=(), faults=(too_large(),))
        entries.append(Entry(path=name, blob=blob_name(data), load=lambda data=data: data))  # type: ignore[misc]
    return Tree(entries=tuple(entries), faults=tuple(faults))


def too_large() -> errors.Fault:
    """The folder is refused as a whole."""
    problem = "The files of the fleet are larger than 50 MB together."
    return errors.Fault(file="fleet.yaml", line=0, problem=problem, mend="Keep settings in the folder, data elsewhere.")


def blob_name(data: bytes) -> str:
    """The name that git gives to this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _walk(root: Path) -> Iterator[str]:
    for name in TOP:
        if (root / name).exists() or (root / name).is_symlink():
            yield name
    communities = root / "communities"
    if communities.is_symlink():
        yield "communities"
        return
    for above, folders, files in os.walk(communities):
        linked = [name for name in folders if Path(above, name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        for name in sorted(files + linked):
            relative = Path(above, name).relative_to(root).as_posix()
            if not name.startswith(".") and (name in linked or is_read(relative)):
                yield relative


def _refusal(root: Path, name: str) -> errors.Fault | None:
    path = root / name
    try:
        if path.is_symlink() and (not path.resolve().is_relative_to(root.resolve()) or not path.is_file()):
            inside = path.resolve().is_relative_to(root.resolve())
            return link_fault(name, leaves=not inside)
        if not path.is_file():
            problem = "This is a folder or a device, not a file."
            return errors.Fault(file=name, line=0, problem=problem, mend="Remove it.")
        if path.stat().st_size > marked.LARGEST_FILE:
            problem = "The file is larger than 1 MB."
            return errors.Fault(file=name, line=0, problem=problem, mend="Keep settings in it and data elsewhere.")
    except (OSError, RuntimeError) as error:
        return _unreadable(name, error)
    return None


def _unreadable(name: str, error: Exception) -> errors.Fault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "its links go in a circle"
    problem = f"The file cannot be read: {reason}."
    return errors.Fault(file=name, line=0, problem=problem, mend="Look at its owner and permissions.")
