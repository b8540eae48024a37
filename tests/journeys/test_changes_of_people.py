"""A fleet that really runs is changed by its people: what flows, what waits for whom, what editors and pushes do to it."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from commonhub.communities.asker import Asker
from commonhub.fleet import history
from commonhub.ground import errors
from commonhub.hubs import keeper_client
from journeys.stage import Stage, hub_file, wait_until

pytestmark = pytest.mark.hubs

ALICE = history.Person(name="Alice Okafor", email="alice@localhost")
MAIN, LAB = "communities/reef/hubs/main.yaml", "communities/reef/hubs/lab.yaml"
REEF = {
    "roles": {
        "community-representative": [{"login": "carol", "name": "Carol Mendes"}],
        "hub-administrator": [{"login": "dan", "name": "Dan Rahman"}],
    },
    "budget": {"threshold": 5},
}
PEOPLE = {"alice": "Alice Okafor", "carol": "Carol Mendes", "dan": "Dan Rahman"}
WITHIN = 90.0  # seconds; what a roll-out to one hub may take here


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    stage = Stage(
        hubs={
            "reef/main": text("Reef"),
            "reef/lab": text("Lab"),
        },
        communities={"reef": REEF},
    )
    fleet = json.loads((stage.fleet / "fleet.yaml").read_text())
    prices = {"currency": "EUR", "memory_gib_hour": 0.5, "core_hour": 0.01, "storage_gib_month": 0.01}
    stage.write("fleet.yaml", json.dumps({**fleet, "prices": prices, "rollouts": {"soak": "1s"}}))
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def text(title: str, **settings: Any) -> str:
    server = {"memory": {"guarantee": "256M", "limit": "1G"}, "cpu": {"limit": 1}}
    return hub_file(title, server=server, egress="none", **settings)


def ask(stage: Stage, who: str, verb: str, **values: Any) -> dict[str, Any]:
    """A verb of changes in somebody's name, as the portal asks it of the keeper."""
    client = keeper_client.KeeperClient(str(stage.state / "keeper.sock"))
    asker = Asker(handle=who, name=PEOPLE[who], via="portal")
    return dict(client.ask_room("changes", f"change.{verb}", asker, values))


def propose(stage: Stage, who: str, hub: str, why: str, **values: Any) -> dict[str, Any]:
    change: dict[str, Any] = ask(stage, who, "propose", hub=hub, title_of_change=why, **values)["change"]
    return change


def show(stage: Stage, number: int) -> dict[str, Any]:
    return ask(stage, "alice", "show", number=number)


def rolled(stage: Stage, number: int) -> dict[str, Any]:
    """The change once its roll-out has ended."""
    wait_until(lambda: show(stage, number)["rollout"] in {"done", "stopped"}, "it is rolled out", within=WITHIN)
    return show(stage, number)


