"""`commonhub change` where no keeper runs: on the fleet folder itself, by the machine's owner."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from changes import folder_stage

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A fleet with records, and a way to run the command on it."""
    root = tmp_path_factory.mktemp("command")
    folder_stage.begin(root / "fleet")
    portal = root / "state" / "portal"
    portal.mkdir(parents=True)
    (portal / "secret_key").write_text("x" * 60)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment = kept | {"PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "commonhub.settings"}
    migrated = environment | {"COMMONHUB_STATE": str(portal)}
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=migrated, check=True)

    def run(*words, code=0):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "commonhub.cli.main",
                "change",
                *words,
                "--fleet",
                "fleet",
                "--state",
                root / "state",
            ],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run, root


def test_a_change_is_seen_made_listed_shown_and_undone(stage):
    run, root = stage
    seen = run("propose", "reef/main", "--image", "quay.io/reef/analysis:2026-03", "--dry-run")
    assert "Image of each server: quay.io/reef/analysis:2026-01 → quay.io/reef/analysis:2026-03" in seen
    assert "It changes nothing that has a price." in seen
    done = run("propose", "reef/main", "--image", "quay.io/reef/analysis:2026-03", "-m", "The spring release")
    assert "Change 1: It is committed" in done
    assert json.loads(run("list", "--json"))["changes"][0]["title"] == "The spring release"
    assert "can: undo" in run("show", "1")
    assert "Change 2: It is committed" in run("undo", "1")
    log = subprocess.run(
        ["git", "-C", root / "fleet", "log", "--format=%s"], capture_output=True, text=True, check=True
    )
    assert log.stdout.splitlines()[:2] == ["Undo change 1: The spring release", "The spring release"]


def test_a_hub_goes_only_with_its_name_typed(stage):
    run, _ = stage
    assert "type mtengo/main" in run("propose", "mtengo/main", "--remove", code=4)


def test_a_file_is_edited_as_a_whole(stage):
    run, root = stage
    (root / "new.yaml").write_text("title: Reef laboratory\n")
    done = run("propose", "--edit", f"communities/reef/hubs/lab.yaml=@{root / 'new.yaml'}", "-m", "Simpler")
    assert "It is committed" in done


def test_what_is_not_there_is_said_in_words(stage):
    run, _ = stage
    assert "is no size" in run("propose", "reef/main", "--memory", "lots", code=4)
