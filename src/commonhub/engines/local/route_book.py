"""Every route of every local hub: kept on disk first, brought to the proxy second, and brought again when the proxy was away.

The ledger is the truth; the proxy's table is a copy that is compared and repaired each second, so that a
proxy that died and came back empty serves again within that second.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime

from commonhub.engines.local import ledger
from commonhub.frontdoor import proxy, routes
from commonhub.ground import errors

logger = logging.getLogger(__name__)


class RouteBook:
    """The routes of all hubs, and those of the control plane itself (`own`)."""

    def __init__(self, book: ledger.Ledger, client: proxy.ProxyClient, own: tuple[routes.Route, ...]) -> None:
        self._book = book
        self._rows: dict[str, dict[str, ledger.RouteRow]] = {}  # what the ledger holds, at hand
        for row in book.routes():
            self._rows.setdefault(row.hub, {})[row.spec] = row
        self._client = client
        self._own = own
        self._territories: dict[str, routes.Territory] = {}
        self._seen: dict[str, proxy.SeenRoute] = {}
        self._turn = asyncio.Lock()

    def settle(self, hub_id: str, territory: routes.Territory | None) -> None:
        """Give the hub its territory, or take it away; its routes follow with the next repair."""
        if territory is None:
            self._territories.pop(hub_id, None)
        else:
            self._territories[hub_id] = territory

    def territory(self, hub_id: str) -> routes.Territory:
        """The hub's territory; an error where it has none."""
        found = self._territories.get(hub_id)
        if found is None:
            raise errors.NotFoundError(f"{hub_id} has no address here.", "`commonhub status` lists the hubs there are.")
        return found

    def rows(self, hub_id: str) -> tuple[ledger.RouteRow, ...]:
        """The hub's own routes."""
        return tuple(self._rows.get(hub_id, {}).values())

    def listing(self, hub_id: str) -> dict[str, dict[str, object]]:
        """The hub's own routes as the proxy's API lists them, with the last activity seen."""
        listed: dict[str, dict[str, object]] = {}
        for row in self.rows(hub_id):
            entry: dict[str, object] = {**row.data, "target": row.target}
            active = self.last_activity(hub_id, row.spec)
            if active is not None:
                entry["last_activity"] = active.isoformat()
            listed[row.spec] = entry
        return listed

    def last_activity(self, hub_id: str, spec: str) -> datetime | None:
        """When a request below the hub's `spec` was last answered by the proxy, at any of its hosts."""
        territory = self._territories.get(hub_id)
        if territory is None:
            return None
        seen = [self._seen[each].last_activity for each in territory.proxied(spec) if each in self._seen]
        return max((at for at in seen if at is not None), default=None)

    async def add(self, hub_id: str, spec: str, target: str, data: Mapping[str, object]) -> None:
        """Add or replace one of the hub's routes. The proxy has it when this returns, or soon after it is back."""
        lines = self.territory(hub_id).routes(spec, target, data)
        async with self._turn:
            row = ledger.RouteRow(hub=hub_id, spec=spec, target=target, data=data)
            self._book.save_route(row)
            self._rows.setdefault(hub_id, {})[spec] = row
            with contextlib.suppress(errors.UnavailableError):
                for line in lines:
                    await self._client.add_route(line.spec, line.target, line.data)

    async def remove(self, hub_id: str, spec: str, *, target: str | None = None) -> None:
        """Remove one of the hub's routes, or do so only while it leads to `target`; nothing happens where there is none."""
        specs = self.territory(hub_id).proxied(spec)
        async with self._turn:
            row = self._rows.get(hub_id, {}).get(spec)
            if row is None or target not in {None, row.target}:
                return
            del self._rows[hub_id][spec]
            self._book.remove_route(hub_id, spec)
            with contextlib.suppress(errors.UnavailableError):
                for each in specs:
                    await self._client.delete_route(each)

    def wanted(self) -> tuple[routes.Route, ...]:
        """Every line that the proxy should hold."""
        lines = list(self._own)
        for hub_id, territory in self._territories.items():
            for row in self.rows(hub_id):
                lines += territory.routes(row.spec, row.target, row.data)
        return tuple(lines)

    async def repair(self) -> int:
        """Compare and mend the proxy's table; gives how many lines were wrong. Raises UnavailableError while it is away."""
        async with self._turn:
            self._seen = await self._client.get_routes()
            found = {spec: seen.route for spec, seen in self._seen.items()}
            change = routes.difference(self.wanted(), found)
            await self._client.repair(change)
        return len(change.add) + len(change.delete)
