"""`commonhub remote`: a portal from afar, over real HTTP, by the cast's own tokens."""

import json
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import charter_stage
from api import api_stage, live
from commonhub.api import door
from commonhub.cli import main, remote_api, remote_book, terminal
from commonhub.communities import joining, models
from commonhub.identity import askers

pytestmark = pytest.mark.django_db  # each test's changes of the records are taken back; the portal stays


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

    def typed(handle, *words, stdin=""):
        monkeypatch.setenv("XDG_CONFIG_HOME", site.config(handle))
        return CliRunner().invoke(main.app, ["remote", *map(str, words)], input=stdin)

    return typed


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A terminal in which nobody has signed in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return lambda *words, stdin="": CliRunner().invoke(main.app, ["remote", *words], input=stdin)


def test_signing_in_keeps_the_token_for_the_users_eyes_alone(site, fresh, tmp_path):
    done = fresh("login", f"{site.url}/", stdin=f"{site.tokens['dan']}\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"You are Dan Rahman (dan) at {site.url}, until ")
    assert site.tokens["dan"] not in done.output
    kept = tmp_path / "commonhub" / "remotes.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert fresh("me").stdout.startswith("Dan Rahman (dan) at ")
    assert fresh("logout").exit_code == 0
    assert site.tokens["dan"] not in kept.read_text()
    assert fresh("me").exit_code == terminal.REFUSED


def test_a_wrong_token_is_not_kept(site, fresh, tmp_path):
    done = fresh("login", site.url, stdin="ch_wrong\n")
    assert done.exit_code == terminal.REFUSED
    assert "This token is not known." in done.stderr
    assert not (tmp_path / "commonhub").exists()
    assert fresh("login", site.url, stdin="\n").exit_code == terminal.FAILED


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hubs.example.org", terminal.REFUSED),
        ("ftp://localhost", terminal.FAILED),
        ("hubs.example.org", terminal.FAILED),
        ("https://eve@hubs.example.org", terminal.FAILED),
        ("https://hubs.example.org/?x=1", terminal.FAILED),
        ("http://localhost:1", terminal.AWAY),
    ],
)
def test_a_token_goes_nowhere_in_clear_and_to_no_strange_address(fresh, url, code):
    done = fresh("login", url, stdin="ch_x\n")
    assert done.exit_code == code, done.output
    assert "ch_x" not in done.output


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(site, fresh):
    done = fresh("login", site.url.replace("http:", "https:"), stdin="ch_x\n")
    assert done.exit_code == terminal.AWAY
    assert "certificate" in done.stderr


def test_a_file_of_tokens_that_was_spoilt_is_told_of(fresh, tmp_path):
    (tmp_path / "commonhub").mkdir()
    (tmp_path / "commonhub" / "remotes.json").write_text("[]")
    done = fresh("me")
    assert done.exit_code == terminal.FAILED
    assert "Remove it, and sign in again." in done.stderr


def test_may_ends_with_nought_for_yes_and_one_for_no_and_says_why(remote):
    yes = remote("dan", "may", "person:add", "reef/main")
    assert yes.exit_code == 0
    assert "For: Dan Rahman is Hub Administrator for reef/main" in yes.stdout
    no = remote("dan", "may", "hub:restart", "reef/main")
    assert no.exit_code == 1
    assert no.stdout.splitlines()[-1].endswith("carried here by Alice Okafor.")
    assert json.loads(remote("dan", "may", "hub:restart", "reef/main", "--json").stdout)["allowed"] is False
    assert remote("dan", "may", "hub:fly").exit_code == terminal.FAILED


