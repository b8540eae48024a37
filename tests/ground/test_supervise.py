"""The supervisor keeps real programs running, whatever dies."""

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from commonhub.ground import process, supervise
from ground.parent import STUBBORN, Parent, until

pytestmark = pytest.mark.slow

FOREVER = ("/bin/sleep", "600")
KILLS = 50
SOMEBODY = 54321  # a user id that nobody has here


@pytest.fixture
def parent(state_folder: Path) -> Iterator[Parent]:
    made = Parent(state_folder)
    yield made
    made.close()


def test_parts_are_started_and_written_down_with_what_they_say(parent):
    parent.shell("talker", 'echo "$WORD"; echo trouble >&2; exec sleep 600', environment={"WORD": "hello"})
    parent.start()
    talker = parent.await_part("talker")
    until(lambda: parent.log("talker").read_text() == "hello\ntrouble\n", "both streams reach the log")
    kept = parent.kept()
    assert kept["boot"] == process.boot_id()
    assert kept["parts"]["talker"]["pid"] == talker.pid
    assert kept["parts"]["talker"]["restarts"] == 0
    assert parent.log("talker").stat().st_mode & 0o777 == 0o600


def test_a_killed_part_is_started_again_and_its_neighbour_goes_on(parent):
    parent.part("one", *FOREVER)
    parent.part("other", *FOREVER)
    parent.start()
    one, other = parent.await_part("one"), parent.await_part("other")
    for deaths in (1, 2):
        one.signal(signal.SIGKILL)
        one = parent.await_part("one", other_than=one)
        assert parent.kept()["parts"]["one"]["restarts"] == deaths
    assert parent.running("other") == other


def test_the_pauses_between_deaths_grow(parent):
    stamps = parent.folder / "stamps"
    parent.shell("flapper", f"date +%s.%N >> {stamps}")
    parent.start()
    until(lambda: stamps.exists() and len(stamps.read_text().split()) >= 4, "four starts")
    begun = [float(stamp) for stamp in stamps.read_text().split()]
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert all(gap >= pause for gap, pause in zip(gaps, supervise.PAUSES, strict=False)), gaps
    assert list(supervise.PAUSES) == sorted(supervise.PAUSES)


def test_a_program_that_cannot_start_is_told_in_its_log_and_stops_no_other(parent):
    parent.part("absent", "/no/such/program")
    parent.part("sound", *FOREVER)
    parent.start()
    parent.await_part("sound")
    assert "/no/such/program: not found" in until(
        lambda: parent.log("absent").exists() and parent.log("absent").read_text(), "it is told"
    )


def test_the_next_supervisor_adopts_what_runs(parent):
    parent.part("kept", *FOREVER)
    first = parent.start()
    kept = parent.await_part("kept")
    since = parent.kept()["parts"]["kept"]["since"]
    first.signal(signal.SIGKILL)
    parent.child.wait()
    assert kept.alive()
    parent.start()
    assert parent.await_part("kept") == kept
    assert parent.kept()["parts"]["kept"]["since"] == since
    kept.signal(signal.SIGKILL)  # it is no child of this supervisor, and its death is seen all the same
    parent.await_part("kept", other_than=kept)


def test_a_part_that_changed_while_no_supervisor_lived_is_started_anew(parent):
    parent.part("part", *FOREVER)
    first = parent.start()
    before = parent.await_part("part")
    first.signal(signal.SIGKILL)
    parent.child.wait()
    parent.part("part", "/bin/sleep", "601")
    parent.start()
    parent.await_part("part", other_than=before)
    assert not before.alive()


@pytest.mark.parametrize("note", ["{", "[]", '{"boot": "another start", "parts": {}}', None], ids=repr)
def test_a_note_that_says_nothing_is_no_hindrance(parent, note):
    if note is not None:
        (parent.folder / "running.json").write_text(note)
        parent.kept = lambda: {} if (parent.folder / "running.json").read_text() == note else Parent.kept(parent)
    parent.part("part", *FOREVER)
    parent.start()
    parent.await_part("part")


