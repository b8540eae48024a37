"""Commands that ask a keeper: a real one on its socket, with the rehearsal engine behind it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from cli import commands
from commonhub.communities import models, roster
from commonhub.ground import clock as ground_clock
from commonhub.ground import errors, process
from commonhub.hubs import keeper_socket
from hubs import acted, keeping

pytestmark = pytest.mark.django_db(transaction=True)
HUB = "reef/main"


@dataclass
class Talk:
    """A terminal and the keeper that it asks."""

    commonhub: commands.Terminal
    kept: keeping.Kept
    stops: list[tuple[int, int]] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.commonhub.folder / "st"

    async def __call__(self, *words: str) -> commands.Said:
        where = ("--fleet",) if words[0] == "hub" else ()
        line = (*words, *where, str(self.kept.folder), "--state", str(self.state))
        return await asyncio.to_thread(self.commonhub, *line)

    async def stop_all(self) -> tuple[int, int]:
        self.stops.append((1, 2))
        return 1, 2


@pytest.fixture
async def talk(commonhub: commands.Terminal, tmp_path: Path, clock: ground_clock.TurnedClock) -> AsyncIterator[Talk]:
    kept = keeping.Kept(tmp_path / "fleet", acted.TroubledEngine(), clock)
    made = Talk(commonhub, kept)
    await kept.keeper.follow()
    made.state.mkdir()
    me = process.Process.of(os.getpid())
    running = {"boot": process.boot_id(), "pid": me.pid, "started_ticks": me.started_ticks, "parts": {}}
    (made.state / "running.json").write_text(json.dumps(running))
    door = keeper_socket.KeeperSocket(kept.keeper, stop_all=made.stop_all, portal_account=None)
    await door.open(made.state / "keeper.sock")
    yield made
    await door.close()
    await sync_to_async(connections.close_all)()


async def test_a_hub_is_woken_by_whatever_name_means_it(talk):
    for name in (HUB, "reef"):
        said = await talk("hub", "wake", name)
        assert (said.code, said.out.split(" (")[0]) == (0, f"{HUB} is awake")
        assert said.out.endswith("http://reef.localhost:8000/\n")
    assert await talk.kept.states() == {HUB: "awake"}


async def test_acts_as_json(talk):
    for verb, state in (("wake", "awake"), ("restart", "awake"), ("sleep", "asleep")):
        told = (await talk("hub", verb, HUB, "--json")).json
        assert set(told) == {"hub", "verb", "seconds", "url"}
        assert (told["hub"], told["verb"], told["url"]) == (HUB, verb, "http://reef.localhost:8000/")
        assert await talk.kept.states() == {HUB: state}


async def test_a_name_that_may_mean_several_hubs_is_told_with_all_of_them(talk):
    talk.kept.commit("More", {"communities/reef/hubs/second.yaml": keeping.hub_text()})
    said = await talk("hub", "wake", "reef")
    assert "several" in said.failed(1)
    assert "reef/main, reef/second" in said.err


async def test_sleep_is_refused_with_four_while_servers_run(talk):
    await talk("hub", "wake", HUB)
    talk.kept.on.people[HUB] = ("eve",)
    assert "(eve)" in (await talk("hub", "sleep", HUB)).failed(4)
    told = await talk("hub", "sleep", HUB, "--json")
    assert (told.code, set(told.json["error"])) == (4, {"message", "mend"})
    assert await talk.kept.states() == {HUB: "awake"}


async def test_a_home_is_removed_by_its_typed_name_and_kept(talk):
    talk.kept.commit("By accounts", {keeping.MAIN: keeping.hub_text(login={"kind": "commonhub"})})
    await talk.kept.keeper.follow()
    await sync_to_async(_left)(talk.kept.now())
    said = await talk("hub", "remove-home", "reef", "eve")
    assert (said.code, said.out.splitlines()[-1]) == (0, "To confirm it, type reef/main/eve.")
    assert "type reef/main/eve" in (await talk("hub", "remove-home", HUB, "eve", "--confirm", "eve")).failed(1)
    told = (await talk("hub", "remove-home", HUB, "eve", "--confirm", "reef/main/eve", "--json")).json
    assert (told["name"], told["home_bytes"]) == ("reef/main/eve", None)
    assert (await talk("hub", "keep-home", HUB, "eve")).out == "The files of Eve Banda stay on Reef hub.\n"


def _left(now: datetime) -> None:
    """Eve has an account, was on the hub's list, and is not any more."""
    models.Person.objects.create(handle="eve", name="Eve Banda", password="!", made=now, claimed=now)
    roster.add(keeping.OWNER, HUB, roster.NewPerson(handle="eve"), now=now)
    roster.remove(keeping.OWNER, HUB, "eve", now=now)


