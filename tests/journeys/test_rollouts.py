"""Three roll-outs on hubs that really run: a good one, one that breaks login, one that breaks only brand-new users.

The last two stop at the first cohort and are taken back, and nobody does anything about it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from commonhub.fleet import history
from commonhub.hubs import keeper_client
from journeys.stage import Stage, hub_file, wait_until
from journeys.visitor import Visitor

pytestmark = pytest.mark.hubs

ALICE = history.Person(name="Alice Okafor", email="alice@localhost")
HUBS = ("main", "staging")
PORTAL = "class/portal"
WITHIN = 90.0  # seconds; what a roll-out with two cohorts may take here


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    stage = Stage(hubs={f"reef/{name}": text(name) for name in HUBS} | {PORTAL: at_portal()})
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def at_portal(limit: str = "1G") -> str:
    """A hub at which people sign in with their account."""
    return hub_file("Portal", login={"kind": "commonhub"}, server={"memory": {"limit": limit}}, egress="none")


def text(name: str, limit: str = "1G", **settings: Any) -> str:
    more = {"extra": {"settings": settings}} if settings else {}
    return hub_file(name.title(), server={"memory": {"limit": limit}}, egress="none", **more)


def commit(stage: Stage, why: str, **more: Any) -> history.Commit:
    paths = [f"communities/reef/hubs/{name}.yaml" for name in HUBS]
    for name, path in zip(HUBS, paths, strict=True):
        stage.write(path, text(name, **more))
    return history.FleetRepository(stage.fleet).commit(paths, who=ALICE, why=why)


def ask(stage: Stage, verb: str, **values: Any) -> dict[str, Any]:
    """What the keeper says of roll-outs; no process is started for it."""
    client = keeper_client.KeeperClient(str(stage.state / "keeper.sock"))
    return dict(client.ask_room("rollouts", verb, None, values))


def rollout(stage: Stage, made: history.Commit) -> dict[str, Any]:
    found = [each for each in ask(stage, "list")["rollouts"] if each["commit"] == made.id]
    return found[0] if found else {}


def shown(stage: Stage, number: int) -> dict[str, Any]:
    """As the terminal prints it."""
    words = ("--fleet", str(stage.fleet), "--state", str(stage.state), "--json")
    found: dict[str, Any] = json.loads(stage.cli("rollout", "show", str(number), *words).stdout)
    return found


def ended(stage: Stage, made: history.Commit) -> dict[str, Any]:
    wait_until(lambda: rollout(stage, made).get("ended") is not None, "the roll-out has ended", within=WITHIN)
    return shown(stage, rollout(stage, made)["number"])


def by_hub(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {hub["hub"]: hub for hub in of["hubs"]}


async def works(stage: Stage, hub_id: str, name: str) -> None:
    """Somebody signs in, starts a server and runs a cell."""
    async with stage.visitor(hub_id, name) as visitor:
        await visitor.enter()
        await visitor.start()
        assert await visitor.run(await visitor.kernel(), "print(6 * 7)") == "42\n"
        await visitor.stop()


def homes(stage: Stage, hub: str) -> set[str]:
    return {path.name for path in (stage.state / "homes" / f"reef--{hub}").glob("*")}


async def test_a_good_change_reaches_staging_is_probed_and_then_reaches_production(place: Stage) -> None:
    made = commit(place, "More memory", limit="1100M")
    wait_until(lambda: rollout(place, made).get("phase") == "watching", "the first cohort is watched", within=WITHIN)
    under_way = shown(place, rollout(place, made)["number"])
    assert by_hub(under_way)["reef/main"]["reached"] is None
    assert by_hub(under_way)["reef/staging"]["verdict"]["failed"] is None
    assert "Held by roll-out" in place.state_of("reef/main")["held"]
    place.cli("rollout", "start", str(under_way["number"]), "--fleet", str(place.fleet), "--state", str(place.state))
    done = ended(place, made)
    assert (done["state"], done["reached"]) == ("done", 2)
    assert all(hub["verdict"]["failed"] is None for hub in done["hubs"])
    assert "commonhub-probe-new" not in homes(place, "staging")
    await works(place, "reef/main", "eve")


async def test_a_change_that_breaks_login_stops_at_the_first_cohort_and_is_taken_back(place: Stage) -> None:
    made = commit(place, "Nobody may sign in", **{"Authenticator.allow_all": False})
    done = ended(place, made)
    assert (done["state"], done["reached"]) == ("back", 1)
    staging = by_hub(done)["reef/staging"]
    assert (staging["verdict"]["failed"], staging["back"]["failed"]) == ("login", None)
    head = history.FleetRepository(place.fleet).head()
    assert (head.id, head.author) == (done["revert"], "Commonhub")
    await works(place, "reef/staging", "eve")
    await works(place, "reef/main", "eve")


async def test_a_change_that_breaks_only_brand_new_users_is_found_and_taken_back(place: Stage) -> None:
    await works(place, "reef/staging", "eve")
    made = commit(
        place,
        "Those who were there before",
        **{"Authenticator.allow_all": False, "Authenticator.allow_existing_users": True},
    )
    done = ended(place, made)
    assert (done["state"], done["reached"]) == ("back", 1)
    verdict = by_hub(done)["reef/staging"]["verdict"]
    assert (verdict["failed"], verdict["who"]) == ("login", "commonhub-probe-new")
    await works(place, "reef/staging", "mallory")


async def test_servers_that_no_longer_start_are_found_on_staging_and_production_never_has_it(place: Stage) -> None:
    done = ended(place, commit(place, "Save memory", limit="24M"))
    assert (done["state"], done["reached"]) == ("back", 1)
    verdict = by_hub(done)["reef/staging"]["verdict"]
    assert verdict["failed"] in {"start", "kernel"}, verdict
    assert by_hub(done)["reef/main"]["reached"] is None
    await works(place, "reef/staging", "eve")


async def test_where_people_sign_in_at_the_portal_the_probe_looks_at_the_way_there_and_does_the_rest(
    place: Stage,
) -> None:
    path = "communities/class/hubs/portal.yaml"
    place.write(path, at_portal("1200M"))
    made = history.FleetRepository(place.fleet).commit([path], who=ALICE, why="More memory for the class")
    done = ended(place, made)
    (hub,) = done["hubs"]
    assert (done["state"], hub["verdict"]["failed"]) == ("done", None), hub
    assert "Nobody signed in at the portal" in hub["verdict"]["unknown"][0]


@pytest.mark.parametrize("hub_id", ["reef/staging", PORTAL])
async def test_the_keepers_token_makes_the_guests_of_probes_and_nobody_else(place: Stage, hub_id: str) -> None:
    place.hub("wake", hub_id)
    kept = json.loads((place.state / "hubs" / hub_id.replace("/", "--") / "secrets.json").read_text())
    url = f"http://{place.state_of(hub_id)['url'].partition('://')[2]}"
    async with Visitor(url=url, name="nobody", password="", token=kept["keeper_token"]) as keeper:
        for name in ("mallory", "commonhub-probe-other"):
            assert (await keeper.api("POST", f"hub/api/users/{name}"))[0] in {403, 404}
            assert (await keeper.api("POST", f"hub/api/users/{name}/tokens"))[0] == 403
        assert (await keeper.api("POST", "hub/api/users/commonhub-probe-new"))[0] in {201, 409}
        model = (await keeper.api("GET", "hub/api/users/commonhub-probe-new"))[1]
        assert (model["admin"], model["roles"]) == (False, ["user"])
        status, _ = await keeper.api("PATCH", "hub/api/users/commonhub-probe-new", json={"admin": True})
        assert status == 403
        assert (await keeper.api("DELETE", "hub/api/users/commonhub-probe-new"))[0] == 204
