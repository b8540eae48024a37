"""What the keeper does again and again for local hubs: mend the proxy's table, put idle hubs to sleep, count homes."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from commonhub.engines import engine
from commonhub.engines.local import engine as local
from commonhub.engines.local import homes, hub, places
from commonhub.ground import clock, errors

logger = logging.getLogger(__name__)

REPAIR_EVERY = 1.0  # seconds: a proxy that died serves again within this
LOOK_EVERY = 2.0
HOMES_EVERY = timedelta(minutes=15)


class Look:
    """The loops of one local engine."""

    def __init__(self, of: local.LocalEngine, where: places.Places, now: clock.Clock = clock.system_clock) -> None:
        self._engine = of
        self._where = where
        self._now = now
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look."""
        turns: tuple[tuple[str, float, Callable[[], Awaitable[object]]], ...] = (
            ("mend the proxy's table", REPAIR_EVERY, self.mend),
            ("look after hubs", LOOK_EVERY, self.look),
            ("measure homes", LOOK_EVERY, self.measure),
            ("close what was open for a time", LOOK_EVERY, self._engine.inside.close_expired),
        )
        self._tasks = [asyncio.create_task(self._forever(*turn), name=turn[0]) for turn in turns]

    async def stop(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forever(self, what: str, pause: float, turn: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await turn()
            except errors.UnavailableError as error:
                logger.info("cannot %s now: %s", what, error)
            except Exception:
                logger.exception("failed to %s", what)
            await asyncio.sleep(pause)

    async def mend(self) -> None:
        """Bring the proxy's table to what it should be."""
        await self._engine.roads.repair()

    async def look(self) -> None:
        """See every hub once."""
        for one in tuple(self._engine.hubs.values()):
            servers = self._engine.servers.seen(one.id)
            if len(servers) < one.people:
                one.home_measured = None  # somebody has left, and may have left much
            one.people = len(servers)
            await self._close_dead_ends(one)
            if one.state == engine.HubState.AWAKE:
                await self._look_at_awake(one, busy=bool(servers))
            elif one.state == engine.HubState.ASLEEP and servers:
                # Somebody must answer these servers and, when they are idle, end them.
                with contextlib.suppress(errors.CommonhubError):
                    await self._engine.wake(one.id)

    async def _look_at_awake(self, one: hub.LocalHub, *, busy: bool) -> None:
        if busy:
            if one.settings.cull_idle or one.settings.cull_max_age:
                await self._engine.start_culler(one)
            return
        await self._engine.end_culler(one)
        if self._may_sleep(one):
            # What the proxy said a moment ago may be too old by now: it is asked again before anything is ended.
            await self.mend()
            if self._may_sleep(one):
                await self._engine.sleep(one.id)

    def _may_sleep(self, one: hub.LocalHub) -> bool:
        limit = timedelta(seconds=one.settings.sleep_after)
        if not limit or self._engine.servers.seen(one.id) or self._engine.servers.starting(one.id):
            return False
        return self._now() - self._engine.idle_since(one) > limit

    async def _close_dead_ends(self, one: hub.LocalHub) -> None:
        """A route to a server that has ended leads to an error page; without it the hub offers to start the server."""
        rows = self._engine.roads.rows(one.id)
        if rows:
            living = {f"http://127.0.0.1:{port}" for port in self._engine.servers.ports(one.id)}
            for row in rows:
                if row.target.startswith("http://127.0.0.1:") and row.target not in living:
                    await self._engine.roads.remove(one.id, row.spec, target=row.target)

    async def measure(self) -> None:
        """Measure the homes of one hub that is due: after its servers ended, or every now and then while they run."""
        for one in tuple(self._engine.hubs.values()):
            due = one.home_measured is None or self._now() - one.home_measured > HOMES_EVERY
            if due and (one.state == engine.HubState.AWAKE or one.home_measured is None):
                await self._measure(one)
                return

    async def _measure(self, one: hub.LocalHub) -> None:
        folder = self._where.homes(one.id)
        found = await asyncio.to_thread(lambda: sorted(folder.iterdir()) if folder.exists() else [])
        one.home_sizes = {home.name: (await homes.measure(home)).used for home in found}
        one.home_bytes = sum(one.home_sizes.values())
        one.home_measured = self._now()
