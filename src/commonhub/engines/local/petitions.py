"""What hubs ask for at their gates, and what they get: their own routes, and their own people's servers.

Each answer depends on the hub's settings and on what the keeper holds, never on what the hub claims.
"""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from commonhub.engines.local import gate, places, route_book, servers, wish
from commonhub.fleet import desired
from commonhub.frontdoor import proxy
from commonhub.ground import errors

Settings = Callable[[str], desired.DesiredHub]
"""The settings of a hub by its id."""


class Petitions:
    """Answers all gates of one engine; `changed` is told when a server came or went."""

    def __init__(
        self,
        *,
        where: places.Places,
        settings: Settings,
        roads: route_book.RouteBook,
        people: servers.Servers,
        changed: Callable[[], None],
    ) -> None:
        self._where = where
        self._settings = settings
        self._roads = roads
        self._people = people
        self._changed = changed
        self._barred: dict[tuple[str, str], float] = {}  # (hub, user): until when, by the loop's clock

    def bar(self, hub_id: str, user: str, seconds: float) -> None:
        """Give this person's servers on this hub no start for so long from now: their access is being ended."""
        now = asyncio.get_running_loop().time()
        self._barred = {known: until for known, until in self._barred.items() if until > now}
        self._barred[hub_id, user] = now + seconds

    def routes_of(self, hub_id: str) -> Mapping[str, Mapping[str, object]]:
        """The hub's routes."""
        return self._roads.listing(hub_id)

    async def add_route(self, hub_id: str, spec: str, target: str, data: Mapping[str, object]) -> None:
        """A route to the hub itself or to one of its people's servers; any other target is refused."""
        own = proxy.unix_target(self._where.hub_socket(hub_id))
        people = {f"http://127.0.0.1:{port}" for port in self._people.ports(hub_id)}
        named = target.rstrip("/")
        if unquote(named) == unquote(own):
            named = own
        elif named not in people:
            raise errors.RefusedError(
                "This target is not the hub's.", "Name the hub's own socket or a server that it started."
            )
        await self._roads.add(hub_id, spec, named, data)

    async def remove_route(self, hub_id: str, spec: str) -> None:
        """Remove one of the hub's routes."""
        await self._roads.remove(hub_id, spec)

    async def start_server(self, hub_id: str, request: gate.ServerRequest) -> int:
        """Start one person's server with the limits of the hub's settings."""
        if self._barred.get((hub_id, request.user), 0) > asyncio.get_running_loop().time():
            raise errors.RefusedError(
                f"The access of {request.user} to this hub has just ended.", "Ask on the hub's access page."
            )
        settings = self._settings(hub_id)
        port = await self._people.start(
            wish.ServerWish(
                key=wish.ServerKey(hub=hub_id, user=request.user, name=request.server),
                environment=request.environment,
                admin=request.admin,
                memory_limit=settings.memory_limit,
                memory_guarantee=settings.memory_guarantee,
                cpu_limit=settings.cpu_limit,
                cpu_guarantee=settings.cpu_guarantee,
                egress=settings.egress,
                package_sources=settings.package_sources,
                hub_socket_folder=self._where.hub_sockets(hub_id),
                shared_folder=self._where.shared(hub_id),
                home_quota=settings.home_quota,
            )
        )
        self._changed()
        return port

    async def server_status(self, hub_id: str, user: str, server: str) -> int | None:
        """None while it runs, else its exit code."""
        return await self._people.status(wish.ServerKey(hub=hub_id, user=user, name=server))

    async def stop_server(self, hub_id: str, user: str, server: str, *, now: bool) -> None:
        """Stop one person's server."""
        await self._people.stop(wish.ServerKey(hub=hub_id, user=user, name=server), now=now)
        self._changed()
