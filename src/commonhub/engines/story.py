"""The story of a user, told to a hub through its own front door: real HTTP and a real websocket, as a browser speaks.

Nothing here knows an engine. Who the guest is, and how they come to a token, is the engine's.
"""

import asyncio
import contextlib
import json
import logging
import re
import socket
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from commonhub.engines import probing
from commonhub.ground import errors

logger = logging.getLogger(__name__)

PAUSE: Final = 0.2  # seconds between two looks at a server that starts or stops
NOTE: Final = "Commonhub's probe"
FILE: Final = "commonhub-probe.txt"
ANSWER_MAX: Final = 4 * 1024 * 1024  # bytes of one answer
PRINTED_MAX: Final = 64 * 1024  # characters that a cell may print
SAID_MAX: Final = 2000  # characters of an error page's sentence


class PartFailedError(errors.CommonhubError):
    """One part of the story did not work."""

    def __init__(self, part: probing.Part, words: str) -> None:
        super().__init__(words, "Read the hub's log.")
        self.part = part


class _OneAddress(AbstractResolver):
    """Every name is one machine: the front door answers by the name that is asked for."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002 - the contract's
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """The one."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=self._host, port=self._port, family=family, proto=0, flags=0),
        ]

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(kw_only=True)
class Guest:
    """One user of one hub. Made by `visit`."""

    door: probing.Door
    name: str
    limits: probing.Limits
    session: aiohttp.ClientSession
    authorize: str = ""  # where people sign in, when that is not at the hub itself
    token: str = field(default="", repr=False)

    @property
    def _at(self) -> str:
        return self.door.url

    @property
    def _server(self) -> str:
        return f"user/{quote(self.name)}"

    # -- login

    async def sees_hub(self) -> None:
        """The hub answers at its front door; the page that says it is waking is loaded again."""
        await self._until(lambda: self._answers("hub/health"), probing.Part.WAKE, "The hub does not answer.")

    async def _answers(self, path: str) -> bool:
        async with self.session.get(self._at + path, allow_redirects=False) as answer:
            return answer.status == 200

    async def signs_in(self, password: str) -> None:
        """By the hub's own form, as anybody who has the password."""
        await self._until(lambda: self._answers("hub/login"), probing.Part.LOGIN, "There is no login page.")
        origin = self._origin()
        form = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        async with self.session.post(
            f"{self._at}hub/login", data=form, headers={"Origin": origin}, allow_redirects=False
        ) as answer:
            if answer.status != 302:
                said = _title(await _text(answer))
                raise PartFailedError(probing.Part.LOGIN, f"Signing in was answered with {answer.status}{said}.")
        async with self.session.post(
            f"{self._at}hub/api/users/{quote(self.name)}/tokens",
            json={"note": NOTE, "expires_in": int(self.limits.whole)},
            headers={"X-XSRFToken": self._xsrf(), "Origin": origin, "Referer": f"{self._at}hub/token"},
            allow_redirects=False,
        ) as answer:
            body = json.loads(await _text(answer))
            if answer.status != 201:
                raise PartFailedError(probing.Part.LOGIN, f"A token was answered with {answer.status}.")
            self.token = str(body["token"])

    async def is_sent_to_login(self) -> None:
        """A hub where people sign in elsewhere sends them to the door's `authorize`, where they are let in to sign in.

        Nobody goes anywhere else that the hub names: we may reach what the hub may not.
        """
        async with self.session.get(f"{self._at}hub/oauth_login", allow_redirects=False) as answer:
            there = answer.headers.get("Location", "")
            asked = parse_qs(urlsplit(there).query)
            if answer.status != 302 or not asked.get("client_id") or not asked.get("redirect_uri"):
                words = f"The login page answered {answer.status} and sent nobody to sign in."
                raise PartFailedError(probing.Part.LOGIN, words)
        target = URL(urljoin(self._at, there))
        if target.with_query(None).with_fragment(None) != URL(self.authorize):
            words = f"The login page sends people to another place than {self.authorize}."
            raise PartFailedError(probing.Part.LOGIN, words)
        try:
            async with self.session.get(target, allow_redirects=False) as answer:
                if answer.status >= 400:
                    words = f"{target.host} refused the sign-in with {answer.status}."
                    raise PartFailedError(probing.Part.LOGIN, words)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            words = f"{target.host}, where people sign in, does not answer."
            raise PartFailedError(probing.Part.LOGIN, words) from error

    def _origin(self) -> str:
        parts = urlsplit(self._at)
        return f"{parts.scheme}://{parts.netloc}"

    def _xsrf(self) -> str:
        cookie = self.session.cookie_jar.filter_cookies(URL(f"{self._at}hub/")).get("_xsrf")
        return cookie.value if cookie else ""

    # -- the server

    async def _api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"token {self.token}"}
        async with self.session.request(
            method, self._at + path, json=body, headers=headers, allow_redirects=False
        ) as answer:
            text = await _text(answer)
            try:
                return answer.status, json.loads(text) if text else None
            except ValueError:
                return answer.status, None

    async def starts(self) -> None:
        """A server, until it answers."""
        status, body = await self._api("POST", f"hub/api/users/{quote(self.name)}/server")
        if status not in {201, 202}:
            raise PartFailedError(probing.Part.START, f"The start was answered with {status}{_words(body)}.")

        async def ready() -> bool:
            _, body = await self._api("GET", f"hub/api/users/{quote(self.name)}")
            model: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
            server = (model.get("servers") or {}).get("")
            if server is None and not model.get("pending"):
                raise PartFailedError(probing.Part.START, "The server ended while it started.")
            return bool(server and server.get("ready"))

        await self._until(ready, probing.Part.START, "The server did not answer in time.", self.limits.start)

    async def computes(self) -> None:
        """A kernel's websocket, and a cell."""
        status, body = await self._api("POST", f"{self._server}/api/kernels", {"name": "python3"})
        if status != 201:
            raise PartFailedError(probing.Part.KERNEL, f"A kernel was answered with {status}{_words(body)}.")
        number = uuid.uuid4().hex
        kernel = f"{self._at}{self._server}/api/kernels/{body['id']}/channels".replace("http", "ws", 1)
        headers = {"Authorization": f"token {self.token}", "Origin": self._origin()}
        try:
            async with (
                asyncio.timeout(self.limits.cell),
                self.session.ws_connect(kernel, headers=headers, max_msg_size=2**20) as channel,
            ):
                await channel.send_json(_execute(number, "print(6 * 7)"))
                printed = await _printed(channel, number)
        except TimeoutError as error:
            raise PartFailedError(probing.Part.KERNEL, "A cell was not done in time.") from error
        if printed.strip() != "42":
            raise PartFailedError(probing.Part.KERNEL, "A cell gave another result than it should.")

    async def keeps_a_file(self) -> None:
        """Writes a file into the home and reads it."""
        content, path = uuid.uuid4().hex, f"{self._server}/api/contents/{FILE}"
        status, body = await self._api("PUT", path, {"type": "file", "format": "text", "content": content})
        if status not in {200, 201}:
            raise PartFailedError(probing.Part.FILES, f"Writing a file was answered with {status}{_words(body)}.")
        status, body = await self._api("GET", path)
        if status != 200 or not isinstance(body, Mapping) or body.get("content") != content:
            raise PartFailedError(probing.Part.FILES, "A file did not come back as it was written.")

    async def stops(self) -> None:
        """The server, until it is gone."""
        await self._api("DELETE", f"hub/api/users/{quote(self.name)}/server")

        async def gone() -> bool:
            _, body = await self._api("GET", f"hub/api/users/{quote(self.name)}")
            return isinstance(body, Mapping) and not body.get("servers") and not body.get("pending")

        await self._until(gone, probing.Part.STOP, "The server did not stop in time.", self.limits.start)

    async def works(self) -> None:
        """From the start of a server to its end."""
        await self.starts()
        await self.computes()
        await self.keeps_a_file()
        await self.stops()

    async def _until(
        self, true: Callable[[], Awaitable[bool]], part: probing.Part, in_vain: str, within: float = 0.0
    ) -> None:
        until = time.monotonic() + (within or self.limits.answer)
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                if await true():
                    return
            if time.monotonic() > until:
                raise PartFailedError(part, in_vain)
            await asyncio.sleep(PAUSE)