def test_a_refusal_is_said_with_who_can_and_how_to_ask_them(remote):
    done = remote("dan", "hub", "restart", "reef/main")
    assert done.exit_code == terminal.REFUSED
    assert "carried here by Alice Okafor" in done.stderr
    assert "To ask them: commonhub remote ask hub:restart reef/main" in done.stderr
    asked = remote("dan", "ask", "hub:restart", "reef/main", "-m", "It hangs.")
    assert asked.stdout == "Your request is kept. You are told when somebody has answered it.\n"
    waiting = json.loads(remote("alice", "duties", "--json").stdout)["duties"]
    number = next(each["number"] for each in waiting if "It hangs." in each["sentence"])
    assert "Dan Rahman asks you to restart reef/main. “It hangs.”" in remote("alice", "duties").stdout
    assert remote("eve", "answer", number).exit_code == terminal.FAILED
    assert remote("alice", "answer", number, "-m", "Done.").stdout == "Dan Rahman was told.\n"
    assert remote("alice", "answer", number).exit_code == terminal.REFUSED


def test_a_refusal_in_json_has_the_shape_of_the_other_commands(remote):
    done = remote("eve", "people", "list", "reef/main", "--json")
    assert done.exit_code == terminal.REFUSED
    assert set(json.loads(done.stdout)["error"]) == {"message", "mend"}


def test_a_hub_is_woken_read_and_put_to_sleep(remote):
    assert remote("alice", "hub", "wake", "reef/lab").stdout == "reef/lab is awake.\n"
    assert "awake" in remote("alice", "hub", "logs", "reef/lab", "-n", "5").stdout
    assert remote("alice", "hub", "restart", "reef/lab").exit_code == 0
    assert json.loads(remote("alice", "hub", "sleep", "reef/lab", "--json").stdout)["verb"] == "sleep"
    assert remote("alice", "hub", "wake", "reef/none").exit_code == terminal.FAILED
    assert remote("alice", "hub", "wake", "reef/../../me").exit_code == terminal.FAILED


def test_a_home_is_removed_by_its_typed_name_and_kept(remote):
    refused = remote("carol", "hub", "remove-home", "reef/main", "eve")
    assert refused.exit_code == terminal.REFUSED
    assert "Eve Banda may use" in refused.output
    assert remote("dan", "people", "remove", "reef/main", "eve").exit_code == 0
    assert remote("dan", "hub", "remove-home", "reef/main", "eve").exit_code == terminal.REFUSED
    shown = remote("carol", "hub", "remove-home", "reef/main", "eve").stdout
    assert shown.endswith("To confirm it, type reef/main/eve.\n")
    assert remote("carol", "hub", "remove-home", "reef/main", "eve", "--confirm", "eve").exit_code == terminal.FAILED
    done = remote("carol", "hub", "remove-home", "reef/main", "eve", "--confirm", "reef/main/eve", "--json")
    assert json.loads(done.stdout)["asked_by"] == "carol"
    assert remote("carol", "hub", "keep-home", "reef/main", "eve").stdout == (
        "The files of Eve Banda stay on Reef analysis.\n"
    )
    assert remote("carol", "hub", "keep-home", "reef/main", "eve").exit_code == terminal.FAILED


def test_people_are_let_in_listed_removed_and_brought_in_as_a_list(remote, tmp_path):
    assert "Mallory may use reef/main now." in remote("dan", "people", "add", "reef/main", "mallory").stdout
    fresh = json.loads(remote("dan", "people", "add", "reef/main", "frida", "--name", "Frida Sow", "--json").stdout)
    assert fresh["link"].startswith("http://localhost:8000/invitations/")
    assert "frida    Frida Sow" in remote("dan", "people", "list", "reef/main").stdout
    assert "may not use" in remote("dan", "people", "remove", "reef/main", "mallory", "--because", "Left.").stdout
    removed = json.loads(remote("dan", "people", "list", "reef/main", "--removed", "--json").stdout)["people"]
    assert [each["handle"] for each in removed] == ["mallory"]
    file = tmp_path / "list.csv"
    file.write_text("handle;name\nnorah;Norah Chen\nfrida;\n")
    shown = remote("dan", "people", "import", "reef/main", file)
    assert "It would be: 1 new, 1 there." in shown.stdout
    assert not models.Person.objects.filter(handle="norah").exists()
    assert remote("dan", "people", "import", "reef/main", "-", "--yes", stdin=file.read_text()).exit_code == 0
    assert models.Membership.objects.filter(person__handle="norah", hub="reef/main").exists()
    assert remote("eve", "people", "import", "reef/main", file).exit_code == terminal.REFUSED


