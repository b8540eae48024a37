"""The gate of one hub: a unix socket on which it asks for its own routes, its own people's servers, and who people are.

The routes part speaks the REST API of configurable-http-proxy, so that plain JupyterHub talks to it. Two
things tell the hubs apart, and neither is a token: each hub has a gate of its own in a folder that only
its user may enter, and the kernel says which user connected (SO_PEERCRED, unix(7)).
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from commonhub.engines import sign_on
from commonhub.engines.local import portal_relay
from commonhub.ground import errors, local_socket

logger = logging.getLogger(__name__)

REQUEST_MAX = 256 * 1024  # bytes; a server's variables are a few kilobytes
USER_NAME_MAX = 255  # JupyterHub's own column for names
SERVER_NAME_MAX = 255
ENVIRONMENT_MAX = 64  # variables


@dataclass(frozen=True, kw_only=True)
class ServerRequest:
    """What a hub may say of a server: whose, which, and the variables that make it the hub's."""

    user: str
    server: str
    admin: bool
    environment: Mapping[str, str]


class GateKeeper(Protocol):
    """What lies behind the gate, for one hub."""

    def routes_of(self, hub_id: str) -> Mapping[str, Mapping[str, object]]:
        """The hub's routes by its own specs, as the proxy's API lists them."""
        ...

    async def add_route(self, hub_id: str, spec: str, target: str, data: Mapping[str, object]) -> None:
        """Add or replace a route; refused where the target is not the hub's own."""
        ...

    async def remove_route(self, hub_id: str, spec: str) -> None:
        """Remove a route; nothing happens where there is none."""
        ...

    async def start_server(self, hub_id: str, request: ServerRequest) -> int:
        """Start a server; gives its port."""
        ...

    async def server_status(self, hub_id: str, user: str, server: str) -> int | None:
        """None while it runs, else its exit code."""
        ...

    async def stop_server(self, hub_id: str, user: str, server: str, *, now: bool) -> None:
        """Stop a server."""
        ...


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > longest or not _sound(value):
        raise errors.CommonhubError(f"`{name}` must be text of at most {longest} characters.", "Send it so.")
    return value


def _sound(text: str) -> bool:
    """Whether it can be written to disk and to a process: no zero, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def server_request(body: Mapping[str, Any]) -> ServerRequest:
    """Check what a hub says of a server; everything but JUPYTERHUB_* variables is left out."""
    user, server = _text(body, "user", USER_NAME_MAX), _text(body, "server", SERVER_NAME_MAX)
    if not user:
        raise errors.CommonhubError("`user` is empty.", "Name the person whose server it is.")
    given = body.get("environment", {})
    if not isinstance(given, dict) or len(given) > ENVIRONMENT_MAX:
        raise errors.CommonhubError("`environment` must map a few names to text.", "Send the JUPYTERHUB_* variables.")
    environment = {
        name: str(value)
        for name, value in given.items()
        if name.startswith("JUPYTERHUB_") and name.replace("_", "").isalnum() and _sound(str(value))
    }
    return ServerRequest(user=user, server=server, admin=body.get("admin") is True, environment=environment)


class Gate:
    """Listens for one hub while it is awake."""

    def __init__(
        self,
        hub_id: str,
        path: Path,
        *,
        account: int | None,
        keeper: GateKeeper,
        relay: portal_relay.PortalRelay | None = None,
    ) -> None:
        self._hub_id = hub_id
        self._path = path
        self._account = account
        self._keeper = keeper
        self._relay = relay
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen; open already: nothing happens."""
        if self._runner is not None:
            return
        app = web.Application(middlewares=[self._check], client_max_size=REQUEST_MAX)
        app.router.add_get("/api/routes", self._list)
        app.router.add_post("/api/routes{spec:.*}", self._add)
        app.router.add_delete("/api/routes{spec:.*}", self._remove)
        app.router.add_post("/servers/start", self._start)
        app.router.add_post("/servers/status", self._status)
        app.router.add_post("/servers/stop", self._stop)
        if self._relay is not None:
            app.router.add_post(portal_relay.PREFIX + sign_on.TOKEN, self._trade)
            app.router.add_get(portal_relay.PREFIX + sign_on.USERINFO, self._relay.identify, allow_head=False)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=False)
        await runner.setup()
        listener = local_socket.listen(self._path, owner=self._account, group=self._account)
        await web.SockSite(runner, listener).start()
        self._runner = runner

    async def close(self) -> None:
        """Listen no more; what is being answered is finished first."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()
            with contextlib.suppress(OSError):  # the folder is the hub's, and so is what it puts there
                self._path.unlink(missing_ok=True)

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        peer = self._peer(request)
        if self._account is not None and peer not in {self._account, 0}:
            logger.warning("user %s knocked at the gate of %s and was refused", peer, self._hub_id)
            return _refusal(errors.RefusedError("This gate is another hub's.", "Use your own."), 403)
        try:
            return await handler(request)
        except errors.RefusedError as error:
            return _refusal(error, 403)
        except errors.CommonhubError as error:
            return _refusal(error, 503 if error.retry else 400)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return _refusal(errors.CommonhubError("The body is not JSON.", "Send a JSON object."), 400)
        except (web.HTTPException, asyncio.CancelledError):
            raise
        except Exception:
            logger.exception("the gate of %s failed", self._hub_id)
            fault = errors.UnavailableError("The keeper failed at this.", "Its log says why.")
            return _refusal(fault, 500)

    @staticmethod
    def _peer(request: web.Request) -> int:
        connection = request.transport.get_extra_info("socket") if request.transport else None
        return -1 if connection is None else local_socket.peer_user(connection)

    @staticmethod
    async def _body(request: web.Request) -> dict[str, Any]:
        body = await request.json()
        if not isinstance(body, dict):
            raise errors.CommonhubError("The body is not a JSON object.", "Send one.")
        return body

    @staticmethod
    def _spec(request: web.Request) -> str:
        # aiohttp has decoded the path once, as the proxy would; once is right.
        return "/" + request.match_info["spec"].strip("/")

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({spec: dict(route) for spec, route in self._keeper.routes_of(self._hub_id).items()})

    async def _add(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        target = _text(body, "target", 1024)
        data = {name: value for name, value in body.items() if name != "target"}
        await self._keeper.add_route(self._hub_id, self._spec(request), target, data)
        return web.Response(status=201)

    async def _remove(self, request: web.Request) -> web.Response:
        await self._keeper.remove_route(self._hub_id, self._spec(request))
        return web.Response(status=204)

    async def _start(self, request: web.Request) -> web.Response:
        wanted = server_request(await self._body(request))
        # A start is finished even when the hub that asked goes away: it is adopted when asked for again.
        port = await asyncio.shield(self._keeper.start_server(self._hub_id, wanted))
        return web.json_response({"port": port})

    async def _status(self, request: web.Request) -> web.Response:
        asked = server_request(await self._body(request))
        code = await self._keeper.server_status(self._hub_id, asked.user, asked.server)
        return web.json_response({"running": code is None, "code": code})

    async def _stop(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        asked = server_request(body)
        stop = self._keeper.stop_server(self._hub_id, asked.user, asked.server, now=body.get("now") is True)
        await asyncio.shield(stop)
        return web.json_response({})

    async def _trade(self, request: web.Request) -> web.Response:
        if self._relay is None:
            raise web.HTTPNotFound
        return await self._relay.trade(self._hub_id, request)


def _refusal(error: errors.CommonhubError, status: int) -> web.Response:
    return web.json_response({"error": {"message": error.message, "mend": error.mend}}, status=status)
