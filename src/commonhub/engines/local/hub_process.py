"""A hub's own process: forked from the nursery, or started plainly where there is no nursery; asked whether it is well; ended."""

import asyncio
import json
import logging
import os
import signal
import subprocess
from pathlib import Path

from commonhub.engines.local import hub_folder, machine, places
from commonhub.ground import errors, process

logger = logging.getLogger(__name__)

NURSERY_SECONDS = 5.0  # a fork takes milliseconds; longer means the nursery is away
HEALTH_PAUSE = 0.02  # seconds between two looks while a hub starts
HEALTHY_WITHIN = 60.0  # seconds; a plain start with a new database on a slow, loaded machine
END_WITHIN = 10.0  # seconds between asking a hub to end and ending it


def _plain_environment() -> dict[str, str]:
    """What a plainly started hub inherits; `hubside.launch` cuts it down further."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TZ", "SSL_CERT_FILE"}}


class HubProcesses:
    """Starts and ends processes that run as a hub's user: the hub (`hub`) and its culler (`culler`)."""

    def __init__(self, where: places.Places, on: machine.Machine, *, nursery: bool = True) -> None:
        self._where = where
        self._on = on
        self._nursery = nursery
        self._plain: list[subprocess.Popen[bytes]] = []

    async def start(self, hub_id: str, kind: str, account: int) -> process.Process:
        """Start the program; returns as soon as its process is there, healthy or not yet."""
        log = hub_folder.log(hub_id, kind, self._where)
        hub_folder.bound_log(log)
        if self._nursery:
            try:
                return await asyncio.wait_for(self._fork(hub_id, kind, account, log), NURSERY_SECONDS)
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                logger.warning("the nursery does not answer (%r); %s is started plainly", error, hub_id)
        return self._start_plainly(hub_id, kind, account, log)

    async def _fork(self, hub_id: str, kind: str, account: int, log: Path) -> process.Process:
        reader, writer = await asyncio.open_unix_connection(str(self._where.nursery_socket))
        request = {
            "kind": kind,
            "folder": str(self._where.hub(hub_id)),
            "log": str(log),
            "user": self._on.account(account),
        }
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
        return self._known(int(answer["pid"]), hub_id)

    def _start_plainly(self, hub_id: str, kind: str, account: int, log: Path) -> process.Process:
        self._plain = [child for child in self._plain if child.poll() is None]
        user = self._on.account(account)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            child = subprocess.Popen(
                [str(self._on.python), "-m", "commonhub.hubside.launch", kind, str(self._where.hub(hub_id))],
                env=_plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                cwd="/",
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                umask=0o077,
                start_new_session=True,
            )
        finally:
            os.close(handle)
        self._plain.append(child)
        return self._known(child.pid, hub_id)

    def _known(self, pid: int, hub_id: str) -> process.Process:
        found = process.Process.of(pid)
        if found is None:
            raise errors.UnavailableError(
                f"The process of {hub_id} ended at once.", f"Read why in `commonhub hub logs {hub_id}`."
            )
        return found

    async def wait_healthy(self, hub_id: str, base_path: str, hub: process.Process) -> None:
        """Return when the hub answers its health check; an error when it ends or takes too long."""
        socket = str(self._where.hub_socket(hub_id))
        until = asyncio.get_running_loop().time() + HEALTHY_WITHIN
        while asyncio.get_running_loop().time() < until:
            if await _healthy(socket, base_path):
                return
            if not hub.alive():
                raise errors.CommonhubError(
                    f"{hub_id} ended while it started.", f"Read why in `commonhub hub logs {hub_id}`."
                )
            await asyncio.sleep(HEALTH_PAUSE)
        raise errors.UnavailableError(
            f"{hub_id} did not answer within {HEALTHY_WITHIN:.0f} seconds.",
            f"Try again; if this stays, read `commonhub hub logs {hub_id}`.",
        )

    async def end(self, running: process.Process) -> None:
        """Ask the process to end, wait, end it; returns when it is gone."""
        running.signal(signal.SIGTERM)
        if not await running.wait(END_WITHIN):
            running.signal(signal.SIGKILL)
            await running.wait(END_WITHIN)
        for child in self._plain:
            child.poll()


async def _healthy(socket: str, base_path: str) -> bool:
    """Whether the hub on this socket answers GET <base>/hub/health with 200."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        request = f"GET {base_path}hub/health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        status = await asyncio.wait_for(reader.readline(), 5)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
    return status.split()[1:2] == [b"200"]
