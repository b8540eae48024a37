"""A real local engine for tests, joined as assembly joins it: a proxy, a nursery where asked for, and a state folder of its own."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from commonhub.assembly import installation, parts
from commonhub.engines.local import engine as local
from commonhub.engines.local import hub_process, ledger, machine, portal_relay, route_book, servers
from commonhub.engines.local.limits import detect
from commonhub.fleet import desired
from commonhub.frontdoor import pages, proxy, routes
from commonhub.ground import process
from engines.local import boxes

PATIENCE = 60.0  # seconds: a limit against hanging, not a measure
STAYS = "import time; print('up'); time.sleep(600)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(true: Any, what: str) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(PATIENCE):
        while not await true():
            await asyncio.sleep(0.02)
    assert what


@dataclass
class Keeping:
    """What one keeper has of an engine. A second one on the same state is the keeper after a restart."""

    of: installation.Installation
    public: installation.Public
    client: proxy.ProxyClient
    book: ledger.Ledger
    engine: local.LocalEngine

    @classmethod
    def begin(cls, of: installation.Installation, public: installation.Public, *, nursery: bool) -> "Keeping":
        book = ledger.Ledger(of.where.ledger)
        client = proxy.ProxyClient(of.where.proxy_api_socket, of.secret("proxy_token"))
        people = servers.Servers(
            places=of.where,
            ledger=book,
            limits=detect.detect(boxes.fleet(of.state), as_root=of.on.as_root),
            environment=of.on.environment,
            as_root=of.on.as_root,
        )
        to_portal = routes.Route(
            spec=f"/{public.parts.hostname}", target=proxy.unix_target(of.web_socket), data={"portal": True}
        )
        made = local.LocalEngine(
            where=of.where,
            on=of.on,
            book=book,
            roads=route_book.RouteBook(book, client, (to_portal,)),
            servers=people,
            processes=hub_process.HubProcesses(of.where, of.on, nursery=nursery),
            portal=portal_relay.Portal(url=public.url, socket=of.web_socket),
        )
        return cls(of, public, client, book, made)

    async def close(self) -> None:
        """Let go, as a keeper that ends: what runs goes on."""
        await self.engine.close()
        await self.engine.servers.close()
        await self.client.close()
        self.book.close()

    async def answers(self, hub_id: str) -> int:
        """The status with which the hub's own address answers, as a visitor sees it through the proxy."""
        await self.engine.roads.repair()
        address = self.engine.known(hub_id).settings.addresses[0]
        url = f"http://127.0.0.1:{self.public.listen_port}/hub/health"
        async with aiohttp.ClientSession() as web, web.get(url, headers={"Host": address}) as answer:
            return answer.status

    async def begin_server(self, hub_id: str, user: str) -> servers.ServerKey:
        """A person's server on the hub, from a program that only stays."""
        key = servers.ServerKey(hub_id, user, "")
        wish = servers.ServerWish(
            key=key,
            environment={"JUPYTERHUB_USER": user},
            egress=desired.Egress.NONE,
            hub_socket_folder=self.of.where.hub_sockets(hub_id),
        )
        command = (str(self.of.on.environment / "bin" / "python"), "-u", "-c", STAYS)
        await self.engine.servers.start_command(wish, command)
        return key


class Machine:
    """The parts around the engine, and the keepers that came one after another."""

    def __init__(self, state: Path, *, nursery: bool) -> None:
        fleet = state / "fleet"
        fleet.mkdir()
        self.of = installation.Installation(fleet=fleet, state=state / "s", on=machine.this_machine())
        port = free_port()
        self.public = installation.Public(
            url=f"http://localhost:{port}", listen_ip="127.0.0.1", listen_port=port, by_host=True
        )
        self.nursery = nursery
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.keeping: Keeping | None = None

    async def start(self) -> Keeping:
        parts.prepare_state(self.of)
        pages.write_error_pages(self.of.where.door_folder / "errors")
        await self.start_proxy()
        if self.nursery:
            await self.start_nursery()
        return await self.begin()

    async def begin(self) -> Keeping:
        """A keeper: the first, or the next."""
        self.keeping = Keeping.begin(self.of, self.public, nursery=self.nursery)
        await self.keeping.engine.adopt()
        return self.keeping

    async def start_proxy(self) -> None:
        self.of.where.proxy_api_socket.unlink(missing_ok=True)
        command = proxy.command(parts.proxy_settings(self.of, self.public))
        user = self.of.on.account(machine.PROXY_ACCOUNT)
        await self._run(
            "proxy", list(command.arguments), self.of.where.proxy_api_socket, dict(command.environment), user
        )

    async def start_nursery(self) -> None:
        socket_path = self.of.where.nursery_socket
        argv = [sys.executable, "-m", "commonhub.hubside.nursery", str(socket_path)]
        await self._run("nursery", argv, socket_path, dict(os.environ), None)

    async def _run(
        self, name: str, argv: list[str], answers: Path, environment: dict[str, str], user: int | None
    ) -> None:
        log = (self.of.where.logs / f"{name}.log").open("ab")
        with log:
            self.running[name] = subprocess.Popen(
                argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )

        async def listens() -> bool:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(answers))
                writer.close()
                await writer.wait_closed()
                return True
            assert self.running[name].poll() is None, (self.of.where.logs / f"{name}.log").read_text()
            return False

        await until(listens, f"{name} answers")

    def kill(self, name: str) -> None:
        """End one of the parts as a crash would."""
        self.running[name].send_signal(signal.SIGKILL)
        self.running.pop(name).wait()

    async def close(self) -> None:
        """End everything; nothing of the test is left on the machine."""
        if self.keeping is not None:
            with contextlib.suppress(Exception):
                await self.keeping.engine.stop_all()
            for row in self.keeping.book.hubs():
                process.Process(row.pid, row.started_ticks).signal(signal.SIGKILL)
            await self.keeping.close()
        for name in tuple(self.running):
            self.kill(name)
        boxes.remove_groups(boxes.fleet(self.of.state))


@contextlib.asynccontextmanager
async def machine_of(state: Path, *, nursery: bool) -> AsyncIterator[Machine]:
    made = Machine(state, nursery=nursery)
    try:
        await made.start()
        yield made
    finally:
        await made.close()
