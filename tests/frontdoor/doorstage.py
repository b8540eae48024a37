"""The stage of the front door's tests: the real proxy, the real door, and small real hubs that sleep until they are woken."""

import asyncio
import contextlib
import hashlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from commonhub.frontdoor import door, proxy, queue, reception, routes
from commonhub.ground import errors

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / ".proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
TOKEN = "token-of-a-test"
PORTAL = "localhost"


class SmallHub:
    """A hub of one process: asleep until `wake`, then an aiohttp application on a unix socket."""

    def __init__(self, folder: Path, name: str, *, delay: float = 0.0) -> None:
        self.name = name
        self.socket = folder / f"{name}.sock"
        self.delay = delay
        self.wakes = 0
        self.ready: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
        self.refusal: errors.CommonhubError | None = None
        self.heads: list[Mapping[str, str]] = []
        self.left: list[str] = []  # requests whose client went away
        self._runner: web.AppRunner | None = None

    async def wake(self) -> queue.HubSocket:
        self.wakes += 1
        if self.refusal is not None:
            raise self.refusal
        if self._runner is None:
            await asyncio.sleep(self.delay)
            await self.ready()
            app = web.Application(client_max_size=1 << 30)
            app.router.add_get("/ws", self._talk)
            app.router.add_get("/half", self._half)
            app.router.add_get("/drop", self._drop)
            app.router.add_get("/forever", self._forever)
            app.router.add_route("*", "/{path:.*}", self._tell)
            self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
            await self._runner.setup()
            await web.UnixSite(self._runner, str(self.socket)).start()
        return queue.HubSocket(path=self.socket, uid=os.getuid())

    async def sleep(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            self.socket.unlink(missing_ok=True)

    async def _tell(self, request: web.Request) -> web.Response:
        self.heads.append(request.headers)
        body = await request.read()
        told = {
            "hub": self.name,
            "method": request.method,
            "path": request.raw_path,
            "host": request.headers["Host"],
            "length": len(body),
            "digest": hashlib.sha256(body).hexdigest(),
        }
        return web.json_response(told)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        talk = web.WebSocketResponse()
        await talk.prepare(request)
        async for word in talk:
            await talk.send_str(f"{self.name} heard {word.data}")
        self.left.append("ws")
        return talk

    async def _half(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b"half")
        request.transport.close()
        return answer

    async def _drop(self, request: web.Request) -> web.Response:
        self.heads.append(request.headers)
        request.transport.abort()
        return web.Response()

    async def _forever(self, request: web.Request) -> web.Response:
        self.heads.append(request.headers)
        try:
            await asyncio.Event().wait()
        finally:
            self.left.append("forever")
        return web.Response()


@dataclass
class Stage:
    """What a test acts on. `url` is the proxy's; say which hub by `host`."""

    folder: Path
    hubs: dict[str, SmallHub]
    port: int
    door: door.Door
    queue: queue.WakeQueue
    web: aiohttp.ClientSession
    table: proxy.ProxyClient
    settings: proxy.ProxySettings
    process: asyncio.subprocess.Process | None = None
    extra: list[SmallHub] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def host(self, name: str) -> dict[str, str]:
        return {"Host": f"{name}.localhost:{self.port}"}

    def page(self, name: str, language: str = "en") -> dict[str, str]:
        return self.host(name) | {"Accept": "text/html,*/*", "Accept-Language": language}

    async def start_proxy(self, **more: str) -> None:
        """`more`: variables of its environment."""
        proxy.prepare(self.settings)
        command = proxy.command(self.settings)
        self.process = await asyncio.create_subprocess_exec(
            *command.arguments,
            env={**command.environment, **more},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with self.web.get(f"{self.url}/_chp_healthz"):
                        return
                await asyncio.sleep(0.05)

    async def kill_proxy(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def raw(self, request: bytes, *, half_close: bool = False) -> bytes:
        """Send bytes to the door itself, and give all that it answers."""
        reader, writer = await asyncio.open_unix_connection(str(self.folder / "door.sock"))
        with contextlib.suppress(ConnectionError):
            writer.write(request)
            await writer.drain()
            if half_close:
                writer.write_eof()
        try:
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def settled(self) -> None:
        """Wait until the door has no guest any more."""
        await until(lambda: not self.door.guests)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true that nobody announces."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def territory(name: str, *, by_path: bool = False) -> routes.Territory:
    if by_path:
        return routes.Territory(hosts=(), base_path=f"/{name}/")
    return routes.Territory(hosts=(f"{name}.localhost",))


@contextlib.asynccontextmanager
async def stage(
    folder: Path,
    *names: str,
    limits: reception.Limits | None = None,
    width: int | None = None,
    with_proxy: bool = True,
    with_portal: bool = False,
    by_path: bool = False,
) -> AsyncIterator[Stage]:
    hubs = {f"c/{name}": SmallHub(folder, name) for name in names}
    port = free_port()
    settings = proxy.ProxySettings(
        node=proxy.node_binary(),
        script=SCRIPT,
        ip="127.0.0.1",
        port=port,
        api_socket=folder / "api.sock",
        door_socket=folder / "door.sock",
        error_pages=folder / "pages",
        token=TOKEN,
        host_routing=not by_path,
    )
    waking = queue.WakeQueue(lambda hub_id: hubs[hub_id].wake(), width=width)
    book = routes.AddressBook(
        territories={f"c/{name}": territory(name, by_path=by_path) for name in names},
        portal_hosts=None if by_path else frozenset({PORTAL}),
    )
    portal = SmallHub(folder, "portal")
    front = door.Door(directory=book, waker=waking, limits=limits, portal=portal.socket if with_portal else None)
    async with contextlib.AsyncExitStack() as end:
        end.push_async_callback(portal.sleep)
        for hub in hubs.values():
            end.push_async_callback(hub.sleep)
        end.push_async_callback(waking.close)
        session = await end.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        table = await end.enter_async_context(proxy.ProxyClient(settings.api_socket, TOKEN))
        acting = Stage(folder, hubs, port, front, waking, session, table, settings, extra=[portal])
        await front.open(settings.door_socket)
        end.push_async_callback(front.close)
        if with_proxy:
            end.push_async_callback(acting.kill_proxy)
            await acting.start_proxy()
        yield acting