def git(stage: Stage, *words: str) -> str:
    done = subprocess.run(["git", "-C", stage.fleet, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(stage: Stage, why: str, files: dict[str, str]) -> history.Commit:
    for path, words in files.items():
        stage.write(path, words)
    return history.FleetRepository(stage.fleet).commit([*files], who=ALICE, why=why)


def seen(stage: Stage, title: str) -> dict[str, Any]:
    """The change that a commit of an editor is shown as."""

    def found() -> list[int]:
        return [each["number"] for each in ask(stage, "alice", "list")["changes"] if each["title"] == title]

    wait_until(lambda: bool(found()), "the commit is seen")
    return show(stage, found()[0])


async def memory(stage: Stage) -> int:
    """What somebody's new server at the lab may use."""
    async with stage.visitor("reef/lab", "eve") as eve:
        await eve.enter()
        await eve.start()
        told = await eve.run(await eve.kernel(), "import os; print(os.environ['MEM_LIMIT'])")
        await eve.stop()
    return int(told)


async def test_a_hub_administrators_change_flows_reaches_people_and_is_undone(place: Stage) -> None:
    before = (place.fleet / LAB).read_text()
    made = propose(place, "dan", "reef/lab", "Smaller servers", memory="900M")
    assert (made["state"], made["needs"][0]["given_by"]) == ("committed", "Dan Rahman")
    assert git(place, "log", "-1", "--format=%H %an %s") == f"{made['commit']} Dan Rahman Smaller servers"
    assert rolled(place, made["number"])["rollout"] == "done"
    assert await memory(place) == 900_000_000
    back = ask(place, "dan", "undo", number=made["number"], because="Too small")["change"]
    assert (back["state"], back["undoes"]) == ("committed", made["number"])
    assert rolled(place, back["number"])["rollout"] == "done"
    assert yaml.safe_load((place.fleet / LAB).read_text()) == json.loads(before)
    assert show(place, made["number"])["state"] == "undone"
    assert await memory(place) == 1_000_000_000


async def test_what_costs_more_waits_for_the_representative_and_is_the_proposers_commit(place: Stage) -> None:
    head = git(place, "rev-parse", "HEAD")
    waits = propose(place, "dan", "reef/lab", "More for the spring", memory="1100M", memory_guarantee="900M")
    assert waits["state"] == "waiting"
    (open_one,) = [each for each in waits["needs"] if each["given_by"] is None]
    assert [each["name"] for each in open_one["holders"]] == ["Carol Mendes"]
    assert git(place, "rev-parse", "HEAD") == head
    for who in ("dan", "alice"):  # what they can agree to, Dan has agreed to already
        assert ask(place, who, "agree", number=waits["number"])["change"]["state"] == "waiting"
    made = ask(place, "carol", "agree", number=waits["number"], words="We have the money")["change"]
    assert made["state"] == "committed"
    words = git(place, "log", "-1", "--format=%an%n%B")
    assert words.startswith("Dan Rahman\nMore for the spring")
    assert "Agreed-by: Carol Mendes" in words
    assert rolled(place, made["number"])["rollout"] == "done"
    assert await memory(place) == 1_100_000_000


def test_an_engineers_own_commit_is_shown_with_what_it_would_have_needed(place: Stage) -> None:
    words = yaml.safe_load((place.fleet / MAIN).read_text())
    words["server"]["memory"] = {"guarantee": "900M", "limit": "1200M"}
    made = commit(place, "Room for the reef", {MAIN: json.dumps(words)})
    change = seen(place, "Room for the reef")
    assert (change["author"], change["by_editor"], change["commit"]) == ("Alice Okafor", True, made.id)
    assert any("Carol Mendes" in owed for owed in change["owed"])
    wait_until(lambda: place.state_of("reef/main")["current"], "the hub follows it", within=WITHIN)


def test_two_changes_of_one_thing_meet_in_words_and_lose_nothing(place: Stage) -> None:
    base = git(place, "rev-parse", "HEAD")
    dan = propose(place, "dan", "reef/main", "A title", title="Reef of the south", base=base)
    alice = propose(place, "alice", "reef/main", "Another title", title="Reef of the north", base=base)
    other = propose(place, "alice", "reef/main", "What it is for", description="Corals", base=base)
    assert (dan["state"], alice["state"], other["state"]) == ("committed", "conflict", "committed")
    assert "Reef of the south" in alice["conflicts"][0]["sentence"]
    assert "Reef of the north" in show(place, alice["number"])["difference"]
    words = yaml.safe_load((place.fleet / MAIN).read_text())
    assert (words["title"], words["description"]) == ("Reef of the south", "Corals")
    of_fleet = ("--fleet", str(place.fleet), "--state", str(place.state))
    seen_first = place.cli("change", "propose", "--anew", str(alice["number"]), "--dry-run", *of_fleet).stdout
    assert "Title: Reef of the south → Reef of the north" in seen_first
    again = ask(place, "alice", "propose", anew=alice["number"])["change"]
    assert (again["state"], again["title"]) == ("committed", "Another title")
    assert yaml.safe_load((place.fleet / MAIN).read_text())["title"] == "Reef of the north"


def test_what_somebody_is_editing_stays_and_the_change_waits_for_it(place: Stage) -> None:
    before = (place.fleet / MAIN).read_text()
    editing = f"{before}\n# still thinking\n"
    place.write(MAIN, editing)
    with pytest.raises(errors.UnavailableError, match="edits in the folder that are not committed"):
        propose(place, "dan", "reef/main", "A third title", title="Reef of the west")
    refused = place.cli("apply", str(place.fleet), "--state", str(place.state), check=False)
    assert (refused.returncode, "edited and not committed" in refused.stderr) == (1, True)
    assert (place.fleet / MAIN).read_text() == editing
    change = seen(place, "A third title")
    assert (change["state"], MAIN in change["trouble"]) == ("ready", True)
    place.write(MAIN, before)
    wait_until(lambda: show(place, change["number"])["state"] == "committed", "it is committed by itself")
    assert yaml.safe_load((place.fleet / MAIN).read_text())["title"] == "Reef of the west"


def test_a_push_that_rewrites_history_is_refused_until_an_engineer_accepts_it(place: Stage) -> None:
    standing = git(place, "rev-parse", "HEAD")
    wait_until(lambda: place.status()["revision"] == standing, "the newest commit is in force")
    title = place.state_of("reef/main")["title"]
    git(place, "reset", "--hard", "HEAD~1")
    words = yaml.safe_load((place.fleet / MAIN).read_text())
    anew = commit(place, "History anew", {MAIN: json.dumps(words | {"title": "Reef of nowhere"})})
    wait_until(lambda: "written anew" in place.status()["refused"], "it is refused")
    place.kill("keeper")  # the next one obeys what this one obeyed
    command = ("status", str(place.fleet), "--state", str(place.state))
    wait_until(lambda: place.cli(*command, check=False).returncode == 0, "the keeper is back")
    wait_until(lambda: place.status()["revision"] == standing, "it obeys the commit that stands")
    assert place.state_of("reef/main")["title"] == title
    assert "written anew" in place.cli(*command).stdout
    done = place.cli("apply", str(place.fleet), "--state", str(place.state), check=False)
    assert (done.returncode != 0, "written anew" in done.stderr) == (True, True)
    with pytest.raises(errors.UnavailableError, match="written anew"):
        propose(place, "dan", "reef/lab", "Meanwhile", title="Lab of today")
    with pytest.raises(errors.RefusedError, match="Alice Okafor"):
        ask(place, "dan", "accept-history", because="I say so")
    ask(place, "alice", "accept-history", because="A key was committed by mistake")
    wait_until(lambda: place.state_of("reef/main")["title"] == "Reef of nowhere", "the new history is followed")
    wait_until(lambda: place.state_of("reef/lab")["title"] == "Lab of today", "what waited is committed")
    assert git(place, "merge-base", "HEAD", anew.id) == anew.id
    assert place.status()["refused"] == ""
