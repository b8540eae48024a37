"""The routes of all hubs beside the real proxy: kept on disk, brought to it, and brought again when it was away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from commonhub.engines.local import ledger, route_book
from commonhub.frontdoor import proxy, routes
from commonhub.ground import errors
from frontdoor import doorstage

pytestmark = pytest.mark.hubs  # a real proxy for each test
REEF, MARSH = "reef/main", "marsh/main"
PORTAL = routes.Route(spec="/localhost", target="http://127.0.0.1:9", data={"portal": True})


class Roads:
    """One ledger, and route books on it, one after another; `small` is a hub that answers."""

    def __init__(self, stage: doorstage.Stage) -> None:
        self.stage = stage
        self.small = stage.hubs["c/reef"]
        self.target = proxy.unix_target(self.small.socket)
        self.path = stage.folder / "engine.sqlite"
        self.ledger = ledger.Ledger(self.path)
        self.book = self.open()

    def open(self) -> route_book.RouteBook:
        book = route_book.RouteBook(self.ledger, self.stage.table, (PORTAL,))
        book.settle(REEF, routes.Territory(hosts=("reef.localhost", "reef.example.org")))
        return book

    def again(self) -> None:
        """The next keeper: all that it knows is in the ledger."""
        self.ledger.close()
        self.ledger = ledger.Ledger(self.path)
        self.book = self.open()

    async def table(self) -> dict[str, str]:
        """The proxy's own table, without its default."""
        found = await self.stage.table.get_routes()
        return {spec: seen.route.target for spec, seen in found.items() if spec != routes.DOOR_SPEC}

    async def visit(self, host: str = "reef") -> int:
        async with self.stage.web.get(f"{self.stage.url}/hub/", headers=self.stage.host(host)) as answer:
            return answer.status


@pytest.fixture
async def roads(state_folder: Path) -> AsyncIterator[Roads]:
    async with doorstage.stage(state_folder, "reef") as stage:
        await stage.hubs["c/reef"].wake()
        made = Roads(stage)
        yield made
        made.ledger.close()


async def test_a_route_is_in_the_ledger_and_at_the_proxy_for_each_host(roads):
    await roads.book.add(REEF, "/", roads.target, {"hub": True})
    assert await roads.table() == {"/reef.localhost": roads.target, "/reef.example.org": roads.target}
    assert [(row.spec, row.target, row.data) for row in roads.ledger.routes(REEF)] == [
        ("/", roads.target, {"hub": True})
    ]
    assert await roads.visit() == 200
    assert roads.small.heads
    assert roads.book.listing(REEF) == {"/": {"hub": True, "target": roads.target}}


async def test_a_route_is_replaced_and_removed_everywhere_and_twice_is_once(roads):
    await roads.book.add(REEF, "/user/eve", "http://127.0.0.1:9", {})
    await roads.book.add(REEF, "/user/eve", roads.target, {})
    assert set((await roads.table()).values()) == {roads.target}
    for _ in range(2):
        await roads.book.remove(REEF, "/user/eve")
        assert await roads.table() == {}
        assert roads.ledger.routes() == ()


async def test_a_proxy_that_was_killed_serves_again_after_one_repair(roads):
    await roads.book.add(REEF, "/", roads.target, {"hub": True})
    await roads.stage.kill_proxy()
    with pytest.raises(errors.UnavailableError):
        await roads.book.repair()
    await roads.book.add(REEF, "/user/eve", roads.target, {})  # while it is away
    await roads.book.add(REEF, "/user/dan", roads.target, {})
    await roads.book.remove(REEF, "/user/dan")
    await roads.stage.start_proxy()
    assert await roads.table() == {}
    assert await roads.book.repair() == 5
    assert set(await roads.table()) == {
        *("/reef.localhost", "/reef.example.org", "/reef.localhost/user/eve", "/reef.example.org/user/eve"),
        PORTAL.spec,
    }
    assert await roads.visit() == 200
    assert await roads.book.repair() == 0


async def test_what_the_proxy_holds_and_nobody_wants_is_taken_away(roads):
    await roads.stage.table.add_route("/reef.localhost/left-over", "http://127.0.0.1:9")
    await roads.stage.table.add_route("/localhost", "http://127.0.0.1:10")
    assert await roads.book.repair() == 2
    assert await roads.table() == {PORTAL.spec: PORTAL.target}


async def test_the_next_keeper_knows_every_route(roads):
    await roads.book.add(REEF, "/", roads.target, {"hub": True})
    await roads.stage.kill_proxy()
    roads.again()
    await roads.stage.start_proxy()
    await roads.book.repair()
    assert await roads.visit() == 200


async def test_a_hub_that_moves_answers_at_its_new_address_and_no_more_at_its_old_one(roads):
    await roads.book.add(REEF, "/", roads.target, {"hub": True})
    roads.book.settle(REEF, routes.Territory(hosts=("coral.localhost",)))
    assert await roads.book.repair() == 4  # one new, two old, and the portal's
    assert await roads.visit("coral") == 200
    assert await roads.table() == {"/coral.localhost": roads.target, PORTAL.spec: PORTAL.target}


async def test_a_hub_without_an_address_has_no_routes_and_is_told_so(roads):
    await roads.book.add(REEF, "/", roads.target, {})
    roads.book.settle(REEF, None)
    await roads.book.repair()
    assert await roads.table() == {PORTAL.spec: PORTAL.target}
    for ask in (roads.book.add(REEF, "/x", roads.target, {}), roads.book.remove(MARSH, "/")):
        with pytest.raises(errors.NotFoundError, match="has no address here"):
            await ask
    assert roads.book.last_activity(MARSH, "/") is None


async def test_a_refused_route_is_nowhere(roads):
    with pytest.raises(errors.RefusedError):
        await roads.book.add(REEF, "/../x", roads.target, {})
    assert roads.ledger.routes() == ()
    assert await roads.table() == {}


async def test_the_last_activity_is_the_proxys_at_any_host(roads):
    await roads.book.add(REEF, "/", roads.target, {})
    asked = datetime.now(UTC) - timedelta(seconds=1)
    headers = {"Host": f"reef.example.org:{roads.stage.port}"}
    async with aiohttp.ClientSession() as web, web.get(f"{roads.stage.url}/hub/", headers=headers) as answer:
        assert answer.status == 200
    await roads.book.repair()
    seen = roads.book.last_activity(REEF, "/")
    assert seen >= asked
    assert roads.book.listing(REEF)["/"]["last_activity"] == seen.isoformat()


async def test_many_at_once_leave_ledger_and_proxy_with_one_mind(roads):
    adds = [roads.book.add(REEF, f"/user/u{number}", roads.target, {}) for number in range(20)]
    await asyncio.gather(*adds, roads.book.repair(), roads.book.repair())
    await asyncio.gather(
        *(roads.book.remove(REEF, f"/user/u{number}") for number in range(0, 20, 2)), roads.book.repair()
    )
    kept = {f"/{host}/user/u{number}" for host in ("reef.localhost", "reef.example.org") for number in range(1, 20, 2)}
    assert set(await roads.table()) - {PORTAL.spec} == kept
    assert {row.spec for row in roads.ledger.routes()} == {f"/user/u{number}" for number in range(1, 20, 2)}
    assert await roads.book.repair() == 0
