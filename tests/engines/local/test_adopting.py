"""The keeper may be killed at any line: what it started goes on and is taken over, or nothing is left of it."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engines.local import boxes

pytestmark = [pytest.mark.hubs]

KILLS = 24  # lines, spread over all that a start runs through


def keeper(state: Path, line: int) -> subprocess.CompletedProcess:
    script = Path(__file__).with_name("kill_exercise.py")
    return subprocess.run(
        [sys.executable, "-B", str(script), str(state), str(line)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{boxes.ROOT}/src:{boxes.ROOT}/tests"},
        capture_output=True,
        text=True,
        check=False,
    )


def processes_of(state: Path) -> list[str]:
    """Command lines that name this state folder, or serve a box of it."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if folder.name.isdigit() and int(folder.name) != os.getpid() and f"{state}/" in words:
            found.append(words)
    return found


def slirps() -> set[str]:
    return {
        folder.name
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and boxes.process_name(folder) == "slirp4netns"
    }


def settled(state: Path) -> list[str]:
    """What is left once the kernel has had time to end what lost its keeper."""
    for _ in range(100):
        if not processes_of(state):
            break
        time.sleep(0.02)
    return processes_of(state)


async def test_whatever_line_the_keeper_dies_at_its_server_is_adopted_or_gone(house: boxes.House):
    state = house.places.state
    key = house.wish().key
    before = slirps()
    whole = keeper(state, 0)
    assert whole.returncode == 0, whole.stderr
    lines = int(whole.stdout)
    assert lines > KILLS
    lived = killed = 0
    for line in [0, *range(2, lines, lines // KILLS)]:
        if line:
            killed += keeper(state, line).returncode == -9  # a later run may be a few lines shorter than the first
        again = boxes.House(state)
        await again.servers.adopt()
        running = await again.servers.status(key) is None
        if running:
            lived += 1
            assert again.servers.ports(boxes.HUB)
            assert [one.user for one in again.servers.seen(boxes.HUB)] == ["eve"]
        else:
            assert again.ledger.servers() == ()
            assert settled(state) == [], f"left at line {line} of {lines}"
        await again.servers.stop(key, now=True)
        await again.servers.close()
        again.ledger.close()
        assert settled(state) == [], f"left after the stop, line {line} of {lines}"
    assert killed >= KILLS - 2
    assert lived > 1, "no kill came late enough to leave a server"
    for _ in range(100):
        if slirps() <= before:
            break
        await asyncio.sleep(0.02)
    assert slirps() <= before


async def test_an_adopted_server_is_the_same_process_on_the_same_port(house: boxes.House):
    wish = house.wish()
    port = await house.start(wish, "import time\nprint('up')\ntime.sleep(300)")
    pid = house.ledger.servers()[0].pid
    await house.servers.close()
    again = boxes.House(house.places.state)
    await again.servers.adopt()
    assert await again.servers.start(wish) == port
    assert again.ledger.servers()[0].pid == pid
    assert again.servers.seen(boxes.HUB)[0].memory > 0
    await again.servers.stop(wish.key)
    assert await again.servers.status(wish.key) is not None
    assert processes_of(house.places.state) == []
    await again.servers.close()
    again.ledger.close()


async def test_a_server_that_ended_while_nobody_watched_is_forgotten(house: boxes.House):
    wish = house.wish()
    await house.start(wish, "import time\nprint('up')\ntime.sleep(1)")
    await house.servers.close()
    await asyncio.sleep(1.5)
    again = boxes.House(house.places.state)
    await again.servers.adopt()
    assert await again.servers.status(wish.key) == 0
    assert again.ledger.servers() == ()
    await again.servers.close()
    again.ledger.close()


@pytest.mark.parametrize("plain", [False, True], ids=["best means", "each process"])
async def test_what_a_server_left_behind_is_ended_by_the_next_keeper(state_folder: Path, plain: bool):
    house = boxes.House(state_folder, plain_limits=plain)
    await house.servers.adopt()
    try:
        text = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
print("up", flush=True)
time.sleep(1)
"""
        await house.start(house.wish(), text)
        space = boxes.space_of(house, "eve")
        await house.servers.close()
        await asyncio.sleep(1.5)
        assert boxes.living_in(space)
        again = boxes.House(state_folder, plain_limits=plain)
        await again.servers.adopt()
        assert boxes.living_in(space) == []
        assert again.ledger.servers() == ()
        await again.servers.close()
        again.ledger.close()
    finally:
        await house.tidy()
