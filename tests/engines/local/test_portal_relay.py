"""The road from a hub's gate to the portal: two requests, in the hub's own name, and nothing else."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from commonhub.engines.local import gate, places, portal_relay
from engines.contract import HUB
from engines.local.test_gate import Recorder
from knock import UNREACHABLE, knock

TOKEN, USERINFO = "/portal/identity/o/api/token", "/portal/identity/o/api/userinfo"
OWN = {"client_id": "hub.reef.main", "client_secret": "s", "grant_type": "refresh_token"}
AS_ROOT = os.geteuid() == 0
ACCOUNT, OTHER = (300_501, 300_502) if AS_ROOT else (None, None)


@dataclass
class Road:
    """The gate, and the portal behind it that tells what it was asked."""

    path: Path
    heard: list[tuple[str, str, dict[str, str], bytes]]
    answer: web.Response | None = None
    runner: web.AppRunner | None = None

    async def hear(self, request: web.Request) -> web.StreamResponse:
        self.heard.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return self.answer or web.json_response({"heard": True}, headers={"Set-Cookie": "a=b", "X-Inner": "x"})

    async def ask(
        self, method: str, path: str, *, form=None, headers=None, data=None
    ) -> tuple[int, str, dict[str, str]]:
        body = urlencode(form) if form is not None else data
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connector = aiohttp.UnixConnector(str(self.path))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(
                method, f"http://gate{path}", data=body, headers=kind | (headers or {}), allow_redirects=False
            ) as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
async def road(state_folder: Path) -> AsyncIterator[Road]:
    where = places.Places(state_folder)
    socket = state_folder / "web.sock"
    made = Road(where.gate_socket(HUB), [])
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.hear)
    made.runner = web.AppRunner(app, access_log=None)
    await made.runner.setup()
    await web.UnixSite(made.runner, str(socket)).start()
    made.path.parent.mkdir(parents=True)
    made.path.parent.parent.chmod(0o711)
    made.path.parent.chmod(0o711)
    portal = portal_relay.Portal(url="https://hubs.example.org/below", socket=socket)
    opened = gate.Gate(HUB, made.path, account=ACCOUNT, keeper=Recorder(), relay=portal_relay.PortalRelay(portal))
    await opened.open()
    yield made
    await opened.close()
    await made.runner.cleanup()


async def test_the_two_requests_arrive_as_if_they_came_by_the_public_address(road):
    claimed = {
        "Host": "evil", "Cookie": "s=1", "X-Forwarded-For": "10.0.0.9", "X-Forwarded-Host": "evil",
        "Forwarded": "for=1", "X-Scheme": "ftp", "X-Forwarded-Proto": "ftp",
    }  # fmt: skip
    status, text, headers = await road.ask("POST", TOKEN, form=OWN, headers=claimed)
    assert (status, text) == (200, '{"heard": true}')
    assert not {"Set-Cookie", "X-Inner"} & set(headers)
    await road.ask("GET", USERINFO, headers={**claimed, "Authorization": "Bearer t"})
    (first, second) = road.heard
    assert first[:2] == ("POST", "/below/identity/o/api/token")
    assert first[3] == urlencode(OWN).encode()
    assert second[:2] == ("GET", "/below/identity/o/api/userinfo")
    assert second[2]["Authorization"] == "Bearer t"
    for _, _, told, _ in road.heard:
        assert (told["Host"], told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == (
            "hubs.example.org", "127.0.0.1", "https",
        )  # fmt: skip
        assert not {"Cookie", "X-Forwarded-Host", "Forwarded", "X-Scheme"} & set(told)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", TOKEN), ("PUT", TOKEN), ("POST", USERINFO), ("DELETE", USERINFO), ("HEAD", USERINFO),
        ("POST", "/portal/identity/o/api/revoke"), ("GET", "/portal/identity/o/authorize"), ("GET", "/portal/"),
        ("GET", "/portal"), ("POST", TOKEN + "/"), ("GET", USERINFO + "/../../../../fleet"), ("GET", "/identity/o/api/userinfo"),
        ("GET", USERINFO + "%2f..%2f..%2fauthorize"), ("GET", "/portal//identity/o/api/userinfo"), ("GET", "/x/.." + USERINFO + "x"),
    ],
)  # fmt: skip
async def test_nothing_else_passes(road, method, path):
    answer = await knock(road.path, method, path, "" if method == "GET" else "client_id=hub.reef.main")
    assert answer.status in {403, 404, 405}
    assert road.heard == []


async def test_what_is_asked_about_in_the_address_does_not_pass(road):
    await road.ask("GET", USERINFO + "?access_token=x&next=//evil")
    assert road.heard[0][1] == "/below/identity/o/api/userinfo"


@pytest.mark.parametrize(
    "form",
    [
        {**OWN, "client_id": "hub.marsh.main"}, {"grant_type": "refresh_token"}, {**OWN, "client_id": ""},
        [("client_id", "hub.reef.main"), ("client_id", "hub.marsh.main")], [("x", str(n)) for n in range(40)],
    ],
    ids=["another's", "nobody's", "empty", "two", "many"],
)  # fmt: skip
async def test_a_hub_trades_in_its_own_name_alone(road, form):
    status, text, _ = await road.ask("POST", TOKEN, form=form)
    assert (status, "mend" in text, road.heard) == (403, True, [])


async def test_a_hub_trades_by_a_form_alone(road):
    for headers in ({"Content-Type": "application/json"}, {"Authorization": "Basic aHViLm1hcnNoLm1haW46cw=="}):
        kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        assert (await road.ask("POST", TOKEN, data=urlencode(OWN), headers=kind))[0] == 403
    assert (await road.ask("POST", TOKEN, form=OWN, headers={"Content-Type": "multipart/form-data; boundary=x"}))[
        0
    ] == 403
    assert road.heard == []


async def test_too_much_passes_in_neither_direction(road):
    assert (await road.ask("POST", TOKEN, form={**OWN, "x": "y" * portal_relay.REQUEST_MAX}))[0] == 403
    assert road.heard == []
    road.answer = web.Response(body=b"x" * (portal_relay.ANSWER_MAX + 1))
    assert (await road.ask("GET", USERINFO))[0] == 503


async def test_a_redirect_of_the_portal_is_not_followed(road):
    road.answer = web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
    status, _, headers = await road.ask("GET", USERINFO)
    assert (status, "Location" in headers, len(road.heard)) == (302, False, 1)


async def test_a_portal_that_is_away_or_silent_is_said_so(road, monkeypatch):
    monkeypatch.setattr(portal_relay, "ANSWER_WITHIN", 0.2)

    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        raise AssertionError

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", silent)
    await road.runner.cleanup()
    status, text, _ = await road.ask("GET", USERINFO)
    assert (status, "does not answer" in text) == (503, True)
    second = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await second.setup()
    await web.UnixSite(second, str(road.path.parents[2] / "web.sock")).start()
    assert (await road.ask("GET", USERINFO))[0] == 503
    await second.cleanup()


@pytest.mark.root
@pytest.mark.skipif(not AS_ROOT, reason="needs to be root")
async def test_another_user_of_the_machine_gets_nothing(road):
    road.path.chmod(0o666)  # wider than in life, so that the gate itself has to refuse
    answer = await knock(road.path, "GET", USERINFO, "", user=OTHER)
    assert answer.status in {UNREACHABLE, 403}
    assert (await knock(road.path, "GET", USERINFO, "", user=ACCOUNT)).status == 200
    assert len(road.heard) == 1


async def test_without_a_portal_there_is_no_road(state_folder):
    path = state_folder / "gate.sock"
    opened = gate.Gate(HUB, path, account=None, keeper=Recorder())
    await opened.open()
    assert (await knock(path, "GET", USERINFO, "")).status == 404
    assert (await knock(path, "POST", TOKEN, urlencode(OWN))).status == 404
    await opened.close()