def test_process_ids_of_another_start_of_the_machine_are_left_alone(parent):
    with subprocess.Popen(FOREVER) as stranger:
        parent.part("part", *FOREVER)
        parent.start()
        parent.await_part("part")
        parent.child.kill()
        parent.child.wait()
        kept = parent.kept()
        one = process.Process.of(stranger.pid)
        kept["boot"] = "another start"
        kept["parts"]["part"] |= {"pid": one.pid, "started_ticks": one.started_ticks, "digest": "old"}
        (parent.folder / "running.json").write_text(json.dumps(kept))
        parent.start()
        assert parent.await_part("part") != one
        assert one.alive()
        stranger.kill()
        parent._seen.discard(one)


def test_sighup_starts_what_is_new_and_changed_and_ends_what_is_gone(parent):
    for name in ("same", "changed", "gone"):
        parent.part(name, *FOREVER)
    supervisor = parent.start()
    same, changed, gone = (parent.await_part(name) for name in ("same", "changed", "gone"))
    parent.part("changed", "/bin/sleep", "601")
    parent.part("new", *FOREVER)
    del parent.parts["gone"]
    parent.write()
    supervisor.signal(signal.SIGHUP)
    parent.await_part("changed", other_than=changed)
    parent.await_part("new")
    assert not changed.alive()
    assert not gone.alive()
    assert parent.running("same") == same
    assert set(parent.kept()["parts"]) == {"same", "changed", "new"}


def test_sigterm_ends_all(parent):
    parent.part("one", *FOREVER)
    parent.part("other", *FOREVER)
    supervisor = parent.start()
    both = [parent.await_part("one"), parent.await_part("other")]
    supervisor.signal(signal.SIGTERM)
    assert parent.child.wait(60) == 0
    assert not any(one.alive() for one in both)
    assert parent.kept()["parts"] == {}


def test_a_part_that_will_not_end_is_ended(parent):
    parent.shell("stubborn", "trap '' TERM; echo up; while :; do sleep 600; done")
    supervisor = parent.start(STUBBORN)
    stubborn = parent.await_part("stubborn")
    until(lambda: parent.log("stubborn").read_text() == "up\n", "it turned a deaf ear")
    sleeper = [process.Process.of(pid) for pid in until(lambda: process.children(stubborn.pid), "it sleeps")]
    supervisor.signal(signal.SIGTERM)
    parent.child.wait(60)
    until(lambda: not stubborn.alive(), "it is ended")
    for one in sleeper:
        one.signal(signal.SIGKILL)


def test_ctrl_c_runs_what_is_to_be_done_first_while_all_parts_live(parent):
    parent.part("part", *FOREVER)
    seen = parent.folder / "seen"
    parent.on_interrupt = ["/bin/sh", "-c", f"cat {parent.folder}/running.json > {seen}"]
    supervisor = parent.start()
    part = parent.await_part("part")
    supervisor.signal(signal.SIGINT)
    assert parent.child.wait(60) == 0
    assert json.loads(seen.read_text())["parts"]["part"]["pid"] == part.pid
    assert not part.alive()


def test_a_folder_has_one_supervisor(parent):
    parent.part("part", *FOREVER)
    parent.start()
    part = parent.await_part("part")
    second = subprocess.run([sys.executable, "-m", supervise.__name__, parent.folder], check=False, timeout=60)
    assert second.returncode == 3
    assert parent.running("part") == part


