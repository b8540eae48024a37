"""Checking and planning fleets: the real one of 2i2c, and 10,000 hubs made of it.

The rival does less: PyYAML's C loader reads the same files and nothing else. No other tool that plans these files can be
run here, so this is a lower bound, by which the price of checking, resolving and planning can be judged.
The configuration of 2i2c is looked for in COMMONHUB_BENCH_2I2C, then beside the checkout (`../shared/data/fleet-2i2c`);
without it the sample fleet is copied instead, and the table says so.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import django
import yaml

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonhub.settings")
django.setup()

import measuring  # noqa: E402 - after the setup that records need, though none is read here
from commonhub.fleet import history, reading, trees  # noqa: E402
from commonhub.fleet.importing import twoi2c  # noqa: E402
from commonhub.hubs import plan as plans  # noqa: E402
from commonhub.hubs import wishes  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("COMMONHUB_BENCH_2I2C", ROOT.parent / "shared" / "data" / "fleet-2i2c"))
SAMPLE = ROOT / "examples" / "fleet"
WHO = history.Person(name="Bench", email="bench@localhost")
DOMAINS = re.compile(r"(?m)^domains:\n(?:[ -].*\n)+")  # would meet in every copy
COPY = "--copy"  # tells this script to act as a fresh process that reads one fleet


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of one fleet."""

    hubs: int
    first: float  # read, check, resolve and plan every hub as new
    yaml: float  # the rival
    memory: float  # MB: the largest that the process grew to
    after: tuple[float, ...] = ()  # the same after one commit, each


def measure(asked: measuring.Asked) -> measuring.Measured:
    files, source = _fleet()
    sizes = (250, 500) if asked.quick else (2_500, 5_000, 10_000)
    rounds = asked.times(5, 1)
    with tempfile.TemporaryDirectory(prefix="chb-") as folder:
        real = _written(Path(folder, "real"), files)
        small = [_in_fresh_process(real, 0) for _ in range(rounds)]
        large = {}
        for size in sizes:
            root = _written(Path(folder, str(size)), _copies(files, size))
            large[size] = [_in_fresh_process(root, rounds) for _ in range(asked.times(3, 1))]
    return _told(source, small, large)


def _fleet() -> tuple[Mapping[str, str], str]:
    if DATA.is_dir():
        return twoi2c.import_2i2c(DATA).files(), "2i2c"
    found = (path for path in sorted(SAMPLE.rglob("*.yaml")) if trees.is_read(path.relative_to(SAMPLE).as_posix()))
    return {path.relative_to(SAMPLE).as_posix(): path.read_text(encoding="utf-8") for path in found}, "the sample"


def _copies(files: Mapping[str, str], hubs: int) -> dict[str, str]:
    """The communities of a fleet again and again, each time under other names, until there are so many hubs."""
    made, found = {"fleet.yaml": files["fleet.yaml"]}, 0
    communities = sorted({path.split("/")[1] for path in files if path.startswith("communities/")})
    for number in count():
        for community in communities:
            for path, text in files.items():
                if path.startswith(f"communities/{community}/"):
                    found += "/hubs/" in path
                    if found > hubs:
                        return made
                    other = path.replace(f"/{community}/", f"/{community[:30].rstrip('-')}-{number}/", 1)
                    made[other] = DOMAINS.sub("", text)
    return made


