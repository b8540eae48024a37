"""Run by `test_egress` inside a pretend machine: starts servers with each egress and tells what they reached.

One JSON line for each step; before the last one it waits for a line, while the test gives the machine a new address.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from commonhub.engines.local import probes, reach
from commonhub.fleet import desired
from engines.local import boxes, nets

REACH = """
import json, socket
found = []
for text in %r:
    address, _, port = text.rpartition(":")
    try:
        with socket.create_connection((address, int(port)), 4) as client:
            if client.recv(20) == b"commonhub test":
                found.append(text)
    except OSError:
        pass
print("found " + json.dumps(found), flush=True)
"""
CONNECT = """
import json, socket, time
answers = {}
for host, port in %r:
    with socket.create_connection(("127.0.0.1", 3128), 20) as client:
        client.settimeout(20)
        client.sendall(f"CONNECT {host}:{port} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n".encode())
        heard = b""
        while piece := client.recv(1000):
            heard += piece
    answers[f"{host}:{port}"] = [int(heard.split()[1]), heard.endswith(b"commonhub test")]
print("found " + json.dumps(answers), flush=True)
while %r:
    time.sleep(1)
"""
WATCH = """
import socket, time
said = ""
while True:
    try:
        with socket.create_connection((%r, 9002), 1) as client:
            now = "open" if client.recv(20) == b"commonhub test" else "silent"
    except OSError:
        now = "shut"
    if now != said:
        print("it is " + now, flush=True)
    said = now
    time.sleep(0.1)
"""
TARGETS = [
    *(f"{nets.PUBLIC}:80", f"{nets.LAN}:80", f"{nets.METADATA}:80"),
    *("127.0.0.1:9001", "127.0.0.1:9002", f"{nets.OWN_LAN}:9002", f"{nets.OWN_PUBLIC}:9002"),
    *(
        f"{address}:{port}"
        for subnet in reach.SLIRP_SUBNETS
        for port in (9001, 9002, 53)
        for address in (reach.gateway(subnet), reach.resolver(subnet))
    ),
]
HOSTS = [
    *(("pypi.org", 443), ("PyPI.org.", 443), ("pypi.org", 80), ("elsewhere.example", 443), (nets.PUBLIC, 443)),
    *(("lan.example", 443), ("loop.example", 443), ("own.example", 443), ("not.example", 443)),
]
SOURCES = ("pypi", "lan.example", "loop.example", "own.example", "not.example")


def tell(step: str, what: object) -> None:
    print(json.dumps({step: what}), flush=True)


def found(text: str) -> object:
    return next(json.loads(line.removeprefix("found ")) for line in text.splitlines() if line.startswith("found "))


async def steps(state: Path) -> None:
    house = boxes.House(state)
    await house.servers.adopt()
    try:
        tell("limits", house.limits.kind)
        for egress in desired.Egress:
            tell(egress.value, found(await house.run(house.wish(egress=egress), REACH % TARGETS)))
        wish = house.wish(egress=desired.Egress.PACKAGES, package_sources=SOURCES)
        tell("through the list", found(await house.run(wish, CONNECT % (HOSTS, False))))
        rows = await probes.run_probes(
            house.servers, place=house.places, environment=boxes.ENVIRONMENT, egress=desired.Egress.INTERNET
        )
        tell("not held", [row.name for row in rows if not row.protected])
        await restarted(house, wish)
        await later(house)
    finally:
        await house.tidy()
    tell("left", left(state))


async def restarted(house: boxes.House, wish: boxes.servers.ServerWish) -> None:
    """A box's way to package sources is made anew by the keeper that adopts it."""
    text = "import time, os\nwhile not os.path.exists('go'): time.sleep(.05)\nprint('up')" + CONNECT % (HOSTS[:1], True)
    await house.servers.start_command(wish, house.python(text))
    await house.servers.close()
    again = boxes.House(house.places.state)
    await again.servers.adopt()
    home = house.places.home(wish.key.hub, wish.key.user)
    (home / "go").touch()
    tell("after a restart", found(await again.says(wish.key, "found")))
    await again.servers.stop(wish.key, now=True)
    await again.servers.close()
    again.ledger.close()
    house.servers = boxes.House(house.places.state).servers


async def later(house: boxes.House) -> None:
    """A new address of this machine is shut to servers that run already."""
    wish = house.wish(user="dan", egress=desired.Egress.INTERNET)
    await house.start(wish, WATCH % nets.OWN_LATER, until="it is")
    tell("give the address", nets.OWN_LATER)
    await asyncio.to_thread(sys.stdin.readline)
    await house.says(wish.key, "it is open")
    await house.servers.refresh()
    before = house.said(wish.key).count("it is shut")
    for _ in range(200):
        if house.said(wish.key).rstrip().endswith("it is shut"):
            break
        await asyncio.sleep(0.05)
    tell("later", [before, house.said(wish.key).split("\n")[-2]])


def left(state: Path) -> list[str]:
    return [one.name for one in Path("/proc").iterdir() if one.name.isdigit() and names_state(one.name, state)]


def names_state(pid: str, state: Path) -> bool:
    try:
        return str(state).encode() in Path(f"/proc/{pid}/cmdline").read_bytes() and int(pid) != os.getpid()
    except OSError:
        return False


if __name__ == "__main__":
    asyncio.run(steps(Path(sys.argv[1])))
