"""A visitor of a hub who speaks real HTTP and websockets, as a browser or a script would."""

import asyncio
import json
import socket
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

PATIENCE = 120.0  # seconds for a server to start; a limit against hanging, not a measure


class Loopback(AbstractResolver):
    """Every name is this machine: browsers know `*.localhost`, resolvers often do not."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0),
        ]

    async def close(self) -> None:
        pass


@dataclass(kw_only=True)
class Visitor:
    """One person at one hub. Use with `async with`."""

    url: str  # of the hub, ends with a slash
    name: str
    password: str
    token: str = ""
    last_answer: str = ""  # to the last try to sign in, for the one who reads a failure
    session: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Loopback(), force_close=True),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def quoted(self) -> str:
        """The name as it stands in addresses."""
        return quote(self.name, safe="@~")

    def xsrf(self, path: str = "hub/") -> str:
        """The token against forged requests that the hub's cookie holds."""
        cookie = self.session.cookie_jar.filter_cookies(URL(self.url + path)).get("_xsrf")
        return cookie.value if cookie else ""

    async def page(self, path: str, **options: Any) -> tuple[int, str]:
        """GET a page below the hub; status and text."""
        async with self.session.get(self.url + path, **options) as answer:
            return answer.status, await answer.text()

    async def sign_in(self) -> bool:
        """Sign in by the hub's own form; whether it worked."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            # As a browser does: the page that says "it is waking" is loaded again until the form is there.
            async with self.session.get(self.url + "hub/login") as answer:
                await answer.read()
                form_is_there = answer.status == 200
            if form_is_there:
                form = {"username": self.name, "password": self.password, "_xsrf": self.xsrf()}
                async with self.session.post(
                    self.url + "hub/login", data=form, headers={"Origin": self.origin}, allow_redirects=False
                ) as answer:
                    self.last_answer = f"{answer.status} {(await answer.text())[-400:]}"
                    if answer.status not in {500, 502, 503, 504}:
                        return answer.status == 302
            if loop.time() > until:
                return False
            await asyncio.sleep(0.5)

    async def take_token(self) -> None:
        """Get an API token by the cookie, as the hub's token page does."""
        async with self.session.post(
            f"{self.url}hub/api/users/{self.quoted}/tokens",
            json={"note": "a visitor's script"},
            headers={"X-XSRFToken": self.xsrf(), "Origin": self.origin, "Referer": self.url + "hub/token"},
        ) as answer:
            body = await answer.json()
            if answer.status != 201:
                raise AssertionError((answer.status, body))
            self.token = body["token"]

    async def enter(self) -> Self:
        """Sign in and take a token."""
        if not await self.sign_in():
            raise AssertionError(f"{self.name} could not sign in at {self.url}: {self.last_answer}")
        await self.take_token()
        return self

    async def api(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Call an API below the hub's address with the token; status, and JSON or text."""
        headers = {"Authorization": f"token {self.token}", **options.pop("headers", {})}
        async with self.session.request(method, self.url + path, headers=headers, **options) as answer:
            text = await answer.text()
            try:
                return answer.status, json.loads(text) if text else None
            except ValueError:
                return answer.status, text

    async def status(self, path: str) -> int:
        """The status of an API, as a program learns it that comes back while the hub wakes."""
        async with asyncio.timeout(120):
            while (found := (await self.api("GET", path))[0]) == 503:
                await asyncio.sleep(0.5)
        return found

    async def start(self) -> float:
        """Start the default server and wait until it answers; the seconds that took."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        status, body = await self.api("POST", f"hub/api/users/{self.quoted}/server")
        if status not in {201, 202}:
            raise AssertionError((status, body))
        while loop.time() - begun < PATIENCE:
            status, body = await self.api("GET", f"hub/api/users/{self.quoted}")
            server = body["servers"].get("", {}) if status == 200 else {}
            if server.get("ready"):
                return loop.time() - begun
            if status == 200 and not server and not body.get("pending"):
                raise AssertionError(f"the server of {self.name} did not start: {body}")
            await asyncio.sleep(0.02)
        raise AssertionError("the server was not ready in time")

    async def stop(self) -> None:
        """Stop the default server and wait until it is gone."""
        await self.api("DELETE", f"hub/api/users/{self.quoted}/server")
        while True:
            _, body = await self.api("GET", f"hub/api/users/{self.quoted}")
            if not body["servers"]:
                return
            await asyncio.sleep(0.05)

    async def kernel(self) -> str:
        """Start a kernel; its id."""
        status, body = await self.api("POST", f"user/{self.quoted}/api/kernels", json={"name": "python3"})
        if status != 201:
            raise AssertionError((status, body))
        return str(body["id"])

    async def run(self, kernel: str, code: str, *, within: float = PATIENCE) -> str:
        """Execute a cell over the kernel's websocket; everything it printed, and its error if it failed."""
        url = f"{self.url}user/{self.quoted}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        message = uuid.uuid4().hex
        request = {
            "header": {
                "msg_id": message,
                "msg_type": "execute_request",
                "username": self.name,
                "session": message,
                "version": "5.4",
                "date": "",
            },
            "parent_header": {},
            "metadata": {},
            "channel": "shell",
            "buffers": [],
            "content": {
                "code": code,
                "silent": False,
                "store_history": False,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
        }
        printed = ""
        headers = {"Authorization": f"token {self.token}"}
        async with asyncio.timeout(within), self.session.ws_connect(url, headers=headers, max_msg_size=0) as channel:
            await channel.send_json(request)
            async for received in channel:
                answer = json.loads(received.data)
                if answer["parent_header"].get("msg_id") != message:
                    continue
                if answer["msg_type"] == "stream":
                    printed += answer["content"]["text"]
                if answer["msg_type"] == "error":
                    printed += "\n".join(answer["content"]["traceback"])
                if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                    return printed
        raise AssertionError("the kernel's channel closed before the cell was done")

    async def write(self, path: str, content: str) -> None:
        """Save a file through the server's contents API."""
        body = {"type": "file", "format": "text", "content": content}
        status, answer = await self.api("PUT", f"user/{self.quoted}/api/contents/{quote(path)}", json=body)
        if status not in {200, 201}:
            raise AssertionError((status, answer))

    async def read(self, path: str) -> str:
        """Read a file through the server's contents API."""
        status, answer = await self.api("GET", f"user/{self.quoted}/api/contents/{quote(path)}")
        if status != 200:
            raise AssertionError((status, answer))
        return str(answer["content"])
