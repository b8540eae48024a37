"""The keeper's socket: its verbs, its one error shape, and who may ask what."""

import asyncio
import dataclasses
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commonhub.ground import errors
from commonhub.hubs import keeper_client, keeper_socket
from commonhub.responsibility.permissions import Permission
from hubs import keeping
from knock import UNREACHABLE, Answer, knock

PORTAL, STRANGER = 54321, 54322  # user ids that nobody has here
SHARED = [
    ("GET", "/progress"),
    ("GET", "/hubs/reef/main/log"),
    ("GET", "/hubs/reef/main/plan"),
    ("POST", "/hubs/reef/main/wake"),
]
OWNERS = [("GET", "/status"), ("POST", "/apply"), ("POST", "/stop")]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Asked:
    """A keeper that listens."""

    path: Path
    kept: keeping.Kept
    stops: int = 0

    async def __call__(
        self, method: str, url: str, body: Any = None, *, user: int | None = None, told: str | None = None
    ) -> Answer:
        headers = {} if told is None else {keeper_client.HEADER: told}
        sent = {} if method == "POST" and body is None else body
        return await knock(self.path, method, url, sent, user=user, headers=headers)

    async def stop_all(self) -> tuple[int, int]:
        self.stops += 1
        return 2, 3

    def client(self) -> keeper_client.KeeperClient:
        return keeper_client.KeeperClient(str(self.path))


@pytest.fixture
async def asked(kept: keeping.Kept, state_folder: Path) -> AsyncIterator[Asked]:
    await kept.keeper.follow()
    made = Asked(state_folder / "keeper.sock", kept)
    account = PORTAL if os.geteuid() == 0 else None
    door = keeper_socket.KeeperSocket(kept.keeper, stop_all=made.stop_all, portal_account=account)
    await door.open(made.path)
    yield made
    await door.close()


async def test_acts_are_done_for_those_who_may(asked):
    for verb, state in (("wake", "awake"), ("sleep", "asleep"), ("restart", "awake")):
        assert await asked("POST", f"/hubs/reef/main/{verb}", {}) == Answer(200, "{}")
        assert await asked.kept.states() == {"reef/main": state}


async def test_what_is_asked_for_is_told(asked):
    await asked("POST", "/hubs/reef/main/wake", {})
    await asked("POST", "/hubs/reef/main/restart", {})
    lines = (await asked("GET", "/hubs/reef/main/log?lines=2")).json["lines"]
    assert [line.split()[-1] for line in lines] == ["asleep", "awake"]
    assert (await asked("GET", "/hubs/reef/main/plan")).json == {"steps": []}
    progress = (await asked("GET", "/progress")).json
    assert (progress["settled"], progress["done"], progress["total"]) == (True, 1, 1)
    status = (await asked("GET", "/status")).json
    assert [(hub["id"], hub["state"]) for hub in status["hubs"]] == [("reef/main", "awake")]
    assert (await asked("POST", "/stop")).json == {"hubs": 2, "servers": 3}
    assert asked.stops == 1


async def test_apply_takes_the_newest_commit_now_and_tells_each_outcome(asked):
    asked.kept.commit("Rename", {keeping.MAIN: keeping.hub_text("New"), **second("one")})
    asked.kept.on.troubles["reef/one"] = errors.UnavailableError("The disk is full.", "Make room.")
    outcomes = {each["hub"]: each for each in (await asked("POST", "/apply")).json["outcomes"]}
    assert (outcomes["reef/main"]["kind"], outcomes["reef/main"]["error"]) == ("change", None)
    assert outcomes["reef/main"]["sentence"].startswith("Change reef/main")
    assert outcomes["reef/one"]["error"] == {"message": "The disk is full.", "mend": "Make room."}


def second(name: str) -> dict[str, str]:
    return {f"communities/reef/hubs/{name}.yaml": keeping.hub_text()}


@pytest.mark.parametrize("asking", ["%C2%B2", "-5", "many", "9" * 5000, "", "0"])
async def test_a_count_of_lines_that_is_none_is_no_fault_of_ours(asked, asking):
    await asked("POST", "/hubs/reef/main/wake")
    answer = await asked("GET", f"/hubs/reef/main/log?lines={asking}")
    assert answer.status == 200
    assert len(answer.json["lines"]) == 1


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("POST", "/hubs/reef/main/explode", {}, 404),
        ("POST", "/hubs/reef/none/wake", {}, 404),
        ("GET", "/hubs/reef/none/log", None, 404),
        ("GET", "/no/such/place", None, 404),
        ("DELETE", "/status", None, 405),
        ("POST", "/hubs/reef/main/wake", "{not json", 400),
        ("POST", "/hubs/reef/main/wake", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), 400),
        ("POST", "/hubs/reef/main/wake", json.dumps("x" * 3_000_000), 413),
    ],
)
async def test_every_refusal_has_the_one_shape(asked, method, url, body, status):
    answer = await asked(method, url, body)
    assert answer.status == status
    assert answer.error
    assert await asked.kept.states() == {"reef/main": "asleep"}


async def test_refusals_and_troubles_of_the_engine_say_what_to_do(asked):
    await asked("POST", "/hubs/reef/main/wake")
    asked.kept.on.people["reef/main"] = ("eve",)
    refused = await asked("POST", "/hubs/reef/main/sleep", {})
    assert (refused.status, "eve" in refused.error["message"]) == (403, True)
    asked.kept.on.observing = errors.UnavailableError("The engine is away.", "Wait.")
    away = await asked("GET", "/status")
    assert (away.status, away.error) == (503, {"message": "The engine is away.", "mend": "Wait."})
    asked.kept.on.observing = RuntimeError("a secret of the inside")
    broken = await asked("GET", "/status")
    assert broken.status == 500
    assert "secret" not in broken.text
    assert broken.error
    asked.kept.on.observing = None
    assert (await asked("GET", "/progress")).status == 200


