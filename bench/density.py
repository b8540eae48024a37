"""What communities cost in memory (PSS): a thousand that sleep, and one that is awake and idle, beside plain JupyterHub.

Ours and theirs do not run at the same time: shared pages would make each look smaller than it is.
"""

import contextlib
import time
from collections.abc import Callable
from statistics import mean, median

import measuring
import ours
import plain
import portal_visitor
from commonhub.assembly import memory
from commonhub.ground import process

READINGS = 5  # of everything, two seconds apart: the median counts
QUIET = 10.0  # seconds after the last request before memory is read; the same for both
PAGES = 20  # of the portal, seen before memory is read: a portal that nobody ever opened weighs less


def measure(asked: measuring.Asked) -> measuring.Measured:
    asleep, awake, plains = asked.times(1000, 30), asked.times(10, 3), asked.times(5, 2)
    rest = asked.times(int(QUIET), 3)
    hubs = {f"c{number:04d}/main": ours.hub_file(f"Community {number}") for number in range(asleep)}
    with ours.running(hubs) as stage:
        portal_visitor.look_around(stage, pages=PAGES)
        time.sleep(rest)
        sleeping = _settled(lambda: memory.everything(stage.state))
        parts = {
            name: process.memory_pss(int(entry["pid"])) / measuring.MB
            for name, entry in memory.running(stage.state).items()
        }
        for turn in (1, 2):  # the first wake of all makes a database; what is measured is a wake like all others
            for hub_id in list(hubs)[:awake]:
                ours.until_login_page(ours.url_of(stage, hub_id))
                if turn == 1:
                    ours.sleep(stage, hub_id)
        time.sleep(rest)
        mine = [process.memory_pss(one.pid) / measuring.MB for one in ours.hub_processes(stage).values()]
        more = (_settled(lambda: memory.everything(stage.state)) - sleeping) / awake
    if len(mine) != awake:
        raise RuntimeError(f"{len(mine)} hubs are awake instead of {awake}")
    theirs = _plain(plains, rest, as_installed=True)
    trimmed = _plain(plains, rest, as_installed=False)
    return _told(asleep, sleeping, parts, (mine, more), (*theirs, trimmed[0]))


def _settled(read: Callable[[], int]) -> float:
    found = []
    for _ in range(READINGS):
        found.append(read() / measuring.MB)
        time.sleep(2)
    return median(found)


def _plain(count: int, rest: int, *, as_installed: bool) -> tuple[list[float], list[float]]:
    with contextlib.ExitStack() as stack:
        hubs = [stack.enter_context(plain.PlainHub(as_installed=as_installed)) for _ in range(count)]
        for hub in hubs:  # as ours: the first start of all makes a database, the second is measured
            hub.until_login_page()
            hub.stop()
        for hub in hubs:
            hub.until_login_page()
        time.sleep(rest)
        return (
            [process.memory_pss(hub.hub_process().pid) / measuring.MB for hub in hubs],
            [process.memory_pss(hub.proxy_process().pid) / measuring.MB for hub in hubs],
        )


def _told(
    asleep: int,
    sleeping: float,
    parts: dict[str, float],
    awake: tuple[list[float], float],
    rival: tuple[list[float], list[float], list[float]],
) -> measuring.Measured:
    (mine, more), (theirs, proxies, trimmed) = awake, rival
    each, ratio = mean(theirs) + mean(proxies), mean(mine) / mean(theirs)
    rows = (
        measuring.Row(
            what=f"{asleep:,} sleeping communities, everything that Commonhub runs",
            goal="at most 400 MB",
            ours=f"{sleeping:.0f} MB",
            rival=f"{sum(theirs) + sum(proxies):.0f} MB for {len(theirs)} communities, {each:.0f} MB each",
            ratio=f"{sleeping / asleep / each:.4f} each",
            met=sleeping <= 400,
        ),
        measuring.Row(
            what="awake, idle hub",
            goal="at most 0.4 x plain JupyterHub",
            ours=f"{mean(mine):.0f} MB (mean of {len(mine)})",
            rival=f"{mean(theirs):.0f} MB (mean of {len(theirs)}), and {mean(proxies):.0f} MB for its proxy",
            ratio=f"{ratio:.2f}",
            met=ratio <= 0.4,
        ),
        measuring.Row(
            what="awake, idle hub, when the rival too is given the line that leaves a grammar out",
            goal="-",
            ours=f"{mean(mine):.0f} MB",
            rival=f"{mean(trimmed):.0f} MB (mean of {len(trimmed)})",
            ratio=f"{mean(mine) / mean(trimmed):.2f}",
        ),
    )
    weights = ", ".join(f"{name} {size:.0f} MB" for name, size in sorted(parts.items()))
    how = (
        f"Memory is PSS, read {QUIET:.0f} s after the last page; awake hubs, ours and theirs, had started once before; the portal's fleet page had been read {PAGES} times. "
        f"The parts with {asleep:,} hubs asleep: {weights}. Waking {len(mine)} hubs added {more:.0f} MB each in all. "
        f"{len(theirs)} plain hubs were really run; nothing is said of {asleep:,} of them."
    )
    numbers = {
        "sleeping": sleeping,
        "parts": parts,
        "awake": mine,
        "added_by_each": more,
        "plain_hubs": theirs,
        "plain_proxies": proxies,
        "plain_hubs_with_our_line": trimmed,
    }
    return measuring.Measured(rows=rows, how=how, numbers=numbers)


if __name__ == "__main__":
    measuring.run("density", measure)
