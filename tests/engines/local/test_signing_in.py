"""Signing in at a real hub with a portal's account: who gets in, with which roles, and how it ends."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commonhub.engines import probing, sign_on
from commonhub.engines.local import hub_folder
from engines.contract import HUB, hub
from engines.local import hubs_with_people
from engines.local.hubs_with_people import Lodge
from journeys.visitor import Visitor

pytestmark = pytest.mark.hubs


@pytest.fixture
async def lodge(state_folder: Path) -> AsyncIterator[Lodge]:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    async with hubs_with_people.lodge_in(state_folder) as made:
        await made.prepare()
        await made.wake()
        yield made


async def test_somebody_whom_the_portal_lets_in_is_in_with_one_click(lodge):
    lodge.portal.admit("eve")
    async with lodge.member("eve") as eve:
        assert await eve.sign_in(), eve.last_answer
        await eve.take_token()
        status, body = await eve.api("GET", "hub/api/user")
    assert (status, body["name"], body["admin"], body["groups"]) == (200, "eve", False, ["people"])
    for _, path, headers in lodge.portal.asked:
        if "/api/" in path:
            assert headers["Host"] == f"localhost:{lodge.machine.public.listen_port}"
            assert headers["X-Forwarded-For"] == "127.0.0.1"
            assert "Cookie" not in headers
    assert [path for method, path, _ in lodge.portal.asked if "/api/" in path] == [
        "/identity/o/api/token",
        "/identity/o/api/userinfo",
    ]
    log = (lodge.machine.of.where.hub(HUB) / "logs" / "hub.log").read_text()
    assert lodge.inside.login_secret(HUB) not in log
    assert not [token for token in (*lodge.portal.tokens, *lodge.portal.refresh) if token in log]


async def test_whom_the_portal_refuses_never_becomes_known_to_the_hub(lodge):
    async with lodge.member("mallory") as mallory:
        assert not await mallory.sign_in()
        assert mallory.last_answer == "the portal's own refusal"
    carol = await lodge.arrive("carol", sign_on.HUB_ADMINISTRATORS)
    assert (await carol.api("GET", "hub/api/users/mallory"))[0] == 404


async def test_nobody_signs_in_as_a_guest_of_probes(lodge):
    for guest in probing.GUESTS:
        lodge.portal.admit(guest)
        async with lodge.member(guest) as intruder:
            assert not await intruder.sign_in()


async def test_whom_the_portal_knows_without_access_sees_where_to_ask(lodge):
    lodge.portal.people["eve"] = {"group:advanced"}
    async with lodge.member("eve") as eve:
        assert not await eve.sign_in()
        assert f'href="{lodge.portal.url}/hubs/reef/main/access"' in eve.last_answer
        assert "Its access page says who lets people in" in eve.last_answer


async def test_access_that_ended_ends_pages_and_tokens_when_the_hub_asks_again(lodge):
    eve = await lodge.arrive("eve")
    del lodge.portal.people["eve"]
    await lodge.keeping.engine.restart(HUB)  # so that it asks now and not within a minute
    assert (await eve.api("GET", "hub/api/user"))[0] == 403
    assert await eve.visit("hub/home") == (403, f"{lodge.portal.url}/identity/o/authorize")


async def test_somebody_who_left_the_people_of_the_hub_is_out_although_the_portal_still_answers(lodge):
    eve = await lodge.arrive("eve")
    lodge.portal.people["eve"] = set()
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.api("GET", "hub/api/user"))[0] == 403
    assert (await eve.visit("hub/home"))[0] == 403


async def test_a_token_that_suddenly_names_another_person_opens_nothing(lodge):
    eve = await lodge.arrive("eve")
    lodge.portal.admit("carol", sign_on.HUB_ADMINISTRATORS)
    lodge.portal.tokens = {token: ("carol", client) for token, (_, client) in lodge.portal.tokens.items()}
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.api("GET", "hub/api/user"))[0] == 403
    carol = await lodge.arrive("carol", sign_on.HUB_ADMINISTRATORS)
    assert (await carol.api("GET", "hub/api/users/eve"))[1]["groups"] == ["people"]


async def test_people_stay_while_the_portal_is_away(lodge):
    eve = await lodge.arrive("eve")
    lodge.portal.away = True
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.api("GET", "hub/api/user"))[0] == 200
    assert (await eve.visit("hub/home"))[0] == 200
    await lodge.portal.close()  # and while nobody listens on its socket at all
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.visit("hub/home"))[0] == 200


async def test_a_portals_token_that_is_over_is_renewed_unseen(lodge):
    eve = await lodge.arrive("eve")
    lodge.portal.forget_tokens()
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.api("GET", "hub/api/user"))[0] == 200
    assert len(lodge.portal.tokens) == 1


async def test_a_role_that_came_at_the_portal_is_there_when_the_hub_asks_again(lodge):
    eve = await lodge.arrive("eve")
    assert (await eve.api("GET", "hub/api/users"))[0] == 403
    lodge.portal.admit("eve", sign_on.HUB_ADMINISTRATORS)
    await lodge.keeping.engine.restart(HUB)
    await eve.visit("hub/home")
    assert (await eve.api("GET", "hub/api/users"))[0] == 200


async def test_a_naming_in_the_panel_holds_until_the_portal_has_read_it(lodge):
    eve = await lodge.arrive("eve")
    carol = await lodge.arrive("carol", sign_on.COMMUNITY_REPRESENTATIVES)
    path = f"hub/api/groups/{sign_on.HUB_ADMINISTRATORS}/users"
    assert (await carol.api("POST", path, json={"users": ["eve"]}))[0] == 200
    for _ in range(2):
        await lodge.keeping.engine.restart(HUB)
        await eve.visit("hub/home")
        assert (await lodge.inside.groups_seen(HUB))[sign_on.HUB_ADMINISTRATORS] == {"eve"}
    await lodge.inside.set_members(HUB, sign_on.HUB_ADMINISTRATORS, remove=["eve"])  # the portal disagrees
    await lodge.keeping.engine.restart(HUB)
    await eve.visit("hub/home")
    assert (await eve.api("GET", "hub/api/users"))[0] == 403


async def test_a_role_that_the_portal_gave_and_took_again_is_not_taken_for_a_naming(lodge):
    eve = await lodge.arrive("eve", sign_on.HUB_ADMINISTRATORS, sign_on.COMMUNITY_REPRESENTATIVES)
    assert (await eve.api("GET", "hub/api/users"))[0] == 200
    lodge.portal.admit("eve")
    await lodge.keeping.engine.restart(HUB)
    assert (await eve.api("GET", "hub/api/user"))[1]["groups"] == ["people"]
    assert (await eve.api("GET", "hub/api/users"))[0] == 403


async def test_signing_out_ends_at_the_portal(lodge):
    eve = await lodge.arrive("eve")
    assert await eve.visit("hub/logout") == (200, f"{lodge.portal.url}/identity/o/logout")
    del lodge.portal.people["eve"]
    assert (await eve.visit("hub/home"))[0] == 403


async def test_who_was_an_administrator_by_a_shared_password_is_none_at_the_portal(lodge):
    await lodge.keeping.engine.ensure(hub())
    await lodge.wake()
    login = f"http://main.reef.localhost:{lodge.machine.public.listen_port}/"
    password = hub_folder.login(HUB, lodge.machine.of.where).admin_password
    async with Visitor(url=login, name="dan", password=password) as before:
        await before.enter()
        assert (await before.api("GET", "hub/api/users"))[0] == 200
        assert await lodge.inside.admins_seen(HUB) == {"dan"}
        await lodge.prepare()
        await lodge.wake()
        assert (await before.api("GET", "hub/api/users"))[0] == 403
        dan = await lodge.arrive("dan")
        assert await lodge.inside.admins_seen(HUB) == frozenset()
        for visitor in (before, dan):
            assert (await visitor.api("GET", "hub/api/users"))[0] == 403


async def test_keys_and_secrets_are_in_no_environment_of_a_server_and_of_no_process(lodge):
    eve = await lodge.arrive("eve")
    await eve.start()
    one = lodge.keeping.engine.known(HUB)
    secrets = json.loads((lodge.machine.of.where.hub(HUB) / "secrets.json").read_text())
    (running,) = [each for key, each in lodge.keeping.engine.servers._running.items() if key.user == "eve"]
    for pid in (one.running.pid, running.inner.pid, running.outer.pid):
        seen = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert not [name for name, value in secrets.items() if value.encode() in seen]
        assert b"CRYPT" not in seen
