"""What the keeper asks of an awake hub: JupyterHub's own REST API, over the hub's socket, as the service `commonhub`.

A hub is never trusted: the kernel says who listens, the answer is bounded in time and size, and it is read by a few
lines of our own, because a client of a library would first connect and then say to whom.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from commonhub.frontdoor import queue, relay
from commonhub.ground import errors

ANSWER_WITHIN = 30.0  # seconds; JupyterHub itself answers a slow start or stop after ten
ANSWER_MAX = 4 * 1024 * 1024  # bytes; a page of users is below a tenth of it
PIECE = 64 * 1024  # bytes read at once
PAGE = 200  # users a page: JupyterHub's own most
PAGES_MAX = 1000
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """What the hub said: its status, and its JSON (None where it said nothing readable)."""

    status: int
    body: Any

    @property
    def words(self) -> str:
        """JupyterHub's own sentence, on one line."""
        said = self.body.get("message", "") if isinstance(self.body, Mapping) else ""
        return " ".join(str(said).split())[:200]


@dataclass(frozen=True, kw_only=True)
class Server:
    """One person's default server as the hub sees it; `pending` while it starts or stops."""

    there: bool
    ready: bool
    pending: bool


@dataclass(frozen=True, kw_only=True)
class HubApi:
    """One awake hub."""

    hub_id: str
    socket: queue.HubSocket
    base_path: str
    token: str = field(repr=False)

    async def ask(self, method: str, *path: str, query: str = "", body: object = None) -> Answer:
        """One request below `hub/api/`; parts of the path are quoted. UnavailableError where no answer comes."""
        target = f"{self.base_path}hub/api/" + "/".join(quote(part, safe="") for part in path) + query
        sent = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {target} HTTP/1.0",  # so that the answer ends with the connection and has no pieces
            "Host: hub",
            f"Authorization: token {self.token}",
            "Accept: application/jupyterhub-pagination+json",
            "Content-Type: application/json",
            f"Content-Length: {len(sent)}",
        )
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                raw = await self._exchange("\r\n".join(head).encode() + _HEAD_END + sent)
            return _read(raw)
        except (OSError, TimeoutError, ValueError, relay.WrongListenerError) as error:
            raise errors.UnavailableError(
                f"{self.hub_id} did not answer the keeper.",
                f"Try again; if this stays, read `commonhub hub logs {self.hub_id}`.",
            ) from error

    async def _exchange(self, request: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        found = bytearray()
        with await relay.connect(self.socket) as connection:
            await loop.sock_sendall(connection, request)
            while piece := await loop.sock_recv(connection, PIECE):
                found += piece
                if len(found) > ANSWER_MAX:
                    raise ValueError("too long")
        return bytes(found)

    async def administrators(self) -> frozenset[str]:
        """Everybody who is marked as JupyterHub's own administrator; all users are read, page by page."""
        found: set[str] = set()
        for page in range(PAGES_MAX):
            answer = self.good(await self.ask("GET", "users", query=f"?limit={PAGE}&offset={page * PAGE}"))
            people = records(answer.body.get("items") if isinstance(answer.body, Mapping) else None)
            found |= {str(person.get("name", "")) for person in people if person.get("admin") is True}
            if len(people) < PAGE:
                break
        return frozenset(found)

    async def members(self, group: str) -> frozenset[str] | None:
        """Who is in a group; None where there is no such group."""
        answer = self.good(await self.ask("GET", "groups", group), 404)
        if answer.status == 404:
            return None
        named = answer.body.get("users") if isinstance(answer.body, Mapping) else None
        return frozenset(str(name) for name in named) if isinstance(named, list) else frozenset()

    async def server(self, user: str) -> Server | None:
        """The person's default server; None where the hub does not know the person."""
        answer = self.good(await self.ask("GET", "users", user), 404)
        if answer.status == 404:
            return None
        model = answer.body if isinstance(answer.body, Mapping) else {}
        servers = model.get("servers")
        default = servers.get("") if isinstance(servers, Mapping) else None
        known = default if isinstance(default, Mapping) else {}
        return Server(there=bool(known), ready=known.get("ready") is True, pending=bool(model.get("pending")))

    def good(self, answer: Answer, *also: int) -> Answer:
        """The answer, where its status is a good one or among `also`; else an error in words."""
        if answer.status < 300 or answer.status in also:
            return answer
        raise errors.CommonhubError(
            f"{self.hub_id} refused the keeper ({answer.status}): {answer.words or 'it said nothing'}.",
            f"Read `commonhub hub logs {self.hub_id}`.",
            retry=answer.status >= 500,
        )


def records(body: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list that a hub sent; nothing where it sent something else."""
    return [each for each in body if isinstance(each, Mapping)] if isinstance(body, list) else []


def _read(raw: bytes) -> Answer:
    head, found, body = raw.partition(_HEAD_END)
    words = head.split(b"\r\n", 1)[0].split()
    if not found or len(words) < 2 or not words[0].startswith(b"HTTP/1."):
        raise ValueError("this is not HTTP")
    status = int(words[1])
    try:
        return Answer(status, json.loads(body))
    except (ValueError, RecursionError):
        return Answer(status, None)
