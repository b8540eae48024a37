"""Keepers and conductors are killed with SIGKILL at random moments, more than a hundred times: nothing is ever half done."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from commonhub.fleet import history
from rollouts import lasting
from rollouts.under_way import ALICE, Fleet, hub_text, memory

KILLS = 120
NAMES = ("main", "second", "third", "staging")
TESTS = Path(__file__).resolve().parents[1]
LONGEST = 0.45  # seconds until a kill: longer than what a whole roll-out takes undisturbed, more or less


class Mortal:
    """The fleet, its records, and a process that is killed again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fleet = folder / "fleet"
        self.write(
            {"fleet.yaml": json.dumps({"name": "Mortal"}), "communities/reef/community.yaml": '{"title": "Reef"}'}
        )
        self.write({Fleet.file(name): hub_text(name) for name in NAMES})
        self.git = history.FleetRepository.create(self.fleet, who=ALICE, why="Begin")
        (folder / "records").mkdir()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
        environment |= {
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
            "DJANGO_SETTINGS_MODULE": "commonhub.settings",
            "COMMONHUB_STATE": str(folder / "records"),
        }
        self._errors = (folder / "errors").open("w")
        self.process = subprocess.Popen(
            [sys.executable, TESTS / "rollouts" / "mortal.py", folder],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.fleet / path).parent.mkdir(parents=True, exist_ok=True)
            (self.fleet / path).write_text(text)

    def go(self, kill_after: float | None) -> int:
        """Let a child keep the fleet, and kill it; how it ended."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        stdin.write(f"{kill_after or 60}\n")
        stdin.flush()
        return int(stdout.readline())

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.wait(30)
        self._errors.close()

    def rows(self, question: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "records" / "commonhub.sqlite", timeout=10)) as book:
            return book.execute(question).fetchall()

    def limits(self) -> dict[str, int | None]:
        return lasting.limits(self.folder / "engine.json")

    def change(self, number: int) -> str:
        """Every third change is bad."""
        size = f"{100 + number}G" if number % 3 == 2 else f"{1 + number % 50}G"  # lasting.BAD is 100 G
        files: dict[str, str | None] = {Fleet.file(name): hub_text(name, **memory(size)) for name in NAMES}
        return self.git.change(files, who=ALICE, why=f"Change {number}: {size}").id


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    made = Mortal(tmp_path)
    try:
        yield made
    finally:
        made.close()


def check(mortal: Mortal) -> None:
    """What must be true at every moment, whoever was killed."""
    running = mortal.limits()
    bad = {name for name, limit in running.items() if (limit or 0) >= lasting.BAD}
    assert bad <= {"staging"}, "a setting that fails its probe is beyond the first cohort"
    for number, hub_id, before, after, reached, state in mortal.rows(
        "select r.id, h.hub_id, h.before, h.after, h.reached, r.state from rollouts_rollouthub h "
        "join rollouts_rollout r on r.id = h.rollout_id where r.state in ('running', 'paused', 'going-back')"
    ):
        limit = running[hub_id.partition("/")[2]]
        old, new = (json.loads(each)["memory_limit"] for each in (before, after))
        assert limit in {old, new}, (number, hub_id)
        assert limit == old or reached, f"{hub_id} has it before its turn"
        assert state in {"running", "going-back"}
    assert (
        mortal.rows(
            "select 1 from rollouts_rollout r left join rollouts_rollouthub h on h.rollout_id = r.id where h.id is null"
        )
        == []
    )
    trailers = [
        line for commit in mortal.git.log(limit=500) for line in commit.body.splitlines() if "Roll-out:" in line
    ]
    assert len(trailers) == len(set(trailers)), "a roll-out is taken back twice"


def test_roll_outs_killed_at_random_moments_are_never_half_done(mortal: Mortal):
    dice = random.Random(20260302)
    assert mortal.go(None) == 0, (mortal.folder / "errors").read_text()
    kills, number, commits = 0, 0, []
    while kills < KILLS:
        commits.append(mortal.change(number))
        number += 1
        ended = -signal.SIGKILL
        while ended == -signal.SIGKILL and kills < KILLS:
            ended = mortal.go(dice.uniform(0.005, LONGEST))
            kills += ended == -signal.SIGKILL
            assert ended in {0, -signal.SIGKILL}, (mortal.folder / "errors").read_text()
            check(mortal)
        if ended == -signal.SIGKILL:
            assert mortal.go(None) == 0, (mortal.folder / "errors").read_text()
            check(mortal)
    found = dict(mortal.rows('select "commit", count(*) from rollouts_rollout group by "commit"'))
    assert found == dict.fromkeys(commits, 1), "each change was rolled out once"
    states = [state for (state,) in mortal.rows("select state from rollouts_rollout order by id")]
    assert states == ["back" if each % 3 == 2 else "done" for each in range(number)]
    for verb, wanted in (
        ("rollout.begin", number),
        ("rollout.done", states.count("done")),
        ("rollout.was-back", states.count("back")),
    ):
        assert mortal.rows(f"select count(*) from audit_auditentry where verb = '{verb}'") == [(wanted,)], verb
    assert mortal.git.uncommitted() == ()
    assert len(set(mortal.limits().values())) == 1
