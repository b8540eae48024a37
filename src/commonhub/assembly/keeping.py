"""The keeper's process: the local engine, the front door, the records and the fleet, joined."""

import asyncio
import logging
import resource
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django import db

from commonhub.assembly import installation, memory
from commonhub.assembly import records as audit_records
from commonhub.changes import change_words, kinds, seen
from commonhub.engines import engine, probing, rehearsal
from commonhub.engines.local import engine as local
from commonhub.engines.local import hub_process, ledger, look, portal_relay, route_book, servers
from commonhub.engines.local import machine as machines
from commonhub.engines.local.limits import detect
from commonhub.fleet import desired
from commonhub.frontdoor import door, proxy, routes
from commonhub.ground import clock
from commonhub.hubs import exchanging, homes, keeper, keeper_socket, leaving, parting, records, tending, wishes
from commonhub.rollouts import conducting
from commonhub.rollouts import words as rollout_words

logger = logging.getLogger(__name__)


def portal_routes(of: installation.Installation, public: installation.Public) -> tuple[routes.Route, ...]:
    """The proxy's lines that lead to the portal; with routing by paths the door hands requests to it."""
    if not public.by_host:
        return ()
    target = proxy.unix_target(of.web_socket)
    return (routes.Route(spec=f"/{public.parts.hostname}", target=target, data={"portal": True}),)


def _local_engine(
    of: installation.Installation, public: installation.Public, client: proxy.ProxyClient
) -> local.LocalEngine:
    book = ledger.Ledger(of.where.ledger)
    people = servers.Servers(
        places=of.where,
        ledger=book,
        limits=detect.detect(of.short_name, as_root=of.on.as_root),
        environment=of.on.environment,
        as_root=of.on.as_root,
    )
    return local.LocalEngine(
        where=of.where,
        on=of.on,
        book=book,
        roads=route_book.RouteBook(book, client, portal_routes(of, public)),
        servers=people,
        processes=hub_process.HubProcesses(of.where, of.on),
        portal=portal_relay.Portal(url=public.url, socket=of.web_socket),
    )


class Keeping:
    """All that lives in the keeper's process."""

    def __init__(self, of: installation.Installation, public: installation.Public) -> None:
        self._of = of
        self._public = public
        self._client = proxy.ProxyClient(of.where.proxy_api_socket, of.secret("proxy_token"))
        self._local = _local_engine(of, public, self._client)
        engines: Mapping[str, engine.Engine] = {
            "local": self._local,
            "rehearsal": rehearsal.RehearsalEngine(clock.system_clock),
        }
        grace = timedelta(days=kinds.shipped().numbers["grace_days"])
        private = homes.Homes(engines=engines, grace=grace)
        exchange = exchanging.Exchange(folder=of.fleet, secrets=of.secrets)
        around = keeper.Surroundings(
            url=public.url,
            listing=lambda: memory.parts_seen(of.state, datetime.now(UTC)),
            memory=lambda: memory.everything(of.state, self._local),
            moved=self._move,
            answers=lambda file: installation.Public.of(file) == public,
            rooms={
                "changes": change_words.do,
                "rollouts": rollout_words.do,
                "remote": exchange.do,
                homes.ROOM: private.do,
            },
            far={"remote"},
            exchange=exchange,
            farewell=parting.Parting(grace=grace),
            homes=leaving.Leaving(of=private),
            glance=seen.glance,
        )
        wanted = wishes.Wishes(folder=of.fleet)
        self._conductor = conducting.Conductor(engines=engines, wanted=wanted, door=self._door_of)
        tends = tending.Tending(engines=engines, anchor_file=audit_records.anchors(of))
        self._keeper = keeper.Keeper(
            engines=engines,
            tending=tends,
            wanted=wanted,
            pace=self._conductor,
            book=records.Records(clock.system_clock),
            around=around,
        )
        self._local.changed = self._keeper.note_change
        self._door = door.Door(directory=self._directory(), waker=self._local.queue, portal=of.web_socket)
        self._look = look.Look(self._local, of.where)

    def _directory(self) -> routes.AddressBook:
        hosts = frozenset({self._public.parts.hostname or ""}) if self._public.by_host else None
        return self._local.address_book(hosts)

    def _door_of(self, hub: desired.DesiredHub) -> probing.Door:
        """Probes go by the front door as people do: to where the proxy listens, by the hub's name."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, not connected to
        host = everywhere.get(self._public.listen_ip, self._public.listen_ip)
        return probing.Door(url=self._keeper.url_of(hub), connect=(host, self._public.listen_port))

    def _move(self) -> None:
        """Hubs came, went or moved: the door asks another address book from now on."""
        self._door.use(self._directory())

    async def run(self) -> None:
        """Keep until SIGTERM; hubs and servers go on after it."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        await self._local.adopt()
        self._move()
        await self._door.open(self._of.where.door_socket, owner=self._of.on.account(machines.PROXY_ACCOUNT))
        asked = keeper_socket.KeeperSocket(
            self._keeper,
            stop_all=self._local.stop_all,
            portal_account=self._of.on.account(machines.WEB_ACCOUNT),
        )
        await asked.open(self._of.where.keeper_socket)
        self._look.start()
        keeping = asyncio.create_task(self._keeper.run())
        conducting_them = asyncio.create_task(self._conductor.run(lambda: self._keeper.follow(now=True)))
        logger.info("the keeper keeps %s", self._of.fleet)
        await asyncio.wait({asyncio.create_task(ended.wait()), keeping}, return_when=asyncio.FIRST_COMPLETED)
        keeping.cancel()
        conducting_them.cancel()
        await asyncio.gather(keeping, conducting_them, return_exceptions=True)
        await self._look.stop()
        await asked.close()
        await self._door.close()
        await self._local.close()
        await self._local.servers.close()
        await self._client.close()
        await asyncio.to_thread(db.connections.close_all)


def keep(fleet: Path, state: Path) -> None:
    """Run the keeper of this fleet until SIGTERM. Django must be set up."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # Each request that the door hands on holds two descriptors.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    of = installation.find(fleet, state)
    asyncio.run(Keeping(of, installation.public(fleet)).run())
