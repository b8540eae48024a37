"""Changes keep one set of promises on SQLite and on PostgreSQL, also when people act at the same moment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("changes_exercise.py")
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


def test_five_people_change_one_list_at_once_and_nobody_is_lost(facts: dict[str, Any]):
    assert facts["five at once"] == ["done"] * 5
    assert facts["groups"] == [1] * 5
    assert facts["commits"] == 6


def test_two_who_agree_at_once_make_one_commit(facts: dict[str, Any]):
    assert "done" in facts["both agree at once"]
    assert not [each for each in facts["both agree at once"] if each.startswith("failed")]
    assert facts["committed once"]
    assert facts["title"] == ["Title: Reef analysis → Reef: 李, zoë"]


def test_of_agreed_and_declined_one_holds(facts: dict[str, Any]):
    assert facts["agreed and declined at once"] == "done"
    assert facts["one of the two"]


def test_commits_by_editor_are_told_from_our_own(facts: dict[str, Any]):
    assert facts["by editor"] == ["By hand"]


def test_each_sees_what_is_theirs(facts: dict[str, Any]):
    assert facts["seen by zuri"] == 0
    assert facts["seen by dan"]
    assert facts["waits"] == []