def _written(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    history.FleetRepository.create(root, who=WHO, why="Begin the fleet")
    return root


def _in_fresh_process(root: Path, commits: int) -> Times:
    """A process of its own, so that no fleet finds the memory or the caches of another."""
    words = [sys.executable, __file__, COPY, str(root), str(commits)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    hubs, first, plain, memory, *after = (float(word) for word in done.stdout.split())
    return Times(hubs=int(hubs), first=first, yaml=plain, memory=memory, after=tuple(after))


def _read_one(root: Path, commits: int) -> Times:
    """What the keeper does: read the newest commit, check, resolve, plan; then again after each commit."""
    begun = time.perf_counter()
    wanted = wishes.Wishes(folder=root)
    wanted.look()
    steps = plans.plan(wanted.hubs.values(), {})
    first = time.perf_counter() - begun
    if wanted.in_force is None or len(steps) != len(wanted.hubs):
        raise RuntimeError(f"the fleet is not sound: {wanted.faults[:3]}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / measuring.MB
    applied = {step.hub_id: plans.Applied(digest=step.hub.digest, settings={}) for step in steps if step.hub}
    repository = history.FleetRepository(root)
    hub_files = sorted(root.glob("communities/*/hubs/*.yaml"))
    after = []
    for number in range(commits):
        path = hub_files[(number + 1) * len(hub_files) // (commits + 1)]
        changed = re.sub(r"(?m)^title: .*$", f"title: Changed at {time.time_ns()}", path.read_text(encoding="utf-8"))
        path.write_text(changed, encoding="utf-8")
        repository.commit([path.relative_to(root).as_posix()], who=WHO, why="Change a title")
        begun = time.perf_counter()
        wanted.look()
        found = plans.plan(wanted.hubs.values(), applied)
        after.append(time.perf_counter() - begun)
        if len(found) != number + 1:
            raise RuntimeError(f"{len(found)} steps after {number + 1} changes")
    return Times(hubs=len(steps), first=first, yaml=_yaml_alone(root), memory=memory, after=tuple(after))


def _yaml_alone(root: Path) -> float:
    entries = reading.trees.folder(root).entries
    begun = time.perf_counter()
    for entry in entries:
        yaml.load(entry.load(), yaml.CSafeLoader)
    return time.perf_counter() - begun


def _told(source: str, small: list[Times], large: dict[int, list[Times]]) -> measuring.Measured:
    most = max(large)
    each = {size: median(one.first for one in runs) / runs[0].hubs for size, runs in large.items()}
    growth = each[most] / each[min(large)]
    rows = [
        _row(f"check and plan of {source}'s fleet, {small[0].hubs} hubs", "at most 1 s", small, met=_first(small) <= 1),
        _row(
            f"check and plan of {large[most][0].hubs:,} hubs",
            "at most 20 s, linear",
            large[most],
            met=_first(large[most]) <= 20 and growth <= 1.25,
        ),
    ]
    after = [seconds for one in large[most] for seconds in one.after]
    rows.append(
        measuring.Row(
            what="the same after one commit",
            goal="at most 0.3 s",
            ours=measuring.spread(after),
            met=median(after) <= 0.3,
        )
    )
    per_hub = ", ".join(f"{size:,} hubs {seconds * 1000:.2f} ms each" for size, seconds in sorted(each.items()))
    how = (
        f"Each time in a fresh process, from git. The rival is PyYAML's C loader reading the same files, which checks and "
        f"plans nothing. Linear: {per_hub}. Largest memory at {most:,} hubs: {large[most][0].memory:.0f} MB, "
        f"with every file's model kept for the next commit."
    )
    numbers = {
        "fleet": [one.first for one in small],
        **{str(size): [one.first for one in runs] for size, runs in large.items()},
        "after": after,
        "yaml": {str(size): [one.yaml for one in runs] for size, runs in large.items()},
    }
    return measuring.Measured(rows=tuple(rows), how=how, numbers=numbers)


def _first(runs: list[Times]) -> float:
    return median(one.first for one in runs)


def _row(what: str, goal: str, runs: list[Times], *, met: bool) -> measuring.Row:
    theirs = [one.yaml for one in runs]
    return measuring.Row(
        what=what,
        goal=goal,
        ours=measuring.spread([one.first for one in runs]),
        rival=f"{measuring.spread(theirs)} for reading YAML alone",
        ratio=f"{_first(runs) / median(theirs):.1f}",
        met=met,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == [COPY]:
        one = _read_one(Path(sys.argv[2]), int(sys.argv[3]))
        print(one.hubs, one.first, one.yaml, one.memory, *one.after)
    else:
        measuring.run("plan", measure)
