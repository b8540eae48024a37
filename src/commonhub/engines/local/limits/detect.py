"""Which means of limiting this machine has: version 2 handed to us, else version 1, else limits of each process."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from commonhub.engines.local.limits import group, rlimits, v1, v2

MOUNTS = Path("/proc/self/mountinfo")
OWN = Path("/proc/self/cgroup")
DELEGATED = ("trusted.delegate", "user.delegate")  # systemd's marks on a group that was handed over (Delegate=yes)


def detect(fleet: str, *, as_root: bool) -> group.Limits:
    """The best means for the fleet with this short name. May move this process within its own control group."""
    mounts = MOUNTS.read_text(encoding="utf-8")
    base = handed_over(mounts, OWN.read_text(encoding="ascii"), as_root=as_root)
    if base is not None:
        return v2.LimitsV2(base, fleet)
    trees = trees_v1(mounts)
    if trees is not None:
        return v1.LimitsV1(trees, fleet)
    return rlimits.Rlimits()


def trees_v1(mountinfo: str) -> Mapping[str, Path] | None:
    """Where version 1 has memory, pids and cpu; None unless all three may be written."""
    found: dict[str, Path] = {}
    for _, target, kind, options in _control_mounts(mountinfo):
        if kind == "cgroup":
            found |= {name: target for name in v1.CONTROLLERS if name in options}
    whole = all(name in found and os.access(found[name], os.W_OK) for name in v1.CONTROLLERS)
    return found if whole and _can_make(found["memory"]) else None


def handed_over(mountinfo: str, own: str, *, as_root: bool) -> Path | None:
    """The version 2 group below which we may make ours; None where there is none with all controllers."""
    for root, target, kind, _ in _control_mounts(mountinfo):
        if kind != "cgroup2":
            continue
        mine = _own_folder(own, root, target)
        if mine is not None and mine.name == v2.CONTROL and _whole(mine.parent):
            return mine.parent  # moved there by an earlier start
        if mine is not None and _whole(mine) and (not as_root or _marked(mine) or mine == target):
            with contextlib.suppress(OSError):
                v2.make_room(mine)
                return mine
        if as_root and _whole(target):  # not handed over: beside the services, at the top, where processes may stay
            with contextlib.suppress(OSError):
                v2.hand_down(target)
                (target / v1.TOP).mkdir(exist_ok=True)
                v2.hand_down(target / v1.TOP)
                return target / v1.TOP
    return None


def _control_mounts(mountinfo: str) -> list[tuple[str, Path, str, list[str]]]:
    """Root, place, kind and options of each mounted control group tree (proc(5), mountinfo)."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and len(kinds) > 2 and kinds[0] in {"cgroup", "cgroup2"}:
            found.append((fields[3], Path(fields[4]), kinds[0], kinds[2].split(",")))
    return found


def _own_folder(own: str, root: str, target: Path) -> Path | None:
    for line in own.splitlines():
        if line.startswith("0::"):
            path = line.removeprefix("0::")
            if path.startswith(root.rstrip("/") + "/") or path == root:
                return target / path[len(root.rstrip("/")) :].lstrip("/")
    return None


def _whole(folder: Path) -> bool:
    """Whether a version 2 group has all controllers and may be written by us."""
    try:
        names = (folder / "cgroup.controllers").read_text(encoding="ascii").split()
    except OSError:
        return False
    files = (folder, folder / "cgroup.procs", folder / "cgroup.subtree_control")
    return all(name in names for name in v2.CONTROLLERS) and all(os.access(file, os.W_OK) for file in files)


def _marked(folder: Path) -> bool:
    for name in DELEGATED:
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _can_make(folder: Path) -> bool:
    try:
        (folder / v1.TOP).mkdir(exist_ok=True)
    except OSError:
        return False
    return True
