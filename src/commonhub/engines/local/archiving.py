"""What a hub leaves behind, or one person on it, put into one archive that is read again, and only then deleted.

It may be killed at any line and asked again: an archive without its last name is begun anew, one with it is whole.
"""

import hashlib
import itertools
import logging
import os
import shutil
import stat
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from commonhub.engines.local import clearing, places
from commonhub.ground import errors, files

logger = logging.getLogger(__name__)

FOLDER: Final = "archives"
_PART: Final = 1 << 20  # bytes read at once
_SPARE: Final = 200_000_000  # bytes that stay free on the disk beside an archive
_PATH: Final = 3000  # bytes of a path; with one name more it can still be unpacked: PATH_MAX of Linux is 4096
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS: Final = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
}
"""What is archived, as tar calls it; sockets are nothing without who listens."""


def leave(where: places.Places, hub_id: str, *, retired: datetime) -> Path:
    """Archive everything of a retired hub and delete it; where the archive lies.

    Raises UnavailableError where the disk has no room, CommonhubError where the archive is not what it should be:
    nothing is deleted then.
    """
    folder = where.state / FOLDER
    files.ensure_folder(folder, mode=0o700)
    name = places.slug(hub_id.replace("/", "--"))
    archive = folder / f"{name}.{retired:%Y%m%dT%H%M%S}.tar.gz"
    sources = {part: path for part, path in _parts(where, hub_id).items() if path.is_dir() and not path.is_symlink()}
    if not archive.exists():
        _make(archive, sources)
    left = (*sources.values(), where.state / "servers" / name, where.gate_folder(hub_id))
    # All first: a hub of this name that comes back meanwhile finds nothing, not half of it.
    aside = [path for path in map(clearing.set_aside, left) if path is not None]
    for path in aside:
        clearing.delete(path)
    return archive


def keep_home(where: places.Places, hub_id: str, user: str, *, since: datetime) -> Path | None:
    """Archive one person's home on one hub, which stays; where the archive lies, None where there is neither.

    `since` tells one removal of a home from the next. An archive of it that holds the home as it is now is taken;
    what was written after another was made comes into a further one. Raises as `leave`.
    """
    folder = where.state / FOLDER
    files.ensure_folder(folder, mode=0o700)
    home = where.home(hub_id, user)
    name = f"{places.slug(hub_id.replace('/', '--'))}.{home.name}.{since:%Y%m%dT%H%M%S}"
    made = sorted(folder.glob(f"{name}.*tar.gz"))
    if home.is_symlink() or not home.is_dir():
        return made[0] if made else None
    sources = {"home": home}
    for archive in made:
        if _holds(archive, sources):
            return archive
    archive = folder / (f"{name}.{len(made) + 1}.tar.gz" if made else f"{name}.tar.gz")
    _make(archive, sources)
    return archive


def clear_home(where: places.Places, hub_id: str, user: str) -> None:
    """Delete one person's home on one hub. Not there: nothing happens."""
    aside = clearing.set_aside(where.home(hub_id, user))
    if aside is not None:
        clearing.delete(aside)


def finish(where: places.Places) -> threading.Thread:
    """Begin to delete what an earlier keeper was killed over. It may take long, and nobody need wait for it."""
    parents = [where.state / parent for parent in ("hubs", "homes", "shared", "servers", "gates")]
    left = clearing.left_aside((*parents, *(where.state / "homes").glob("*")))

    def go_on() -> None:
        for path in left:
            try:
                clearing.delete(path)
            except OSError as error:
                logger.warning("%s, which was removed, is not deleted: %s", path.name, error)

    going = threading.Thread(target=go_on, name="finish deletions", daemon=True)
    going.start()
    return going


def _parts(where: places.Places, hub_id: str) -> dict[str, Path]:
    return {"hub": where.hub(hub_id), "homes": where.homes(hub_id), "shared": where.shared(hub_id)}


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Something in a folder that is archived. `above` is its open folder, until the next is asked for."""

    path: str  # in the archive
    name: str
    above: int | None
    info: os.stat_result

    @property
    def kind(self) -> bytes | None:
        """As tar calls it; None for what is not archived."""
        return _KINDS.get(stat.S_IFMT(self.info.st_mode))

    def open(self) -> IO[bytes]:
        """A plain file's content."""
        return os.fdopen(os.open(self.name, _OPEN, dir_fd=self.above), "rb")


def _walk(sources: dict[str, Path]) -> Iterator[_Found]:
    """Everything in the folders and they themselves, always in the same order.

    People make folders deeper than calls may nest and paths may be long. So each is opened from the one above it, and
    what lies too deep for any path has its place in the archive's folder `deep`, by number.
    """
    deep = itertools.count(1)
    for part, source in sources.items():
        yield _Found(path=part, name=str(source), above=None, info=source.lstat())
        yield from _walk_below(part, source, deep)


