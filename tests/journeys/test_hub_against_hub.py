"""A hub that was taken over, with all its user may do, against the other hubs and the control plane."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from commonhub.engines.local import attack, places
from journeys import intruder
from journeys.stage import Stage
from journeys.visitor import Visitor

pytestmark = [pytest.mark.hubs, pytest.mark.root, pytest.mark.asyncio(loop_scope="module")]
if os.geteuid() != 0:
    pytestmark.append(pytest.mark.skip(reason="only root gives each hub a user of its own"))

TOOLS = """
import http.client, json, os, signal, socket, sys
__name__ = "attack"
{source}
aim = json.loads(sys.argv[1])

class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

def ask(path, method, target, body=None, **headers):
    client = Unix(path)
    client.request(method, target, body=json.dumps(body) if body is not None else None, headers=headers)
    answer = client.getresponse()
    return answer.status, answer.read().decode()

def tell(answer):
    print("held" if answer[0] else "BROKEN: " + answer[1])

def all_fail(*acts):
    tell(all_refused(acts))

def reads(paths):
    all_fail(*((path, read(path)) for path in paths))

def dials(paths):
    all_fail(*((path, unix(path)) for path in paths))

def tells(status, codes):
    tell((status[0] in codes, str(status)))
"""

ATTACKS = {
    "read the other hub's database, secrets and log": "reads(aim['records'])",
    "read the other hub's homes": "reads(aim['homes'])",
    "write where the other hub listens or reads": """
all_fail(*((path, write(path)) for path in (aim["folder"], aim["folder"] + "/sock", aim["folder"] + "/data", aim["own_folder"])))""",
    "change its own settings": """
all_fail(("settings", lambda: open(aim["own_folder"] + "/jupyterhub_config.py", "a")), ("logs", read(aim["own_folder"] + "/logs")))""",
    "signal, trace or read the other hub": "tell(processes(aim['pids']['hub']))",
    "signal, trace or read the keeper": "tell(processes(aim['pids']['keeper']))",
    "signal, trace or read the proxy": "tell(processes(aim['pids']['proxy']))",
    "signal, trace or read somebody's server": "tell(processes(aim['pids']['server']))",
    "enter the other hub's gate": "dials([aim['gate']])",
    "talk to the keeper, the nursery, the door, the proxy and the portal": "dials(aim['sockets'])",
    "send its own route to the other hub's server": """
tells(ask(aim["own_gate"], "POST", "/api/routes/user/bob", {"target": aim["server"], "user": "bob"}), {403})""",
    "send its own route to the front door, the portal or this machine": """
told = [ask(aim["own_gate"], "POST", "/api/routes/x", {"target": target}) for target in aim["targets"]]
tell((all(status in {400, 403} for status, _ in told), str(told)))""",
    "change a route of the other hub": """
for spec in ("/../reef.localhost/", "/%2e%2e/reef.localhost", "//reef.localhost/user/eve", "/reef.localhost/user/eve/"):
    ask(aim["own_gate"], "POST", "/api/routes" + spec, {"target": aim["own_socket"]})
    ask(aim["own_gate"], "DELETE", "/api/routes" + spec)
tell((True, ""))""",
    "see a route of the other hub": """
status, told = ask(aim["own_gate"], "GET", "/api/routes")
tell((status == 200 and "eve" not in told and "reef" not in told, told))""",
    "stop the other hub's server, or learn of it": """
told = ask(aim["own_gate"], "POST", "/servers/status", {"user": "eve", "server": ""})
ask(aim["own_gate"], "POST", "/servers/stop", {"user": "eve", "server": "", "now": True})
ask(aim["own_gate"], "POST", "/servers/stop", {"user": "../reef--main/eve", "server": "", "now": True})
tell((json.loads(told[1])["running"] is False, told[1]))""",
    "name a person who is a path": """
told = [ask(aim["own_gate"], "POST", "/servers/start", {"user": name, "server": name}) for name in ("", "a\\0b", 7, "x" * 300)]
tell((all(status == 400 for status, _ in told), str(told)))""",
    "act at the other hub without a token": """
told = [ask(aim["socket"], method, "/hub/api" + path) for method, path in
        (("GET", "/users"), ("POST", "/shutdown"), ("POST", "/users/eve/server"), ("GET", "/users/eve"))]
