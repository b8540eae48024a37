"""Hub Administrators and Community Representatives inside a real hub: what they can do, and that they can become no more."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonhub.engines.local import hub_roles
from engines.contract import HUB
from engines.local import hubs_with_people
from engines.local.hubs_with_people import ADMINISTRATORS, REPRESENTATIVES, Lodge

pytestmark = pytest.mark.hubs

NEVER = {  # for an administrator and for a representative
    "mark oneself as administrator": ("PATCH", "hub/api/users/{me}", {"admin": True}),
    "rename oneself into somebody": ("PATCH", "hub/api/users/{me}", {"name": "alice"}),
    "rename somebody": ("PATCH", "hub/api/users/eve", {"name": "eve2"}),
    "write what the portal said": ("PATCH", "hub/api/users/{me}", {"auth_state": {}}),
    "add a person": ("POST", "hub/api/users/mallory", None),
    "add people": ("POST", "hub/api/users", {"usernames": ["mallory"], "admin": True}),
    "remove a person": ("DELETE", "hub/api/users/eve", None),
    "make a token of somebody": ("POST", "hub/api/users/eve/tokens", {"note": "x"}),
    "read tokens of somebody": ("GET", "hub/api/users/eve/tokens", None),
    "make a token that may more": ("POST", "hub/api/users/{me}/tokens", {"scopes": ["admin:users"]}),
    "make a token with another role": ("POST", "hub/api/users/{me}/tokens", {"roles": ["admin"]}),
    "make a group": ("POST", "hub/api/groups/mine", {"users": ["{me}"]}),
    "make groups": ("POST", "hub/api/groups", {"groups": ["mine"]}),
    "remove a group": ("DELETE", "hub/api/groups/hub-administrators", None),
    "make oneself a representative": ("POST", "hub/api/groups/community-representatives/users", {"users": ["{me}"]}),
    "take a representative away": ("DELETE", "hub/api/groups/community-representatives/users", {"users": ["carol"]}),
    "let somebody in": ("POST", "hub/api/groups/people/users", {"users": ["{me}"]}),
    "open a server to oneself": ("POST", "hub/api/shares/eve/", {"user": "{me}"}),
    "make a code that opens a server": ("POST", "hub/api/share-codes/eve/", {}),
    "see who may open a server": ("GET", "hub/api/shares/eve/", None),
    "open somebody's server": ("GET", "user/eve/api/contents", None),
    "run code in somebody's server": ("POST", "user/eve/api/kernels", {"name": "python3"}),
    "end the hub": ("POST", "hub/api/shutdown", {}),
    "see the proxy": ("GET", "hub/api/proxy", None),
    "turn the proxy": ("PATCH", "hub/api/proxy", {"api_url": "http://127.0.0.1:9"}),
    "list services": ("GET", "hub/api/services", None),
    "read the keeper's service": ("GET", "hub/api/services/commonhub", None),
    "make a service": ("POST", "hub/api/services/mine", {"command": ["sh"]}),
    "read metrics": ("GET", "hub/metrics", None),
}
FOR_REPRESENTATIVES = {
    "start somebody's server": ("POST", "hub/api/users/eve/server", None),
    "stop somebody's server": ("DELETE", "hub/api/users/eve/server", None),
    "read about the hub": ("GET", "hub/api/info", None),
}
FOR_ADMINISTRATORS = {
    "name another administrator": ("POST", "hub/api/groups/hub-administrators/users", {"users": ["eve"]}),
    "take an administrator away": ("DELETE", "hub/api/groups/hub-administrators/users", {"users": ["{me}"]}),
    "mark the group": ("PUT", "hub/api/groups/hub-administrators/properties", {"x": 1}),
}


@pytest.fixture
async def lodge(state_folder: Path) -> AsyncIterator[Lodge]:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    async with hubs_with_people.lodge_in(state_folder) as made:
        await made.prepare()
        await made.wake()
        yield made


async def everything(lodge: Lodge, reader) -> dict[str, tuple[bool, list[str]]]:
    """Who is there, with which mark and groups."""
    _, users = await reader.api("GET", "hub/api/users")
    return {user["name"]: (user["admin"], user["groups"], sorted(user["roles"])) for user in users}


def filled(value, me: str):
    if isinstance(value, str):
        return value.replace("{me}", me)
    if isinstance(value, list):
        return [filled(each, me) for each in value]
    return {key: filled(each, me) for key, each in value.items()} if isinstance(value, dict) else value


FORGED = "XSRF cookie does not match"


async def by_cookie(member, method: str, path: str, body=None) -> tuple[int, str]:
    """As JupyterHub's own pages ask: with the cookie, and its word against forged requests (a new one after a sign-in)."""
    text = FORGED
    for _ in range(4):
        headers = {"X-XSRFToken": member.xsrf(), "Origin": member.origin, "Referer": member.url + "hub/admin"}
        async with member.session.request(
            method, member.url + path, json={} if body is None else body, headers=headers, allow_redirects=False
        ) as answer:
            status, text = answer.status, await answer.text()
        if FORGED not in text or path.startswith("user/"):
            break
        await member.page("hub/home")
    return status, text