def test_a_long_list_is_fetched_whole(remote, site):
    moment = charter_stage.person("eve").made
    people = models.Person.objects.bulk_create(
        models.Person(handle=f"crowd-{number:03}", name="Crowd", password="!", made=moment) for number in range(120)
    )
    models.Membership.objects.bulk_create(
        models.Membership(hub_id="reef/lab", person=each, since=moment, via="import") for each in people
    )
    found = json.loads(remote("carol", "people", "list", "reef/lab", "--json").stdout)["people"]
    assert [each["handle"] for each in found] == [f"crowd-{number:03}" for number in range(120)]


def test_links_are_made_and_requests_are_answered(remote):
    assert "It lets 3 in until" in remote("dan", "invite", "reef/main", "--most", "3").stdout
    person = charter_stage.person("bob")
    now = door.clock.system_clock()
    joining.ask(askers.of(charter_stage.person("zuri")), "reef/lab", charter_stage.person("zuri"), now=now)
    number = json.loads(remote("carol", "requests", "list", "reef/lab", "--json").stdout)[0]["number"]
    assert "Zuri Phiri" in remote("carol", "requests", "list", "reef/lab").stdout
    assert remote("zuri", "requests", "accept", "mtengo/main", number).exit_code == terminal.FAILED
    assert remote("carol", "requests", "decline", "reef/lab", number, "-m", "Full.").exit_code == 0
    assert not models.Membership.objects.filter(person__handle="zuri", hub="reef/lab").exists()
    assert person.can_sign_in


def test_a_role_is_given_and_taken_by_commits_in_the_persons_name(remote, site):
    done = remote("carol", "appoint", "hub-administrator", "eve", "reef/lab", "--because", "Knows it best.")
    assert done.stdout == "Eve Banda is now Hub Administrator for reef/lab.\n"
    assert "eve" in site.kept.read("communities/reef/community.yaml")
    assert models.Appointment.objects.filter(handle="eve", hub="lab").exists()
    assert remote("dan", "end", "hub-administrator", "eve", "reef/lab").exit_code == terminal.REFUSED
    assert remote("carol", "end", "hub-administrator", "eve", "reef/lab").exit_code == 0
    assert not models.Appointment.objects.filter(handle="eve").exists()
    assert "Appointment" not in remote("carol", "audit", "reef", "--permission", "administrator:appoint").stdout
    told = [json.loads(line) for line in remote("carol", "audit", "reef", "--json").stdout.splitlines()]
    assert {"appointment.make", "appointment.end"} <= {each["verb"] for each in told}
    assert {each["via"] for each in told if each["verb"] == "appointment.make"} == {"api"}


def test_signing_out_can_end_the_token_at_the_portal(site, fresh):
    text = api_stage.token("mallory", now=door.clock.system_clock())
    fresh("login", site.url, stdin=text)
    assert "revoked" in fresh("logout", "--revoke").stdout
    assert fresh("login", site.url, stdin=text).exit_code == terminal.REFUSED


def test_what_comes_from_elsewhere_does_not_steer_the_terminal():
    assert remote_api.clean("a\x1b[2Jb\r\n\u202ec") == "a\ufffd[2Jb\ufffd\ufffd\ufffdc"


@pytest.mark.parametrize("word", ["", "reef", "reef/", "/main", "a/b/c", "./..", "../main"])
def test_a_hub_that_is_none_is_said_to_be_none(word):
    with pytest.raises(remote_api.errors.CommonhubError):
        remote_api.hub_path(word)


def test_the_file_of_tokens_is_where_the_user_keeps_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert remote_book.path() == tmp_path / ".config" / "commonhub" / "remotes.json"
