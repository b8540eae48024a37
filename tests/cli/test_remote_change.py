"""`commonhub remote change` and `remote rollout`, over real HTTP, by the cast's own tokens."""

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import live
from commonhub.api import door
from commonhub.changes import models
from commonhub.cli import main, remote_change, terminal
from commonhub.ground import clock
from portal.pages import changing

pytestmark = pytest.mark.django_db  # each test's changes of the records are taken back; the portal and its folder stay
TITLES = (f"Reef maps, sheet {number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker) -> Iterator[live.Site]:
    with (
        tempfile.TemporaryDirectory(prefix="ch-", dir="/tmp") as folder,
        live.site(django_db_blocker, Path(folder)) as made,
    ):
        yield made


@pytest.fixture
def remote(site, monkeypatch):
    """`remote(handle, *words)`: one of the cast types `commonhub remote WORDS`."""
    door.PACE._due.clear()

    def typed(handle, *words):
        monkeypatch.setenv("XDG_CONFIG_HOME", site.config(handle))
        return CliRunner().invoke(main.app, ["remote", *map(str, words)])

    return typed


@pytest.fixture
def waiting(remote):
    """The number of a change that waits for its consent."""
    done = remote("bob", "change", "propose", "reef/main", "--title", next(TITLES), "-m", "Shorter", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["change"]["number"]


def test_a_change_is_looked_at_proposed_shown_and_undone(remote):
    words = ("change", "propose", "reef/main", "--title", next(TITLES))
    before = remote("dan", *words, "--dry-run")
    assert before.exit_code == 0, before.output
    assert "+++ b/communities/reef/hubs/main.yaml" in before.stdout
    assert not models.Change.objects.exists()
    done = remote("dan", *words, "-m", "A clearer name.\nThe old one was long.")
    assert "It is committed, and the hubs follow it." in done.stdout.splitlines()[-1]
    number = models.Change.objects.get().pk
    shown = remote("dan", "change", "show", number)
    assert shown.stdout.startswith(f"Change {number}: A clearer name.\n")
    assert "The old one was long." in shown.stdout
    assert json.loads(remote("dan", "change", "show", number, "--json").stdout)["number"] == number
    undone = remote("dan", "change", "undo", number, "-m", "They liked the old one.")
    assert "It is committed" in undone.stdout, undone.output


def test_a_change_that_waits_is_listed_agreed_to_declined_and_withdrawn(remote, waiting):
    listed = remote("carol", "change", "list", "--open", "--of", "reef/main")
    assert listed.stdout.splitlines()[1].startswith(f"{waiting} ")
    assert json.loads(remote("carol", "change", "list", "--json").stdout)["changes"][0]["state"] == "waiting"
    assert remote("carol", "change", "list", "--of", "mtengo").stdout == "There is no change.\n"
    refused = remote("bob", "change", "agree", waiting)
    assert refused.exit_code == terminal.REFUSED
    assert "commonhub remote ask change:approve-routine reef/main" in refused.stderr
    assert remote("carol", "change", "decline", waiting).exit_code == terminal.REFUSED  # no reason
    declined = remote("carol", "change", "decline", waiting, "-m", "Not now.", "--json")
    assert json.loads(declined.stdout)["change"]["because"] == "Not now."
    assert remote("carol", "change", "agree", waiting).exit_code == terminal.REFUSED


def test_the_last_consent_commits_it(remote, waiting):
    assert "It is committed" in remote("carol", "change", "agree", waiting, "-m", "Good.").stdout


def test_ones_own_is_withdrawn_and_anothers_is_not_there(remote, waiting):
    assert remote("eve", "change", "show", waiting).exit_code == terminal.FAILED
    assert remote("eve", "change", "withdraw", waiting).exit_code == terminal.FAILED
    assert "It was withdrawn." in remote("bob", "change", "withdraw", waiting).stdout


def test_a_file_is_sent_whole(remote, tmp_path):
    new = tmp_path / "new.yaml"
    new.write_text(f"title: {next(TITLES)}  # as agreed\n")
    file = "communities/reef/hubs/lab.yaml"
    done = remote("carol", "change", "propose", "--edit", f"{file}=@{new}", "--dry-run", "--json")
    assert "# as agreed" in json.loads(done.stdout)["difference"]
    gone = remote("carol", "change", "propose", "--edit", f"{file}=", "--dry-run", "--json")
    assert json.loads(gone.stdout)["confirm"] == "reef/lab"
    assert "is no edit" in remote("carol", "change", "propose", "--edit", f"{file}=x").stderr
    assert "can't be read" in remote("carol", "change", "propose", "--edit", f"{file}=@{tmp_path}/none").stderr


def test_a_roll_out_is_seen_paused_resumed_and_stopped(site, remote):
    assert remote("alice", "rollout", "list").stdout == "There is no roll-out that you may see.\n"
    number = changing.rollout(clock.system_clock(), [{"hub_id": "reef/main"}]).pk
    listed = remote("dan", "rollout", "list", "--of", "reef/main")
    assert "Watches what was done: cohort 1 of 1" in listed.stdout
    assert remote("dan", "rollout", "pause", number).exit_code == terminal.REFUSED
    assert remote("zuri", "rollout", "pause", number).exit_code == terminal.FAILED
    assert remote("alice", "rollout", "pause", number, "-m", "A course.").stdout.startswith("Paused roll-out")
    assert remote("alice", "rollout", "resume", number).stdout.startswith("Resumed roll-out")
    assert json.loads(remote("alice", "rollout", "stop", number, "--json").stdout)["said"].startswith("Stopped")
    assert json.loads(remote("alice", "rollout", "list", "--json").stdout)["rollouts"][0]["state"] == "going-back"


def test_signs_that_would_steer_the_terminal_are_not_shown(remote):
    told = {"a\x1b[31m": ["one\ntwo\x07", {"n": 3, "none": None}]}
    assert remote_change.shown(told) == {"a\ufffd[31m": ["one\ntwo\ufffd", {"n": 3, "none": None}]}
    done = remote(
        "bob", "change", "propose", "reef/main", "--title", next(TITLES), "-m", "Red \x1b[31m and\n\x1b]0;x\x07"
    )
    assert done.exit_code == 0, done.output
    for words in (("list",), ("show", models.Change.objects.get().pk)):
        shown = remote("bob", "change", *words)
        assert shown.exit_code == 0, shown.output
        assert "\x1b" not in shown.output
