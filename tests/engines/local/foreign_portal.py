"""A small OpenID provider in the portal's place, on the portal's socket: who may use a hub, and with which groups, is set by the test.

It keeps the rules that our portal keeps: codes are used once and with their verifier, people without access get nothing.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from aiohttp import web
from yarl import URL

from commonhub.engines import sign_on
from journeys.visitor import PATIENCE, Visitor

COOKIE = "who"


@dataclass(kw_only=True)
class ForeignPortal:
    """The provider, and what it was asked."""

    url: str
    people: dict[str, set[str]] = field(default_factory=dict)  # name: groups; who is not in here has no access
    secret_of: dict[str, str] = field(default_factory=dict)  # client id: its secret
    away: bool = False
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, headers
    codes: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)  # access token: name, client
    refresh: dict[str, tuple[str, str]] = field(default_factory=dict)
    runner: web.AppRunner | None = None

    def admit(self, name: str, *groups: str) -> None:
        """Somebody may use the hub, with these groups."""
        self.people[name] = {sign_on.PEOPLE, *groups}

    def forget_tokens(self) -> None:
        """As after the lifetime of access tokens: refresh tokens remain."""
        self.tokens.clear()

    async def open(self, socket: Path) -> None:
        app = web.Application()
        app.router.add_get(sign_on.AUTHORIZE, self.authorize)
        app.router.add_post(sign_on.TOKEN, self.token)
        app.router.add_get(sign_on.USERINFO, self.userinfo)
        app.router.add_route("*", "/{rest:.*}", self.anything)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.UnixSite(self.runner, str(socket)).start()
        socket.chmod(0o666)

    async def close(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    def _note(self, request: web.Request) -> None:
        self.asked.append((request.method, request.raw_path, dict(request.headers)))
        if self.away:
            raise web.HTTPServiceUnavailable

    async def anything(self, request: web.Request) -> web.Response:
        self._note(request)
        return web.Response(text="the portal's page")

    async def authorize(self, request: web.Request) -> web.Response:
        self._note(request)
        name, query = request.cookies.get(COOKIE, ""), request.query
        if name not in self.people:
            return web.Response(status=403, text="the portal's own refusal")
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_urlsafe(8)
        self.codes[code] = (name, query["client_id"], query["redirect_uri"], query["code_challenge"])
        answer = {"code": code, "state": query["state"]}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(answer)}")

    async def token(self, request: web.Request) -> web.Response:
        self._note(request)
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        client = form["client_id"]
        if not secrets.compare_digest(self.secret_of[client], form["client_secret"]):
            return web.json_response({"error": "invalid_client"}, status=401)
        if form["grant_type"] == "refresh_token":
            name, known = self.refresh.get(form["refresh_token"], ("", ""))
        else:
            name, known, back, challenge = self.codes.pop(form["code"], ("", "", "", ""))
            made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
            if (back, challenge) != (form["redirect_uri"], made.rstrip("=")):
                known = ""
        if known != client or name not in self.people:
            return web.json_response({"error": "invalid_grant"}, status=400)
        access, again = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.tokens[access], self.refresh[again] = (name, client), (name, client)
        return web.json_response({"access_token": access, "refresh_token": again, "token_type": "Bearer"})

    async def userinfo(self, request: web.Request) -> web.Response:
        self._note(request)
        name, _ = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), ("", ""))
        if name not in self.people:
            return web.json_response({"error": "access_denied"}, status=403 if name else 401)
        return web.json_response({"sub": f"s-{name}", "preferred_username": name, "groups": sorted(self.people[name])})


@dataclass(kw_only=True)
class Member(Visitor):
    """Somebody with an account at the portal."""

    password: str = ""
    portal: str

    async def sign_in(self) -> bool:
        """Open the hub's home, as with a click; whether that ends there."""
        self.session.cookie_jar.update_cookies({COOKIE: self.name}, URL(self.portal))
        status, where = await self.visit("hub/home")
        return status == 200 and where.endswith("/hub/home")

    async def visit(self, path: str) -> tuple[int, str]:
        """Open a page; its status, and the address it ended at. Its text is `last_answer`."""
        async with self.session.get(self.url + path, headers={"Accept": "text/html"}) as answer:
            self.last_answer = await answer.text()
            return answer.status, str(answer.url.with_query(None))


__all__ = ["PATIENCE", "ForeignPortal", "Member"]
