"""The spawner of a local hub: it owns no process and asks the keeper through the hub's gate."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
from jupyterhub.spawner import Spawner
from traitlets import Unicode

ANSWER_SECONDS = 120  # longer than any start or stop that the keeper may take
AWAY_SECONDS = 15  # a keeper that died is back before this
AWAY_PAUSE = 0.1


class KeeperRefusedError(Exception):
    """The keeper did not do what was asked; JupyterHub shows `jupyterhub_message` to the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.jupyterhub_message = message


class KeeperSpawner(Spawner):
    """Starts, watches and stops servers that the keeper runs.

    The hub says whose server it wants and the JUPYTERHUB_* variables for it: never a command, a path or
    a user id. The keeper knows the hub by its socket and by the kernel's word on who connected.
    """

    gate = Unicode(help="Path of the unix socket on which the keeper listens for this hub.").tag(config=True)

    administrators = Unicode(help="The group whose people may write the shared folder, as administrators do.").tag(
        config=True
    )

    @property
    def _is_administrator(self) -> bool:
        groups = {group.name for group in self.user.groups} if self.administrators else set()
        return bool(self.user.admin) or self.administrators in groups

    async def _ask(self, verb: str, **more: Any) -> dict[str, Any]:
        """The keeper's answer. Asked again while the keeper is away: every verb may be asked twice."""
        loop = asyncio.get_running_loop()
        until = loop.time() + AWAY_SECONDS
        while True:
            try:
                return await self._ask_once(verb, {"user": self.user.name, "server": self.name, **more})
            except (aiohttp.ClientConnectionError, ConnectionError) as error:
                if loop.time() > until:
                    raise KeeperRefusedError("The keeper of this hub is away. Try again in a minute.") from error
                await asyncio.sleep(AWAY_PAUSE)

    async def _ask_once(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        connector = aiohttp.UnixConnector(self.gate)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.post(f"http://keeper/servers/{quote(verb)}", json=request) as answer,
        ):
            body: dict[str, Any] = await answer.json()
            if answer.status != 200:
                error = body["error"]
                raise KeeperRefusedError(f"{error['message']} {error['mend']}")
            return body

    async def start(self) -> str:
        """Start the server, or find it running; gives its address on this machine."""
        environment = {name: value for name, value in self.get_env().items() if name.startswith("JUPYTERHUB_")}  # type: ignore[no-untyped-call]
        answer = await self._ask("start", admin=self._is_administrator, environment=environment)
        return f"http://127.0.0.1:{answer['port']}"

    async def poll(self) -> int | None:
        """`None` while the server runs, else its exit code."""
        answer = await self._ask("status")
        return None if answer["running"] else int(answer["code"])

    async def stop(self, now: bool = False) -> None:
        """Stop the server; `now` leaves it no time to say goodbye."""
        await self._ask("stop", now=now)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What JupyterHub's own page shows while the server starts."""
        yield {"progress": 20, "message": "Preparing a private room on this machine…"}
        yield {"progress": 60, "message": "Starting Jupyter in it…"}
