"""Everything that lies ready on disk before a box is built: home, shared folder, /etc, roads, log. Blocking."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import box, etc, homes, places, reach, tools
from commonhub.engines.local import wish as wishes
from commonhub.ground import errors, process

LOG = "server.log"
INFO = "box.json"  # what bwrap says of the box it built
LOG_MAX = 2 * 2**20  # bytes; what is older goes
LOG_KEPT = 512 * 2**10  # bytes kept when it was longer


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What was laid ready for one server."""

    furniture: box.Furniture
    routes: tuple[Path, Path]
    subnet: str
    networks: frozenset[reach.Network]
    log: Path


def prepare(
    place: places.Places,
    wish: wishes.ServerWish,
    *,
    uid: int | None,
    shared_group: int | None,
    environment: Path,
    networks: frozenset[reach.Network],
    extra: dict[str, str],
) -> Prepared:
    """Lay everything ready. Asked twice, it writes the same again."""
    key = wish.key
    check_hub_sockets(wish.hub_socket_folder)
    home = homes.ensure_home(place, key.hub, key.user, uid=uid)
    if wish.shared_folder is not None:
        _check_shared(place, wish)
        homes.ensure_shared(place, key.hub, group=shared_group)
        homes.ensure_point(home, box.SHARED, uid=uid)
    folder = place.server(key.hub, key.user, key.name)
    os.close(homes.ensure_passage(place.state, folder))
    subnet = reach.slirp_subnet(networks)
    etc.write(folder / "etc", egress=wish.egress, subnet=subnet, extra=extra)
    furniture = box.Furniture(
        bwrap=tools.find("bwrap"),
        home=home,
        etc=folder / "etc",
        environment=environment,
        interpreter=interpreter_of(environment, for_others=uid is not None),
        hub_sockets=wish.hub_socket_folder,
        shared=wish.shared_folder,
        shared_writable=wish.admin,
        tmp_bytes=box.tmp_bytes(wish.memory_limit),
    )
    routes = _write_routes(folder, networks, subnet)
    return Prepared(furniture=furniture, routes=routes, subnet=subnet, networks=networks, log=folder / LOG)


def open_log(file: Path) -> int:
    """The log of a new server, empty. What is written always goes to its end, also after it was cut."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(file, flags, 0o600)


def open_info(file: Path) -> int:
    """Where bwrap writes what it built. A file and no pipe: a keeper that dies must not break a box that is being built."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(file, flags, 0o600)


def trim_log(file: Path) -> None:
    """Cut a log that grew past its bound to its end; what is written in that moment may be lost."""
    try:
        if file.stat().st_size <= LOG_MAX:
            return
        with file.open("r+b") as log:
            log.seek(-LOG_KEPT, os.SEEK_END)
            kept = log.read(LOG_KEPT)
            log.truncate(0)
            log.seek(0)
            log.write(kept[kept.find(b"\n") + 1 :])
    except FileNotFoundError:
        return


def interpreter_of(environment: Path, *, for_others: bool) -> Path | None:
    """The folder of the environment's Python where it is neither in /usr nor in the environment itself."""
    python = environment / "bin" / "python"
    try:
        real = python.resolve(strict=True)
    except OSError as error:
        raise errors.CommonhubError(
            f"The environment {environment} has no Python that can be run.",
            "Make it anew, or name another folder in the variable COMMONHUB_ENVIRONMENT.",
        ) from error
    at_hand = (Path("/usr"), environment.resolve())
    folder = None if any(real.is_relative_to(path) for path in at_hand) else real.parent.parent
    for path in (environment, folder):
        if for_others and path is not None and not _open_to_others(path):
            raise errors.CommonhubError(
                f"Users' servers cannot read {path}, because a folder above it is closed to others.",
                "Put the environment and its Python where everybody may read, such as below /opt.",
            )
    return folder


def check_hub_sockets(folder: Path) -> os.stat_result:
    """The hub's socket folder must be a folder and no link: a hub may not choose what its users' boxes see."""
    try:
        status = folder.lstat()
    except FileNotFoundError as error:
        raise errors.CommonhubError(
            f"The hub's socket folder {folder} is not there.", "Wake the hub first; its servers talk to it there."
        ) from error
    if not stat.S_ISDIR(status.st_mode):
        raise errors.RefusedError(
            f"The hub's socket folder {folder} is not a folder.", "Look at what the hub did, then prepare it again."
        )
    return status


def same_folder(expected: os.stat_result, seen: Path) -> bool:
    """Whether a box got the very folder that was checked."""
    try:
        status = seen.stat()
    except OSError:
        return True  # the box has ended: there is nothing to see in it
    return (status.st_dev, status.st_ino) == (expected.st_dev, expected.st_ino)


def first_inside(info: Path) -> process.Process | None:
    """The first process of a box by what bwrap wrote; None while it has not, or when that process is gone.

    Its process space is written there too: a stranger with the same id is in another one.
    """
    try:
        told = json.loads(info.read_bytes())
        found = process.Process.of(int(told["child-pid"]))
        space = Path(f"/proc/{told['child-pid']}/ns/pid").stat().st_ino
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if space == told.get("pid-namespace") else None


def _check_shared(place: places.Places, wish: wishes.ServerWish) -> None:
    if wish.shared_folder != place.shared(wish.key.hub):
        raise errors.RefusedError(
            f"The folder {wish.shared_folder} is not the shared folder of the hub {wish.key.hub}.",
            "Ask for the hub's own shared folder, or for none.",
        )


def _write_routes(folder: Path, networks: frozenset[reach.Network], subnet: str) -> tuple[Path, Path]:
    four, six = reach.routes(networks, subnet=subnet)
    with_v6 = Path("/proc/net/if_inet6").exists()
    files = (folder / "routes4", folder / "routes6")
    for file, lines in zip(files, (four, six if with_v6 else ()), strict=True):
        file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        file.chmod(0o644)
    return files


def _open_to_others(path: Path) -> bool:
    """Whether everybody may pass through every folder down to this one and read it."""
    real = path.resolve()
    through = all(above.stat().st_mode & stat.S_IXOTH for above in real.parents)
    return through and bool(real.stat().st_mode & stat.S_IROTH)
