"""What somebody with an account, a hub or a wire may try against people and their powers, on a running fleet.

The strongest stranger is Mallory: she leads another community. The strongest insiders are Dan, who administers one
hub, and a hub itself, whose secrets are read here from the disk as if it had been taken over.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from cast import ALICE, BOB, CAROL, DAN, EVE, MALLORY
from commonhub.engines.local import places
from commonhub.fleet import history
from journeys import village
from journeys.guest import CSRF, Guest, heading, said, session
from journeys.village import Village, somebody
from journeys.visitor import Visitor

pytestmark = [pytest.mark.hubs, pytest.mark.asyncio(loop_scope="module")]

REEF, MTENGO = "reef/main", "mtengo/main"
WITHIN = 30.0  # seconds
REFUSED = {401, 403, 404}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Village]:
    stage = village.stage(**{"hub-administrator": [somebody(DAN, hub="main")]})
    try:
        await asyncio.to_thread(stage.up)
        running = Village(stage=stage)
        await running.settle(BOB, CAROL, MALLORY)
        async with running.guest("carol") as carol:
            await carol.enter()
            for person in (DAN, EVE):
                await running.let_in(carol, REEF, person)
        yield running
    finally:
        await asyncio.to_thread(stage.close)


async def entered(place: Village, handle: str, stack: contextlib.AsyncExitStack) -> Guest:
    """Somebody signed in at the portal for one test."""
    return await (await stack.enter_async_context(place.guest(handle))).enter()


# -- other people's objects, by their numbers


async def test_a_stranger_reaches_no_object_of_another_community_by_its_number(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol, mallory, eve = [await entered(place, name, stack) for name in ("carol", "mallory", "eve")]
        await carol.post(f"/hubs/{REEF}/access/invite", words="Mine", most="3", days="3")
        await eve.post("/hubs/reef/lab/join", words="Please")
        access = (await carol.page(f"/hubs/{REEF}/access"))[1]
        lab = (await carol.page("/hubs/reef/lab/access"))[1]
        invitation = re.search(r"invitations/(\d+)/revoke", access)
        wish = re.search(r"requests/(\d+)", lab)
        assert invitation
        assert wish
        tries = {
            "revoke": (f"invitations/{invitation[1]}/revoke", {}),
            "answer": (f"requests/{wish[1]}", {"accept": "1"}),
            "link": ("people/eve/link", {}),
            "remove": ("people/eve/remove", {"because": "no"}),
            "export": ("export", {}),
            "leave": ("leaves", {"to": "mallory", "about": "eve", "reason": "none", "hours": "1"}),
            "policy": ("policy", {"everyone": "on"}),
            "import": ("import", {"list": "handle\nzoe\n"}),
            "add": ("add", {"handle": "mallory"}),
        }
        for name, (path, fields) in tries.items():
            for hub in (REEF, "reef/lab"):
                status, text = await mallory.post(f"/hubs/{hub}/access/{path}", **fields)
                assert status in {403, 404}, (name, hub, said(text))
            if name in {"revoke", "answer", "link", "remove"}:  # her own hub's address with another's number
                _, text = await mallory.post(f"/hubs/{MTENGO}/access/{path}", **fields)
                assert EVE.email not in text, name
        for verb in ("wake", "sleep", "restart"):
            assert (await mallory.post(f"/hubs/{REEF}/{verb}"))[0] == 403
        for verb in ("appoint", "end", "depart", "terms", "describe", "sign-for-community", "note"):
            fields = {"role": "hub-administrator", "handle": "mallory", "title": "Mine", "terms": "mine", "words": "me"}
            status, text = await mallory.post(f"/communities/reef/{verb}", **fields)
            assert status in {403, 404} or 'class="said error"' in text, (verb, said(text))
        after = (await carol.page(f"/hubs/{REEF}/access"))[1]
        assert f"invitations/{invitation[1]}/revoke" in after
        assert f"requests/{wish[1]}" in (await carol.page("/hubs/reef/lab/access"))[1]
        assert "mallory" not in re.sub(r"<[^>]*>", "", after).lower()
        assert "mallory" not in (place.stage.fleet / "communities/reef/community.yaml").read_text()


async def test_notices_sessions_and_tokens_of_others_are_not_there(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol, mallory = [await entered(place, name, stack) for name in ("carol", "mallory")]
        own = (await carol.page("/account/sessions"))[1]
        for number in re.findall(r"/account/sessions/(\d+)/end", own):
            await mallory.post(f"/account/sessions/{number}/end")
        for number in range(1, 12):
            for path in (f"/asks/{number}", f"/leaves/{number}/end", f"/account/tokens/{number}/revoke"):
                _, text = await mallory.post(path, done="1")
                assert CAROL.name not in said(text), path
        assert (await carol.page("/account/sessions"))[0] == 200  # she is signed in as before


async def token_of(guest: Guest) -> str:
    """A token for programs that may all that its owner may; the portal asks who it is once more."""
    await guest.post("/account/again", on="/account/again", password=guest.password)
    page = (await guest.page("/account/tokens"))[1]
    found = CSRF.search(page)
    assert found
    fields = [("csrfmiddlewaretoken", found[1]), ("name", "a script"), ("days", "1")]
    fields += [("scope", scope) for scope in re.findall(r'name="scope" value="([^"]+)"', page)]
    async with guest.session.post(guest.portal + "/account/tokens", data=fields, headers=guest.from_here) as answer:
        text = await answer.text()
    made = re.search(r'<pre class="command">([^<]+)</pre>', text)
    assert made, said(text)
    return unescape(made[1]).strip()


async def test_by_the_api_a_stranger_does_nothing_in_another_community(place: Village) -> None:
    named = {"community": "reef", "hub": "main", "user": "eve", "handle": "eve", "name": "people", "number": "1"}
    form = {"handle": "mallory", "to": "mallory", "about": "eve", "reason": "Mine.", "words": "Mine.", "title": "Mine"}
    async with contextlib.AsyncExitStack() as stack:
        mallory, carol = [await entered(place, name, stack) for name in ("mallory", "carol")]
        headers = {"Authorization": f"Bearer {await token_of(mallory)}"}
        wire, api = await stack.enter_async_context(session()), place.portal + "/api/v1"
        async with wire.get(api + "/me", headers=headers) as answer:
            assert (answer.status, (await answer.json())["handle"]) == (200, "mallory")
        async with wire.get(api + "/openapi.json") as answer:
            paths = (await answer.json())["paths"]
        tried = 0
        for path, methods in paths.items():
            if "{" not in path or path.endswith("/join") or path.startswith("/me/"):
                continue  # what is everybody's own; and to ask to join is open to all
            for method in methods:
                body = None if method == "get" else form
                async with wire.request(method, api + path.format(**named), json=body, headers=headers) as answer:
                    text = await answer.text()
                    wrong_form = method != "get" and answer.status in {400, 422}
                    assert answer.status in {403, 404} or wrong_form, (method, path, answer.status, text)
                    assert EVE.email not in text, path
                tried += 1
        assert tried > 40
        assert EVE.email in (await carol.page(f"/hubs/{REEF}/access"))[1]


# -- OpenID Connect


def secret_of(place: Village, hub_id: str) -> str:
    """The client secret of a hub that was taken over."""
    folder = places.Places(place.stage.state).hub(hub_id)
    kept: dict[str, str] = json.loads((folder / "secrets.json").read_text())
    return kept["portal_secret"]


def client(hub_id: str) -> str:
    return "hub." + hub_id.replace("/", ".")


def pkce() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def request_for(place: Village, hub_id: str, challenge: str, **changed: str) -> str:
    """The address to which a hub sends people."""
    values = {
        "response_type": "code",
        "client_id": client(hub_id),
        "redirect_uri": place.hub(hub_id) + "hub/oauth_callback",
        "scope": "openid profile email roles",
        "state": "state-of-the-test",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return "/identity/o/authorize?" + urlencode(values | changed)


async def code_for(place: Village, guest: Guest, hub_id: str) -> tuple[str, str]:
    """A code for somebody who is signed in, with its verifier."""
    verifier, challenge = pkce()
    async with guest.session.get(guest.portal + request_for(place, hub_id, challenge), allow_redirects=False) as answer:
        assert answer.status == 302, said(await answer.text())
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0], verifier


async def trade(place: Village, hub_id: str, *, callback_of: str = "", **values: str) -> tuple[int, dict[str, Any]]:
    """Ask the token endpoint as a hub does, with its own name and secret."""
    form = {
        "client_id": client(hub_id),
        "client_secret": secret_of(place, hub_id),
        "redirect_uri": place.hub(callback_of or hub_id) + "hub/oauth_callback",
        "grant_type": "authorization_code",
    }
    async with session() as wire, wire.post(f"{place.portal}/identity/o/api/token", data=form | values) as answer:
        return answer.status, await answer.json()


async def userinfo(place: Village, token: str) -> tuple[int, Any]:
    async with (
        session() as wire,
        wire.get(f"{place.portal}/identity/o/api/userinfo", headers={"Authorization": f"Bearer {token}"}) as answer,
    ):
        return answer.status, await answer.json(content_type=None) if answer.status == 200 else await answer.text()


async def test_codes_and_tokens_are_good_once_for_their_own_hub_and_not_when_forged(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        code, verifier = await code_for(place, carol, REEF)
        assert (await trade(place, REEF, code=code, code_verifier=pkce()[0]))[0] == 400  # another's verifier
        code, verifier = await code_for(place, carol, REEF)
        # The same code at another hub, with that hub's own name and secret; and with the secrets mixed up.
        assert (await trade(place, MTENGO, code=code, code_verifier=verifier))[0] in {400, 401}
        assert (await trade(place, MTENGO, callback_of=REEF, code=code, code_verifier=verifier))[0] in {400, 401}
        mixed = {"client_secret": secret_of(place, MTENGO)}
        assert (await trade(place, REEF, code=code, code_verifier=verifier, **mixed))[0] in {400, 401}
        code, verifier = await code_for(place, carol, REEF)
        status, made = await trade(place, REEF, code=code, code_verifier=verifier)
        assert status == 200, made
        replayed, told = await trade(place, REEF, code=code, code_verifier=verifier)
        assert (replayed, told["error"]) == (400, "invalid_grant")
        for forged in ("", "x", "A" * 40, code[:-1], "../../etc", "\u202e"):
            assert (await trade(place, REEF, code=forged, code_verifier=verifier))[0] == 400
        status, who = await userinfo(place, made["access_token"])
        assert (status, who["preferred_username"]) == (200, "carol")
        wrong = [made["access_token"][:-2] + "xx", made["id_token"], "null", "A" * 64]
        wrong += [made["refresh_token"]] if "refresh_token" in made else []
        for token in wrong:
            assert (await userinfo(place, token))[0] == 401
        if "refresh_token" in made:
            stolen = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"]}
            assert (await trade(place, MTENGO, **stolen))[0] in {400, 401}
            assert (await trade(place, REEF, **stolen))[0] == 200


async def test_people_are_sent_back_to_the_registered_address_alone(place: Village) -> None:
    right = place.hub(REEF) + "hub/oauth_callback"
    port = place.stage.port
    wrong = [
        "http://evil.example.org/hub/oauth_callback",
        f"http://reef.localhost:{port}.evil.example.org/hub/oauth_callback",
        f"http://reef.localhost:{port}@evil.example.org/hub/oauth_callback",
        f"http://evil.example.org@reef.localhost:{port}/hub/oauth_callback",
        place.hub(MTENGO) + "hub/oauth_callback",
        right + "/../../user/eve/",
        right + "?next=http://evil.example.org",
        right + "#fragment",
        right.replace(f":{port}", ":1"),
        right.replace("http://", "https://"),
        right.replace("http://", "javascript://"),
        right.upper(),
        "//evil.example.org",
        "",
    ]
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        for uri in wrong:
            path = request_for(place, REEF, pkce()[1], redirect_uri=uri)
            async with carol.session.get(carol.portal + path, allow_redirects=False) as answer:
                assert answer.status in {400, 403}, uri
                assert "Location" not in answer.headers, uri
        twice = request_for(place, REEF, pkce()[1]) + "&redirect_uri=http%3A%2F%2Fevil.example.org%2F"
        async with carol.session.get(carol.portal + twice, allow_redirects=False) as answer:
            assert answer.status == 400
        for weak in ({"code_challenge_method": "plain"}, {"code_challenge": ""}, {"response_type": "token"}):
            path = request_for(place, REEF, pkce()[1], **weak)
            async with carol.session.get(carol.portal + path, allow_redirects=False) as answer:
                assert "error=" in answer.headers["Location"], weak
                assert "code=" not in answer.headers["Location"].replace("code_challenge", ""), weak


async def test_a_sign_in_at_one_hub_is_none_at_another(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        eve = await entered(place, "eve", stack)
        visit = await eve.at(place.hub(REEF))
        for hub_id in (MTENGO, "reef/lab"):
            other = Visitor(url=place.hub(hub_id), name="eve", password="", token=visit.token)
            other.session = await stack.enter_async_context(session())
            await other.page("hub/login", allow_redirects=False)  # wakes it
            assert (await other.api("GET", "hub/api/user"))[0] == 403
            cookies = "; ".join(f"{each.key}={each.value}" for each in eve.session.cookie_jar)
            async with other.session.get(
                other.url + "hub/home", headers={"Cookie": cookies}, allow_redirects=False
            ) as answer:
                assert answer.status in {302, 403, 503}, hub_id
            status, url, text = await eve.opens(other.url)
            assert status == 403, (url, said(text))
            assert url.startswith(place.portal)


async def test_nobody_is_signed_in_as_somebody_else_by_a_link(place: Village) -> None:
    """Login CSRF: Mallory sends Eve the end of her own sign-in."""
    async with contextlib.AsyncExitStack() as stack:
        carol, eve = [await entered(place, name, stack) for name in ("carol", "eve")]
        code, _ = await code_for(place, carol, REEF)
        visit = await eve.at(place.hub(REEF))
        query = urlencode({"code": code, "state": "state-of-the-test"})
        status, _ = await visit.page(f"hub/oauth_callback?{query}")
        assert status in {400, 403}
        assert (await visit.api("GET", "hub/api/user"))[1]["name"] == "eve"


# -- the hub's gate


async def at_gate(place: Village, hub_id: str, method: str, path: str, **options: Any) -> tuple[int, str]:
    """Ask a gate as its own hub (root counts as it)."""
    socket = places.Places(place.stage.state).gate_socket(hub_id)
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as wire,
        wire.request(method, f"http://gate{path}", **options) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_hub_trades_at_its_gate_in_its_own_name_alone(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        await carol.at(place.hub(REEF))
        token = "/portal/identity/o/api/token"
        form = {"grant_type": "authorization_code", "code": "x", "client_secret": secret_of(place, MTENGO)}
        status, told = await at_gate(place, REEF, "POST", token, data=form | {"client_id": client(MTENGO)})
        assert (status, "another hub's client" in told) == (403, True)
        pair = base64.b64encode(f"{client(MTENGO)}:{secret_of(place, MTENGO)}".encode()).decode()
        basic = {"Authorization": f"Basic {pair}"}
        assert (await at_gate(place, REEF, "POST", token, data=form, headers=basic))[0] == 403
        both = [("client_id", client(REEF)), ("client_id", client(MTENGO)), *form.items()]
        assert (await at_gate(place, REEF, "POST", token, data=aiohttp.FormData(both)))[0] == 403
        for path in (
            "/portal/",
            "/portal/sign-in",
            "/portal/fleet",
            "/portal/identity/o/api/revoke",
            f"{token}/../../x",
        ):
            assert (await at_gate(place, REEF, "GET", path))[0] in {404, 405}, path
        assert (await at_gate(place, REEF, "GET", token))[0] == 405


@pytest.mark.root
async def test_another_hubs_user_does_not_come_to_a_gate_or_to_the_portals_socket(place: Village) -> None:
    where = places.Places(place.stage.state)
    other = where.hub(MTENGO).stat()
    user = (where.hub(MTENGO) / "data").stat().st_uid or other.st_uid
    assert user != 0
    code = "import socket,sys\nfor p in sys.argv[1:]:\n s=socket.socket(socket.AF_UNIX)\n try:\n  s.connect(p); print('in', p)\n except OSError: pass"
    aims = [
        where.gate_socket(REEF),
        place.stage.state / "web" / "web.sock",
        where.keeper_socket,
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *map(str, aims)], user=user, group=user, extra_groups=[],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("", 0)


async def test_a_students_server_reaches_neither_gate_nor_portal(place: Village) -> None:
    where = places.Places(place.stage.state)
    aims = [where.gate_socket(REEF), place.stage.state / "web" / "web.sock", where.keeper_socket, where.door_socket]
    code = f"""
