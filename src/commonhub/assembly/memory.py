"""What Commonhub weighs on this machine: proportional set size (PSS) of every process that belongs to it."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

from commonhub.engines.local import engine as local
from commonhub.ground import process


def running(state: Path) -> dict[str, dict[str, float]]:
    """What the supervisor last wrote down: its own process as `supervisor`, and each part, by name."""
    try:
        kept = json.loads((state / "running.json").read_text())
    except (OSError, ValueError):
        return {}
    if kept.get("boot") != process.boot_id():
        return {}
    found: dict[str, dict[str, float]] = dict(kept["parts"])
    found["supervisor"] = {"pid": kept["pid"], "started_ticks": kept["started_ticks"], "since": 0.0, "restarts": 0}
    return {
        name: entry
        for name, entry in found.items()
        if process.Process(int(entry["pid"]), int(entry["started_ticks"])).alive()
    }


def parts_seen(state: Path, now: datetime) -> dict[str, dict[str, object]]:
    """The parts of the control plane as their records keep them."""
    seen = running(state)
    names = ("web", "keeper", "proxy", "nursery")
    return {
        name: {
            "state": "running" if name in seen else "stopped",
            "since": datetime.fromtimestamp(seen[name]["since"], UTC) if name in seen else now,
            "restarts": int(seen[name]["restarts"]) if name in seen else 0,
            "memory": _weight(name, int(seen[name]["pid"])) if name in seen else 0,
        }
        for name in names
    }


def _weight(name: str, pid: int) -> int:
    """What a part weighs. The web process has others of its own beside it; below the rest run hubs and servers."""
    return sum(map(process.memory_pss, process.tree(pid) if name == "web" else (pid,)))


def everything(state: Path, engine: local.LocalEngine | None = None) -> int:
    """Bytes of all that runs: the parts and whatever descends from them, hubs, and people's servers."""
    pids: set[int] = set()
    for entry in running(state).values():
        pids |= set(process.tree(int(entry["pid"])))
    if engine:
        for hub in engine.hubs.values():
            for each in (hub.running, hub.culler):
                if each:
                    pids |= set(process.tree(each.pid))
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += process.memory_pss(pid)
    return total
