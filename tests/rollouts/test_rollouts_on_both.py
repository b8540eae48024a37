"""Roll-outs go the same way on SQLite and on PostgreSQL."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("rollouts_exercise.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the exercise saw on one of the two databases."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        "COMMONHUB_STATE": str(tmp_path_factory.mktemp("state")),
    }
    if request.param == "postgresql":
        environment["COMMONHUB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    done = subprocess.run(
        [sys.executable, EXERCISE, tmp_path_factory.mktemp("work") / "fleet"],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen.pop("vendor") == request.param
    return seen


def test_the_bad_one_is_taken_back_and_the_good_one_is_done(facts: dict[str, Any]):
    first, second = facts["told"]
    assert (first["title"], first["state"], first["reached"]) == ("Ünsinn 李", "back", 1)
    assert (second["state"], second["reached"]) == ("done", 3)
    assert facts["limits"] == dict.fromkeys(("main", "second", "staging"), 3 * 10**9)
    assert facts["head"] == "Better"


def test_verdicts_and_settings_come_back_as_they_went(facts: dict[str, Any]):
    staging = facts["told"][0]["hubs"][0]
    assert (staging["hub"], staging["settings"]) == ("reef/staging", ["memory_limit"])
    assert staging["verdict"]["words"] == "The start did not work."
    assert staging["back"]["failed"] is None


def test_the_database_itself_refuses_a_hub_twice_and_a_stage_left_twice(facts: dict[str, Any]):
    assert facts["a hub twice refused"]
    assert facts["moved by two"] == [True, False]


def test_the_audit_is_whole_afterwards(facts: dict[str, Any]):
    assert facts["audit is whole"]
