"""The queue of hubs that are to be woken."""

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from commonhub.frontdoor import queue
from commonhub.ground import errors


class Waking:
    """A wake_one whose every wake ends when the test says so."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ends: dict[str, asyncio.Future[None]] = {}

    async def __call__(self, hub_id: str) -> queue.HubSocket:
        self.asked.append(hub_id)
        self.ends[hub_id] = asyncio.get_running_loop().create_future()
        await self.ends[hub_id]
        return queue.HubSocket(path=Path("/", hub_id))

    async def end(self, hub_id: str, error: Exception | None = None) -> None:
        if error is None:
            self.ends[hub_id].set_result(None)
        else:
            self.ends[hub_id].set_exception(error)
        await breath()


async def breath() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_few_wake_at_once_and_the_first_to_ask_is_first():
    waking = Waking()
    line = queue.WakeQueue(waking, width=2)
    asks = {name: asyncio.create_task(line.wake(name)) for name in "abcde"}
    await breath()
    assert waking.asked == ["a", "b"]
    assert [line.position(name) for name in "abcde"] == [1, 2, 3, 4, 5]
    assert line.place("e") == queue.Place(number=5, total=5)
    await waking.end("b")
    assert waking.asked == ["a", "b", "c"]
    assert line.place("e") == queue.Place(number=4, total=4)
    assert line.position("b") is None
    for name in "acde":
        await waking.end(name)
    assert [(await ask).path for ask in asks.values()] == [Path("/", name) for name in "abcde"]
    assert (line.counts().woken, line.counts().waiting, line.counts().waking) == (5, 0, 0)


async def test_all_who_ask_for_a_hub_share_one_wake():
    waking = Waking()
    line = queue.WakeQueue(waking, width=2)
    asks = [asyncio.create_task(line.wake("a")) for _ in range(50)]
    await breath()
    await waking.end("a")
    assert {(await ask).path for ask in asks} == {Path("/a")}
    assert waking.asked == ["a"]


async def test_who_goes_away_does_not_end_the_wake_of_others():
    waking = Waking()
    line = queue.WakeQueue(waking, width=1)
    leaving, staying = (asyncio.create_task(line.wake("a")) for _ in range(2))
    waiting = asyncio.create_task(line.wake("b"))
    await breath()
    leaving.cancel()
    waiting.cancel()
    await breath()
    assert leaving.cancelled()
    assert line.position("b") == 2
    await waking.end("a")
    assert (await staying).path == Path("/a")
    assert waking.asked == ["a", "b"]
    await waking.end("b")


async def test_a_failure_is_told_to_all_and_not_tried_again_in_a_tight_loop(clock):
    waking = Waking()
    line = queue.WakeQueue(waking, width=1, clock=clock)
    asks = [asyncio.create_task(line.wake("a")) for _ in range(3)]
    await breath()
    await waking.end("a", errors.UnavailableError("It fell over.", "See its log."))
    for ask in asks:
        with pytest.raises(queue.WakeFailedError, match="It fell over"):
            await ask
    assert line.failing("a")
    with pytest.raises(queue.WakeFailedError, match="It fell over"):
        await line.wake("a")
    assert waking.asked == ["a"]
    clock.turn(queue.FIRST_PAUSE)
    again = asyncio.create_task(line.wake("a"))
    await breath()
    assert waking.asked == ["a", "a"]
    await waking.end("a")
    assert (await again).path == Path("/a")
    assert not line.failing("a")


async def test_the_pause_doubles_up_to_a_minute(clock):
    tried = []

    async def fall(hub_id: str) -> queue.HubSocket:
        tried.append(clock())
        raise errors.UnavailableError("It fell over.", "See its log.")

    line = queue.WakeQueue(fall, clock=clock)
    for _ in range(220):
        with pytest.raises(queue.WakeFailedError):
            await line.wake("a")
        clock.turn(timedelta(seconds=1))
    pauses = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tried)]
    assert pauses == [3, 6, 12, 24, 48, 60, 60]


async def test_a_person_may_ask_for_another_try_at_once(clock):
    waking = Waking()
    line = queue.WakeQueue(waking, clock=clock)
    ask = asyncio.create_task(line.wake("a"))
    await breath()
    await waking.end("a", errors.UnavailableError("It fell over.", "See its log."))
    with pytest.raises(queue.WakeFailedError):
        await ask
    line.forget("a")
    ask = asyncio.create_task(line.wake("a"))
    await breath()
    assert waking.asked == ["a", "a"]
    await waking.end("a")
    await ask


async def test_a_clock_that_was_set_back_locks_no_hub_out(clock):
    waking = Waking()
    line = queue.WakeQueue(waking, clock=clock)
    ask = asyncio.create_task(line.wake("a"))
    await breath()
    await waking.end("a", errors.UnavailableError("It fell over.", "See its log."))
    with pytest.raises(queue.WakeFailedError):
        await ask
    clock.turn(timedelta(days=-1))
    ask = asyncio.create_task(line.wake("a"))
    await breath()
    await waking.end("a")
    assert (await ask).path == Path("/a")


async def test_a_fault_of_ours_frees_its_place_and_tells_no_internals(caplog):
    async def broken(hub_id: str) -> queue.HubSocket:
        raise KeyError("secret/path")

    line = queue.WakeQueue(broken, width=1)
    for name in ("a", "b"):
        with pytest.raises(queue.WakeFailedError) as failed:
            await line.wake(name)
        assert "secret" not in str(failed.value)
    assert "Waking a broke" in caplog.text


async def test_closing_tells_everybody_who_waits():
    waking = Waking()
    line = queue.WakeQueue(waking, width=1)
    asks = [asyncio.create_task(line.wake(name)) for name in "ab"]
    await breath()
    await line.close()
    for ask in asks:
        with pytest.raises(queue.WakeFailedError, match="stopping"):
            await ask
    assert line.position("a") is None


async def test_the_counts_tell_how_long_waking_took(clock):
    waking = Waking()
    line = queue.WakeQueue(waking, width=1, clock=clock)
    asks = [asyncio.create_task(line.wake(name)) for name in "ab"]
    await breath()
    clock.turn(timedelta(seconds=2))
    await waking.end("a")
    clock.turn(timedelta(seconds=3))
    await waking.end("b")
    await asyncio.gather(*asks)
    counts = line.counts()
    assert (counts.woken, counts.seconds, counts.longest) == (2, 7.0, 5.0)