tell((all(status == 403 for status, _ in told), str(told)))""",
    "act at the other hub with its own culler's token": """
token = json.load(open(aim["own_folder"] + "/secrets.json"))["culler_token"]
tells(ask(aim["socket"], "GET", "/hub/api/users", Authorization="token " + token), {403})""",
    "get behind the login of somebody's server on this machine": """
client = http.client.HTTPConnection("127.0.0.1", int(aim["server"].rpartition(":")[2]), timeout=10)
client.request("GET", "/user/eve/api/contents")
tells((client.getresponse().status, ""), {302, 403})""",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eve(town: Stage) -> AsyncIterator[Visitor]:
    """Eve works on reef/main, the hub that is attacked, while class/main attacks."""
    town.hub("wake", "class/main")
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.start()
        yield eve
        await eve.stop()


def aims(stage: Stage) -> dict[str, Any]:
    where = places.Places(stage.state)
    reef, own = where.hub("reef/main"), where.hub("class/main")
    server = intruder.server(stage, "reef/main", "eve")
    parts = stage.parts()
    return {
        "records": [
            *(str(reef / name) for name in ("data/jupyterhub.sqlite", "data/jupyterhub_cookie_secret", "secrets.json")),
            *(str(reef / name) for name in ("data", "logs", "logs/hub.log")),
            *map(str, (where.ledger, stage.state / "secrets/proxy_token", stage.state / "portal", where.logs)),
        ],
        "homes": [
            str(where.homes("reef/main")),
            str(where.home("reef/main", "eve")),
            str(where.home("reef/main", "eve")),
        ],
        "folder": str(reef),
        "own_folder": str(own),
        "gate": str(where.gate_socket("reef/main")),
        "own_gate": str(where.gate_socket("class/main")),
        "socket": str(where.hub_socket("reef/main")),
        "own_socket": f"http+unix://{str(where.hub_socket('class/main')).replace('/', '%2F')}",
        "sockets": [
            *map(str, (where.keeper_socket, where.nursery_socket, where.door_socket, where.proxy_api_socket)),
            str(stage.state / "web/web.sock"),
        ],
        "server": f"http://127.0.0.1:{server.port}",
        "targets": [
            *(f"http://127.0.0.1:{stage.port}", "http://127.0.0.1:22", "http://169.254.169.254", "file:///etc/shadow"),
            f"http+unix://{str(stage.state / 'web/web.sock').replace('/', '%2F')}",
            f"http+unix://{str(where.keeper_socket).replace('/', '%2F')}",
            f"http+unix://{str(where.hub_socket('reef/main')).replace('/', '%2F')}",
        ],
        "pids": {
            "hub": intruder.hub_pid(stage, "reef/main"),
            "keeper": parts["keeper"].pid,
            "proxy": parts["proxy"].pid,
            "server": server.pid,
        },
    }


def as_hub(stage: Stage, code: str) -> str:
    """Run code as the user of class/main; what it said last."""
    uid = intruder.hub_uid(stage, "class/main")
    text = TOOLS.replace("{source}", Path(attack.__file__).read_text(encoding="utf-8")) + code
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", text, json.dumps(aims(stage))],
        user=uid, group=uid, extra_groups=[], cwd="/", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).strip().splitlines()[-1]


async def test_the_attacks_would_be_seen_where_nothing_holds(town: Stage, eve: Visitor) -> None:
    assert "it worked" in as_hub(town, "reads([aim['own_folder'] + '/secrets.json'])")
    assert "it worked" in as_hub(town, "dials([aim['own_gate'], aim['socket']])")
    assert as_hub(town, "print(ask(aim['own_gate'], 'GET', '/api/routes')[0])") == "200"
    aim = aims(town)
    assert [path for path in (*aim["records"], *aim["homes"]) if not Path(path).exists()] == []
    for path in (*aim["sockets"], aim["gate"]):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)


@pytest.mark.parametrize("attempt", ATTACKS)
async def test_a_hub_cannot(town: Stage, eve: Visitor, attempt: str) -> None:
    assert as_hub(town, ATTACKS[attempt]) == intruder.HELD
    # Whatever was tried: Eve's hub and server answer, under their own address.
    status, told = await eve.api("GET", "hub/api/users/eve")
    assert (status, told["servers"][""]["ready"]) == (200, True)
    assert (await eve.api("GET", "user/eve/api/status"))[0] == http.client.OK
