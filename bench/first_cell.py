"""From the request for a server to the output of its first cell: Commonhub's boxes, and plain JupyterHub's bare processes.

Both hubs are awake and the person is signed in before the clock starts. Ours is measured twice: with servers that reach
nothing, and with servers that reach package sources. Plain JupyterHub has no box at all: its servers reach everything.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from statistics import median

import measuring
import ours
import plain

CELL = "print(6 * 7)"
RIGHT = "42\n"
REST = 1.0  # seconds after each server has ended


def measure(asked: measuring.Asked) -> measuring.Measured:
    return asyncio.run(_measure(asked))


async def _measure(asked: measuring.Asked) -> measuring.Measured:
    turns = asked.times(11, 2)
    hubs = {
        f"{egress}/main": ours.hub_file(egress, egress=egress, server={"memory": {"limit": "1G"}})
        for egress in ("none", "packages")
    }
    with ours.running(hubs) as stage, plain.PlainHub() as rival:
        rival.until_login_page()
        async with _people(stage, rival) as people:
            seconds: dict[str, list[float]] = {name: [] for name in people}
            for visitor in people.values():  # the first start of all makes homes and fills caches: not counted
                await _first_cell(visitor)
            order = list(people)
            for turn in range(turns):
                for name in order[turn % len(order) :] + order[: turn % len(order)]:
                    seconds[name].append(await _first_cell(people[name]))
    return _told(seconds)


@contextlib.asynccontextmanager
async def _people(stage: ours.Stage, rival: plain.PlainHub) -> AsyncIterator[dict[str, ours.Visitor]]:
    async with contextlib.AsyncExitStack() as stack:
        people = {
            "none": stage.visitor("none/main", "eve"),
            "packages": stage.visitor("packages/main", "eve"),
            "plain": ours.Visitor(url=rival.url, name="eve", password=rival.password),
        }
        for visitor in people.values():
            await stack.enter_async_context(visitor)
            await visitor.enter()
        yield people


async def _first_cell(visitor: ours.Visitor) -> float:
    begun = time.perf_counter()
    await visitor.start()
    printed = await visitor.run(await visitor.kernel(), CELL)
    seconds = time.perf_counter() - begun
    if printed != RIGHT:
        raise RuntimeError(f"the cell printed {printed!r}")
    await visitor.stop()
    await asyncio.sleep(REST)
    return seconds


def _told(seconds: dict[str, list[float]]) -> measuring.Measured:
    theirs = seconds["plain"]
    rows = []
    for name, reach in (("none", "no network"), ("packages", "package sources")):
        ratio = median(seconds[name]) / median(theirs)
        row = measuring.Row(
            what=f"spawn to first executed cell, in a box that reaches {reach}",
            goal="at most 1.0 x plain JupyterHub",
            ours=measuring.spread(seconds[name]),
            rival=measuring.spread(theirs),
            ratio=f"{ratio:.2f}",
            met=ratio <= 1.0,
        )
        rows.append(row)
    how = (
        f"{len(theirs)} turns of all three, each turn beginning with another, after one uncounted start each. "
        "From the API request for the server to the cell's output; the plain hub's servers are bare processes without a box."
    )
    return measuring.Measured(rows=tuple(rows), how=how, numbers=dict(seconds))


if __name__ == "__main__":
    measuring.run("first_cell", measure)
