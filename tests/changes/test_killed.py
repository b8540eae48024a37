"""Killed at any moment of proposing and committing, a change is all there or not there at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXERCISE = Path(__file__).with_name("killed_exercise.py")
SOURCE = EXERCISE.parents[2] / "src"
TIMES = 110


@pytest.mark.timeout(200)
def test_killed_at_any_moment_a_change_is_whole_or_not_there(tmp_path: Path):
    (tmp_path / "state").mkdir()
    (tmp_path / "fleet").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment = kept | {
        "PYTHONPATH": str(SOURCE),
        "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        "COMMONHUB_STATE": str(tmp_path / "state"),
    }
    done = subprocess.run(
        [sys.executable, EXERCISE, tmp_path / "fleet", str(TIMES), "4"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "failed" not in done.stderr, done.stderr[-4000:]
    seen = json.loads(done.stdout)
    assert seen["amiss"] == [], done.stderr[-4000:]
    assert seen["changes"] >= 10
    assert seen["died while committing"] > 0
