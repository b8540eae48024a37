"""Parts are killed while kernels run: no kernel is lost, and all parts are back by themselves."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commonhub.ground import process
from journeys.stage import Stage, hub_file, wait_until
from journeys.visitor import Visitor

pytestmark = pytest.mark.hubs

PARTS = ("web", "keeper", "proxy", "nursery", "supervisor")


def hub_process(stage: Stage, hub_id: str) -> process.Process:
    """The hub's own process, from the engine's ledger."""
    book = sqlite3.connect(f"file:{stage.state}/engine.sqlite?mode=ro", uri=True)
    with contextlib.closing(book):
        pid, ticks = book.execute("select pid, started_ticks from hubs where id = ?", (hub_id,)).fetchone()
    return process.Process(pid, ticks)


def everything(stage: Stage) -> list[process.Process]:
    """Every process of the fleet: parts, hubs, boxes and what is in them."""
    pids: set[int] = set()
    for part in stage.parts().values():
        pids |= set(process.tree(part.pid))
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if str(stage.state).encode() in (entry / "cmdline").read_bytes():
                    pids |= set(process.tree(int(entry.name)))
    return [found for pid in pids if (found := process.Process.of(pid))]


def all_back(stage: Stage, before: dict[str, process.Process], killed: set[str]) -> bool:
    """Every part runs, and those that were killed are new."""
    now = stage.parts()
    return all(
        part in now and now[part].alive() and (part not in killed or now[part] != before[part]) for part in PARTS
    )


async def goes_on(visitor: Visitor, kernel: str) -> None:
    """The kernel still knows what it was told; a proxy that just died may cost a reconnect."""
    until = time.monotonic() + 60
    while True:
        try:
            assert await visitor.run(kernel, "print(kept)") == "kept\n"
        except Exception:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def answers(visitor: Visitor) -> None:
    """The hub's pages answer again."""
    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(Exception):
            status, _ = await visitor.page("hub/home")
            if status == 200:
                return
        assert time.monotonic() < until, "the hub's pages do not answer"
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("dying", [*((part,) for part in PARTS), ("hub",), (*PARTS, "hub")], ids="+".join)
async def test_killed_parts_come_back_and_no_kernel_is_lost(town: Stage, dying: tuple[str, ...]) -> None:
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        await eve.run(kernel, "kept = 'kept'")
        before = town.parts()
        if "hub" in dying:
            hub_process(town, "reef/main").signal(signal.SIGKILL)
        town.kill(*(part for part in dying if part != "hub"))
        if "supervisor" in dying:
            town.up()  # as systemd, or the person at the machine, would
        await goes_on(eve, kernel)
        await answers(eve)
        wait_until(lambda: all_back(town, before, set(dying)), "all parts run again")
        assert [server["user"] for server in town.state_of("reef/main")["servers"]] == ["eve"]
        await eve.stop()


async def test_after_a_reboot_up_brings_everything_back(stages: Callable[..., Stage]) -> None:
    stage = stages(hubs={"reef/main": hub_file("Reef lab", egress="packages")})
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        await eve.write("kept.txt", "written before the lights went out")
    for one in everything(stage):  # all processes gone at once, as at a reboot
        one.signal(signal.SIGKILL)
    wait_until(lambda: not everything(stage), "nothing runs")
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        assert await eve.read("kept.txt") == "written before the lights went out"
        assert len(stage.state_of("reef/main")["servers"]) == 1


async def test_down_stops_all_and_says_what_it_stopped(stages: Callable[..., Stage]) -> None:
    stage = stages(hubs={"reef/main": hub_file("Reef lab")})
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
    words = ("down", str(stage.fleet), "--state", str(stage.state))
    stopped = json.loads(stage.cli(*words, "--json").stdout)
    assert (stopped["servers"], stopped["hubs"]) == (1, 1)
    assert set(stopped["parts"]) == set(PARTS) - {"supervisor"}
    assert not everything(stage)
    assert stage.cli(*words).stdout == "Nothing was running.\n"


async def test_down_ends_servers_and_hubs_even_when_the_keeper_is_dead(stages: Callable[..., Stage]) -> None:
    stage = stages(hubs={"reef/main": hub_file("Reef lab")})
    stage.up()
    async with stage.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
    stage.kill("supervisor")
    stage.kill("keeper")
    stopped = json.loads(stage.cli("down", str(stage.fleet), "--state", str(stage.state), "--json").stdout)
    assert (stopped["servers"], stopped["hubs"]) == (1, 1)
    assert not everything(stage)
