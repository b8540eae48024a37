"""What every measurement shares: its rows, its machine, where it is written, and percentiles."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

RESULTS = Path(__file__).resolve().parent / "results"
MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: ours beside the rival's, as words that already carry their units."""

    what: str
    goal: str
    ours: str
    rival: str = "-"
    ratio: str = "-"
    met: bool | None = None  # None: there is no goal for this line


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one script found: the lines of the table, what they rest on, and every number behind them."""

    rows: tuple[Row, ...]
    how: str  # what was measured against what, how often, what ran before the clock started
    numbers: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How large a run is wanted."""

    quick: bool

    def times(self, full: int, quick: int) -> int:
        """How often something is done."""
        return quick if self.quick else full


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered), -int(-share * len(ordered) // 1)) - 1)]


def spread(values: Sequence[float], unit: str = "s", digits: int = 2) -> str:
    """The median, and the least and the most beside it."""
    return (
        f"{median(values):.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f}, n = {len(values)})"
    )


def machine() -> dict[str, str | int]:
    """What the numbers were made on."""
    return {
        "cores": os.cpu_count() or 0,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "kernel": platform.release().split("-")[0],
        "python": platform.python_version(),
        "busy_before": f"{os.getloadavg()[0]:.1f}",  # load average of the minute before
    }


def _rounded(value: Any) -> Any:
    """Numbers as far as they mean something: a tenth of a millisecond."""
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def run(name: str, measure: Callable[[Asked], Measured]) -> None:
    """What each script here does: measure, print, and keep the result unless it was only a quick look."""
    parser = argparse.ArgumentParser(description=name)
    parser.add_argument("--quick", action="store_true", help="a small run that shows that it works; nothing is kept")
    asked = Asked(quick=parser.parse_args().quick)
    on, now = machine(), datetime.now(UTC)
    found = measure(asked)
    for row in found.rows:
        goal = "" if row.met is None else f"  goal {row.goal}: {'met' if row.met else 'MISSED'}"
        print(f"{row.what}: {row.ours}; rival {row.rival}; ratio {row.ratio}{goal}")
    print(found.how)
    if asked.quick:
        return
    RESULTS.mkdir(exist_ok=True)
    found = replace(found, numbers=_rounded(found.numbers))
    kept = {"name": name, "date": f"{now:%Y-%m-%d}", "machine": on, **asdict(found)}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
