"""Limits: chosen by what the machine has, kept by the kernel, and never a neighbour's trouble."""

from pathlib import Path

import pytest

from commonhub.engines.local.limits import detect, group, rlimits, v1, v2
from engines.local import boxes

V1 = """31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / {at}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / {at}/memory rw - cgroup cgroup rw,memory
40 31 0:37 / {at}/pids rw - cgroup cgroup rw,pids
41 31 0:38 / {at}/unified rw - cgroup2 cgroup2 rw
"""
CAPS = group.Caps(memory=2**30, memory_guarantee=2**29, cpu=0.5, processes=100)


def tree_v2(folder: Path, controllers: str = "cpu memory pids") -> Path:
    """A folder that looks like a version 2 group; what the kernel would do in it is not played."""
    folder.mkdir(parents=True)
    for name, text in {
        "cgroup.controllers": controllers,
        "cgroup.subtree_control": "",
        "cgroup.procs": "",
        "memory.max": "max",
        "memory.swap.max": "max",
        "memory.low": "0",
        "memory.oom.group": "0",
        "pids.max": "max",
        "cpu.max": "max 100000",
    }.items():
        (folder / name).write_text(text + "\n")
    return folder


def test_version_1_is_found_where_all_three_can_be_written(tmp_path):
    for name in ("cpu,cpuacct", "memory", "pids"):
        (tmp_path / name).mkdir()
    found = detect.trees_v1(V1.format(at=tmp_path))
    assert {name: path.name for name, path in found.items()} == {
        "memory": "memory",
        "pids": "pids",
        "cpu": "cpu,cpuacct",
    }
    (tmp_path / "pids").rmdir()
    assert detect.trees_v1(V1.format(at=tmp_path)) is None


def test_a_version_2_group_that_was_handed_over_is_used(tmp_path):
    own = tree_v2(tmp_path / "user.slice" / "commonhub.service")
    mounts = f"41 31 0:38 / {tmp_path} rw - cgroup2 cgroup2 rw\n"
    found = detect.handed_over(mounts, "0::/user.slice/commonhub.service\n", as_root=False)
    assert found == own
    assert (own / "control").is_dir()
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    tree_v2(tmp_path / "user.slice" / "commonhub.service" / "x")  # a keeper that restarts finds itself in `control`
    assert detect.handed_over(mounts, "0::/user.slice/commonhub.service/control\n", as_root=False) == own


def test_a_version_2_group_without_all_controllers_is_not_used(tmp_path):
    tree_v2(tmp_path / "own", "memory pids")
    mounts = f"41 31 0:38 / {tmp_path} rw - cgroup2 cgroup2 rw\n"
    assert detect.handed_over(mounts, "0::/own\n", as_root=False) is None
    assert detect.handed_over(mounts, "0::/not/there\n", as_root=False) is None


def test_version_2_files_get_the_kernels_own_words(tmp_path):
    base = tree_v2(tmp_path / "base")
    folder = tree_v2(base / "servers-f" / "key")
    (base / "servers-f" / "cgroup.subtree_control").write_text("")
    made = v2.LimitsV2(base, "f").prepare("key", CAPS)
    assert made.folder == folder
    assert (folder / "memory.max").read_text().startswith(str(2**30))
    assert (folder / "pids.max").read_text().startswith("100")
    made.hold_cpu(0.5)
    assert (folder / "cpu.max").read_text().startswith("50000 100000")
    made.join(123)
    assert (folder / "cgroup.procs").read_text() == "123"
    (folder / "memory.current").write_text("1000\n")
    (folder / "memory.stat").write_text("anon 5\ninactive_file 400\n")
    (folder / "memory.events").write_text("oom 3\noom_kill 2\n")
    assert (made.memory(), made.kills()) == (600, 2)
    assert v2.LimitsV2(base, "f").known(made.path).folder == folder


def test_where_there_are_no_groups_each_process_carries_its_limits():
    words = rlimits.Rlimits().inside(CAPS)
    assert words[0] == "prlimit"
    assert "--nproc=100:100" in words
    assert f"--data={2**30}:{2**30}" in words
    assert rlimits.Rlimits().missing


