"""Unix sockets on this machine: listening without a gap or a moment of wrong rights, and the kernel's word on who connects.

Sources: unix(7), socket(7) SO_PEERCRED.
"""

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from commonhub.ground import errors

PATH_MAX = 107  # bytes: sun_path holds 108 with its closing zero
CREDENTIALS = struct.Struct("3i")  # process id, user id, group id


def peer_user(connection: socket.socket) -> int:
    """The user id of the process that connected, as the kernel saw it then."""
    _, user, _ = CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return int(user)


def listen(
    path: Path, *, mode: int = 0o600, owner: int | None = None, group: int | None = None, backlog: int = 128
) -> socket.socket:
    """A listening socket that appears at `path` with its owner and mode already, in the place of an older one.

    Not blocking. Raises CommonhubError where the path is too long for the kernel.
    """
    new = path.with_name(f".{path.name}.new")
    if len(os.fsencode(new)) > PATH_MAX:
        raise errors.CommonhubError(
            f"The path of the socket {path.name} is too long for the kernel.", "Use a state folder with a shorter path."
        )
    new.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.bind(str(new))
        new.chmod(mode)
        if owner is not None or group is not None:
            os.lchown(new, -1 if owner is None else owner, -1 if group is None else group)
        listener.listen(backlog)
        new.replace(path)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def listening(
    path: Path, *, mode: int = 0o600, owner: int | None = None, backlog: int = 128
) -> Iterator[socket.socket]:
    """The same for as long as the block lasts; after it the path is gone, unless a newer one has taken it."""
    with listen(path, mode=mode, owner=owner, backlog=backlog) as listener:
        ours = path.stat().st_ino
        try:
            yield listener
        finally:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == ours:
                    path.unlink()
