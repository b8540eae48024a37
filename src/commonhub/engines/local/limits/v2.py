"""Control groups of version 2: one tree, of which a part was handed to us.

Source: Documentation/admin-guide/cgroup-v2.rst of the kernel ("no internal process constraint", "cgroup.kill").
"""

import contextlib
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local.limits import group
from commonhub.ground import process

CONTROLLERS = ("memory", "pids", "cpu")
CONTROL = "control"  # where the keeper itself and its kin live: a group with children may hold no process of its own


@dataclass(frozen=True)
class GroupV2:
    """One server's folder."""

    base: Path
    path: str

    @property
    def folder(self) -> Path:
        """Where this group is."""
        return self.base / self.path

    def join(self, pid: int) -> None:
        """Put a process in."""
        group.put(self.folder / "cgroup.procs", pid)

    def hold_cpu(self, cores: float | None) -> None:
        """Limit processor time."""
        quota = "max" if cores is None else str(max(1000, int(cores * group.CPU_PERIOD)))
        group.put_if_there(self.folder / "cpu.max", f"{quota} {group.CPU_PERIOD}")

    def memory(self) -> int | None:
        """Bytes in use without file pages that nobody touched of late."""
        used = group.number(self.folder / "memory.current")
        return None if used is None else max(0, used - group.field(self.folder / "memory.stat", "inactive_file"))

    def kills(self) -> int:
        """Processes killed for want of memory."""
        return group.field(self.folder / "memory.events", "oom_kill")

    def kill(self) -> None:
        """One write kills all (Linux 5.14); before it, each in turn while no new one may start."""
        if not self.folder.exists():
            return
        at_once = (self.folder / "cgroup.kill").exists() and group.put_if_there(self.folder / "cgroup.kill", 1)
        if not at_once:
            group.put_if_there(self.folder / "pids.max", 0)
        listed = self.folder / "cgroup.procs"
        for _ in range(group.END_TRIES):
            left = [found for pid in group.members(listed) if (found := process.Process.of(pid))]
            still = set(group.members(listed))
            for one in left:
                if one.pid in still:
                    one.signal(signal.SIGKILL)
            if not left:
                return
            time.sleep(group.END_PAUSE)

    def remove(self) -> bool:
        """Remove the folder."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()
        return not self.folder.exists()


class LimitsV2:
    """Groups below a folder that was handed to us with its controllers."""

    kind = "control groups, version 2"
    missing: tuple[str, ...] = ()

    def __init__(self, base: Path, fleet: str) -> None:
        self._base = base
        self._fleet = fleet

    def prepare(self, key: str, caps: group.Caps) -> GroupV2:
        """Make the folder and write memory and pids. One process too many in memory is killed, not all of them."""
        made = self._make(key)
        limit = "max" if caps.memory is None else str(caps.memory)
        group.put(made.folder / "memory.max", limit)
        group.put_if_there(made.folder / "memory.swap.max", "0" if caps.memory is not None else "max")
        group.put_if_there(made.folder / "memory.low", caps.memory_guarantee or 0)
        group.put_if_there(made.folder / "memory.oom.group", 0)
        group.put(made.folder / "pids.max", caps.processes)
        made.hold_cpu(None)
        return made

    def known(self, path: str) -> GroupV2:
        """The group with this path below the base."""
        return GroupV2(self._base, path)

    def inside(self, caps: group.Caps) -> tuple[str, ...]:  # noqa: ARG002 - the contract's; groups need nothing inside
        """Nothing: only a core file's size, which no group limits."""
        return ("prlimit", "--core=0")

    def join_aside(self, pid: int) -> None:
        """A group without limits, beside the servers."""
        self._make("aside").join(pid)

    def _make(self, key: str) -> GroupV2:
        made = GroupV2(self._base, f"servers-{self._fleet}/{key}")
        parent = made.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        hand_down(parent)
        made.folder.mkdir(exist_ok=True)
        return made


def hand_down(folder: Path) -> None:
    """Let a group's children have the controllers; asking again changes nothing."""
    have = (folder / "cgroup.subtree_control").read_text(encoding="ascii").split()
    lacking = [f"+{name}" for name in CONTROLLERS if name not in have]
    if lacking:
        group.put(folder / "cgroup.subtree_control", " ".join(lacking))


def make_room(base: Path) -> None:
    """Move every process of `base` into its child `control`, then let children have the controllers.

    Processes may start while this goes on: it looks until none is left.
    """
    control = base / CONTROL
    control.mkdir(exist_ok=True)
    for _ in range(group.END_TRIES):
        staying = group.members(base / "cgroup.procs")
        if not staying:
            break
        for pid in staying:
            group.put_if_there(control / "cgroup.procs", pid)
    hand_down(base)