@contextlib.asynccontextmanager
async def visit(door: probing.Door, name: str, limits: probing.Limits, *, authorize: str = "") -> AsyncIterator[Guest]:
    """A guest before the hub's front door, with cookies of their own. `authorize`: where people of this hub sign in."""
    resolver = _OneAddress(*door.connect) if door.connect else None
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, force_close=True, use_dns_cache=False),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=limits.answer),
        trust_env=False,
        middlewares=(_only_to(door.url, authorize),),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,  # a small answer could unpack to one without end
    )
    async with session:
        yield Guest(door=door, name=name, limits=limits, session=session, authorize=authorize)


def _only_to(*urls: str) -> aiohttp.ClientMiddlewareType:
    """Nothing is sent to any other host and port than those of `urls`, whoever leads there: websockets follow too."""
    known = {(url.host, url.port) for url in map(URL, filter(None, urls))}

    async def check(request: aiohttp.ClientRequest, go_on: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        if (request.url.host, request.url.port) not in known:
            raise aiohttp.InvalidUrlClientError(request.url, "is elsewhere")
        return await go_on(request)

    return check


async def _text(answer: aiohttp.ClientResponse) -> str:
    """The answer's text. ValueError where it is longer than an answer is."""
    found = bytearray()
    async for piece in answer.content.iter_any():
        found += piece
        if len(found) > ANSWER_MAX:
            raise ValueError("too long")
    return found.decode(errors="replace")


def _execute(number: str, code: str) -> dict[str, Any]:
    header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    return {
        "header": {**header, "version": "5.4", "date": ""},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "buffers": [],
        "content": {**content, "stop_on_error": True},
    }


async def _printed(channel: aiohttp.ClientWebSocketResponse, number: str) -> str:
    printed = ""
    async for received in channel:
        if received.type is not aiohttp.WSMsgType.TEXT:
            continue
        answer = json.loads(received.data)
        if answer["parent_header"].get("msg_id") != number:
            continue
        if answer["msg_type"] == "stream":
            printed += str(answer["content"]["text"])
            if len(printed) > PRINTED_MAX:
                break
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            return printed
    if len(printed) > PRINTED_MAX:
        raise PartFailedError(probing.Part.KERNEL, "A cell printed without end.")
    raise PartFailedError(probing.Part.KERNEL, "The kernel's websocket closed before its cell was done.")


def _words(body: object) -> str:
    """A hub's or a server's own words, in brackets."""
    said = body.get("message", "") if isinstance(body, Mapping) else ""
    told = " ".join(str(said).split())[:200]
    return f" ({told})" if told else ""


def _title(page: str) -> str:
    """What an error page of JupyterHub says."""
    for paragraph in page.split("<p ")[1:]:  # not by one expression: on a page made for it that takes for ever
        head, _, rest = paragraph[:SAID_MAX].partition(">")
        if "error" in head or "alert" in head:
            told = " ".join(re.sub(r"<[^<>]+>", " ", rest.partition("</p>")[0]).split())[:200]
            return f" ({told})" if told else ""
    return ""


async def tell(
    parts: Callable[[str], Awaitable[None]], *, limits: probing.Limits, unknown: tuple[str, ...] = ()
) -> probing.Verdict:
    """The verdict of a story that is told for each guest: `parts` tells it for one of `probing.GUESTS`.

    Whatever goes wrong is a verdict, never an error: who asks has to decide by it.
    """
    begun, turn = time.monotonic(), ""
    failures: dict[str, tuple[probing.Part, str]] = {}
    try:
        async with asyncio.timeout(limits.whole):
            for turn in probing.GUESTS:
                failed = await _failure(parts, turn)
                if failed is not None:
                    failures[turn] = failed
    except TimeoutError:
        words = f"The story was not done within {limits.whole:.0f} seconds."
        failures[turn] = (probing.Part.STOP, words)
    part, words = next(iter(failures.values()), (None, ""))
    return probing.Verdict(
        failed=part,
        who=next(iter(failures)) if len(failures) == 1 else "",
        words=words,
        seconds=time.monotonic() - begun,
        unknown=unknown,
    )


async def _failure(parts: Callable[[str], Awaitable[None]], who: str) -> tuple[probing.Part, str] | None:
    """What of the story did not work for one guest."""
    try:
        await parts(who)
    except PartFailedError as error:
        return error.part, error.message
    except errors.CommonhubError as error:
        return probing.Part.WAKE, error.message
    except Exception as error:
        logger.info("a probe ended by %r", error, exc_info=True)
        return probing.Part.LOGIN, f"The hub's answer was not understood ({type(error).__name__})."
    return None
