"""The fleet folder changes while people work: what changes for them, what does not, and what is refused."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commonhub.fleet import history
from journeys import intruder
from journeys.guest import Guest
from journeys.stage import Stage, hub_file, wait_until

pytestmark = pytest.mark.hubs

ALICE = history.Person(name="Alice", email="alice@example.org")
FILE = "communities/reef/hubs/main.yaml"
MEMORY = "import os; print(os.environ['MEM_LIMIT'])"
BEFORE, AFTER = 700_000_000, 900_000_000


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    stage = Stage(hubs={"reef/main": reef(), "class/main": hub_file("Statistics", egress="none")})
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def reef(title: str = "Reef", memory: int = BEFORE, **more: Any) -> str:
    return hub_file(title, server={"memory": {"limit": memory}}, egress="none", **more)


def commit(stage: Stage, why: str, **files: str) -> history.Commit:
    """Commit as anybody with git would; the keeper follows by itself."""
    for path, text in files.items():
        stage.write(path, text)
    return history.FleetRepository(stage.fleet).commit([*files], who=ALICE, why=why)


def apply(stage: Stage, why: str) -> list[dict[str, Any]]:
    """Commit what was edited and have it applied now; what was done."""
    done = stage.cli("apply", str(stage.fleet), "--state", str(stage.state), "-m", why, "--json")
    found: list[dict[str, Any]] = json.loads(done.stdout)["outcomes"]
    return found


def in_force(stage: Stage, made: history.Commit) -> None:
    wait_until(lambda: stage.status()["revision"] == made.id, f"{made.subject} is in force")


async def test_more_memory_is_for_new_servers_and_running_ones_go_on(place: Stage) -> None:
    async with place.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        assert await eve.run(kernel, f"kept = 1; {MEMORY}") == f"{BEFORE}\n"
        hub = intruder.hub_pid(place, "reef/main")
        in_force(place, commit(place, "More memory", **{FILE: reef(memory=AFTER)}))
        assert await eve.run(kernel, f"print(kept); {MEMORY}") == f"1\n{BEFORE}\n"
        assert intruder.hub_pid(place, "reef/main") == hub  # limits are the keeper's: no process restarts for them
        await eve.stop()
        await eve.start()
        assert await eve.run(await eve.kernel(), MEMORY) == f"{AFTER}\n"
        await eve.stop()


async def test_a_new_title_restarts_nothing_and_is_shown(place: Stage) -> None:
    async with place.visitor("reef/main", "eve") as eve:
        await eve.enter()
        hub = intruder.hub_pid(place, "reef/main")
        in_force(place, commit(place, "A better title", **{FILE: reef("Reef and shore", memory=AFTER)}))
        assert place.state_of("reef/main")["title"] == "Reef and shore"
        assert intruder.hub_pid(place, "reef/main") == hub


async def test_a_setting_in_extra_reaches_the_hub_and_kernels_go_on(place: Stage) -> None:
    async with place.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        await eve.run(kernel, "kept = 1")
        settings = {"JupyterHub.named_server_limit_per_user": 1, "JupyterHub.allow_named_servers": True}
        place.write(FILE, reef(extra={"settings": settings}))
        outcomes = apply(place, "Named servers")
        assert [(one["hub"], one["kind"], one["error"]) for one in outcomes] == [("reef/main", "change", None)]
        assert await eve.run(kernel, "print(kept)") == "1\n"
        status, told = await eve.api("POST", "hub/api/users/eve/servers/second")
        assert status in {201, 202}, told
        wait_until(lambda: len(place.state_of("reef/main")["servers"]) == 2, "the second server runs")
        status, _ = await eve.api("POST", "hub/api/users/eve/servers/third")
        assert status == 400
        await eve.api("DELETE", "hub/api/users/eve/servers/second")
        await eve.stop()


async def test_a_faulty_commit_changes_nothing_and_is_told_everywhere(place: Stage) -> None:
    before = place.status()
    commit(place, "A slip of the hand", **{FILE: '{"title": "Reef", "sleep_aftr": "5m"}\n'})
    wait_until(lambda: bool(place.status()["faults"]), "the faults are told")
    after = place.status()
    assert (after["revision"], after["hubs"][1]["title"]) == (before["revision"], before["hubs"][1]["title"])
    fault = after["faults"][0]
    assert fault["file"] == FILE
    assert "sleep_after" in fault["problem"] + fault["mend"]
    shown = place.cli("status", str(place.fleet), "--state", str(place.state)).stdout
    assert "The newest commit has 1 mistake(s) and is not in force" in shown
    assert "sleep_aftr" in await portal_page(place, "/fleet")
    place.kill("keeper")  # the next one obeys what this one obeyed
    wait_until(
        lambda: place.cli("status", str(place.fleet), "--state", str(place.state), check=False).returncode == 0,
        "it is back",
    )
    place.hub("sleep", "class")
    async with place.visitor("class/main", "eve") as eve:
        await eve.enter()
    assert place.status()["revision"] == before["revision"]
    in_force(place, commit(place, "Mend it", **{FILE: reef()}))
    assert place.status()["faults"] == []


async def test_a_hub_that_is_removed_keeps_its_data_and_finds_it_when_it_is_back(place: Stage) -> None:
    async with place.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        await eve.write("kept.txt", "through retirement")
        text = (place.fleet / FILE).read_text()
        (place.fleet / FILE).unlink()
        assert [one["kind"] for one in apply(place, "The reef closes")] == ["retire"]
        assert place.state_of("reef/main")["state"] == "retired"
        status, told = await eve.page("hub/login", headers={"Accept": "text/html"})
        assert (status, "There is no hub at this address" in told) == (404, True)
        place.write(FILE, text)
        done = [one["kind"] for one in apply(place, "The reef is back")]
        assert done in (["revive"], [])  # nothing is left to do where the keeper saw the commit first
        wait_until(lambda: place.state_of("reef/main")["state"] != "retired", "it is back")
        assert await eve.status("hub/api/user") == 200  # her token is as good as it was
        await eve.start()
        assert await eve.read("kept.txt") == "through retirement"
        await eve.stop()


async def portal_page(stage: Stage, path: str) -> str:
    """A page of the portal, as Alice sees it."""
    async with Guest(portal=stage.portal, handle="alice", password=stage.first_password()) as alice:
        await alice.enter()
        status, page = await alice.page(path)
        assert status == 200
        return page


async def whole_story(stage: Stage, hub: str) -> None:
    """Wake, sign in, compute, write, sleep, restart, read."""
    stage.hub("sleep", hub)
    async with stage.visitor(hub, "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        await eve.run(kernel, "kept = 41")
        stage.hub("restart", hub)
        assert await eve.run(kernel, "print(kept + 1)") == "42\n"
        await eve.write("kept.txt", "here")
        assert "eve" in await portal_page(stage, f"/hubs/{hub}")
        await eve.stop()
        await eve.start()
        assert await eve.read("kept.txt") == "here"
        await eve.stop()


async def test_hubs_may_be_told_apart_by_paths_on_a_bare_address(stages: Callable[..., Stage]) -> None:
    stage = stages(
        hubs={"reef/main": reef(), "class/main": hub_file("Statistics", egress="none")},
        routing="paths",
        host="127.0.0.1",
    )
    stage.up()
    assert "Reef" in await portal_page(stage, "/fleet")
    urls = {hub["id"]: hub["url"] for hub in stage.status()["hubs"]}
    assert urls["reef/main"] == f"http://127.0.0.1:{stage.port}/reef/"
    await whole_story(stage, "reef/main")
    async with stage.visitor("reef/main", "eve") as eve, stage.visitor("class/main", "eve") as other:
        await eve.enter()
        assert (await other.page("hub/home", allow_redirects=False))[0] == 302  # a cookie of one is none of the other
        status, _ = await other.api("GET", "hub/api/user", headers={"Authorization": f"token {eve.token}"})
        assert status == 403
        # In one browser, with the cookies of both hubs and the portal on one address:
        async with other.session.get(f"http://127.0.0.1:{stage.port}/nowhere/hub/login") as answer:
            assert answer.status == 404
