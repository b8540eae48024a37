"""The rehearsal engine with troubles and people, for what must be seen to happen around them."""

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime

from commonhub.engines import engine, rehearsal
from commonhub.fleet import desired
from commonhub.ground import clock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class TroubledEngine(rehearsal.RehearsalEngine):
    """Fails where it is told to, waits where it is told to, and has people's servers."""

    def __init__(self, people: clock.Clock | None = None) -> None:
        """At every hub it is noon for ever; `people` in them may have a clock of their own."""
        super().__init__(lambda: NOON)
        self.inside = rehearsal.RehearsalInsiders(self, people or self._now)
        self.troubles: dict[str, BaseException] = {}  # by hub: raised instead of preparing it
        self.observing: BaseException | None = None
        self.stops_before: str | None = None  # at this hub, preparing waits for ever
        self.stopped = asyncio.Event()
        self.calls: list[tuple[str, str]] = []
        self.people: dict[str, tuple[str, ...]] = {}

    async def observe(self) -> Mapping[str, engine.HubSeen]:
        if self.observing:
            raise self.observing
        return {
            hub_id: dataclasses.replace(seen, servers=tuple(_server(user) for user in self.people.get(hub_id, ())))
            for hub_id, seen in (await super().observe()).items()
        }

    async def ensure(self, hub: desired.DesiredHub) -> None:
        self.calls.append(("ensure", hub.id))
        if hub.id in self.troubles:
            raise self.troubles[hub.id]
        if hub.id == self.stops_before:
            self.stopped.set()
            await asyncio.Event().wait()
        await super().ensure(hub)

    async def retire(self, hub_id: str) -> None:
        self.calls.append(("retire", hub_id))
        await super().retire(hub_id)


def _server(user: str) -> engine.ServerSeen:
    return engine.ServerSeen(user=user, name="", started=NOON, last_activity=None, memory=1000)
