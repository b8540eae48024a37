"""People's pages at 50,000 people, 2,000 hubs and 500,000 entries of the audit, under 50 mixed requests a second.

Through the real web process (waitress on a unix socket, SQLite), filled as a hundred days would have. The rival in the
same run, by turns: a plain JupyterHub that knows as many people, asked as often for its login, its first page and the
list of users that its admin page shows. It has no hubs of others, no roles, no audit: its work is less.
"""

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import measuring
import people_errands
import people_load
import people_rival
import portal_visitor
import web

HOUSE = Path(__file__).resolve().parent / "people_house.py"
LIMIT = 0.1  # seconds, the goal
LIST = 5_000  # people in a class list
GOAL = "at most 100 ms"


@dataclass(kw_only=True)
class Found:
    """All that one run found."""

    house: people_errands.House
    entries: int
    ours: people_load.Times
    rounds: list[dict[str, float]]  # the 95th percentile of each kind, round by round
    their_rounds: list[dict[str, float]]
    theirs: people_load.Times
    views: dict[str, dict[str, int]]
    alone: Mapping[str, Mapping[str, float]]
    brought: float  # seconds of the rival for a class list
    started: float  # seconds of the rival
    weighs: float
    work: float  # seconds of processor time of the web process for one request, in the mean


def measure(asked: measuring.Asked) -> measuring.Measured:
    house = people_errands.House(
        people=asked.times(50_000, 5_000), hubs=asked.times(2_000, 100), password=secrets.token_urlsafe(12)
    )
    entries, rounds, seconds = asked.times(500_000, 5_000), asked.times(5, 1), asked.times(20, 4)
    with tempfile.TemporaryDirectory(prefix="chb-", dir="/tmp") as name, ExitStack() as stack:
        folder = Path(name)
        web.prepare(folder, {})
        _in_house(folder, "fill", house.people, house.hubs, entries, said=house.password)
        rival = stack.enter_context(people_rival.running(house.people))
        ours, theirs = people_load.Times(), people_load.Times()
        each, beside, work = [], [], 0.0
        with web.running(folder) as portal:
            visit = people_errands.Visit(portal=portal, house=house)
            views = _views(visit)
            mine, other = visit.errands(), rival.errands()
            people_load.run(visit.connector, people_load.shuffled(mine, 1), a_second=10)  # templates are compiled
            people_load.run(rival.connector, people_load.shuffled(other, 1), a_second=10)
            for _ in range(rounds):
                before = portal.worked()
                found = _round(visit.connector, mine, seconds)
                work += portal.worked() - before
                each.append(_slow(found))
                ours.add(found)
                found = _round(rival.connector, other, seconds)
                beside.append(_slow(found))
                theirs.add(found)
        # The web process has ended: what comes now is measured alone.
        times = asked.times(5, 1)
        alone = {
            "write-day": _median(_in_house(folder, "write-day") for _ in range(times)),
            "verify": _median(_in_house(folder, "verify") for _ in range(asked.times(3, 1))),
            "import": _median(_in_house(folder, "import", LIST) for _ in range(asked.times(3, 1))),
        }
        brought = rival.bring(asked.times(LIST, 50))
        found_all = Found(
            house=house,
            entries=entries,
            ours=ours,
            rounds=each,
            their_rounds=beside,
            theirs=theirs,
            views=views,
            alone=alone,
            brought=brought,
            started=rival.started,
            weighs=portal.weighs,
            work=work / sum(len(times) for times in ours.taken.values()),
        )
    return measuring.Measured(rows=tuple(_rows(found_all)), how=_how(found_all), numbers=_numbers(found_all))


def _in_house(folder: Path, act: str, *numbers: int, said: str = "") -> dict[str, float]:
    """Have something done by a process of its own; what it tells."""
    words = [sys.executable, str(HOUSE), act, *map(str, numbers)]
    done = subprocess.run(words, input=said, capture_output=True, text=True, env=web.environment(folder), check=False)
    if done.returncode:
        raise RuntimeError(f"people_house.py {act}: {done.stderr[-2000:]}")
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _median(told: Iterator[dict[str, float]]) -> dict[str, float]:
    runs = list(told)
    return {name: median(one[name] for one in runs) for name in runs[0]}


def _views(visit: people_errands.Visit) -> dict[str, dict[str, int]]:
    found = {}
    for what, (handle, path) in visit.pages().items():
        browser = visit.portal.another()
        if handle:
            browser.sign_in(handle, visit.house.password)
        found[what] = portal_visitor.weights(browser, path)
    return found


