"""Processes by an identity that a reused process id cannot take over."""

import asyncio
import signal
import subprocess
import sys

from commonhub.ground import process


def sleeper() -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", "import time; print(1, flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )


def test_a_process_lives_until_it_is_signalled():
    child = sleeper()
    child.stdout.readline()
    one = process.Process.of(child.pid)
    assert one.alive()
    assert one.signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not one.alive()
    assert not one.signal(signal.SIGKILL)


def test_a_zombie_does_not_live():
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    asyncio.run(process.Process.of(child.pid).wait(10)) if process.Process.of(child.pid) else None
    assert process.Process.of(child.pid) is None
    child.wait()


def test_a_stranger_with_a_reused_id_is_left_alone():
    with sleeper() as child:
        stranger = process.Process(child.pid, process.Process.of(child.pid).started_ticks - 1)
        assert not stranger.alive()
        assert not stranger.signal(signal.SIGKILL)
        assert child.poll() is None
        child.kill()


async def test_waiting_ends_with_the_process_or_with_the_time():
    with sleeper() as child:
        one = process.Process.of(child.pid)
        assert not await one.wait(0.01)
        one.signal(signal.SIGKILL)
        assert await one.wait(10)


def test_a_tree_names_the_parent_first_and_memory_is_told():
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE) as parent:
        inner = int(parent.stdout.readline())
        assert process.tree(parent.pid) == (parent.pid, inner)
        assert process.name(parent.pid) in {"sh", "dash"}
        assert process.memory_pss(parent.pid) > 0
        process.Process.of(inner).signal(signal.SIGKILL)


def test_nothing_is_known_of_a_process_that_is_gone():
    assert process.Process.of(2**22 + 1) is None
    assert process.memory_pss(2**22 + 1) == 0
    assert process.name(2**22 + 1) == ""
    assert not process.Process(0, 0).alive()
