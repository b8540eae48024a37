"""What a student and an administrator do with a hub, over real HTTP."""

import asyncio
import json
import os

import pytest

from journeys.stage import Stage, wait_until
from journeys.visitor import Visitor

pytestmark = pytest.mark.hubs

NOTEBOOK_CELLS = ("total = sum(range(11))", "print('total', total)")


async def test_a_sleeping_hub_is_woken_by_a_page_and_answers_it(town: Stage) -> None:
    town.hub("sleep", "reef")
    assert town.state_of("reef/main")["memory"] == 0
    async with town.visitor("reef/main", "eve") as eve:
        status, text = await eve.page("hub/login")
    assert status == 200
    assert "Sign in" in text
    assert town.state_of("reef/main")["state"] == "awake"


async def test_a_student_runs_a_notebook_writes_a_file_and_finds_it_after_a_restart(town: Stage) -> None:
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        for cell in NOTEBOOK_CELLS[:-1]:
            await eve.run(kernel, cell)
        assert await eve.run(kernel, NOTEBOOK_CELLS[-1]) == "total 55\n"
        await eve.write("kept.txt", "still here")
        await eve.stop()
        await eve.start()
        assert await eve.read("kept.txt") == "still here"
        await eve.stop()


async def test_a_kernel_goes_on_while_its_hub_sleeps_and_wakes(town: Stage) -> None:
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        kernel = await eve.kernel()
        await eve.run(kernel, "kept = 41")
        town.hub("restart", "reef")
        assert await eve.run(kernel, "print(kept + 1)") == "42\n"
        await eve.stop()


async def test_an_api_call_and_a_websocket_wake_a_hub_and_are_answered(town: Stage) -> None:
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        town.hub("sleep", "reef")
        status, body = await eve.api("GET", "hub/api/user")
        assert (status, body["name"]) == (200, "eve")
        town.hub("sleep", "reef")
        status, body = await eve.api("POST", "hub/api/users/eve/tokens", json={"note": "made by the first request"})
        assert status == 201
        town.hub("sleep", "reef")
        # The hub answers the upgrade itself: eve has no running server behind that address.
        status, _ = await eve.api(
            "GET",
            "user/eve/api/kernels/x/channels",
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "x" * 22 + "==",
            },
        )
        assert status in {403, 424, 404}
    assert town.state_of("reef/main")["state"] == "awake"


async def test_wrong_passwords_are_refused_and_the_same_name_is_another_person_elsewhere(town: Stage) -> None:
    reef, other = town.visitor("reef/main", "eve"), town.visitor("class/main", "eve")
    assert reef.password != other.password
    async with Visitor(url=reef.url, name="eve", password=other.password) as wrong:
        assert not await wrong.sign_in()
    async with reef:
        await reef.enter()
    async with Visitor(url=other.url, name="eve", password="", token=reef.token) as carried:
        status, _ = await carried.api("GET", "hub/api/user")
        assert status == 403


async def test_names_of_any_kind_have_homes_of_their_own(town: Stage) -> None:
    names = ["ünïcode ☂", "x" * 200, "..x"]
    for name in names:
        async with town.visitor("class/main", name) as person:
            await person.enter()
            await person.start()
            kernel = await person.kernel()
            assert (
                await person.run(kernel, "open('mine', 'w').write('1'); import os; print(os.getcwd())")
                == "/home/jovyan\n"
            )
            await person.stop()
    homes = [path.name for path in (town.state / "homes" / "class--main").iterdir()]
    assert len(homes) == len(names)
    assert all(name.isascii() and "/" not in name and not name.startswith(".") for name in homes)


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ""])
async def test_names_that_are_paths_are_refused_by_the_hub(town: Stage, name: str) -> None:
    async with town.visitor("class/main", name) as person:
        assert not await person.sign_in()


async def test_the_shared_folder_is_written_by_administrators_and_read_by_everybody(town: Stage) -> None:
    async with town.visitor("reef/main", "dan") as dan, town.visitor("reef/main", "eve") as eve:
        await asyncio.gather(dan.enter(), eve.enter())
        await asyncio.gather(dan.start(), eve.start())
        hers, his = await eve.kernel(), await dan.kernel()
        assert await dan.run(his, "open('shared/map.txt', 'w').write('reef'); print('written')") == "written\n"
        assert await eve.run(hers, "print(open('shared/map.txt').read())") == "reef\n"
        assert "Read-only file system" in await eve.run(hers, "open('shared/mine.txt', 'w')")
        await asyncio.gather(dan.stop(), eve.stop())


async def test_the_hub_says_who_is_on_it_and_what_they_use(town: Stage) -> None:
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        seen = town.state_of("reef/main")
        assert [server["user"] for server in seen["servers"]] == ["eve"]
        assert seen["servers"][0]["memory"] > 20_000_000
        assert town.status()["memory"] > seen["memory"] > 10_000_000
        await eve.stop()
    wait_until(lambda: not town.state_of("reef/main")["servers"], "the server is gone from the status")


def test_logs_and_logins_are_for_the_owner_of_the_machine(town: Stage) -> None:
    lines = json.loads(town.hub("logs", "reef", "--json").stdout)["lines"]
    assert any("JupyterHub" in line for line in lines)
    assert json.loads(town.hub("login", "reef", "--json").stdout)["user_password"] not in "\n".join(lines)
    for path in (town.state / "hubs").rglob("secrets.json"):
        seen = path.stat()
        if os.geteuid():
            assert seen.st_mode & 0o777 == 0o600
        else:  # the keeper's, and the hub's own account may read it and no more
            assert (seen.st_uid, seen.st_mode & 0o777) == (0, 0o640)
            assert seen.st_gid not in {0, os.getegid()}
