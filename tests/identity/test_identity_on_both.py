"""Accounts made and used by many at once keep their promises on SQLite and on PostgreSQL."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("identity_exercise.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the exercise saw on one of the two databases."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")} | {
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
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


def test_of_eight_at_once_three_get_in_by_a_link_for_three(facts: dict[str, Any]):
    assert facts["eight come by a link for three"] == ["NotFoundError"] * 5 + ["done"] * 3
    assert facts["accounts by it"] == 3


def test_of_five_who_want_one_handle_one_gets_it_and_the_others_use_no_place(facts: dict[str, Any]):
    assert facts["five want one handle"] == ["CommonhubError"] * 4 + ["done"]
    assert facts["a link for nine was used"] == 1


def test_a_token_serves_many_at_once_and_then_nobody(facts: dict[str, Any]):
    assert facts["six use one token"] == ["done"] * 6
    assert facts["last used"]
    assert facts["after everything ended"] == ["RefusedError"] * 2