def _walk_below(path: str, source: Path, deep: Iterator[int]) -> Iterator[_Found]:
    here = os.open(source, _OPEN | os.O_DIRECTORY)
    try:
        trail = [_Level(here)]
        cut: list[tuple[int, str]] = []  # where the path begins anew: at which depth, and what it was above
        while trail:
            name = next(trail[-1].names, None)
            if name is not None:
                info = os.stat(name, dir_fd=here, follow_symlinks=False)
                yield _Found(path=f"{path}/{name}", name=name, above=here, info=info)
                if not stat.S_ISDIR(info.st_mode):
                    continue
                here = _step(name, here)
                trail.append(_Level(here))
                if len(os.fsencode(path)) > _PATH:
                    cut.append((len(trail), path))
                    path = f"deep/{next(deep)}"
                else:
                    path = f"{path}/{name}"
                continue
            path = cut.pop()[1] if cut and cut[-1][0] == len(trail) else path.rpartition("/")[0]
            trail.pop()
            if trail:
                here = _step("..", here)
                trail[-1].check(here)
    finally:
        os.close(here)


class _Level:
    """A folder on the way down: what in it is still to come, and how to know it again on the way up."""

    def __init__(self, folder: int) -> None:
        self.names = iter(sorted(clearing.names(folder)))
        self._mark = _mark(folder)

    def check(self, folder: int) -> None:
        """Raise CommonhubError where this is another folder."""
        if _mark(folder) != self._mark:
            raise errors.CommonhubError(
                "A folder was moved while it was archived, so nothing is deleted.",
                "See that nothing writes there; it is tried again.",
            )


def _step(name: str, here: int) -> int:
    """Into another folder; the one before is closed."""
    there = os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=here)
    os.close(here)
    return there


def _mark(folder: int) -> tuple[int, int]:
    info = os.fstat(folder)
    return info.st_dev, info.st_ino


def _check_room(folder: Path, sources: dict[str, Path]) -> None:
    size = sum(found.info.st_size for found in _walk(sources) if found.kind == tarfile.REGTYPE)
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise errors.UnavailableError(
            f"There is no room to archive {size} bytes before they are deleted.",
            "Make room on the disk; it is tried again.",
        )


def _make(archive: Path, sources: dict[str, Path]) -> None:
    begun = archive.with_suffix(".part")
    _check_room(archive.parent, sources)
    _write(begun, sources)
    _check(begun, sources)
    begun.rename(archive)
    _keep(archive.parent)


def _holds(archive: Path, sources: dict[str, Path]) -> bool:
    try:
        _check(archive, sources)
    except (errors.CommonhubError, tarfile.TarError):
        return False
    return True


def _write(to: Path, sources: dict[str, Path]) -> None:
    to.unlink(missing_ok=True)
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as plain:
        with tarfile.open(fileobj=plain, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
            first: dict[tuple[int, int], str] = {}  # the first name of each file that has several
            for found in _walk(sources):
                _add(found, archive, first)
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep all of them in memory
        plain.flush()
        os.fsync(plain.fileno())


def _add(found: _Found, archive: tarfile.TarFile, first: dict[tuple[int, int], str]) -> None:
    kind, info = found.kind, found.info
    if kind is None:
        return
    member = tarfile.TarInfo(found.path)
    member.type, member.mode, member.mtime = kind, stat.S_IMODE(info.st_mode), info.st_mtime
    member.uid, member.gid = info.st_uid, info.st_gid
    if kind == tarfile.SYMTYPE:
        member.linkname = os.readlink(found.name, dir_fd=found.above)
    if kind != tarfile.REGTYPE:
        archive.addfile(member)
        return
    known = first.setdefault((info.st_dev, info.st_ino), found.path) if info.st_nlink > 1 else found.path
    if known != found.path:
        member.type, member.linkname = tarfile.LNKTYPE, known
        archive.addfile(member)
        return
    member.size = info.st_size
    with found.open() as content:
        archive.addfile(member, content)


def _check(written: Path, sources: dict[str, Path]) -> None:
    """Read the archive again beside the disk: the same things in the same order, and every file's content."""
    with tarfile.open(written, mode="r:gz") as archive:
        for found in _walk(sources):
            if found.kind is None:
                continue
            member = archive.next()
            if member is None or member.name != found.path or not _same(found, member, archive):
                raise _unlike(Path(found.name))
            archive.members.clear()  # type: ignore[attr-defined]
        if (more := archive.next()) is not None:
            raise _unlike(Path(more.name))


def _same(found: _Found, member: tarfile.TarInfo, archive: tarfile.TarFile) -> bool:
    if member.islnk():  # to a file that was compared under its first name
        return found.kind == tarfile.REGTYPE and found.info.st_nlink > 1
    if member.type != found.kind:
        return False
    there = archive.extractfile(member) if member.isfile() else None
    if there is None:
        return not member.isfile()
    with found.open() as here:
        return _digest(there) == _digest(here)


def _unlike(path: Path) -> errors.CommonhubError:
    return errors.CommonhubError(
        f"{path.name} is not in the archive as it is on the disk, so nothing is deleted.",
        "See that nothing writes there; it is tried again.",
    )


def _digest(file: IO[bytes]) -> bytes:
    found = hashlib.sha256()
    while part := file.read(_PART):
        found.update(part)
    return found.digest()


def _keep(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