def _slow(found: people_load.Times) -> dict[str, float]:
    return {kind: measuring.percentile(times, 0.95) for kind, times in found.taken.items()}


def _round(connector: Any, errands: Mapping[people_load.Errand, int], seconds: int) -> people_load.Times:
    return people_load.run(connector, people_load.shuffled(errands, seconds), a_second=sum(errands.values()))


def _rows(found: Found) -> Iterator[measuring.Row]:
    where = f"{found.house.people:,} people and {found.house.hubs:,} hubs"
    rivals = {
        people_errands.SIGN_IN: people_rival.LOGIN,
        people_errands.DUTIES.format("a student"): people_rival.HOME,
        people_errands.ACCESS.format(found.house.people): people_rival.LIST,
    }
    for kind, seconds in sorted(found.ours.taken.items()):
        # The median of the rounds: a neighbour on the machine spoils one of them, and the sum of all with it.
        slow = median(one[kind] for one in found.rounds)
        beside = [one[rivals[kind]] for one in found.their_rounds] if kind in rivals else []
        theirs = median(beside) if beside else 0.0
        yield measuring.Row(
            what=f"{kind}, at {where}: 95th percentile under 50 mixed requests/s, median of {len(found.rounds)} rounds",
            goal=GOAL,
            ours=f"{slow * 1000:.0f} ms (n = {len(seconds)})",
            rival=f"{theirs * 1000:.0f} ms for {rivals[kind]}" if beside else "-",
            ratio=f"{slow / theirs:.2f}" if beside else "-",
            met=slow <= LIMIT,
        )
    heaviest = max(found.views, key=lambda what: sum(found.views[what].values()))
    weight = sum(found.views[heaviest].values()) / 1000
    yield measuring.Row(
        what=f"first view of the heaviest of {len(found.views)} such pages ({heaviest}), all bytes on the wire",
        goal="at most 50 kB",
        ours=f"{weight:.1f} kB",
        met=weight <= 50,
    )
    yield from _alone(found)


def _alone(found: Found) -> Iterator[measuring.Row]:
    brought, day, chain = (found.alone[name] for name in ("import", "write-day", "verify"))
    yield measuring.Row(
        what=f"a class list of {brought['people']:,.0f}: looked at and taken",
        goal="-",
        ours=f"{brought['seconds']:.1f} s",
        rival=f"{found.brought:.1f} s to add as many by JupyterHub's admin API",
        ratio=f"{brought['seconds'] / found.brought:.2f}",
    )
    yield measuring.Row(
        what=f"coverage of {day['hubs']:,.0f} hubs judged and written, once an hour",
        goal="at most 2 s",
        ours=f"{day['seconds']:.1f} s, {day['mb']:.0f} MB more",
        met=day["seconds"] <= 2,
    )
    yield measuring.Row(
        what="verifying the chain of the audit",
        goal="-",
        ours=f"{chain['entries'] / chain['seconds']:,.0f} entries/s, {chain['mb']:.0f} MB more",
    )
    yield measuring.Row(what="the web process after all this (PSS)", goal="-", ours=f"{found.weighs:.0f} MB")


def _how(found: Found) -> str:
    weights = ", ".join(f"{what} {sum(parts.values()) / 1000:.1f} kB" for what, parts in found.views.items())
    worst = max(found.rounds[0], key=lambda kind: max(one[kind] for one in found.rounds))
    spread = ", ".join(f"{one[worst] * 1000:.0f}" for one in found.rounds)
    return (
        f"{len(found.rounds)} turns of ours and theirs, 50 requests a second each, from the same machine; not answered "
        f"in {people_load.PATIENCE:.0f} s: {found.ours.lost} of ours, {found.theirs.lost} of theirs. {found.entries:,} "
        f"entries in the audit. 95th percentile of the slowest kind, turn by turn: {worst} {spread} ms. Signing in by a "
        f"password hashes it with argon2id on purpose (19 MiB, two passes); the rival compares one shared word. "
        f"The web process works {found.work * 1000:.1f} ms for a request, in the mean of this mixture. "
        f"First views: {weights}. With so many users the rival starts in {found.started:.1f} s."
    )


def _numbers(found: Found) -> Mapping[str, object]:
    return {
        "ours": dict(found.ours.taken),
        "theirs": dict(found.theirs.taken),
        "rounds": found.rounds,
        "their_rounds": found.their_rounds,
        "views": found.views,
        "alone": found.alone,
    }


if __name__ == "__main__":
    measuring.run("people", measure)
