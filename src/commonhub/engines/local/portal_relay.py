"""The one road from a hub to the portal: two requests of OpenID Connect, handed on from the hub's gate to the portal's socket.

A hub may trade a code or a refresh token for an access token, in its own name alone, and may ask who somebody is.
Nothing else passes: no other path or method, no cookie, no address that the hub claims to come from.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from commonhub.engines import sign_on
from commonhub.ground import errors

PREFIX = "/portal"
"""What the two paths begin with at a gate."""
REQUEST_MAX = 16 * 1024  # bytes; a request for tokens is below two kilobytes
ANSWER_MAX = 256 * 1024  # bytes; a person in a thousand groups
ANSWER_WITHIN = 10.0  # seconds
FROM = "127.0.0.1"
"""Where a hub asks from: this machine. The portal counts tries by it."""
FORM = "application/x-www-form-urlencoded"
PASSED_ON = ("Accept", "Authorization", "Content-Type")
PASSED_BACK = ("Cache-Control", "Content-Type", "WWW-Authenticate")


@dataclass(frozen=True, kw_only=True)
class Portal:
    """Where people sign in: the address that they see, and the socket on which the portal's own process listens."""

    url: str  # without a slash at the end
    socket: Path


class PortalRelay:
    """Hands requests on to one portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def trade(self, hub_id: str, request: web.Request) -> web.Response:
        """POST to the token endpoint, for this hub's own client alone."""
        if request.content_type != FORM or "Authorization" in request.headers:
            raise errors.RefusedError("A hub trades codes by a form.", f"Send {FORM} with client_id in it.")
        body = await _bounded(request.content, REQUEST_MAX)
        if body is None:
            raise errors.RefusedError(f"The form is longer than {REQUEST_MAX} bytes.", "Send less.")
        try:
            named = parse_qs(body.decode("ascii"), max_num_fields=32).get("client_id", [])
        except ValueError as error:
            raise errors.RefusedError("The form cannot be read.", "Send it as OAuth 2.0 says.") from error
        if named != [sign_on.client_id_of(hub_id)]:
            raise errors.RefusedError("This is another hub's client.", "Name your own.")
        return await self._ask("POST", sign_on.TOKEN, request.headers, body)

    async def identify(self, request: web.Request) -> web.Response:
        """GET who the person of an access token is."""
        return await self._ask("GET", sign_on.USERINFO, request.headers, b"")

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        public = urlsplit(self._portal.url)
        sent = {name: headers[name] for name in PASSED_ON if name in headers} | {
            "Host": public.netloc,
            "X-Forwarded-For": FROM,
            "X-Forwarded-Proto": public.scheme,
        }
        try:
            async with (
                _session(self._portal.socket) as session,
                session.request(
                    method, f"http://portal{public.path}{path}", headers=sent, data=body or None, allow_redirects=False
                ) as answer,
            ):
                text = await _bounded(answer.content, ANSWER_MAX)
                if text is None:
                    raise errors.UnavailableError("The portal's answer is too long.", "Read the portal's log.")
                told = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
                return web.Response(status=answer.status, body=text, headers=told)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise errors.UnavailableError("The portal does not answer now.", "Try again in a minute.") from error


@contextlib.asynccontextmanager
async def _session(socket: Path) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
    connector = aiohttp.UnixConnector(str(socket))
    # No cookies are kept: one hub's answer must not colour the next one's.
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


async def _bounded(content: aiohttp.StreamReader, most: int) -> bytes | None:
    """The whole body; None where it is longer than `most` bytes."""
    found = b""
    while piece := await content.readany():
        found += piece
        if len(found) > most:
            return None
    return found
