"""What somebody who means harm does from their own kernel, and what they aim at.

The attacks themselves are those of `commonhub.engines.local.attack`; here they run where any student could run
them: in a notebook of a real server on a real hub.
"""

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonhub.engines.local import attack, ledger, places
from journeys.stage import Stage
from journeys.visitor import Visitor

HELD = "held"
# What every cell below may use; `attack` is the module's own text, for the box has none of ours.
PRELUDE = """
import ctypes, http.client, json, os, pathlib, re, signal, socket, subprocess, sys, time, types
attack = types.ModuleType("attack")
source = {source!r}
exec(source, attack.__dict__)
aim = json.loads({aim!r})

def tell(answer):
    print("held" if answer[0] else f"BROKEN: {{answer[1]}}")

def refused(*acts):
    tell(attack.all_refused(acts))

def reads(paths):
    refused(*((path, attack.read(path)) for path in paths))

def writes(paths):
    refused(*((path, attack.write(path)) for path in paths))

def dials(paths):
    refused(*((path, attack.unix(path)) for path in paths))

def connects(address, port):
    def act():
        with socket.create_connection((address, port), timeout=3) as client:
            return client.getpeername()
    return f"{{address}}:{{port}}", act

def own_ports():
    text = pathlib.Path("/proc/net/tcp").read_text()
    return {{int(found, 16) for found in re.findall(r": [0-9A-F]{{8}}:([0-9A-F]{{4}}) ", text)}}

def libc(name, *words):
    library = ctypes.CDLL(None, use_errno=True)
    def act():
        if getattr(library, name)(*words) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return "done"
    return name, act

def through(target):
    \"\"\"Ask the proxy for package sources for a connection; the first line of its answer.\"\"\"
    with socket.create_connection(("127.0.0.1", 3128), timeout=5) as client:
        client.sendall(f"CONNECT {{target}} HTTP/1.1\\r\\nHost: {{target}}\\r\\n\\r\\n".encode())
        return client.recv(200).split(b"\\r\\n")[0].decode()

class HubSocket(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/commonhub/hub.sock")

def hub(method, path, token=os.environ["JUPYTERHUB_API_TOKEN"]):
    client = HubSocket("hub")
    client.request(method, path, body="{{}}", headers={{"Authorization": f"token {{token}}"}})
    return client.getresponse().status
print("ready")
"""


@dataclass(kw_only=True)
class Intruder:
    """Eve on the hub reef/main, who has turned to harm; Carol is her neighbour there, Bob one on class/main."""

    stage: Stage
    eve: Visitor
    carol: Visitor
    bob: Visitor
    kernel: str = ""
    hers: str = ""  # Carol's kernel
    outside: dict[str, Any]  # what the attacks aim at, known to the test alone

    async def tries(self, code: str, *, within: float = 60.0) -> str:
        """Run an attack in Eve's kernel; `held`, or what broke."""
        return (await self.eve.run(self.kernel, code, within=within)).strip().splitlines()[-1]

    async def carol_goes_on(self) -> bool:
        """Whether the neighbour's kernel still computes."""
        return await self.carol.run(self.hers, "print(6 * 7)", within=30.0) == "42\n"


def book(stage: Stage) -> sqlite3.Connection:
    """The engine's ledger, for reading."""
    return sqlite3.connect(f"file:{stage.state}/engine.sqlite?mode=ro", uri=True)


def hub_uid(stage: Stage, hub: str) -> int:
    """The user id of a hub."""
    with contextlib.closing(book(stage)) as records:
        return int(records.execute("select uid from accounts where hub = ? and user is null", (hub,)).fetchone()[0])


def hub_pid(stage: Stage, hub: str) -> int:
    """The process of a hub."""
    with contextlib.closing(book(stage)) as records:
        return int(records.execute("select pid from hubs where id = ?", (hub,)).fetchone()[0])