@pytest.mark.parametrize("told", ["7", "[]", "{}", '{"handle": ""}', "not json", '{"handle": "eve", "owns": true}'])
async def test_who_is_told_wrongly_or_claims_to_own_the_machine_may_nothing(asked, told):
    answer = await asked("POST", "/hubs/reef/main/wake", told=told)
    assert answer.status in {400, 403}
    assert answer.error
    assert await asked.kept.states() == {"reef/main": "asleep"}


async def test_a_refusal_says_what_was_asked_for(asked):
    told = json.dumps(keeping.person("eve").told())
    answer = await asked("POST", "/hubs/reef/main/wake", told=told)
    assert answer.status == 403
    assert answer.error["asked"] == {"permission": "hub:wake", "community": "reef", "hub": "main"}
    with pytest.raises(keeper_client.NotAllowed) as refused:
        await asyncio.to_thread(asked.client().act, "wake", "reef/main", keeping.person("eve"))
    assert (refused.value.permission, refused.value.community, refused.value.hub) == ("hub:wake", "reef", "main")


async def test_a_token_gives_no_more_than_its_scopes(asked):
    asked.kept.appoint("site-reliability-engineer", "alice")
    await asked.kept.keeper.follow()
    alice = dataclasses.replace(keeping.person("alice"), via="api", scopes=frozenset({Permission.HUB_WAKE}))
    await asyncio.to_thread(asked.client().act, "wake", "reef/main", alice)
    with pytest.raises(keeper_client.NotAllowed, match="with this token"):
        await asyncio.to_thread(asked.client().act, "restart", "reef/main", alice)


async def test_an_appointment_is_a_commit_in_the_persons_name_and_holds_at_once(asked):
    asked.kept.appoint("site-reliability-engineer", "alice")
    await asked.kept.keeper.follow()
    client, alice, carol = asked.client(), keeping.person("alice"), keeping.person("carol")
    values = {"role": "community-representative", "community": "reef", "handle": "carol", "name": carol.name}
    said = await asyncio.to_thread(client.change_charter, "appointment.make", alice, values)
    assert said == "Carol Mendes is now Community Representative for reef."
    commit = asked.kept.git.head()
    assert (commit.author, commit.subject) == (alice.name, "Appoint Carol Mendes Community Representative for reef")
    dan = {"role": "hub-administrator", "community": "reef", "handle": "dan", "name": "Dan Rahman", "hub": "main"}
    await asyncio.to_thread(client.change_charter, "appointment.make", carol, dan)
    with pytest.raises(keeper_client.NotAllowed, match="Carol Mendes"):
        await asyncio.to_thread(client.change_charter, "appointment.end", keeping.person("eve"), dan)
    gone = await asyncio.to_thread(client.change_charter, "appointment.end", carol, dan)
    assert gone == "Dan Rahman is no longer Hub Administrator for reef/main."
    assert asked.kept.git.uncommitted() == ()


async def test_the_client_speaks_with_it_and_hears_its_own_words(asked):
    client = asked.client()
    await asyncio.to_thread(client.act, "wake", "reef/main")
    assert len(await asyncio.to_thread(client.log, "reef/main", 5)) == 1
    assert await asyncio.to_thread(client.plan, "reef/main") == []
    assert (await asyncio.to_thread(client.stop_all))["servers"] == 3
    assert (await asyncio.to_thread(client.apply))["outcomes"] == []
    assert (await asyncio.to_thread(client.status))["fleet"] == "Our hubs"
    with pytest.raises(errors.NotFoundError, match="reef/none"):
        await asyncio.to_thread(client.act, "wake", "reef/none")
    asked.kept.on.people["reef/main"] = ("eve",)
    with pytest.raises(errors.RefusedError, match="eve"):
        await asyncio.to_thread(client.act, "sleep", "reef/main")


async def test_the_socket_is_closed_to_others_from_the_start_and_replaces_a_stale_one(asked):
    assert asked.path.stat().st_mode & 0o777 == 0o660
    again = keeper_socket.KeeperSocket(asked.kept.keeper, stop_all=asked.stop_all, portal_account=None)
    await again.open(asked.path)
    assert (await asked("GET", "/progress")).status == 200
    assert [path.name for path in asked.path.parent.iterdir()] == ["keeper.sock"]
    await again.close()


@pytest.mark.root
@as_root
async def test_the_portal_may_act_and_read_and_nothing_more(asked):
    asked.kept.appoint("site-reliability-engineer", "alice")
    await asked.kept.keeper.follow()
    told = json.dumps(keeping.person("alice").told())
    for method, url in SHARED:
        assert (await asked(method, url, user=PORTAL, told=told)).status == 200, url
    answer = await asked("POST", "/hubs/reef/main/wake", user=PORTAL)
    assert (answer.status, answer.error["message"]) == (403, "It is not said who asks.")
    for method, url in OWNERS:
        answer = await asked(method, url, user=PORTAL)
        assert (answer.status, bool(answer.error)) == (403, True), url
    assert asked.stops == 0


@pytest.mark.root
@as_root
async def test_a_stranger_is_kept_out_by_the_file_and_refused_by_the_kernels_word(asked):
    assert (await asked("GET", "/progress", user=STRANGER)).status == UNREACHABLE
    asked.path.chmod(0o666)
    for method, url in (*SHARED, *OWNERS, ("GET", "/no/such/place")):
        answer = await asked(method, url, user=STRANGER)
        assert (answer.status, bool(answer.error)) == (403, True), url
    assert await asked.kept.states() == {"reef/main": "asleep"}
