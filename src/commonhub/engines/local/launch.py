"""Starting one process in a network of its own that waits, harmless, until everything around it is ready.

The process is `unshare`, then a few fixed lines of shell, then bwrap: one and the same process id throughout. Between
the lines and bwrap it waits for a word on its standard input. When the keeper is gone before it gave the word, the
input ends and the process with it.
"""

import asyncio
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import tools
from commonhub.ground import errors, process

READY_WITHIN = 20.0  # seconds for a few calls of `ip`, on a machine under load
# Shut the roads first, then tell, then wait. No text of a hub or a user is in here or is read as shell.
SCRIPT = """
set -e
ip=$1 four=$2 six=$3
shift 3
"$ip" link set lo up
"$ip" -4 -batch "$four"
if [ -s "$six" ]; then "$ip" -6 -batch "$six"; fi
printf 'ready\\n' >&0
read -r word
[ "$word" = go ]
exec "$@" </dev/null
"""


@dataclass(frozen=True, kw_only=True)
class Account:
    """As whom a server runs. `uid` None: as whoever we are."""

    uid: int | None
    groups: tuple[int, ...] = ()
    umask: int = 0o077

    @property
    def popen(self) -> dict[str, object]:
        """As `subprocess.Popen` takes it."""
        if self.uid is None:
            return {"umask": self.umask}
        return {"user": self.uid, "group": self.uid, "extra_groups": list(self.groups), "umask": self.umask}


class Waiting:
    """A started process that waits for the word."""

    def __init__(self, popen: subprocess.Popen[bytes], word: socket.socket) -> None:
        found = process.Process.of(popen.pid)
        self.popen = popen
        self.process = found or process.Process(popen.pid, 0)
        self._word = word

    async def ready(self) -> None:
        """Its network is closed as it should be; an error when it is not."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(READY_WITHIN):
                told = await loop.sock_recv(self._word, 16)
        except (TimeoutError, OSError):
            told = b""
        if told != b"ready\n":
            raise errors.CommonhubError(
                "The network of a new server could not be closed, so it was not started.",
                "Run `commonhub doctor`; the end of the server's log says what the kernel refused.",
            )

    async def go(self) -> None:
        """Give the word: from now on the server runs, whatever becomes of us."""
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._word, b"go\n")
        except OSError as error:
            raise errors.UnavailableError(
                "A new server ended before it began.", "Try again; the end of its log says more."
            ) from error
        finally:
            self._word.close()

    def drop(self) -> None:
        """Do without it: it ends by itself when its input does."""
        self._word.close()


def start(
    command: Sequence[str],
    *,
    account: Account,
    variables: Mapping[str, str],
    routes: tuple[Path, Path],
    log: int,
    fds: Sequence[int],
) -> Waiting:
    """Start `command` in new user and network namespaces; it waits for the word. Blocking, for a few milliseconds."""
    ours, its = socket.socketpair()
    try:
        ours.setblocking(False)
        popen = subprocess.Popen(
            [
                *(tools.find("unshare"), "--user", "--map-root-user", "--net", "--"),
                *(tools.find("sh"), "-c", SCRIPT, "sh", tools.find("ip"), str(routes[0]), str(routes[1])),
                *command,
            ],
            stdin=its,
            stdout=log,
            stderr=log,
            env=dict(variables),
            cwd="/",
            pass_fds=tuple(fds),
            start_new_session=True,
            **account.popen,  # type: ignore[call-overload]  # user, group, extra_groups, umask
        )
    except BaseException:
        ours.close()
        raise
    finally:
        its.close()
    return Waiting(popen, ours)
