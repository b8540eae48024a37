"""How much memory this machine has for all that runs on it.

Sources: proc(5) on /proc/meminfo and /proc/self/cgroup; Documentation/admin-guide/cgroup-v2.rst (memory.max) and
cgroup-v1/memory.rst (memory.limit_in_bytes) of the kernel.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commonhub.ground import process

GROUPS: Final = Path("/sys/fs/cgroup")  # where systemd and containers have the tree of control groups
_GIB: Final = 2**30
_KEPT: Final = ((4, 0.25), (4, 0.20), (8, 0.10), (112, 0.06), (float("inf"), 0.02))  # so many GiB, a share of each


def total(proc: Path = process.PROC, groups: Path = GROUPS) -> int | None:
    """Bytes of memory that all processes here may have; None where nobody can tell.

    The machine's, or less where the control group that this process is in, or one around it, has a limit.
    """
    bounds = [found for found in (_of_machine(proc), *_limits(proc, groups)) if found is not None]
    return min(bounds, default=None)


def for_servers(whole: int, own: int) -> int:
    """Bytes that are left for people's servers of `whole`, where Commonhub's own parts and hubs have `own`.

    What the system keeps follows the rule of Google Kubernetes Engine for its nodes ("Memory and CPU reservations"):
    a quarter of the first 4 GiB, a fifth of the next 4, a tenth of the next 8, 6 % of the next 112, 2 % of the rest.
    """
    kept, left = 0.0, whole / _GIB
    for size, share in _KEPT:
        part = min(left, size)
        kept, left = kept + part * share, left - part
    return max(0, whole - int(kept * _GIB) - own)


def _of_machine(proc: Path) -> int | None:
    try:
        rows = (proc / "meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("MemTotal:")), None)


def _limits(proc: Path, groups: Path) -> Iterator[int | None]:
    try:
        rows = (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for row in rows:
        _, names, path = row.split(":", 2)
        if not names:
            yield from _upwards(groups, path, "memory.max")
        elif "memory" in names.split(","):
            yield from _upwards(groups / "memory", path, "memory.limit_in_bytes")


def _upwards(top: Path, path: str, name: str) -> Iterator[int | None]:
    """The limits of a group and of all around it. In a container the path may be the host's, and only the top is there."""
    parts = [part for part in path.split("/") if part]
    within = () if ".." in parts else parts  # a group outside of what this process sees
    for length in range(len(within) + 1):
        yield _number(top.joinpath(*within[:length], name))


def _number(file: Path) -> int | None:
    """A control file's number; None for "max", and where there is no such file."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