import os, socket
for path in {[*map(str, aims)]!r} + ["/run/commonhub/gate.sock"]:
    one = socket.socket(socket.AF_UNIX)
    try:
        one.connect(path); print("in", path)
    except OSError:
        pass
for host in ("127.0.0.1", "localhost", "::1", "portal.localhost"):
    try:
        socket.create_connection((host, {place.stage.port}), timeout=2); print("in", host)
    except OSError:
        pass
print("portal secrets" if any("SECRET" in name or "PORTAL" in name for name in os.environ) else "tried")
"""
    async with contextlib.AsyncExitStack() as stack:
        eve = await entered(place, "eve", stack)
        visit = await eve.at(place.hub(REEF))
        await visit.start()
        assert await visit.run(await visit.kernel(), code, within=60) == "tried\n"
        await visit.stop()


# -- sessions, forms, tries


async def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(place: Village) -> None:
    planted = "a" * 32
    async with contextlib.AsyncExitStack() as stack:
        eve = await stack.enter_async_context(place.guest("eve"))
        await eve.page("/sign-in")
        names = {each.key for each in eve.session.cookie_jar}
        eve.session.cookie_jar.update_cookies({"commonhub_session": planted}, aiohttp.client.URL(place.portal))
        await eve.enter()
        after = {each.key: each.value for each in eve.session.cookie_jar if each["path"] == "/"}
        assert after["commonhub_session"] != planted
        assert "commonhub_csrf" in names
        thief = await stack.enter_async_context(place.guest("mallory"))
        thief.session.cookie_jar.update_cookies({"commonhub_session": planted}, aiohttp.client.URL(place.portal))
        async with thief.session.get(place.portal + "/account/", allow_redirects=False) as answer:
            assert answer.status == 302
        old = after["commonhub_session"]
        await eve.post("/sign-out", on="/")
        thief.session.cookie_jar.update_cookies({"commonhub_session": old}, aiohttp.client.URL(place.portal))
        async with thief.session.get(place.portal + "/account/", allow_redirects=False) as answer:
            assert answer.status == 302  # signed out is signed out on the server


POSTS = [
    "/sign-in", "/sign-out", "/asks", "/notices/1", "/communities/reef/appoint", "/communities/reef/end",
    "/communities/reef/depart", "/communities/reef/terms", "/communities/reef/describe", "/communities/reef/note",
    "/communities/reef/sign-for-community", "/communities/reef/groups/create", "/hubs/reef/main/restart",
    "/hubs/reef/main/wake", "/hubs/reef/main/sleep", "/hubs/reef/main/join", "/hubs/reef/main/access/add",
    "/hubs/reef/main/access/invite", "/hubs/reef/main/access/leaves", "/hubs/reef/main/access/policy",
    "/hubs/reef/main/access/import", "/hubs/reef/main/access/import/apply", "/hubs/reef/main/access/export",
    "/hubs/reef/main/access/reviewed", "/hubs/reef/main/access/people/eve/remove",
    "/hubs/reef/main/access/people/eve/link", "/people/eve/sign-out", "/people/eve/open-again", "/account/",
    "/account/password", "/account/second-step/app", "/account/second-step/passkeys/add", "/account/sessions/end",
    "/account/tokens", "/language", "/leaves/1/end",
    "/account/again", "/account/second-step/codes/new",
]  # fmt: skip


async def test_no_form_is_taken_from_another_page(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        token = next(each.value for each in carol.session.cookie_jar if each.key == "commonhub_csrf")
        evil = {"Origin": "http://evil.example.org", "Referer": "http://evil.example.org/"}
        hub = {"Origin": place.hub(REEF).rstrip("/"), "Referer": place.hub(REEF)}  # a hub is another site too
        for path in POSTS:
            for headers, fields in (
                (carol.from_here, {}),
                (evil, {"csrfmiddlewaretoken": token}),
                (hub, {"csrfmiddlewaretoken": token}),
            ):
                async with carol.session.post(
                    carol.portal + path, data={"handle": "mallory", **fields}, headers=headers, allow_redirects=False
                ) as answer:
                    assert answer.status == 403, (path, headers, answer.status)
        # Hubs send people here to sign out, so it answers; it asks them first.
        async with carol.session.post(carol.portal + "/identity/o/logout", headers=evil) as answer:
            assert answer.status in {200, 403}
        async with carol.session.get(carol.portal + "/account/sessions", allow_redirects=False) as answer:
            assert answer.status == 200


async def test_guessing_a_password_is_slowed_whatever_the_guesser_says_of_where_he_is(place: Village) -> None:
    async with place.guest("bob") as thief:
        statuses = []
        for number in range(14):
            page = (await thief.page("/sign-in"))[1]
            token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
            assert token
            form = {"login": "bob", "password": f"guess {number} of many", "csrfmiddlewaretoken": token[1]}
            headers = thief.from_here | {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
            async with thief.session.post(thief.portal + "/sign-in", data=form, headers=headers) as answer:
                statuses.append(answer.status)
        assert statuses[0] == 200
        assert statuses[-1] == 429, statuses
        status, text = await thief.tries_to_enter()  # the right one is not told from a wrong one now
        assert (status, "Sign out" in text) == (429, False)


# -- who one is


async def invitation(place: Village, guest: Guest, *, most: int) -> str:
    """A link to reef/main that lets in so many."""
    _, text = await guest.post(f"/hubs/{REEF}/access/invite", words="A class", most=str(most), days="2")
    found = re.search(r'value="([^"]+/invitations/[^"]+)"', text)
    assert found, said(text)
    return unescape(found[1])


async def claim(place: Village, link: str, handle: str, name: str = "Somebody") -> tuple[int, str]:
    """Somebody new takes an invitation."""
    async with Guest(portal=place.portal, handle=handle, password=f"some words for {handle[:20]}") as new:
        path = link.removeprefix(place.portal)
        fields = {"name": name, "handle": handle, "password": new.password, "again": new.password}
        return await new.post(path, on=path, **fields)


async def test_an_invitation_lets_in_as_many_as_it_says_even_when_all_come_at_once(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        link = await invitation(place, carol, most=1)
        came = await asyncio.gather(*(claim(place, link, f"guest-{number}") for number in range(4)))
        inside = [text for status, text in came if status == 200 and "You are among its people" in text]
        assert len(inside) == 1, [(status, heading(text)) for status, text in came]
        status, text = await claim(place, link, "guest-late")
        assert status == 404, said(text)
        roster = (await carol.page(f"/hubs/{REEF}/access?q=guest"))[1]
        assert len(re.findall(r"people/guest-\d+/remove", roster)) == 1


async def test_nobody_comes_to_power_by_a_name(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol = await entered(place, "carol", stack)
        link = await invitation(place, carol, most=20)
        # Names of the cast, of those who are only written in the files, near misses, and names that hubs give power to.
        taken = ["alice", "ALICE", "dan", " dan ", "carol", "d\u0430n", "dan\u200b", "dan/../carol", "commonhub", "culler",
                 "people", "hub-administrators", "root", "admin", "-dan", "dan-"]  # fmt: skip
        for handle in taken:
            status, text = await claim(place, link, handle)
            accepted = "You are among its people" in text
            if handle in {"people", "hub-administrators", "root", "admin", "commonhub", "culler"} and accepted:
                continue  # a person's name may be a group's; what it opens is tried below
            assert (status, accepted) == (400, False), (handle, said(text))
        status, text = await claim(place, link, "dan-rahman", name=DAN.name)  # one may be called as one likes
        assert status == 200, said(text)
        async with Guest(portal=place.portal, handle="dan-rahman", password="some words for dan-rahman") as twin:
            await twin.enter()
            assert (await twin.page(f"/hubs/{REEF}/access"))[0] == 403
            visit = await twin.at(place.hub(REEF))
            _, me = await visit.api("GET", "hub/api/user")
            assert (me["groups"], me["admin"]) == (["people"], False)
            for body in ({"name": "dan"}, {"admin": True}):
                assert (await visit.api("PATCH", "hub/api/users/dan-rahman", json=body))[0] in REFUSED
            assert (await visit.api("GET", "hub/api/users"))[0] in REFUSED


async def test_a_hub_administrator_gets_no_further_in_jupyterhub(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        dan, carol, eve = [await entered(place, name, stack) for name in ("dan", "carol", "eve")]
        hub = place.hub(REEF)
        visit = await dan.at(hub)
        await carol.at(hub)
        hers = await eve.at(hub)
        await hers.start()
        assert (await visit.api("GET", "hub/api/users"))[0] == 200  # he does administer
        tries: list[tuple[str, str, Any]] = [
            ("PATCH", "hub/api/users/dan", {"admin": True}),
            ("PATCH", "hub/api/users/eve", {"name": "evelyn"}),
            ("POST", "hub/api/users/zoe", {}),
            ("POST", "hub/api/users", {"usernames": ["zoe"], "admin": True}),
            ("DELETE", "hub/api/users/carol", None),
            ("POST", "hub/api/users/eve/tokens", {"note": "mine"}),
            ("GET", "hub/api/users/eve/tokens", None),
            ("POST", "hub/api/users/dan/tokens", {"roles": ["commonhub"]}),
            ("POST", "hub/api/users/dan/tokens", {"scopes": ["admin:users"]}),
            ("POST", "hub/api/groups/community-representatives/users", {"users": ["dan"]}),
            ("POST", "hub/api/groups/hub-administrators/users", {"users": ["eve"]}),
            ("DELETE", "hub/api/groups/hub-administrators/users", {"users": ["carol"]}),
            ("POST", "hub/api/groups/new", {}),
            ("DELETE", "hub/api/groups/people", None),
            ("POST", "hub/api/shares/eve/", {"user": "dan"}),
            ("POST", "hub/api/share-codes/eve/", {}),
            ("POST", "hub/api/shutdown", {}),
            ("GET", "hub/api/proxy", None),
            ("POST", "hub/api/proxy", {}),
            ("GET", "hub/api/services", None),
            ("GET", "user/eve/api/contents", None),
            ("POST", "user/eve/api/kernels", {"name": "python3"}),
        ]
        for method, path, body in tries:
            status, told = await visit.api(method, path, json=body, allow_redirects=False)
            fine = status in {400, 401, 403, 404, 405} or (path == "hub/api/services" and told == {})
            assert fine or (status == 302 and path.startswith("user/")), (method, path, status, told)
        _, someone = await visit.api("GET", "hub/api/users/eve")
        assert not someone.get("auth_state")
        # Not by his cookies either, as a page of his would.
        async with visit.session.get(hub + "user/eve/api/contents", allow_redirects=False) as answer:
            assert answer.status != 200
        _, me = await visit.api("GET", "hub/api/user")
        assert "community-representatives" not in me["groups"]
        await hers.stop()


# -- what headers say


async def test_headers_of_a_stranger_are_not_believed(place: Village) -> None:
    lies = {
        "X-Forwarded-Host": "evil.example.org",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example.org;proto=https",
        "X-Original-URL": "/fleet",
        "X-Rewrite-URL": "/fleet",
        "Commonhub-Asker": json.dumps({"handle": "alice", "owns": True}),
        "X-Remote-User": "alice",
        "Remote-User": "alice",
    }
    async with contextlib.AsyncExitStack() as stack:
        mallory = await entered(place, "mallory", stack)
        for path in ("/", "/sign-in", "/identity/.well-known/openid-configuration", "/hubs/mtengo/main"):
            async with mallory.session.get(mallory.portal + path, headers=lies, allow_redirects=False) as answer:
                assert "evil.example.org" not in await answer.text(), path
                assert "evil.example.org" not in str(answer.headers), path
        for path in ("/fleet", f"/hubs/{REEF}/access", "/people/eve"):
            assert (await mallory.page(path, headers=lies))[0] in {403, 404}, path
        for method, path in (("POST", f"/hubs/{REEF}/restart"), ("POST", f"/hubs/{REEF}/access/add")):
            found = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', (await mallory.page("/"))[1])
            assert found
            form = {"csrfmiddlewaretoken": found[1], "handle": "mallory"}
            async with mallory.session.request(
                method, mallory.portal + path, data=form, headers=mallory.from_here | lies
            ) as answer:
                assert answer.status == 403, path
        async with mallory.session.get(mallory.portal + "/", headers={"Host": "evil.example.org"}) as answer:
            assert answer.status in {400, 404}
            assert "evil.example.org" not in str(answer.headers)


# -- what was written down


async def test_an_edited_row_of_the_audit_is_found(place: Village) -> None:
    words = ("audit", "verify", "--fleet", str(place.stage.fleet), "--state", str(place.stage.state))
    assert (await asyncio.to_thread(place.stage.cli, *words, check=False)).returncode == 0
    database = place.stage.state / "portal" / "commonhub.sqlite"
    with contextlib.closing(sqlite3.connect(database, timeout=20)) as book:
        for (name,) in book.execute(
            "select name from sqlite_master where type='trigger' and tbl_name like 'audit%'"
        ).fetchall():
            book.execute(f'drop trigger "{name}"')  # whoever can write the file can do this too
        number, was = book.execute(
            "select number, words from audit_auditentry order by number limit 1 offset 4"
        ).fetchone()
        book.execute("update audit_auditentry set words = 'Nothing happened.' where number = ?", (number,))
        book.commit()
        done = await asyncio.to_thread(place.stage.cli, *words, check=False)
        assert done.returncode != 0
        assert str(number) in done.stdout + done.stderr
        book.execute("update audit_auditentry set words = ? where number = ?", (was, number))
        book.commit()
    assert (await asyncio.to_thread(place.stage.cli, *words, check=False)).returncode == 0


# -- what outlives a role: last, for it takes Eve and Dan away


async def wait_for(true: Any, what: str) -> None:
    async with asyncio.timeout(WITHIN):
        while not await true():
            await asyncio.sleep(0.3)


async def test_after_a_removal_no_socket_token_or_refresh_lives_on(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        carol, eve = [await entered(place, name, stack) for name in ("carol", "eve")]
        visit = await eve.at(place.hub(REEF))
        await visit.start()
        kernel = await visit.kernel()
        assert await visit.run(kernel, "print(1)") == "1\n"
        code, verifier = await code_for(place, eve, REEF)
        status, made = await trade(place, REEF, code=code, code_verifier=verifier)
        assert status == 200
        ws = f"{visit.url}user/eve/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        async with visit.session.ws_connect(ws, headers={"Authorization": f"token {visit.token}"}) as socket:
            status, text = await carol.post(f"/hubs/{REEF}/access/people/eve/remove", because="The course is over.")
            assert status == 200, said(text)

            async def closed() -> bool:
                with contextlib.suppress(TimeoutError):
                    await socket.receive(timeout=0.2)
                return socket.closed

            await wait_for(closed, "the websocket ends")

            async def dead() -> bool:
                return (await visit.api("GET", "hub/api/user"))[0] in {401, 403}

            await wait_for(dead, "her token at the hub ends")
        assert (await userinfo(place, made["access_token"]))[0] in {401, 403}
        if "refresh_token" in made:
            again = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"]}
            assert (await trade(place, REEF, **again))[0] in {400, 401, 403}
        assert (await eve.opens(place.hub(REEF)))[0] == 403
        async with visit.session.get(place.hub(REEF) + "user/eve/api/contents", allow_redirects=False) as answer:
            assert answer.status != 200


async def test_an_administrator_whose_role_ends_by_a_commit_has_no_power_left_in_what_is_open(place: Village) -> None:
    async with contextlib.AsyncExitStack() as stack:
        dan = await entered(place, "dan", stack)
        visit = await dan.at(place.hub(REEF))
        assert (await visit.api("GET", "hub/api/users"))[0] == 200
        path = "communities/reef/community.yaml"
        file = json.loads((place.stage.fleet / path).read_text())
        file["roles"].pop("hub-administrator")
        place.stage.write(path, json.dumps(file))
        who = history.Person(name=ALICE.name, email=ALICE.email)
        history.FleetRepository(place.stage.fleet).commit([path], who=who, why="Dan teaches no more")

        async def powerless() -> bool:
            users, _ = await visit.api("GET", "hub/api/users")
            page, _ = await dan.page(f"/hubs/{REEF}/access")
            cookie, _ = await visit.page("hub/admin")
            return users in {401, 403} and page == 403 and cookie in {403, 404}

        await wait_for(powerless, "Dan's power ends")
