"""From a request to the login page: a sleeping hub of Commonhub, and a cold plain JupyterHub behind its running proxy."""

import time
from statistics import median

import measuring
import ours
import plain

CAST = 5  # sleeping hubs that take turns
REST = 0.5  # seconds after each turn, so that what ends does not compete with what starts


def measure(asked: measuring.Asked) -> measuring.Measured:
    wakes, firsts = asked.times(40, 3), asked.times(10, 2)
    known = [f"c{number}/main" for number in range(CAST)]
    new = [f"n{number}/main" for number in range(firsts)]
    hubs = {hub_id: ours.hub_file(hub_id) for hub_id in (*known, *new)}
    with ours.running(hubs) as stage, plain.PlainHub(own_proxy=False) as rival:
        rival.start_proxy()
        rival.until_login_page()
        rival.stop()
        for hub_id in known:
            _ours(stage, hub_id)
        again = [(_ours(stage, known[turn % CAST]), _theirs(rival)) for turn in range(wakes)]
        first = [(_ours(stage, hub_id), _theirs(rival, forget=True)) for hub_id in new]
    return _told(again, first)


def _ours(stage: ours.Stage, hub_id: str) -> float:
    seconds = ours.until_login_page(ours.url_of(stage, hub_id))
    ours.sleep(stage, hub_id)
    time.sleep(REST)
    return seconds


def _theirs(rival: plain.PlainHub, *, forget: bool = False) -> float:
    if forget:
        rival.forget()
    seconds = rival.until_login_page()
    rival.stop()
    time.sleep(REST)
    return seconds


def _told(again: list[tuple[float, float]], first: list[tuple[float, float]]) -> measuring.Measured:
    mine, theirs = [each[0] for each in again], [each[1] for each in again]
    mine_first, theirs_first = [each[0] for each in first], [each[1] for each in first]
    slow, slow_rival = measuring.percentile(mine, 0.95), measuring.percentile(theirs, 0.95)
    rows = (
        measuring.Row(
            what="wake: request to login page, 95th percentile",
            goal="at most 0.5 s and 0.4 x a cold plain hub",
            ours=f"{slow:.2f} s (n = {len(mine)})",
            rival=f"{slow_rival:.2f} s",
            ratio=f"{slow / slow_rival:.2f}",
            met=slow <= 0.5 and slow / slow_rival <= 0.4,
        ),
        measuring.Row(
            what="the same, median",
            goal="-",
            ours=measuring.spread(mine),
            rival=measuring.spread(theirs),
            ratio=f"{median(mine) / median(theirs):.2f}",
        ),
        measuring.Row(
            what="the very first wake, with a new database, median",
            goal="-",
            ours=measuring.spread(mine_first),
            rival=measuring.spread(theirs_first),
            ratio=f"{median(mine_first) / median(theirs_first):.2f}",
        ),
    )
    how = (
        f"{len(again)} turns, ours and theirs by turns; {CAST} sleeping hubs that had each been awake before. "
        "Theirs: a plain hub's process starts, its proxy runs already, its database exists, "
        "and it has the line of `scripts/setup` that saves every start of JupyterHub about a second."
    )
    return measuring.Measured(
        rows=rows,
        how=how,
        numbers={"ours": mine, "plain": theirs, "ours_first": mine_first, "plain_first": theirs_first},
    )


if __name__ == "__main__":
    measuring.run("wake", measure)