async def attempts(member, acts) -> dict[str, tuple[str, int, str]]:
    """Each act with the token, then each by the cookie; those that were not refused for what they are."""
    let_through = {}
    for way in ("token", "cookie"):
        for name, (method, *rest) in acts.items():
            path, body = filled(rest, member.name)
            status, text = 503, ""
            while status == 503:  # the proxy's own, when the hub has answered before it was asked to the end
                if way == "token":
                    status, text = await member.api(method, path, json=body, allow_redirects=False)
                else:
                    status, text = await by_cookie(member, method, path, body)
            # A server sends a visitor without its cookie to the hub; that this leads nowhere has a line of its own.
            at_server = path.startswith("user/")
            refused = {403, 404, 405} | ({302} if at_server else set())
            held_back = status in refused or (status == 400 and "Not assigning requested scopes" in str(text))
            if not held_back or (FORGED in str(text) and not at_server):
                let_through[f"{name}, by {way}"] = (path, status, str(text)[:200])
    return let_through


async def test_an_administrator_does_the_days_work(lodge):
    dan, eve = await lodge.arrive("dan", ADMINISTRATORS), await lodge.arrive("eve")
    assert (await dan.page("hub/admin"))[0] == 200
    status, users = await dan.api("GET", "hub/api/users?include_stopped_servers=1")
    assert (status, {user["name"] for user in users}) == (200, {"dan", "eve"})
    for path in ("hub/api/groups", "hub/api/info", "hub/api/groups/people", "hub/api/users/eve"):
        assert (await dan.api("GET", path))[0] == 200, path
    await dan.page("hub/admin")
    status, text = await by_cookie(dan, "POST", "hub/api/users/eve/server")  # the panel's button
    assert status in {201, 202}, text
    assert lodge.people() == ["eve"]
    assert (await dan.api("DELETE", "hub/api/users/eve/server"))[0] in {202, 204}
    await eve.stop()
    assert lodge.people() == []


async def test_an_administrator_can_become_no_more(lodge):
    carol = await lodge.arrive("carol", REPRESENTATIVES, ADMINISTRATORS)
    dan, eve = await lodge.arrive("dan", ADMINISTRATORS), await lodge.arrive("eve")
    await eve.start()
    before = await everything(lodge, carol)
    assert await attempts(dan, NEVER | FOR_ADMINISTRATORS) == {}
    assert await everything(lodge, carol) == before
    assert lodge.people() == ["eve"]
    _, model = await dan.api("GET", "hub/api/users/eve")
    assert "auth_state" not in model
    status, where = await dan.visit("user/eve/lab")
    assert status == 403, where


async def test_a_representative_names_administrators_and_can_become_no_more(lodge):
    carol, eve = await lodge.arrive("carol", REPRESENTATIVES), await lodge.arrive("eve")
    await eve.start()
    assert (await carol.page("hub/admin"))[0] == 200
    _, groups = await carol.api("GET", "hub/api/groups")  # the panel's page fails where members are left out
    assert {group["name"]: set(group["users"]) for group in groups}[REPRESENTATIVES] == {"carol"}
    before = await everything(lodge, reader := await lodge.arrive("dan", ADMINISTRATORS))
    assert await attempts(carol, NEVER | FOR_REPRESENTATIVES) == {}
    assert await everything(lodge, reader) == before
    path, before_it = "hub/api/groups/hub-administrators/users", datetime.now(UTC)
    assert (await carol.api("POST", path, json={"users": ["eve"]}))[0] == 200
    assert (await eve.api("GET", "hub/api/users"))[0] == 200  # at once
    assert (await lodge.inside.groups_seen(HUB))[ADMINISTRATORS] == {"dan", "eve"}
    assert await lodge.inside.who_changed(HUB, ADMINISTRATORS, "eve", since=before_it) == "carol"
    assert await lodge.inside.who_changed(HUB, ADMINISTRATORS, "eve", since=datetime.now(UTC)) == ""
    assert (await carol.api("DELETE", path, json={"users": ["eve"]}))[0] == 200
    assert (await eve.api("GET", "hub/api/users"))[0] == 403


async def test_a_representative_and_administrator_adds_up_to_nothing_more(lodge):
    carol = await lodge.arrive("carol", REPRESENTATIVES, ADMINISTRATORS)
    eve = await lodge.arrive("eve")
    await eve.start()
    assert await attempts(carol, NEVER) == {}


async def test_the_keepers_token_may_no_more_than_it_needs(lodge):
    await lodge.arrive("eve")
    api = lodge.inside._api(lodge.keeping.engine.known(HUB))
    for method, path, body in (
        ("POST", ("users", "mallory"), None),
        ("PATCH", ("users", "eve"), {"admin": True}),
        ("POST", ("users", "eve", "tokens"), {"note": "x"}),
        ("POST", ("groups", "mine"), None),
        ("DELETE", ("groups", ADMINISTRATORS), None),
        ("POST", ("groups", "people", "users"), {"users": ["eve"]}),
        ("GET", ("proxy",), None),
        ("POST", ("shutdown",), {}),
    ):
        assert (await api.ask(method, *path, body=body)).status in {403, 404}, path
    assert "admin:users" not in hub_roles.KEEPER_SCOPES
