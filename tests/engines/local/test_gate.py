"""A hub's gate on a real socket: the kernel says who asks, and a hub gets what is its own and nothing else."""

import logging
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.engines.local import gate, petitions, places, route_book
from commonhub.frontdoor import proxy, routes
from commonhub.ground import errors
from engines.contract import hub
from engines.local import boxes
from knock import UNREACHABLE, Answer, knock

AS_ROOT = os.geteuid() == 0
REEF, MARSH = "reef/main", "marsh/main"
ACCOUNTS = {REEF: 300_501, MARSH: 300_502}
START = {"user": "eve", "server": "", "environment": {}}


def account(hub_id: str) -> int | None:
    return ACCOUNTS[hub_id] if AS_ROOT else None


class Recorder:
    """Behind the gate: keeps what comes through, and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.trouble: Exception | None = None

    def _take(self, *what: Any) -> None:
        self.asked.append(what)
        if self.trouble:
            raise self.trouble

    def routes_of(self, hub_id: str) -> Mapping[str, Mapping[str, object]]:
        self._take("routes", hub_id)
        return {"/": {"target": "x"}}

    async def add_route(self, hub_id: str, spec: str, target: str, data: Mapping[str, object]) -> None:
        self._take("add", hub_id, spec, target, dict(data))

    async def remove_route(self, hub_id: str, spec: str) -> None:
        self._take("remove", hub_id, spec)

    async def start_server(self, hub_id: str, request: gate.ServerRequest) -> int:
        self._take("start", hub_id, request)
        return 4567

    async def server_status(self, hub_id: str, user: str, server: str) -> int | None:
        self._take("status", hub_id, user, server)
        return None if user == "eve" else 3

    async def stop_server(self, hub_id: str, user: str, server: str, *, now: bool) -> None:
        self._take("stop", hub_id, user, server, now)


@dataclass
class Gates:
    """The gates of two hubs, and what lies behind them."""

    where: places.Places
    recorder: Recorder = field(default_factory=Recorder)
    opened: list[gate.Gate] = field(default_factory=list)

    async def open(self, hub_id: str, behind: gate.GateKeeper) -> None:
        path = self.where.gate_socket(hub_id)
        path.parent.mkdir(parents=True)
        path.parent.parent.chmod(0o711)
        path.parent.chmod(0o711)  # wider than in life, so that the socket itself has to refuse
        made = gate.Gate(hub_id, path, account=account(hub_id), keeper=behind)
        await made.open()
        self.opened.append(made)

    async def ask(self, hub_id: str, method: str, url: str, body: Any = None, *, user: int | None = None) -> Answer:
        return await knock(self.where.gate_socket(hub_id), method, url, body, user=user)


@pytest.fixture
async def gates(state_folder: Path) -> AsyncIterator[Gates]:
    """Two gates with a recorder behind them."""
    made = Gates(places.Places(state_folder))
    for hub_id in ACCOUNTS:
        await made.open(hub_id, made.recorder)
    yield made
    for one in made.opened:
        await one.close()


@pytest.fixture
async def real(state_folder: Path) -> AsyncIterator[tuple[Gates, route_book.RouteBook, boxes.House]]:
    """Two gates with the real petitions behind them, and no proxy: routes wait for it in the ledger."""
    made, house = Gates(places.Places(state_folder)), boxes.House(state_folder)
    client = proxy.ProxyClient(made.where.proxy_api_socket, "token")
    roads = route_book.RouteBook(house.ledger, client, ())
    behind = petitions.Petitions(
        where=made.where, settings=hub, roads=roads, people=house.servers, changed=lambda: None
    )
    for hub_id in ACCOUNTS:
        roads.settle(hub_id, routes.Territory(hosts=hub(hub_id).addresses))
        await made.open(hub_id, behind)
    yield made, roads, house
    for one in made.opened:
        await one.close()
    await client.close()
    await house.tidy()


# -- what passes


async def test_a_hub_speaks_with_it_as_with_the_proxy(gates):
    assert (await gates.ask(REEF, "GET", "/api/routes")).json == {"/": {"target": "x"}}
    added = await gates.ask(REEF, "POST", "/api/routes/user/eve%20a/", {"target": "t", "user": "eve a", "hub": True})
    removed = await gates.ask(REEF, "DELETE", "/api/routes/user/eve%20a/")
    assert (added.status, removed.status) == (201, 204)
    assert gates.recorder.asked == [
        ("routes", REEF),
        ("add", REEF, "/user/eve a", "t", {"user": "eve a", "hub": True}),
        ("remove", REEF, "/user/eve a"),
    ]


async def test_a_hub_starts_watches_and_stops_its_peoples_servers(gates):
    environment = {"JUPYTERHUB_API_TOKEN": "t", "JUPYTERHUB_PORT": 5, "PATH": "/evil", "LD_PRELOAD": "x"}
    more = {"command": ["sh"], "uid": 0, "home": "/", "admin": True}
    answer = await gates.ask(REEF, "POST", "/servers/start", {**START, "environment": environment, **more})
    assert answer.json == {"port": 4567}
    ((_, hub_id, request),) = gates.recorder.asked
    assert (hub_id, request) == (
        REEF,
        gate.ServerRequest(
            user="eve", server="", admin=True, environment={"JUPYTERHUB_API_TOKEN": "t", "JUPYTERHUB_PORT": "5"}
        ),
    )
    assert (await gates.ask(REEF, "POST", "/servers/status", START)).json == {"running": True, "code": None}
    ended = await gates.ask(REEF, "POST", "/servers/status", {**START, "user": "dan"})
    assert ended.json == {"running": False, "code": 3}
    for now in (True, False, "yes"):
        await gates.ask(REEF, "POST", "/servers/stop", {**START, "now": now})
    assert [asked[-1] for asked in gates.recorder.asked[-3:]] == [True, False, False]


@given(
    st.dictionaries(st.text(max_size=20) | st.builds("JUPYTERHUB_{}".format, st.text(max_size=9)), st.text(max_size=9))
)
def test_only_jupyterhubs_own_variables_pass(given_environment):
    passed = gate.server_request({**START, "environment": given_environment}).environment
    for name, value in passed.items():
        assert given_environment[name] == value
        assert name.startswith("JUPYTERHUB_")
        assert not set("=\0\n ") & set(name)
        assert "\0" not in value
    plain = {name for name in given_environment if name.startswith("JUPYTERHUB_") and name[11:].isalnum()}
    assert {name for name in plain if "\0" not in given_environment[name]} <= set(passed)


@pytest.mark.parametrize("admin", [1, "true", [True], None])
async def test_only_true_makes_an_administrator(gates, admin):
    await gates.ask(REEF, "POST", "/servers/start", {**START, "admin": admin})
    assert gates.recorder.asked[0][2].admin is False


# -- what is refused


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{not json", 400),
        ("[]", 400),
        ('"text"', 400),
        ("{}", 400),
        ({**START, "user": ""}, 400),
        ({**START, "user": 5}, 400),
        ({**START, "user": "eve\0dan"}, 400),
        ({**START, "user": "e" * 256}, 400),
        ({**START, "server": None}, 400),
        ({**START, "server": "s" * 256}, 400),
        ({**START, "environment": ["JUPYTERHUB_USER"]}, 400),
        ({**START, "environment": {f"JUPYTERHUB_{number}": "" for number in range(65)}}, 400),
        ({**START, "environment": {"JUPYTERHUB_X": "x" * gate.REQUEST_MAX}}, 413),
    ],
)
@pytest.mark.parametrize("verb", ["start", "status", "stop"])
async def test_a_malformed_petition_reaches_nobody(gates, verb, body, status):
    answer = await gates.ask(REEF, "POST", f"/servers/{verb}", body)
    assert answer.status == status
    assert status == 413 or answer.error
    assert gates.recorder.asked == []


@pytest.mark.parametrize("body", [{}, {"target": 5}, {"target": "t" * 1025}, "x", []])
async def test_a_route_without_a_plain_target_reaches_nobody(gates, body):
    answer = await gates.ask(REEF, "POST", "/api/routes/user/eve", body)
    assert (answer.status, bool(answer.error)) == (400, True)
    assert gates.recorder.asked == []


@pytest.mark.parametrize(
    ("method", "url"), [("POST", "/servers/kill"), ("GET", "/"), ("PUT", "/api/routes/x"), ("POST", "/x")]
)
async def test_nothing_else_is_there(gates, method, url):
    assert (await gates.ask(REEF, method, url)).status in {404, 405}
    assert gates.recorder.asked == []


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (errors.RefusedError("No.", "Ask."), 403),
        (errors.CommonhubError("Wrong.", "Mend."), 400),
        (errors.UnavailableError("Away.", "Wait."), 503),
        (RuntimeError("a secret of the inside"), 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_troubles_behind_it_are_told_in_the_one_shape(gates, trouble, status):
    gates.recorder.trouble = trouble
    answer = await gates.ask(REEF, "POST", "/servers/start", START)
    assert (answer.status, bool(answer.error)) == (status, True)
    assert "secret" not in answer.text


@pytest.mark.root
@pytest.mark.skipif(not AS_ROOT, reason="needs root")
async def test_another_user_is_kept_out_by_the_file_and_refused_by_the_kernels_word(gates, caplog):
    path = gates.where.gate_socket(REEF)
    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (ACCOUNTS[REEF], 0o600)
    stranger = ACCOUNTS[MARSH]
    assert (await gates.ask(REEF, "GET", "/api/routes", user=stranger)).status == UNREACHABLE
    path.chmod(0o666)
    with caplog.at_level(logging.WARNING):
        for method, url, body in (
            ("GET", "/api/routes", None),
            ("POST", "/api/routes/x", {"target": "t"}),
            ("DELETE", "/api/routes/x", None),
            ("POST", "/servers/start", START),
            ("POST", "/servers/stop", START),
            ("GET", "/nothing", None),
        ):
            answer = await gates.ask(REEF, method, url, body, user=stranger)
            assert (answer.status, bool(answer.error)) == (403, True), url
    assert gates.recorder.asked == []
    assert f"user {stranger} knocked at the gate of {REEF}" in caplog.text
    assert (await gates.ask(REEF, "GET", "/api/routes", user=ACCOUNTS[REEF])).status == 200
    assert gates.recorder.asked == [("routes", REEF)]


async def test_a_closed_gate_is_gone_and_opens_again(gates):
    one, path = gates.opened[0], gates.where.gate_socket(REEF)
    await one.open()
    await one.close()
    assert not path.exists()
    await one.close()
    await one.open()
    assert (await gates.ask(REEF, "GET", "/api/routes")).status == 200


# -- what the real petitions let through


async def test_a_hub_names_itself_and_sees_its_own_routes_alone(real):
    gates, roads, _ = real
    own = proxy.unix_target(gates.where.hub_socket(REEF))
    for spelling in (own, own.lower(), own.replace("%2F", "%2f"), f"{own}/"):
        assert (await gates.ask(REEF, "POST", "/api/routes/", {"target": spelling, "hub": True})).status == 201
    assert [(row.spec, row.target) for row in roads.rows(REEF)] == [("/", own)]
    assert (await gates.ask(REEF, "GET", "/api/routes")).json == {"/": {"target": own, "hub": True}}
    assert (await gates.ask(MARSH, "GET", "/api/routes")).json == {}
    assert (await gates.ask(MARSH, "DELETE", "/api/routes/")).status == 204  # it has none: nothing happens
    assert [route.spec for route in roads.wanted()] == ["/main.reef.localhost"]
    assert (await gates.ask(REEF, "DELETE", "/api/routes/")).status == 204
    assert roads.wanted() == ()


def foreign_targets(where: places.Places) -> dict[str, str]:
    own = proxy.unix_target(where.hub_socket(REEF))
    return {
        "the keeper": proxy.unix_target(where.keeper_socket),
        "the door": proxy.unix_target(where.door_socket),
        "the proxy's API": proxy.unix_target(where.proxy_api_socket),
        "the nursery": proxy.unix_target(where.nursery_socket),
        "its own gate": proxy.unix_target(where.gate_socket(REEF)),
        "another hub": proxy.unix_target(where.hub_socket(MARSH)),
        "another hub, by dots": f"{own}%2F..%2F..%2F..%2Fmarsh--main%2Fsock%2Fhub.sock",
        "a port of this machine": "http://127.0.0.1:22",
        "a port by another name": "http://localhost:8000",
        "cloud metadata": "http://169.254.169.254",
        "elsewhere": "https://example.org",
        "itself with a user": own.replace("://", "://user@"),
        "itself and a path": f"{own}/secret",
        "itself and a query": f"{own}?x",
        "itself, encoded twice": own.replace("%", "%25"),
        "a file": "file:///etc/passwd",
        "nothing": "",
        "a line": f"{own}\r\nX: y",
    }


@pytest.mark.parametrize("name", foreign_targets(places.Places(Path("/s"))))
async def test_a_foreign_target_is_refused(real, name):
    gates, roads, _ = real
    answer = await gates.ask(REEF, "POST", "/api/routes/user/eve/", {"target": foreign_targets(gates.where)[name]})
    assert (answer.status, bool(answer.error)) == (403, True)
    assert roads.rows(REEF) == ()


STRANGE = [
    *("/..", "/../marsh", "/%2e%2e/", "/user/../..", "/user/%2E%2E/x", "/a//b"),
    *("/%252e%252e/", "/a%2500", "/a%5Cb", "/%00", "/" + "a" * 2001),
]


@pytest.mark.parametrize("spec", STRANGE)
async def test_a_spec_that_could_mean_another_place_is_refused(real, spec):
    gates, roads, _ = real
    own = proxy.unix_target(gates.where.hub_socket(REEF))
    for method, body in (("POST", {"target": own}), ("DELETE", None)):
        answer = await gates.ask(REEF, method, f"/api/routes{spec}", body)
        assert (answer.status, bool(answer.error)) == (403, True)
    assert roads.rows(REEF) == ()


async def test_a_spec_of_another_hub_means_a_page_of_ones_own(real):
    gates, roads, _ = real
    own = proxy.unix_target(gates.where.hub_socket(MARSH))
    for spec in ("/main.reef.localhost", "/main.reef.localhost/user/eve", "/localhost", "/hub"):
        assert (await gates.ask(MARSH, "POST", f"/api/routes{spec}", {"target": own})).status == 201
    assert {route.spec.split("/")[1] for route in roads.wanted()} == {"main.marsh.localhost"}


@pytest.mark.hubs
async def test_a_hub_leads_to_its_own_peoples_servers_and_to_no_others(real):
    gates, roads, house = real
    port = await house.start(house.wish("eve", hub=REEF), "import time; print('up'); time.sleep(600)")
    target = f"http://127.0.0.1:{port}"
    assert (await gates.ask(MARSH, "POST", "/api/routes/user/eve/", {"target": target})).status == 403
    for other in (
        f"http://127.0.0.1:{port + 1}",
        f"http://127.0.0.2:{port}",
        f"{target}/x",
        f"https://127.0.0.1:{port}",
    ):
        assert (await gates.ask(REEF, "POST", "/api/routes/user/eve/", {"target": other})).status == 403
    assert (await gates.ask(REEF, "POST", "/api/routes/user/eve/", {"target": f"{target}/"})).status == 201
    assert [(row.spec, row.target) for row in roads.rows(REEF)] == [("/user/eve", target)]
    assert (
        await gates.ask(MARSH, "POST", "/servers/stop", {**START, "now": True})
    ).status == 200  # marsh's eve has none
    assert [server.user for server in house.servers.seen(REEF)] == ["eve"]
    assert (await gates.ask(REEF, "POST", "/servers/status", START)).json["running"] is True
    assert (await gates.ask(MARSH, "POST", "/servers/status", START)).json["running"] is False