async def test_logs_gives_the_last_lines(talk):
    await talk("hub", "wake", HUB)
    await talk("hub", "sleep", HUB)
    said = await talk("hub", "logs", HUB, "-n", "1")
    assert said.out.splitlines() == [(await talk.kept.on.logs(HUB, 1))[0]]
    assert len((await talk("hub", "logs", HUB, "--json")).json["lines"]) == 2


async def test_status_tells_people_and_programs_the_same(talk):
    await talk("hub", "wake", HUB)
    talk.kept.on.people[HUB] = ("eve", "dan")
    said, told = await talk("status"), (await talk("status", "--json")).json
    row = next(line for line in said.out.splitlines() if line.startswith(HUB))
    assert row.split()[:3] == [HUB, "awake", "2"]
    assert said.out.startswith("Our hubs  http://localhost:8000  77 B in use")
    (hub,) = told["hubs"]
    assert (hub["id"], hub["state"], [server["user"] for server in hub["servers"]]) == (HUB, "awake", ["eve", "dan"])
    assert {"fleet", "url", "revision", "subject", "faults", "memory", "parts", "hubs"} <= set(told)


async def test_status_says_that_the_newest_commit_is_not_in_force(talk):
    (talk.kept.folder / keeping.MAIN).write_text("title: [\n")
    talk.kept.git.commit([keeping.MAIN], who=keeping.ALICE, why="A slip")
    await talk.kept.keeper.follow()
    assert "1 mistake(s) and is not in force" in (await talk("status")).out


async def test_apply_commits_brings_about_and_tells_each_step(talk):
    (talk.kept.folder / keeping.MAIN).write_text(keeping.hub_text("New"))
    said = await talk("apply", "-m", "Rename")
    assert (said.code, said.out) == (0, f"Change {HUB}: it is asleep, nobody notices.\n")
    assert (await talk("apply")).out == "All hubs are as the fleet folder says.\n"
    assert (await talk("apply", "--json")).json == {"running": True, "outcomes": []}


async def test_apply_ends_with_one_when_a_step_failed_and_says_why(talk):
    talk.kept.on.troubles[HUB] = errors.UnavailableError("The disk is full.", "Make room.")
    (talk.kept.folder / keeping.MAIN).write_text(keeping.hub_text("New"))
    said = await talk("apply", "-m", "Rename")
    assert said.code == 1
    assert "    failed: The disk is full. Make room." in said.out
    told = await talk("apply", "--json")
    assert (told.code, told.json["outcomes"][0]["error"]["mend"]) == (1, "Make room.")


async def test_a_part_that_does_not_answer_ends_with_three(talk):
    talk.kept.on.observing = errors.UnavailableError("The engine is away.", "Wait.")
    assert (await talk("status")).failed(3) == "The engine is away."
    talk.kept.on.observing = RuntimeError("inside")
    assert "inside" not in (await talk("status")).failed(1)


async def test_a_note_of_a_supervisor_that_is_gone_is_not_believed(talk):
    kept = json.loads((talk.state / "running.json").read_text())
    for change in ({"boot": "another"}, {"started_ticks": 1}, {"pid": 2**22 + 1}):
        (talk.state / "running.json").write_text(json.dumps({**kept, **change}))
        assert "does not run here" in (await talk("status")).failed(3)
