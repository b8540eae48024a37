"""Lists of changes are narrowed alike on SQLite and on PostgreSQL."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
EXERCISE = Path(__file__).with_name("change_lists_exercise.py")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the exercise saw on one of the two databases."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
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


def test_a_list_is_narrowed_by_what_is_asked_for(facts: dict[str, Any]):
    assert facts == {
        "all": ["Theirs", "Bigger", "Tag"],
        "kind": ["Bigger", "Tag"],
        "who": ["Bigger"],
        "state": [],
        "community": ["Bigger", "Tag"],
        "hub": ["Tag"],
    }