def server(stage: Stage, hub: str, user: str) -> ledger.ServerRow:
    """One running server."""
    with contextlib.closing(book(stage)) as records:
        names = ", ".join(ledger.SERVER)
        row = records.execute(f"select {names} from servers where hub = ? and user = ?", (hub, user)).fetchone()
    return ledger.ServerRow(**(dict(zip(ledger.SERVER, row, strict=True)) | {"wish": {}}))


KERNEL_PORTS = """
import json
from ipykernel.connect import get_connection_info
print(json.dumps([port for name, port in get_connection_info(unpack=True).items() if name.endswith("_port")]))
"""


async def aims(stage: Stage, carol: Visitor, hers: str) -> dict[str, Any]:
    """Everything that Eve should not reach, by its real name on this machine."""
    where = places.Places(stage.state)
    reef, other = where.hub("reef/main"), where.hub("class/main")
    victim = server(stage, "reef/main", "carol")
    kernel_ports = json.loads(await carol.run(hers, KERNEL_PORTS))
    parts = {name: one.pid for name, one in stage.parts().items()}
    pids = {**parts, "her hub": hub_pid(stage, "reef/main"), "carol": victim.pid, "inside": victim.inner_pid}
    return {
        "homes": [
            *map(str, (where.homes("reef/main"), where.home("reef/main", "carol"), where.home("class/main", "bob"))),
            *("/home/carol", "../carol", "/root"),
        ],
        "records": [
            *(str(reef / "data" / name) for name in ("jupyterhub.sqlite", "jupyterhub_cookie_secret")),
            *(str(folder / name) for folder in (reef, other) for name in ("secrets.json", "jupyterhub_config.py")),
            *map(str, (where.ledger, stage.state / "secrets" / "proxy_token", stage.state / "portal", stage.fleet)),
            *("/run/commonhub/../secrets.json", "/run/commonhub/../../secrets.json", "/etc/shadow"),
        ],
        "runtime": [str(where.home("reef/main", "carol") / ".local/share/jupyter/runtime")],
        "pids": {name: pid for name, pid in pids.items() if pid},
        "system": ["/", "/usr", "/usr/bin", "/etc", "/dev", "/run", "/run/commonhub", "/sys", "/proc", "/home"],
        "sockets": [
            *map(str, (where.keeper_socket, where.nursery_socket, where.door_socket, where.proxy_api_socket)),
            *map(str, (where.gate_socket("reef/main"), where.gate_socket("class/main"), stage.state / "web/web.sock")),
            *(str(where.hub_socket("class/main")), "/run/docker.sock", "/run/dbus/system_bus_socket"),
        ],
        "ports": [stage.port, victim.port, server(stage, "reef/main", "eve").port, *kernel_ports],
        "door": stage.port,
    }


@contextlib.asynccontextmanager
async def at_work(stage: Stage, outside: dict[str, Any]) -> AsyncIterator[Intruder]:
    """Eve, Carol and Bob with running servers and kernels."""
    async with (
        stage.visitor("reef/main", "eve") as eve,
        stage.visitor("reef/main", "carol") as carol,
        stage.visitor("class/main", "bob") as bob,
    ):
        one = Intruder(stage=stage, eve=eve, carol=carol, bob=bob, outside=outside)
        for person in (eve, carol, bob):
            await person.enter()
            await person.start()
        one.kernel, one.hers = await eve.kernel(), await carol.kernel()
        outside |= await aims(stage, carol, one.hers)
        await carol.write("secret.txt", "Carol's own")
        await equip(one)
        yield one
        for person in (eve, carol, bob):
            await person.stop()


async def equip(one: Intruder) -> None:
    """Give Eve's kernel the tools and what she aims at."""
    source = Path(attack.__file__).read_text(encoding="utf-8")
    text = PRELUDE.format(source=source, aim=json.dumps(one.outside))
    told = await one.tries(text)
    if told != "ready":
        raise AssertionError(told)
