"""People's records keep one set of promises on SQLite and on PostgreSQL, also when several act at the same moment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("people_exercise.py")
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the exercise saw on one of the two databases."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment |= {
        "PYTHONPATH": str(SOURCE),
        "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        "COMMONHUB_STATE": str(tmp_path_factory.mktemp("state")),
    }
    if request.param == "postgresql":
        environment["COMMONHUB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    done = subprocess.run(
        [sys.executable, EXERCISE],
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


def test_of_four_who_take_the_last_place_at_once_one_gets_it(facts: dict[str, Any]):
    outcomes, used, members = facts["last place"]
    assert outcomes == ["NotFoundError"] * 3 + ["done"]
    assert (used, members) == (1, 1)


def test_a_list_that_is_taken_twice_at_once_is_taken_once(facts: dict[str, Any]):
    assert facts["same list"] == [["RefusedError", "done"], 50]


def test_a_person_who_is_added_three_times_at_once_is_there_once(facts: dict[str, Any]):
    outcomes, members = facts["same person"]
    assert members == 1
    assert set(outcomes) <= {"done", "RefusedError"}
    assert "done" in outcomes


def test_two_sides_may_sign_at_the_same_moment(facts: dict[str, Any]):
    assert facts["both sides"] == [["done"] * 3, "in-force", 2]


def test_days_and_what_is_amiss_are_written_over_and_taken_away(facts: dict[str, Any]):
    assert facts["two days"] == [2, 0, True]


def test_what_waits_is_counted_by_the_database(facts: dict[str, Any]):
    (sentence,) = facts["waiting"]
    assert sentence.endswith("There are 14 more like it.")


def test_the_roster_comes_out(facts: dict[str, Any]):
    assert facts["taken out"] == 51


def test_the_audit_of_acts_at_the_same_moment_is_unbroken(facts: dict[str, Any]):
    assert facts["audit"]
