"""All users' servers on this machine: started into boxes, watched, adopted after a restart of the keeper, ended.

Every step leaves either nothing or a server that `adopt` finds: a box waits, harmless, until it is in the ledger, and
ends by itself when the keeper dies before giving it the word (`launch`).
"""

import asyncio
import collections
import contextlib
import logging
import platform
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from commonhub.engines import engine
from commonhub.engines.local import box, builder, egress, furnish, ledger, places, reach, running, seccomp
from commonhub.engines.local.limits import group
from commonhub.engines.local.running import Running
from commonhub.engines.local.wish import ServerKey, ServerWish
from commonhub.fleet import desired
from commonhub.ground import clock as clocks
from commonhub.ground import errors, process

FULL_SPEED = 20.0  # seconds after its start in which a server's processor time is not limited
LOOK_EVERY = 15.0  # seconds between two rounds of looking after logs and roads
SETTLE_TRIES, SETTLE_PAUSE = 40, 0.05  # for a half-started process of an earlier keeper to end or to become a box
CODES_KEPT = 10_000  # exit codes remembered for hubs that ask late
WATCH_SPELL = 3600.0  # seconds of one wait for a server's end

__all__ = ["ServerKey", "ServerWish", "Servers"]

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Servers:
    """Owns every user's server. One object in one event loop; its process may be killed at any moment."""

    def __init__(
        self,
        *,
        places: places.Places,
        ledger: ledger.Ledger,
        limits: group.Limits,
        environment: Path,
        clock: clocks.Clock = clocks.system_clock,
        as_root: bool,
        networks: Callable[[], frozenset[reach.Network]] = reach.own_networks,
    ) -> None:
        self._builder = builder.Builder(
            places=places,
            ledger=ledger,
            limits=limits,
            environment=environment,
            clock=clock,
            as_root=as_root,
            networks=networks,
        )
        self._ledger = ledger
        self._running: dict[ServerKey, Running] = {}
        self._codes: dict[ServerKey, int] = {}
        self._starting: collections.Counter[ServerKey] = collections.Counter()
        self._locks: dict[ServerKey, asyncio.Lock] = {}
        self._without: set[tuple[str, str]] = set()  # (hub, user): whose home is being removed
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def missing(self) -> tuple[str, ...]:
        """Protections and abilities that this machine cannot give, in words."""
        found = list(self._builder.limits.missing)
        if not self._builder.as_root:
            found.append("all servers run as one user of this machine: only the box is between them")
        if platform.machine() not in seccomp.MACHINES:
            found.append(f"no system calls are closed inside boxes on {platform.machine()} machines")
        if not egress.tun_open(as_root=self._builder.as_root):
            found.append(f"{egress.TUN} is closed: no server can reach the internet")
        return tuple(found)

    async def adopt(self) -> None:
        """Take over what an earlier keeper started; clean up what it left half done. Ask once, before anything else."""
        await asyncio.gather(*(self._adopt(row) for row in self._ledger.servers()))
        self._task(self._look_after())

    async def start(self, wish: ServerWish) -> int:
        """Start a server; the port on 127.0.0.1 where it will answer.

        Up already with this grant of the hub: its port, and nothing happens. Up with another one: it is started anew,
        because it could not talk to its hub. Starts of one key at the same time share one.
        """
        return await self.start_command(wish, box.server_command(self._builder.environment))

    async def start_command(
        self, wish: ServerWish, command: Sequence[str], *, extra: Mapping[str, str] | None = None
    ) -> int:
        """The same for any command, with further files in the box. For probes and tests: never on a hub's word."""
        work = self._start_alone(wish, tuple(command), dict(extra or {}))
        return await asyncio.shield(self._task(work))  # who asked may go away; what was begun is finished

    async def status(self, key: ServerKey) -> int | None:
        """None while it runs or starts, else how it ended; 0 where nothing is known of it."""
        if key in self._starting:
            return None
        known = self._running.get(key)
        if known is not None:
            return None if known.outer.alive() else known.reap()
        return self._codes.get(key, 0)

    async def stop(self, key: ServerKey, *, now: bool = False) -> None:
        """End a server and everything in its box. Not running: nothing happens."""
        await asyncio.shield(self._task(self._stop_alone(key, now=now)))

    async def stop_all(self, hub: str | None = None) -> int:
        """End all servers of one hub, or all; how many there were."""
        keys = [key for key in self._running if hub is None or key.hub == hub]
        await asyncio.gather(*(self.stop(key) for key in keys))
        return len(keys)

    async def stop_person(self, hub: str, user: str) -> int:
        """End all servers of one person on one hub, those that are being started too; how many there were."""
        keys = {key for key in (*self._running, *self._starting) if (key.hub, key.user) == (hub, user)}
        await asyncio.gather(*(self.stop(key, now=True) for key in keys))
        return len(keys)

    @contextlib.contextmanager
    def without(self, hub: str, user: str) -> Iterator[None]:
        """Start no server of one person on one hub meanwhile. Raises RefusedError where one runs or starts."""
        person = (hub, user)
        if person in self._without or any((key.hub, key.user) == person for key in (*self._running, *self._starting)):
            raise engine.refuse_in_use(hub, user)
        self._without.add(person)
        try:
            yield
        finally:
            self._without.discard(person)

    def seen(self, hub: str) -> tuple[engine.ServerSeen, ...]:
        """The running servers of one hub."""
        now = time.monotonic()
        return tuple(
            engine.ServerSeen(
                user=key.user,
                name=key.name,
                started=datetime.fromtimestamp(one.since, UTC),
                last_activity=None,  # the proxy and the hub know, the box does not
                memory=one.memory(now),
            )
            for key, one in sorted(self._running.items(), key=lambda item: (item[0].user, item[0].name))
            if key.hub == hub and not one.stopping
        )

    def starting(self, hub: str) -> bool:
        """Whether a server of this hub is being started."""
        return any(key.hub == hub for key in self._starting)

    def ports(self, hub: str) -> frozenset[int]:
        """The ports that servers of this hub answer on: the only targets its routes may have beside the hub itself."""
        return frozenset(one.port for key, one in self._running.items() if key.hub == hub)

    def kills(self, key: ServerKey) -> int:
        """How many processes of a server were killed because its memory was out."""
        known = self._running.get(key)
        return 0 if known is None else known.group.kills()

    def hold_cpu(self, key: ServerKey) -> None:
        """Limit a server's processor time from now on, also when it has just begun."""
        known = self._running.get(key)
        cores = None if known is None else known.wish.get("cpu_limit")
        if known is not None and isinstance(cores, int | float):
            known.group.hold_cpu(float(cores))

    def log_file(self, key: ServerKey) -> Path:
        """Where a server's own words are."""
        return self._builder.places.server(key.hub, key.user, key.name) / furnish.LOG

    async def refresh(self) -> None:
        """Shut the roads to addresses that this machine has got since its servers were started."""
        networks = self._builder.networks()
        for one in list(self._running.values()):
            if one.egress is not desired.Egress.INTERNET or one.networks >= networks or not one.outer.alive():
                continue
            lines = reach.routes(networks, subnet=str(one.wish.get("subnet", reach.SLIRP_SUBNETS[0])))
            if await egress.shut(one.outer, lines, as_root=self._builder.as_root):
                one.networks = one.networks | networks
            elif one.outer.alive() and not one.stopping:
                log.warning("new addresses of this machine stay open to a server: %s", one.key.text)

    async def close(self) -> None:
        """Stop looking after servers; they go on."""
        for one in self._running.values():
            if one.proxy is not None:
                one.proxy.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _start_alone(self, wish: ServerWish, command: tuple[str, ...], extra: dict[str, str]) -> int:
        if (wish.key.hub, wish.key.user) in self._without:
            raise errors.UnavailableError(
                f"The files of {wish.key.user} on this hub are being archived.", "Come again once that is done."
            )
        self._starting[wish.key] += 1
        try:
            return await self._start_in_turn(wish, command, extra)
        finally:
            self._starting[wish.key] -= 1
            if not self._starting[wish.key]:
                del self._starting[wish.key]

    async def _start_in_turn(self, wish: ServerWish, command: tuple[str, ...], extra: dict[str, str]) -> int:
        async with self._lock(wish.key):
            known = self._running.get(wish.key)
            if known is not None and known.outer.alive() and known.wish.get("token") == wish.token_digest:
                return known.port
            if known is not None:
                await self._end(known, now=True)
            try:
                known = await self._builder.build(wish, command, extra, record=self._record)
            except BaseException:
                half = self._running.get(wish.key)
                if half is not None:
                    await self._end(half, now=True)
                raise
            self._watch_over(known)
            if wish.cpu_limit is not None:
                asyncio.get_running_loop().call_later(FULL_SPEED, self.hold_cpu, wish.key)
            return known.port

    def _record(self, known: Running) -> None:
        self._ledger.save_server(known.row())
        self._codes.pop(known.key, None)
        self._running[known.key] = known

    async def _adopt(self, row: ledger.ServerRow) -> None:
        outer = process.Process(row.pid, row.started_ticks)
        slirp = process.Process(row.slirp_pid, row.slirp_ticks)
        inner = process.Process(row.inner_pid, row.inner_ticks)
        known = Running(
            key=ServerKey(row.hub, row.user, row.name),
            outer=outer,
            port=row.port,
            uid=row.uid,
            since=row.since,
            group=self._builder.limits.known(row.cgroup),
            wish=dict(row.wish),
            slirp=slirp if slirp.alive() else None,
            inner=inner if inner.alive() else None,
        )
        known.inner = known.inner or furnish.first_inside(self.log_file(known.key).with_name(furnish.INFO))
        self._running[known.key] = known
        if not await _became_a_box(outer):
            await self._end(known, now=True)
            return
        known.inner = known.inner or running.first_inside(outer)
        self.hold_cpu(known.key)
        try:
            await self._builder.open_packages(known)
        except errors.CommonhubError as error:
            log.warning("%s: %s", known.key.text, error)
        self._watch_over(known)

    def _watch_over(self, known: Running) -> None:
        known.watch = self._task(self._watch(known))

    async def _watch(self, known: Running) -> None:
        """Wait for a server's end, then clear up behind it."""
        while not await known.outer.wait(WATCH_SPELL):
            pass
        async with self._lock(known.key):
            if self._running.get(known.key) is known:
                await self._end(known, now=True)

    async def _look_after(self) -> None:
        while True:
            try:
                await self.refresh()
                for key in list(self._running):
                    await asyncio.to_thread(furnish.trim_log, self.log_file(key))
            except (OSError, errors.CommonhubError):
                log.exception("looking after servers failed; it is tried again")
            await asyncio.sleep(LOOK_EVERY)

    async def _stop_alone(self, key: ServerKey, *, now: bool) -> None:
        async with self._lock(key):
            known = self._running.get(key)
            if known is not None:
                await self._end(known, now=now)

    async def _end(self, known: Running, *, now: bool) -> None:
        """End it, whatever state it is in, and forget it. The ledger goes last: until then an end may be completed."""
        known.stopping = True
        if not now:
            await running.ask_to_end(known)
        await running.kill(known)
        if known.proxy is not None:
            known.proxy.close()
        if known.watch is not None and known.watch is not asyncio.current_task():
            known.watch.cancel()
        while len(self._codes) >= CODES_KEPT:
            self._codes.pop(next(iter(self._codes)))
        self._codes[known.key] = known.reap()
        self._running.pop(known.key, None)
        self._ledger.remove_server(known.key.hub, known.key.user, known.key.name)

    def _lock(self, key: ServerKey) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    def _task(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _became_a_box(outer: process.Process) -> bool:
    """Whether a process of an earlier keeper is a box: one that was still waiting for its word is about to end."""
    for _ in range(SETTLE_TRIES):
        if not outer.alive():
            return False
        if process.name(outer.pid) == "bwrap":
            return True
        await asyncio.sleep(SETTLE_PAUSE)
    return False
