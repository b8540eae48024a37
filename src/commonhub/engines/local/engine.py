"""The local engine's verbs: prepare, wake, put to sleep, restart and retire hubs on this machine.

Each hub changes under its own lock, each change is written to the ledger before and after it is made, and
what a killed keeper left half done is seen and completed by the next one (`adopt`).
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from commonhub.engines import engine
from commonhub.engines.local import (
    archiving,
    gate,
    hub,
    hub_folder,
    hub_process,
    inside,
    ledger,
    machine,
    petitions,
    places,
    portal_relay,
    route_book,
)
from commonhub.engines.local import servers as people_servers
from commonhub.fleet import desired
from commonhub.frontdoor import proxy, queue, routes
from commonhub.ground import clock, errors, files, process

logger = logging.getLogger(__name__)

ROUTE_GRACE = 0.3  # seconds between taking a hub's route away and ending it: requests on the way arrive
State = engine.HubState


class LocalEngine:
    """Hubs of this machine. Used by one keeper at a time, inside its event loop."""

    name = "local"

    def __init__(
        self,
        *,
        where: places.Places,
        on: machine.Machine,
        book: ledger.Ledger,
        roads: route_book.RouteBook,
        servers: people_servers.Servers,
        processes: hub_process.HubProcesses,
        now: clock.Clock = clock.system_clock,
        width: int | None = None,
        portal: portal_relay.Portal | None = None,
    ) -> None:
        self._where = where
        self._on = on
        self._book = book
        self.roads = roads
        self.servers = servers
        self._processes = processes
        self._now = now
        self.hubs: dict[str, hub.LocalHub] = {}
        self.queue = queue.WakeQueue(self._wake_one, width=width, clock=now)
        self.changed: Callable[[], None] = lambda: None
        self._petitions = petitions.Petitions(
            where=where,
            settings=lambda hub_id: self.known(hub_id).settings,
            roads=roads,
            people=servers,
            changed=self._tell_change,
        )
        self._portal_url = portal.url if portal else ""
        self._relay = portal_relay.PortalRelay(portal) if portal else None
        self.inside = inside.LocalInsiders(
            where=where,
            on=on,
            book=book,
            people=servers,
            gates=self._petitions,
            known=self.known,
            wake=self.wake,
            restart=self.restart,
            portal_url=self._portal_url,
            now=now,
        )

    # -- what is

    def known(self, hub_id: str) -> hub.LocalHub:
        """The hub, or an error that says where to look."""
        found = self.hubs.get(hub_id)
        if found is None:
            raise errors.NotFoundError(f"There is no hub {hub_id}.", "`commonhub status` lists the hubs there are.")
        return found

    async def observe(self) -> Mapping[str, engine.HubSeen]:
        """All hubs ever prepared, as they are now."""
        return {hub_id: self._seen(one) for hub_id, one in self.hubs.items()}

    def _seen(self, one: hub.LocalHub) -> engine.HubSeen:
        pids = [each.pid for each in (one.running, one.culler) if each]
        state, message = one.state, one.message
        place = self.queue.place(one.id) if state in {State.ASLEEP, State.FAILED} else None
        if place:
            state, message = State.QUEUED, f"number {place.number} of {place.total} in the queue"
        return engine.HubSeen(
            id=one.id,
            state=state,
            since=one.since,
            message=message,
            digest=one.digest,
            memory=sum(process.memory_pss(pid) for pid in pids),
            servers=tuple(self._told(one.id, server) for server in self.servers.seen(one.id)),
            last_activity=self.roads.last_activity(one.id, one.settings.base_path),
            home_bytes=one.home_bytes,
        )

    def _told(self, hub_id: str, server: engine.ServerSeen) -> engine.ServerSeen:
        """The proxy knows when a server was last asked for something; homes are measured now and then."""
        size = self.hubs[hub_id].home_sizes.get(self._where.home(hub_id, server.user).name)
        for row in self.roads.rows(hub_id):
            if (row.data.get("user"), row.data.get("server_name")) == (server.user, server.name):
                active = self.roads.last_activity(hub_id, row.spec)
                return dataclasses.replace(server, last_activity=active, home_bytes=size)
        return dataclasses.replace(server, home_bytes=size)

    async def logs(self, hub_id: str, lines: int) -> Sequence[str]:
        """The last lines of the hub's log."""
        self.known(hub_id)
        return await asyncio.to_thread(files.last_lines, hub_folder.log(hub_id, "hub", self._where), lines)

    # -- after a start of the keeper

    async def adopt(self) -> None:
        """Take over what runs from an earlier keeper; what it left half done goes back to a state of rest.

        A hub that cannot be taken over is failed, and is prepared again when it is next asked for; the others go on.
        """
        await self.servers.adopt()
        for row in self._book.hubs():
            one = hub.LocalHub.from_row(row, self._book.account(row.id, None))
            self.hubs[row.id] = one
            if one.state == State.RETIRED:
                continue
            try:
                await self._take_over(one)
            except Exception:
                logger.exception("%s cannot be taken over", one.id)
                with contextlib.suppress(Exception):
                    await self._clear(one)
                one.digest = ""
                self._turn(one, State.FAILED, "It could not be taken over; the keeper's log says why.")
        archiving.finish(self._where)

    async def _take_over(self, one: hub.LocalHub) -> None:
        self.roads.settle(one.id, _territory(one.settings))
        if await asyncio.to_thread(hub_folder.lacks_secrets, one.id, self._where):
            one.digest = ""  # prepared by an earlier version: it is prepared again when it is next asked for
        if one.running and one.running.alive() and one.state in {State.AWAKE, State.WAKING}:
            await self._open_gate(one)
            self._watch(one)
            self._turn(one, State.AWAKE)
        else:
            await self._clear(one)
            if one.state != State.FAILED:
                self._turn(one, State.ASLEEP)

    async def close(self) -> None:
        """Let go of everything and leave it running: hubs and servers go on without a keeper."""
        await self.queue.close()
        for one in self.hubs.values():
            if one.watch:
                one.watch.cancel()
            if one.opened:
                await one.opened.close()

    # -- verbs

    async def ensure(self, wanted: desired.DesiredHub) -> None:
        """Prepare the hub; restart it where its own settings changed while it was awake."""
        account = self._book.account(wanted.id, None)
        territory = _territory(wanted)
        one = self.hubs.get(wanted.id)
        if one is None:
            one = hub.LocalHub(settings=wanted, account=account, state=State.ASLEEP, since=self._now())
            self.hubs[wanted.id] = one
        async with one.turn:
            if one.digest == wanted.digest and one.state not in {State.FAILED, State.RETIRED}:
                self.roads.settle(wanted.id, territory)
                return
            restarts = one.state == State.AWAKE and await asyncio.to_thread(
                hub_folder.differs, wanted, self._where, self._on, portal_url=self._portal_url
            )
            if restarts:
                # First, so that a keeper killed from here on leaves no process with settings that are gone.
                await self._fall_asleep(one)
            await asyncio.to_thread(
                hub_folder.ensure, wanted, self._where, self._on, account, portal_url=self._portal_url
            )
            one.settings, one.digest = wanted, wanted.digest
            self.roads.settle(wanted.id, territory)
            self.queue.forget(wanted.id)
            if one.state in {State.FAILED, State.RETIRED}:
                self._turn(one, State.ASLEEP)
            self._save(one)
        if restarts:
            await self.wake(one.id)

    async def wake(self, hub_id: str) -> None:
        """Wake the hub, by its turn in the queue."""
        _refuse_retired(self.known(hub_id))
        await self.queue.wake(hub_id)

    async def sleep(self, hub_id: str) -> None:
        """End the hub's process; its people's servers go on."""
        one = self.known(hub_id)
        async with one.turn:
            await self._fall_asleep(one)

    async def restart(self, hub_id: str) -> None:
        """End the hub's process and start another."""
        await self.sleep(hub_id)
        self.queue.forget(hub_id)
        await self.wake(hub_id)

    async def retire(self, hub_id: str) -> None:
        """Stop the hub and its people's servers; keep its data."""
        one = self.known(hub_id)
        if one.state == State.RETIRED:
            return
        await self.servers.stop_all(hub_id)
        async with one.turn:
            await self._fall_asleep(one)
            for row in self.roads.rows(hub_id):
                await self.roads.remove(hub_id, row.spec)
            self.roads.settle(hub_id, None)
            self._turn(one, State.RETIRED)

    async def remove(self, hub_id: str) -> str:
        """Archive what a retired hub left behind and delete it; the archive's path."""
        one = self.known(hub_id)
        async with one.turn:
            engine.check_retired(self._seen(one))
            archive = await asyncio.to_thread(archiving.leave, self._where, hub_id, retired=one.since)
            self._book.remove_hub(hub_id)
            self.hubs.pop(hub_id, None)
        self.changed()
        return str(archive)

    def home_bytes(self, hub_id: str, user: str) -> int | None:
        """The size of one home, measured now and then."""
        return self.known(hub_id).home_sizes.get(self._where.home(hub_id, user).name)

    async def remove_home(self, hub_id: str, user: str, *, since: datetime, still: engine.Still) -> str:
        """Archive one person's home, then delete it; the archive's path."""
        one = self.known(hub_id)
        with self.servers.without(hub_id, user):
            home = self._where.home(hub_id, user)
            if home.is_dir() and not await still():
                return ""
            archive = await asyncio.to_thread(archiving.keep_home, self._where, hub_id, user, since=since)
            if archive is None or (home.is_dir() and not await still()):
                return ""
            await asyncio.to_thread(archiving.clear_home, self._where, hub_id, user)
        one.home_measured = None
        return str(archive)

    async def stop_all(self) -> tuple[int, int]:
        """Stop every server and every hub; gives how many of each ran."""
        stopped = await self.servers.stop_all()
        awake = [one.id for one in self.hubs.values() if one.running]
        await asyncio.gather(*(self.sleep(hub_id) for hub_id in awake))
        return len(awake), stopped

    # -- how a hub wakes and falls asleep

    async def _wake_one(self, hub_id: str) -> queue.HubSocket:
        one = self.known(hub_id)
        async with one.turn:
            _refuse_retired(one)  # while it waited for its turn
            if not (one.state == State.AWAKE and one.running and one.running.alive()):
                await self._rouse(one)
        return queue.HubSocket(path=self._where.hub_socket(hub_id), uid=self._on.account(one.account))

    async def _rouse(self, one: hub.LocalHub) -> None:
        self._turn(one, State.WAKING)  # first: until it answers nobody is told that it is awake
        try:
            await self._clear(one)
            await self._open_gate(one)
            one.running = await self._processes.start(one.id, "hub", one.account)
            self._save(one)
            await self._processes.wait_healthy(one.id, one.settings.base_path, one.running)
            await self._add_own_route(one)
        except BaseException as error:
            await self._clear(one)
            message = error.message if isinstance(error, errors.CommonhubError) else "The wake was given up."
            self._turn(one, State.FAILED, message)
            raise
        self._watch(one)
        self._turn(one, State.AWAKE)

    async def _add_own_route(self, one: hub.LocalHub) -> None:
        """The hub adds its route a moment later by itself; visitors need not go through the door until then."""
        target = proxy.unix_target(self._where.hub_socket(one.id))
        data = {"hub": True, "jupyterhub": True}
        await self.roads.add(one.id, one.settings.base_path, target, data)

    async def _fall_asleep(self, one: hub.LocalHub) -> None:
        if one.running is None:
            return
        self._turn(one, State.FALLING_ASLEEP)
        await self.roads.remove(one.id, one.settings.base_path)
        await asyncio.sleep(ROUTE_GRACE)
        await self._clear(one)
        self._turn(one, State.ASLEEP)

    async def _clear(self, one: hub.LocalHub) -> None:
        """End what may run of the hub, and close its gate: a state of rest, whatever it was before."""
        if one.watch:
            one.watch.cancel()
            one.watch = None
        await self.end_culler(one)
        if one.running:
            await self._processes.end(one.running)
            one.running = None
        with contextlib.suppress(errors.NotFoundError):
            await self.roads.remove(one.id, one.settings.base_path)
        if one.opened:
            closing, one.opened = one.opened, None
            await closing.close()

    async def _open_gate(self, one: hub.LocalHub) -> None:
        path, account = self._where.gate_socket(one.id), self._on.account(one.account)
        one.opened = one.opened or gate.Gate(one.id, path, account=account, keeper=self._petitions, relay=self._relay)
        await one.opened.open()

    def _watch(self, one: hub.LocalHub) -> None:
        running = one.running

        async def wait() -> None:
            while running and not await running.wait(3600):
                pass
            async with one.turn:
                if one.running is running and one.state == State.AWAKE:
                    one.watch = None  # this very task: it must not cancel itself
                    logger.warning("%s ended by itself", one.id)
                    message = "its process ended by itself; the next visitor wakes it"
                    self._turn(one, State.FALLING_ASLEEP, message)
                    await self._clear(one)
                    self._turn(one, State.ASLEEP, message)
            if one.state == State.ASLEEP and self.servers.seen(one.id):
                with contextlib.suppress(errors.CommonhubError):
                    await self.wake(one.id)

        one.watch = asyncio.create_task(wait(), name=f"watch {one.id}")

    async def start_culler(self, one: hub.LocalHub) -> None:
        """A hub whose people have servers has a culler beside it."""
        if one.culler is None or not one.culler.alive():
            one.culler = await self._processes.start(one.id, "culler", one.account)
            self._save(one)

    async def end_culler(self, one: hub.LocalHub) -> None:
        """Without servers there is nothing to cull."""
        if one.culler:
            ending, one.culler = one.culler, None
            await self._processes.end(ending)
            self._save(one)

    def _turn(self, one: hub.LocalHub, state: engine.HubState, message: str = "") -> None:
        if (one.state, one.message) != (state, message):
            one.state, one.message, one.since = state, message, self._now()
        self._save(one)
        self.changed()

    def _tell_change(self) -> None:
        self.changed()

    def _save(self, one: hub.LocalHub) -> None:
        self._book.save_hub(one.row())

    # -- for the front door

    def address_book(self, portal_hosts: frozenset[str] | None) -> routes.AddressBook:
        """Who lives where, now."""
        living = [one for one in self.hubs.values() if one.state != State.RETIRED]
        territories = {one.id: _territory(one.settings) for one in living}
        return routes.AddressBook(territories=territories, portal_hosts=portal_hosts)

    def idle_since(self, one: hub.LocalHub) -> datetime:
        """When somebody last needed the hub: a request, or its wake."""
        active = self.roads.last_activity(one.id, one.settings.base_path)
        return max(active or datetime.fromtimestamp(0, UTC), one.since)


def _refuse_retired(one: hub.LocalHub) -> None:
    if one.state == State.RETIRED:
        raise errors.CommonhubError(
            f"{one.id} is retired.", "Put its file back into the fleet folder to take it up again."
        )


def _territory(settings: desired.DesiredHub) -> routes.Territory:
    hosts = settings.addresses if settings.base_path == "/" else ()
    return routes.Territory(hosts=tuple(hosts), base_path=settings.base_path)
