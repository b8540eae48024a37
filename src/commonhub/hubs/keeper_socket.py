"""The keeper's own door: HTTP over a unix socket for the terminal and the portal on this machine.

The kernel says who connects. The owner of Commonhub may ask everything, and asks as the owner of the machine where
they name nobody. The portal's own user may ask in the name of people, who are named in the header `Commonhub-Asker`
and judged by the responsibility model here, and nothing more. Answers: 200 with JSON, or the one error shape
{"error": {"message": ..., "mend": ...}} with 400, 403, 404, 500 or 503; a refusal by the model adds
{"asked": {"permission": ..., "community": ..., "hub": ...}}, so that the one who was refused can ask those who may.
"""

import dataclasses
import json
import logging
import os
import pwd
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from commonhub.communities import allowing, asker
from commonhub.ground import errors, local_socket
from commonhub.hubs import keeper
from commonhub.hubs.keeper_client import HEADER

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
StopAll = Callable[[], Awaitable[tuple[int, int]]]


def _refusal(error: errors.CommonhubError) -> web.Response:
    status = 503 if error.retry else 400
    if isinstance(error, errors.NotFoundError):
        status = 404
    if isinstance(error, errors.RefusedError):
        status = 403
    return _answer_error(error, status)


def _answer_error(error: errors.CommonhubError, status: int) -> web.Response:
    told: dict[str, Any] = {"message": error.message, "mend": error.mend}
    if isinstance(error, allowing.NotAllowedError):
        where = error.decision.place
        told["asked"] = {
            "permission": str(error.decision.permission),
            "community": where.community,
            "hub": where.hub,
        }
    return web.json_response({"error": told}, status=status)


class KeeperSocket:
    """Serves one keeper."""

    def __init__(self, of: keeper.Keeper, *, stop_all: StopAll, portal_account: int | None) -> None:
        self._keeper = of
        self._stop_all = stop_all
        self._portal_account = portal_account
        self._runner: web.AppRunner | None = None

    async def open(self, path: Path) -> None:
        """Listen at `path`."""
        app = web.Application(middlewares=[self._answer])
        app.router.add_get("/progress", self._progress)
        app.router.add_get("/status", self._owner_only(self._status))
        app.router.add_post("/apply", self._owner_only(self._apply))
        app.router.add_post("/stop", self._owner_only(self._stop))
        app.router.add_get("/hubs/{community}/{hub}/log", self._log)
        app.router.add_get("/hubs/{community}/{hub}/plan", self._plan)
        app.router.add_post("/hubs/{community}/{hub}/{verb}", self._act)
        app.router.add_post("/charter/{verb}", self._charter)
        app.router.add_post("/rooms/{room}/{verb}", self._room)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        listener = local_socket.listen(path, mode=0o660, group=self._portal_account)
        await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """Listen no more."""
        if self._runner:
            await self._runner.cleanup()

    @staticmethod
    def _peer(request: web.Request) -> int:
        connection = request.transport.get_extra_info("socket") if request.transport else None
        return -1 if connection is None else local_socket.peer_user(connection)

    def _admit(self, request: web.Request, users: set[int | None]) -> None:
        if self._peer(request) not in users:
            raise errors.RefusedError("You may not ask this of the keeper.", "Ask the one who runs Commonhub here.")

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._admit(request, {os.geteuid(), self._portal_account})
            return await handler(request)
        except errors.CommonhubError as error:
            return _refusal(error)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return _refusal(errors.CommonhubError("The body is not JSON.", "Send a JSON object."))
        except web.HTTPException as error:
            fault = errors.CommonhubError(f"The keeper answers {error.reason}.", "Ask as hubs/keeper_client.py does.")
            return _answer_error(fault, error.status)
        except Exception:
            logger.exception("the keeper failed at %s", request.path)
            fault = errors.CommonhubError(
                "The keeper failed at this.", "Its log says why; this is a fault of Commonhub."
            )
            return _answer_error(fault, 500)

    def _owner_only(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            self._admit(request, {os.geteuid()})
            return await handler(request)

        return checked

    @staticmethod
    def _hub_id(request: web.Request) -> str:
        return f"{request.match_info['community']}/{request.match_info['hub']}"

    def _asker(self, request: web.Request) -> asker.Asker:
        """Who asks. Only the owner may name nobody; ownership itself is never taken from words."""
        told = request.headers.get(HEADER)
        owner = self._peer(request) == os.geteuid()
        if told is None:
            if not owner:
                raise errors.RefusedError("It is not said who asks.", "Ask as hubs/keeper_client.py does.")
            return asker.machine_owner(_user_name(os.geteuid()))
        values = json.loads(told)
        if not isinstance(values, dict):
            raise errors.CommonhubError("Who asks is not a JSON object.", "Ask as hubs/keeper_client.py does.")
        return asker.heard(values)

    @staticmethod
    async def _body(request: web.Request) -> dict[str, Any]:
        body: Any = await request.json()
        if not isinstance(body, dict):
            raise errors.CommonhubError("The body is not a JSON object.", "Send one.")
        return body

    async def _act(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        user = str(body.get("user", ""))[:255]
        await self._keeper.act(self._asker(request), request.match_info["verb"], self._hub_id(request), user=user)
        return web.json_response({})

    async def _charter(self, request: web.Request) -> web.Response:
        values = await self._body(request)
        said = await self._keeper.change_charter(self._asker(request), request.match_info["verb"], values)
        return web.json_response({"said": said})

    async def _room(self, request: web.Request) -> web.Response:
        values, where = await self._body(request), request.match_info
        said = await self._keeper.ask_room(where["room"], self._asker(request), where["verb"], values)
        return web.json_response(dict(said), dumps=lambda value: json.dumps(value, default=str))

    async def _log(self, request: web.Request) -> web.Response:
        asked = request.query.get("lines", "200")
        lines = await self._keeper.log(
            self._asker(request),
            self._hub_id(request),
            int(asked) if asked.isdecimal() and len(asked) < 9 else 200,
        )
        return web.json_response({"lines": list(lines)})

    async def _plan(self, request: web.Request) -> web.Response:
        return web.json_response({"steps": await self._keeper.plan_of(self._hub_id(request))})

    async def _status(self, _request: web.Request) -> web.Response:
        told = await self._keeper.status()
        return web.json_response(told, dumps=lambda value: json.dumps(value, default=str))

    async def _progress(self, _request: web.Request) -> web.Response:
        return web.json_response(self._keeper.progress())

    async def _apply(self, _request: web.Request) -> web.Response:
        outcomes = await self._keeper.apply()
        told = [
            {
                "hub": outcome.step.hub_id,
                "kind": str(outcome.step.kind),
                "sentence": outcome.step.sentence,
                "error": dataclasses.asdict(_Words.of(outcome.error)) if outcome.error else None,
            }
            for outcome in outcomes
        ]
        return web.json_response({"outcomes": told})

    async def _stop(self, _request: web.Request) -> web.Response:
        hubs, servers = await self._stop_all()
        return web.json_response({"hubs": hubs, "servers": servers})


@dataclasses.dataclass(frozen=True)
class _Words:
    message: str
    mend: str

    @classmethod
    def of(cls, error: errors.CommonhubError) -> "_Words":
        return cls(error.message, error.mend)


def _user_name(number: int) -> str:
    """The machine's name for its user; the number where it has none, as in some containers."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
