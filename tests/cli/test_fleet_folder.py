"""`init`, `validate`, `import`, `plan` and `apply` on a fleet that does not run."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
import yaml

from commonhub.fleet import history

AS_ROOT = os.geteuid() == 0
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "fleet-2i2c"
MAIN = "communities/coral-reef/hubs/main.yaml"
SAID = (
    *("--organisation", "O", "--community", "C", "--kind", "education"),
    *("--hub", "h", "--engineer", "alice", "--admin", "dan"),
)
URL = ("--url", "http://localhost:8000")


def test_init_asks_and_writes_a_sound_fleet_under_git(commonhub, fleet):
    whole = yaml.safe_load((fleet / "fleet.yaml").read_text())
    assert (whole["name"], whole["roles"]) == ("Our institute", {"site-reliability-engineer": [{"login": "alice"}]})
    community = yaml.safe_load((fleet / "communities/coral-reef/community.yaml").read_text())
    assert (community["title"], community["kind"]) == ("Coral reef", "research")
    assert community["roles"] == {"community-representative": [{"login": "carol"}]}
    assert yaml.safe_load((fleet / MAIN).read_text()) == {"title": "Reef lab", "login": {"kind": "commonhub"}}
    head = history.FleetRepository(fleet).head()
    assert head.subject == "Begin the fleet"
    assert commonhub("validate", "fleet").out == "The fleet is sound: 1 communities, 1 hubs.\n"


def test_init_with_nothing_but_its_first_answer_takes_what_it_offers(commonhub):
    said = commonhub("init", typed="Our institute\n\n\n\n\n\n\n")
    assert said.code == 0, said
    assert "then run: commonhub up fleet" in said.out
    assert commonhub("validate", "fleet").code == 0


def test_init_that_is_left_in_the_middle_writes_nothing(commonhub):
    said = commonhub("init", "fleet", typed="Our institute\nCoral\n")
    assert (said.code, "Traceback" in said.err) == (1, False)
    assert not (commonhub.folder / "fleet").exists()


@pytest.mark.parametrize("place", ["fleet", "fleet/fleet.yaml", "fleet/fleet.yaml/below"])
def test_init_writes_over_nothing(commonhub, fleet, place):
    before = (fleet / "fleet.yaml").read_text()
    commonhub("init", place, *SAID, *URL).failed(1)
    assert (fleet / "fleet.yaml").read_text() == before


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("--url", "nonsense"),
        ("--url", "ftp://x"),
        ("--url", "http://x:99999"),
        ("--url", "http://["),
        ("--organisation", ""),
        ("--community", " "),
        ("--hub", ""),
    ],
)
def test_init_tells_an_answer_that_cannot_be(commonhub, name, answer):
    commonhub("init", "new", *SAID, *URL, name, answer).failed(1)
    assert not (commonhub.folder / "new").exists()


@pytest.mark.parametrize("text", ["日本語", "!!!", '"', "O\x01: {", "a: #b\\", "- x", "'" * 9, "{{ x }}", "é" * 150])
def test_init_writes_any_words_so_that_they_are_read_again(commonhub, text):
    said = commonhub("init", "new", *SAID, *URL, "--organisation", text, "--community", text, "--hub", text)
    if said.code:
        said.failed(1)
    else:
        assert commonhub("validate", "new").code == 0
        assert yaml.safe_load((commonhub.folder / "new/fleet.yaml").read_text())["name"] == text


def test_validate_tells_every_fault_at_once_with_its_place(commonhub, fleet):
    (fleet / "fleet.yaml").write_text("name: Our institute\nurl: http://localhost:8123\nrouting: pahts\n")
    (fleet / MAIN).write_text("title: Reef lab\nadmin: [dan]\nserver:\n  memory: {limit: 1Q}\n")
    (fleet / "communities/coral-reef/community.yaml").write_text("title: [\n")
    said = commonhub("validate", "fleet")
    assert said.code == 1
    places = [line.split(": ")[0] for line in said.out.splitlines() if ": error: " in line]
    assert "fleet.yaml:3" in places
    assert {f"{MAIN}:2", f"{MAIN}:4"} <= set(places)
    assert any(place.startswith("communities/coral-reef/community.yaml:") for place in places)
    assert "admins" in said.out  # the nearest known key
    assert said.out.splitlines()[-1] == f"{len(places)} error(s), 0 warning(s). Nothing was changed."
    told = commonhub("validate", "fleet", "--json")
    assert told.code == 1
    assert (told.json["valid"], told.json["hubs"]) == (False, None)
    assert [f"{fault['file']}:{fault['line']}" for fault in told.json["faults"] if not fault["warning"]] == places
    assert all(set(fault) == {"file", "line", "problem", "mend", "warning"} for fault in told.json["faults"])


def test_validate_of_a_sound_fleet_as_json(commonhub, fleet):
    assert commonhub("validate", "fleet", "--json").json == {"valid": True, "hubs": 1, "faults": []}


@pytest.mark.parametrize("how", ["argument", "folder", "variable"])
def test_the_fleet_is_named_by_word_by_place_or_by_variable(commonhub, fleet, how):
    said = {
        "argument": lambda: commonhub("validate", fleet),
        "folder": lambda: commonhub("validate", cwd=fleet),
        "variable": lambda: commonhub("validate", COMMONHUB_FLEET=str(fleet)),
    }[how]()
    assert (said.code, said.err) == (0, "")


def test_plan_tells_the_steps_and_changes_nothing(commonhub, fleet):
    before = history.FleetRepository(fleet).head()
    assert commonhub("plan", "fleet").out == "Create coral-reef/main; it sleeps until its first visitor.\n"
    (step,) = commonhub("plan", "fleet", "--json").json["steps"]
    assert step == {
        "kind": "create",
        "hub": "coral-reef/main",
        "sentence": "Create coral-reef/main; it sleeps until its first visitor.",
        "restarts": False,
        "people": 0,
        "differences": [],
    }
    assert not (commonhub.folder / "state").exists()
    assert history.FleetRepository(fleet).head() == before


def test_apply_commits_what_was_edited_once_it_is_told_why(commonhub, fleet):
    (fleet / MAIN).write_text((fleet / MAIN).read_text().replace("Reef lab", "New lab"))
    assert MAIN in commonhub("apply", "fleet").failed(1)
    said = commonhub("apply", "fleet", "-m", "A better name")
    assert said.code == 0
    assert said.out == "Committed. Commonhub does not run here; 1 step(s) follow when it starts: commonhub up\n"
    head = history.FleetRepository(fleet).head()
    assert head.subject == "A better name"
    assert head.id.startswith(said.err.split()[1])
    again = commonhub("apply", "fleet")
    assert again.out.startswith("Nothing to commit. Commonhub does not run here; 1 step(s)")
    told = commonhub("apply", "fleet", "--json").json
    assert (told["running"], [step["kind"] for step in told["steps"]]) == (False, ["create"])


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_fleet_at_fault_is_not_applied(commonhub, fleet, verb):
    (fleet / MAIN).write_text("title: [\n")
    before = history.FleetRepository(fleet).head()
    said = commonhub(verb, "fleet", *(("-m", "x") if verb == "apply" else ()))
    assert "nothing was changed" in said.failed(1)
    assert f"{MAIN}:" in said.out
    assert history.FleetRepository(fleet).head() == before


@pytest.mark.skipif(not DATA.is_dir(), reason="the data of the real fleet does not lie beside the checkout")
def test_import_brings_in_a_real_fleet(commonhub):
    said = commonhub("import", "2i2c", DATA, "--into", "new")
    assert said.code == 0, said.err
    hubs = int(said.out.split(" hubs of ")[0])
    assert hubs > 100
    assert commonhub("validate", "new", "--json").json["hubs"] == hubs
    assert len(commonhub("plan", "new", "--json").json["steps"]) == hubs
    commonhub("import", "2i2c", DATA, "--into", "new").failed(1)
    report = commonhub("import", "2i2c", DATA, "--into", "other", "--json").json
    assert report["hubs"] == hubs


BAD = {
    "no fleet.yaml": lambda fleet: (fleet / "fleet.yaml").unlink(),
    "no UTF-8": lambda fleet: (fleet / "fleet.yaml").write_bytes(b"name: \xff\n"),
    "zero bytes": lambda fleet: (fleet / "fleet.yaml").write_bytes(b"\0" * 100),
    "a list": lambda fleet: (fleet / "fleet.yaml").write_text("- 1\n"),
    "deep": lambda fleet: (fleet / "fleet.yaml").write_text("[" * 50_000),
    "a folder": lambda fleet: ((fleet / "fleet.yaml").unlink(), (fleet / "fleet.yaml").mkdir()),
    "a link outwards": lambda fleet: ((fleet / MAIN).unlink(), (fleet / MAIN).symlink_to("/etc/passwd")),
    "a link in a ring": lambda fleet: ((fleet / MAIN).unlink(), (fleet / MAIN).symlink_to("main.yaml")),
}
BAD_GIT = {
    "no git": shutil.rmtree,
    "a bad HEAD": lambda git: (git / "HEAD").write_text("garbage\n"),
    "no objects": lambda git: shutil.rmtree(git / "objects"),
    "a file": lambda git: (shutil.rmtree(git), git.write_text("gitdir: /nowhere\n")),
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_folder_is_told_in_words(commonhub, fleet, name):
    BAD[name](fleet)
    said = commonhub("validate", "fleet")
    assert (said.code, said.err) == (1, "")
    assert ": error: " in said.out
    for words in (("plan", "fleet"), ("apply", "fleet", "-m", "x"), ("up", "fleet", "--detach")):
        commonhub(*words).failed(1)


@pytest.mark.parametrize("name", BAD_GIT)
def test_a_broken_history_is_told_in_words(commonhub, fleet, name):
    BAD_GIT[name](fleet / ".git")
    assert commonhub("validate", "fleet").code == 0
    commonhub("hub", "wake", "coral-reef", "--fleet", "fleet").failed(1)


def test_broken_records_are_told_in_words(commonhub, fleet):
    state = commonhub.folder / "st"
    state.mkdir()
    (state / "engine.sqlite").write_bytes(os.urandom(9000))
    for words in (("plan",), ("down",), ("apply",)):
        assert "engine.sqlite" in commonhub(*words, "fleet", "--state", state).failed(1)


def test_records_that_another_holds_are_told_as_something_that_passes(commonhub, fleet):
    state = commonhub.folder / "st"
    state.mkdir()
    with sqlite3.connect(state / "engine.sqlite") as data:
        data.execute("pragma user_version = 10000")
    data.close()
    assert "newer Commonhub" in commonhub("plan", "fleet", "--state", state).failed(1)


@pytest.mark.parametrize("verb", ["validate", "plan", "apply", "up", "down", "status"])
@pytest.mark.parametrize("place", ["nothing", "file", "file/below", "\udcff"])
def test_a_fleet_that_is_not_there_is_told_in_words(commonhub, verb, place):
    (commonhub.folder / "file").write_text("text")
    commonhub(verb, place).failed(1)


def test_a_state_folder_with_a_path_too_long_is_told_at_once(commonhub, fleet):
    assert "sockets" in commonhub("plan", "fleet", "--state", "/tmp/" + "x" * 80).failed(1)


def test_errors_as_json_have_the_one_shape_and_the_same_code(commonhub, fleet):
    for words, code in (
        (("plan", "nothing"), 1),
        (("status", "fleet"), 3),
        (("hub", "login", "coral-reef", "--fleet", "fleet"), 3),
        (("hub", "wake", "none", "--fleet", "fleet"), 1),
    ):
        said = commonhub(*words, "--json")
        assert (said.code, said.err) == (code, "")
        assert set(said.json["error"]) == {"message", "mend"}
        assert all(said.json["error"].values())


@pytest.mark.root
@pytest.mark.skipif(not AS_ROOT, reason="needs root")
def test_what_this_user_may_not_open_is_refused_with_four(commonhub, fleet):
    commonhub.folder.chmod(0o755)
    state = commonhub.folder / "st"
    state.mkdir(mode=0o700)
    (state / "engine.sqlite").write_bytes(b"")
    said = commonhub.process("plan", "fleet", "--state", state, user=54321)
    assert "may not open" in said.failed(4)


def test_a_fleet_file_is_never_printed_by_its_secret_neighbours(commonhub, fleet):
    (fleet / ".env").write_text("PASSWORD=hunter2\n")
    for words in (("validate", "fleet", "--json"), ("plan", "fleet", "--json")):
        assert "hunter2" not in json.dumps(commonhub(*words).json)
