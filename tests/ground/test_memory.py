"""What people's servers may have of a machine's memory: less what the system keeps, and never more than a limit says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.ground import memory

GIB = 2**30


def machine(root: Path, groups: str, **limits: str) -> tuple[Path, Path]:
    """A machine of 16 GiB, with what /proc/self/cgroup says, and limits by the file that says them."""
    proc, tree = root / "proc", root / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal:       {16 * 2**20} kB\nMemFree:  1 kB\n")
    (proc / "self" / "cgroup").write_text(groups)
    tree.mkdir()
    for place, said in limits.items():
        file = tree / place.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{said}\n")
    return proc, tree


def test_without_a_limit_it_is_the_machines(tmp_path):
    limits = {"system__memory.max": "max"}
    assert memory.total(*machine(tmp_path, "0::/system\n", **limits)) == 16 * GIB


def test_the_narrowest_group_around_us_holds(tmp_path):
    limits = {
        "commonhub__memory.max": str(4 * GIB),
        "commonhub__control__memory.max": "max",
        "other__memory.max": str(GIB),
    }
    assert memory.total(*machine(tmp_path, "0::/commonhub/control\n", **limits)) == 4 * GIB


def test_control_groups_of_version_1_hold_too(tmp_path):
    limits = {"memory__ours__memory.limit_in_bytes": str(3 * GIB), "memory__memory.limit_in_bytes": str(2**63 - 4096)}
    groups = "8:pids:/\n4:memory:/ours\n1:cpu,cpuacct:/\n0::/\n"
    assert memory.total(*machine(tmp_path, groups, **limits)) == 3 * GIB


@pytest.mark.parametrize("seen_as", ["/", "/docker/0011", "/../outside"])
def test_in_a_container_the_top_is_its_own_group(tmp_path, seen_as):
    limits = {"memory__memory.limit_in_bytes": str(2 * GIB)}
    groups = f"4:memory:{seen_as}\n"
    assert memory.total(*machine(tmp_path, groups, **limits)) == 2 * GIB


def test_where_nobody_can_tell_nothing_is_said(tmp_path):
    assert memory.total(tmp_path / "none", tmp_path / "nowhere") is None


def test_this_machine_has_some():
    assert (memory.total() or 0) > 2**27


@pytest.mark.parametrize(
    ("whole", "own", "left"), [(4, 0, 3.0), (8, 1, 5.2), (16, 0, 13.4), (128, 2, 116.68), (256, 0, 244.12)]
)
def test_the_system_and_commonhub_keep_their_part(whole, own, left):
    assert memory.for_servers(whole * GIB, own * GIB) / GIB == pytest.approx(left, abs=1e-6)


@given(st.integers(0, 2**45), st.integers(0, 2**45))
def test_what_is_left_is_never_more_than_there_is_and_never_less_than_nothing(whole, own):
    assert 0 <= memory.for_servers(whole, own) <= max(0, whole - own)
    assert memory.for_servers(whole + 1, own) >= memory.for_servers(whole, own) - 1
