"""Control groups of version 1: one tree of folders for each of memory, pids and cpu.

Source: Documentation/admin-guide/cgroup-v1 of the kernel.
"""

import contextlib
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local.limits import group
from commonhub.ground import process

CONTROLLERS = ("memory", "pids", "cpu")
TOP = "commonhub"


@dataclass(frozen=True)
class GroupV1:
    """One server's folder in each tree."""

    mounts: Mapping[str, Path]
    path: str

    def folder(self, controller: str) -> Path:
        """Where this group is in one controller's tree."""
        return self.mounts[controller] / self.path

    def join(self, pid: int) -> None:
        """Put a process into all three."""
        for controller in CONTROLLERS:
            group.put(self.folder(controller) / "cgroup.procs", pid)

    def hold_cpu(self, cores: float | None) -> None:
        """Limit processor time; -1 is the kernel's word for no limit."""
        quota = -1 if cores is None else max(1000, int(cores * group.CPU_PERIOD))
        group.put_if_there(self.folder("cpu") / "cpu.cfs_period_us", group.CPU_PERIOD)
        group.put_if_there(self.folder("cpu") / "cpu.cfs_quota_us", quota)

    def memory(self) -> int | None:
        """Bytes in use without file pages that nobody touched of late, as Kubernetes counts a working set."""
        used = group.number(self.folder("memory") / "memory.usage_in_bytes")
        if used is None:
            return None
        return max(0, used - group.field(self.folder("memory") / "memory.stat", "total_inactive_file"))

    def kills(self) -> int:
        """Processes killed for want of memory."""
        return group.field(self.folder("memory") / "memory.oom_control", "oom_kill")

    def kill(self) -> None:
        """Forbid new processes, then kill all until none is left: version 1 has no one act for it."""
        group.put_if_there(self.folder("pids") / "pids.max", 0)
        listed = self.folder("pids") / "cgroup.procs"
        for _ in range(group.END_TRIES):
            left = [found for pid in group.members(listed) if (found := process.Process.of(pid))]
            still = set(group.members(listed))
            for one in left:
                if one.pid in still:  # it was a member after its identity was taken: not a stranger
                    one.signal(signal.SIGKILL)
            if not left:
                return
            time.sleep(group.END_PAUSE)

    def remove(self) -> bool:
        """Remove the three folders."""
        for controller in CONTROLLERS:
            with contextlib.suppress(OSError):
                self.folder(controller).rmdir()
        return not any(self.folder(controller).exists() for controller in CONTROLLERS)


class LimitsV1:
    """Groups below `commonhub/<fleet>` in each tree."""

    kind = "control groups, version 1"
    missing: tuple[str, ...] = ()

    def __init__(self, mounts: Mapping[str, Path], fleet: str) -> None:
        self._mounts = mounts
        self._fleet = fleet

    def prepare(self, key: str, caps: group.Caps) -> GroupV1:
        """Make the folders and write memory and pids."""
        made = self._make(key)
        memory = made.folder("memory")
        limit = -1 if caps.memory is None else caps.memory
        # Memory with swap may never be below memory alone: open it, write the smaller, then close it again.
        group.put_if_there(memory / "memory.memsw.limit_in_bytes", -1)
        group.put(memory / "memory.limit_in_bytes", limit)
        group.put_if_there(memory / "memory.memsw.limit_in_bytes", limit)
        if caps.memory_guarantee is not None:
            group.put_if_there(memory / "memory.soft_limit_in_bytes", caps.memory_guarantee)
        group.put(made.folder("pids") / "pids.max", caps.processes)
        made.hold_cpu(None)
        return made

    def known(self, path: str) -> GroupV1:
        """The group with this path below each mount."""
        return GroupV1(self._mounts, path)

    def inside(self, caps: group.Caps) -> tuple[str, ...]:  # noqa: ARG002 - the contract's; groups need nothing inside
        """Nothing: only a core file's size, which no group limits."""
        return ("prlimit", "--core=0")

    def join_aside(self, pid: int) -> None:
        """A group without limits, beside the servers."""
        self._make("aside").join(pid)

    def _make(self, key: str) -> GroupV1:
        made = GroupV1(self._mounts, f"{TOP}/{self._fleet}/{key}")
        for controller in CONTROLLERS:
            made.folder(controller).mkdir(parents=True, exist_ok=True)
        return made