def test_the_lock_of_a_supervisor_that_is_gone_is_waited_for(parent):
    """A program that it was starting as it was killed still held it."""
    parent.part("part", *FOREVER)
    parent.start().signal(signal.SIGKILL)
    parent.child.wait()
    with (parent.folder / "supervisor.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parent.begin()
        opened = Path(f"/proc/{parent.child.pid}/fd")
        until(lambda: any(str(each.readlink()) == lock.name for each in opened.iterdir()), "it found the lock")
    parent.await_start()
    assert parent.child.poll() is None


def test_what_runs_is_never_half_written_and_no_part_is_lost_or_doubled(parent):
    marker = f"{parent.folder}/marker"  # no such file: only a word by which the part is found
    parent.part("kept", "/bin/sh", "-c", 'sleep 600; : "$0"', marker)
    for number in range(4):
        parent.part(f"flapper{number}", "/bin/true")
    parent.start()
    kept = parent.await_part("kept")
    chance = random.Random(20260302)
    for _ in range(KILLS):
        end = time.monotonic() + chance.uniform(0.0, 0.03)
        while time.monotonic() < end:
            parent.kept()  # a torn file is an error here
        parent.child.kill()
        parent.child.wait()
        assert parent.kept()["parts"]["kept"]["pid"] == kept.pid
        parent.start()
    assert parent.running("kept") == kept
    assert bearers(marker) == [kept.pid]
    assert "Traceback" not in parent.said(), parent.said()


def bearers(word: str) -> list[int]:
    """The processes that have a word in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if word.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def test_sockets_that_a_killed_part_leaves_are_taken_away_before_the_next(parent):
    left = parent.folder / "part.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(left))
    parent.shell("part", f"test -e {left} && echo stale; touch {left}; exec sleep 600", leavings=[str(left)])
    supervisor = parent.start()
    part = parent.await_part("part")
    until(left.is_file, "the part made its own")
    supervisor.signal(signal.SIGKILL)
    parent.child.wait()
    parent.start()
    parent.await_part("part")
    assert left.exists()  # the part lives: what it made is no leaving
    part.signal(signal.SIGKILL)
    parent.await_part("part", other_than=part)
    until(left.is_file, "the next made its own")
    assert parent.log("part").read_text() == ""


def test_orphans_are_taken_in_and_reaped(parent):
    note = parent.folder / "orphan"
    parent.shell("part", f"(sh -c 'echo $$ > {note}.new; mv {note}.new {note}; exec sleep 600' &); exec sleep 600")
    supervisor = parent.start()
    orphan = process.Process.of(int(until(lambda: note.exists() and note.read_text(), "there is an orphan")))
    until(lambda: orphan.pid in process.children(supervisor.pid), "it is the supervisor's child")
    orphan.signal(signal.SIGKILL)
    until(lambda: not Path(f"/proc/{orphan.pid}").exists(), "it is no zombie")
    parent.await_part("part")


def test_a_log_that_grew_too_long_is_moved_aside_when_its_part_starts(parent):
    log = parent.log("part")
    with log.open("wb") as file:
        file.truncate(supervise.LOG_MAX + 1)
    parent.shell("part", "echo fresh; exec sleep 600")
    parent.start()
    until(lambda: log.exists() and log.read_text() == "fresh\n", "a new log")
    assert log.with_suffix(".log.1").stat().st_size == supervise.LOG_MAX + 1


def test_a_link_in_place_of_a_log_is_not_followed(parent):
    target = parent.folder / "target"
    target.write_text("untouched\n")
    parent.log("bad").symlink_to(target)
    parent.part("bad", *FOREVER)
    parent.part("good", *FOREVER)
    parent.start()
    parent.await_part("good")
    assert target.read_text() == "untouched\n"


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_part_has_its_own_user_and_no_group_of_ours(parent):
    parent.shell("part", "id -u; id -g; id -G; exec sleep 600", user=SOMEBODY)
    parent.start()
    part = parent.await_part("part")
    until(lambda: parent.log("part").read_text().split() == [str(SOMEBODY)] * 3, "all ids are its own")
    assert Path(f"/proc/{part.pid}").stat().st_uid == SOMEBODY
