"""Hubs fall asleep when nobody needs them, stay awake when somebody does, and wake many at a time."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import aiohttp
import pytest

from journeys import intruder
from journeys.stage import Stage, hub_file, wait_until
from journeys.visitor import Loopback, Visitor

pytestmark = pytest.mark.hubs

SLEEP = 2  # seconds without people after which these hubs sleep
SHORT = {"sleep_after": f"{SLEEP}s", "egress": "none"}
CROWD = 30  # hubs woken at once
FULL_CROWD = 100


def awake(stage: Stage, hub: str) -> bool:
    return bool(stage.state_of(hub)["state"] == "awake")


async def longest_pause(eve: Visitor, seconds: float) -> float:
    """Somebody reads page after page for so long; the longest time between two answers, in seconds."""
    last = begun = time.monotonic()
    longest = 0.0
    while last < begun + seconds:
        assert (await eve.page("hub/home"))[0] == 200
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        await asyncio.sleep(0.1)
    return longest


async def test_a_hub_sleeps_by_itself_but_not_while_it_is_needed(stages: Callable[..., Stage]) -> None:
    stage = stages(hubs={"reef/main": hub_file("Reef", **SHORT)})
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        for _ in range(5):  # a machine that stops for seconds is no reader
            await eve.page("hub/home")
            hub = intruder.hub_pid(stage, "reef/main")
            if await longest_pause(eve, 3 * SLEEP) < SLEEP / 2:
                break
        assert intruder.hub_pid(stage, "reef/main") == hub  # the same process all the time
        await eve.start()
        hub = intruder.hub_pid(stage, "reef/main")
        await asyncio.sleep(3 * SLEEP)
        assert intruder.hub_pid(stage, "reef/main") == hub
        await eve.stop()
    await asyncio.to_thread(wait_until, lambda: not awake(stage, "reef/main"), "it sleeps")
    seen = stage.state_of("reef/main")
    assert (seen["state"], seen["memory"], seen["servers"]) == ("asleep", 0, [])


async def test_an_idle_server_is_culled_and_then_its_hub_sleeps(stages: Callable[..., Stage]) -> None:
    cull = {"idle": "5s", "every": "1s"}
    stage = stages(hubs={"reef/main": hub_file("Reef", cull=cull, **SHORT)})
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        await eve.write("kept.txt", "kept")
        await asyncio.to_thread(
            wait_until, lambda: not awake(stage, "reef/main"), "the server is culled, the hub sleeps"
        )
        assert stage.state_of("reef/main")["servers"] == []
        log = (stage.state / "hubs" / "reef--main" / "logs" / "culler.log").read_text()
        assert "Culling" in log
        await eve.start()
        assert await eve.read("kept.txt") == "kept"


async def come(session: aiohttp.ClientSession, url: str) -> tuple[int, float]:
    """Ask for a login page as a browser does, and come back from the waiting page; how often and how long it took."""
    begun, waited = time.monotonic(), 0
    while True:
        async with session.get(f"{url}hub/login", headers={"Accept": "text/html"}) as answer:
            text = await answer.text()
        if answer.status == 200:
            assert "Sign in" in text
            return waited, time.monotonic() - begun
        assert answer.status == 503, text
        assert "waking" in text or "wakes" in text, text
        waited += 1
        assert time.monotonic() - begun < 120
        await asyncio.sleep(float(answer.headers["Retry-After"]))


async def crowd(stage: Stage, count: int) -> list[tuple[int, float]]:
    """Everybody comes to a sleeping hub of their own, at once."""
    connector = aiohttp.TCPConnector(resolver=Loopback(), force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        urls = [f"http://c{number}.localhost:{stage.port}/" for number in range(count)]
        return list(await asyncio.gather(*(come(session, url) for url in urls)))


@pytest.mark.parametrize(
    "count",
    [
        CROWD,
        pytest.param(
            FULL_CROWD,
            marks=pytest.mark.skipif(
                "not __import__('os').environ.get('COMMONHUB_FULL')",
                reason="a hundred hubs at once take a minute: COMMONHUB_FULL=1",
            ),
        ),
    ],
)
async def test_many_hubs_woken_at_once_all_answer_or_tell_their_place(stages: Callable[..., Stage], count: int) -> None:
    stage = stages(hubs={f"c{number}/main": hub_file(f"Hub {number}", egress="none") for number in range(count)})
    stage.up()
    came = await crowd(stage, count)
    longest = max(seconds for _, seconds in came)
    print(
        f"{count} hubs: all answer after {longest:.1f} s; {sum(1 for told, _ in came if told)} were shown the waiting page"
    )
    hubs = stage.status()["hubs"]
    assert [hub["state"] for hub in hubs] == ["awake"] * count
    assert all(datetime.fromisoformat(hub["since"]) for hub in hubs)