@pytest.mark.root
def test_a_group_of_this_machine_holds_what_was_written(state_folder):
    limits = detect.detect(boxes.fleet(state_folder), as_root=True)
    if not isinstance(limits, v1.LimitsV1):
        pytest.skip(f"this machine has {limits.kind}")
    made = limits.prepare("key", CAPS)
    try:
        assert int((made.folder("memory") / "memory.limit_in_bytes").read_text()) == 2**30
        assert int((made.folder("pids") / "pids.max").read_text()) == 100
        assert int((made.folder("cpu") / "cpu.cfs_quota_us").read_text()) == -1
        made.hold_cpu(0.5)
        assert int((made.folder("cpu") / "cpu.cfs_quota_us").read_text()) == 50_000
        limits.prepare("key", group.Caps(memory=2**28, processes=7))  # smaller, over what was there
        assert int((made.folder("memory") / "memory.limit_in_bytes").read_text()) == 2**28
        limits.prepare("key", CAPS)  # and larger again
        assert int((made.folder("memory") / "memory.limit_in_bytes").read_text()) == 2**30
        assert made.remove()
        assert made.remove()
        assert made.memory() is None
        made.kill()
    finally:
        boxes.remove_groups(boxes.fleet(state_folder))


FILL = """
import subprocess, sys
print("kernel", subprocess.run([sys.executable, "-c", "x = b'x' * (1 << 30)"]).returncode != 0)
print("server lives")
"""


@pytest.mark.hubs
@pytest.mark.root
async def test_when_memory_is_out_the_kernel_dies_and_the_server_lives(house: boxes.House):
    if not house.limits.kind.startswith("control groups"):
        pytest.skip("this machine gives us no control groups")
    wish = house.wish(memory_limit=256 * boxes.MEBI)
    await house.start(wish, FILL + "\nimport time; time.sleep(60)", until="server lives")
    assert "kernel True" in house.said(wish.key)
    assert house.servers.kills(wish.key) >= 1
    assert await house.servers.status(wish.key) is None
    assert 0 < house.servers.seen(boxes.HUB)[0].memory < 256 * boxes.MEBI


BOMB = """
import os, signal
count = 0
try:
    while count < 5000:
        if os.fork() == 0:
            signal.pause()
        count += 1
except OSError:
    print("stopped", count)
import time; time.sleep(60)
"""


@pytest.mark.hubs
@pytest.mark.parametrize("plain", [False, True], ids=["best means", "each process"])
async def test_a_fork_bomb_ends_at_the_limit_and_a_stop_leaves_nothing(state_folder: Path, plain: bool):
    house = boxes.House(state_folder, plain_limits=plain)
    await house.servers.adopt()
    try:
        wish = house.wish(user="mallory")
        await house.start(wish, BOMB, until="stopped")
        assert (
            await house.run(house.wish(user="eve"), "import subprocess; print(subprocess.getoutput('echo fine'))")
            == "fine\n"
        )
        space = boxes.space_of(house, "mallory")
        assert len(boxes.living_in(space)) > 100
        await house.servers.stop(wish.key)
        assert boxes.living_in(space) == []
    finally:
        await house.tidy()


TAKE = """
held = []
try:
    for _ in range(100):
        held.append(b'x' * (16 << 20))
    print("took all")
except MemoryError:
    print("refused after", len(held))
"""


@pytest.mark.hubs
async def test_without_groups_a_process_is_refused_memory_beyond_the_limit(state_folder: Path):
    house = boxes.House(state_folder, plain_limits=True)
    await house.servers.adopt()
    try:
        said = await house.run(house.wish(memory_limit=512 * boxes.MEBI), TAKE)
        assert "refused after" in said
        assert house.servers.missing
    finally:
        await house.tidy()


BUSY = """
import time
began, before = time.monotonic(), time.process_time()
while time.monotonic() - began < 3: pass
print("got", (time.process_time() - before) / 3, flush=True)
time.sleep(60)
"""


@pytest.mark.hubs
@pytest.mark.root
async def test_processor_time_is_limited_once_it_is_held(house: boxes.House):
    if not house.limits.kind.startswith("control groups"):
        pytest.skip("this machine gives us no control groups")
    wish = house.wish(cpu_limit=0.25)
    await house.start(wish, "import time\ntime.sleep(1)\nprint('up', flush=True)" + BUSY)
    house.servers.hold_cpu(wish.key)
    said = await house.says(wish.key, "got")
    assert 0.05 < float(said.split("got ")[1].split()[0]) < 0.4
