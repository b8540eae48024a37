"""What a hub leaves behind, put into one archive that is read again, and only then deleted.

It may be killed at any line and asked again: an archive without its last name is begun anew, one with it is whole.
"""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from commonhub.engines.local import places
from commonhub.ground import errors, files

FOLDER: Final = "archives"
_PART: Final = 1 << 20  # bytes read at once
_SPARE: Final = 200_000_000  # bytes that stay free on the disk beside an archive


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
        begun = archive.with_suffix(".part")
        _check_room(folder, sources)
        _write(begun, sources)
        _check(begun, sources)
        begun.rename(archive)
        _keep(folder)
    for path in (*sources.values(), where.state / "servers" / name, where.gate_folder(hub_id)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    return archive


def _parts(where: places.Places, hub_id: str) -> dict[str, Path]:
    return {"hub": where.hub(hub_id), "homes": where.homes(hub_id), "shared": where.shared(hub_id)}


def _check_room(folder: Path, sources: dict[str, Path]) -> None:
    size = sum(path.lstat().st_size for path in _files(sources))
    if shutil.disk_usage(folder).free < size + _SPARE:
        raise errors.UnavailableError(
            f"There is no room to archive {size} bytes before they are deleted.",
            "Make room on the disk; it is tried again.",
        )


def _files(sources: dict[str, Path]) -> Iterator[Path]:
    for source in sources.values():
        for above, _, names in os.walk(source):
            yield from (found for name in names if (found := Path(above, name)).is_file() and not found.is_symlink())


def _write(to: Path, sources: dict[str, Path]) -> None:
    to.unlink(missing_ok=True)
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as plain:
        with tarfile.open(fileobj=plain, mode="w:gz", compresslevel=6) as archive:
            for part, source in sources.items():
                archive.add(source, arcname=part)
        plain.flush()
        os.fsync(plain.fileno())


def _check(written: Path, sources: dict[str, Path]) -> None:
    """Read the archive again and compare every file in it with the disk."""
    left = {str(path) for path in _files(sources)}
    with tarfile.open(written, mode="r:gz") as archive:
        for member in archive:
            part, _, below = member.name.partition("/")
            path = sources[part] / below
            if member.isfile():
                there = archive.extractfile(member)
                if there is None or _digest(there) != _digest_of(path):
                    raise _unlike(path)
            if member.isfile() or member.islnk():
                left.discard(str(path))
    if left:
        raise _unlike(Path(min(left)))


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


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return _digest(file)


def _keep(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
