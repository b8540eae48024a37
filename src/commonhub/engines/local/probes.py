"""Which protections hold on this machine: the attack table, run inside a real box by `commonhub doctor` and the tests."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import attack, box, places, reach
from commonhub.engines.local.servers import ServerKey, Servers, ServerWish
from commonhub.fleet import desired

HUB = "commonhub/doctor"  # no fleet has a community of this name: its accounts are the probes' own
ATTACKER, VICTIM = "mallory", "eve"
MEMORY = 512 * 2**20  # bytes allowed to the attacker
CPU = 0.5  # cores allowed to the attacker
WITHIN = 180.0  # seconds for the whole table
LOOK_EVERY = 0.1  # seconds
SCRIPT = "attack.py"
VICTIM_PORT = 45871  # a "kernel's" port inside the victim's box
VICTIM_NAME = "@commonhub-probe-victim"  # and its socket without a path
NEIGHBOURS = (
    *(("10.0.0.1", 80), ("172.16.0.1", 80), ("192.168.0.1", 80), ("100.64.0.1", 80), ("198.18.0.1", 80)),
    *(("fd00:ec2::254", 80), ("fc00::1", 80)),
)
METADATA = (("169.254.169.254", 80), ("169.254.170.2", 80))
VICTIM_TEXT = f"""
import pathlib, socket, threading, time
pathlib.Path("secret.txt").write_text("the victim's own")
def serve(listening):
    listening.listen()
    while True:
        client, _ = listening.accept()
        client.sendall({attack.BANNER!r})
        client.close()
tcp = socket.socket()
tcp.bind(("127.0.0.1", {VICTIM_PORT}))
unix = socket.socket(socket.AF_UNIX)
unix.bind("\\0" + {VICTIM_NAME[1:]!r})
for one in (tcp, unix):
    threading.Thread(target=serve, args=(one,), daemon=True).start()
print("victim is up", flush=True)
time.sleep({WITHIN})
"""


@dataclass(frozen=True, kw_only=True)
class ProbeRow:
    """One attack: whether this machine held, and what was seen."""

    name: str
    tried: str
    protected: bool
    detail: str


async def run_probes(
    servers: Servers,
    *,
    place: places.Places,
    environment: Path,
    egress: desired.Egress = desired.Egress.NONE,
    records: Iterable[Path] = (),
) -> tuple[ProbeRow, ...]:
    """Run the whole table in a throw-away box whose network reaches as far as `egress`.

    `records` are further files that no server may read. Nothing leaves this machine when the box holds.
    """
    victim, attacker = ServerKey(HUB, VICTIM), ServerKey(HUB, ATTACKER)
    sockets = place.hub_sockets(HUB)
    sockets.mkdir(parents=True, exist_ok=True)
    python = str(environment / "bin" / "python")
    try:
        async with _listening() as heard:
            await servers.start_command(_wish(victim, place, desired.Egress.NONE), (python, "-c", VICTIM_TEXT))
            await _wait_for(servers, victim, "victim is up")
            aim = _aim(place, heard, [place.ledger, *records], environment)
            command = (python, "-I", "-B", f"{box.OURS}/{SCRIPT}", json.dumps(aim))
            await servers.start_command(_wish(attacker, place, egress), command, extra={SCRIPT: _script()})
            servers.hold_cpu(attacker)
            await _wait_for(servers, attacker, None)
            return _rows(servers.log_file(attacker).read_text(encoding="utf-8", errors="replace"), aim)
    finally:
        await servers.stop(attacker, now=True)
        await servers.stop(victim, now=True)


def _script() -> str:
    return Path(attack.__file__).read_text(encoding="utf-8")


def _wish(key: ServerKey, place: places.Places, egress: desired.Egress) -> ServerWish:
    return ServerWish(
        key=key,
        environment={},
        memory_limit=MEMORY if key.user == ATTACKER else None,
        cpu_limit=CPU if key.user == ATTACKER else None,
        egress=egress,
        hub_socket_folder=place.hub_sockets(key.hub),
        shared_folder=place.shared(key.hub),
    )


def _aim(
    place: places.Places, heard: list[tuple[str, int]], records: list[Path], environment: Path
) -> dict[str, object]:
    ports = sorted({port for address, port in heard if address in {"127.0.0.1", "::1"}})
    gateway = reach.gateway(reach.slirp_subnet(reach.own_networks()))
    sockets = (place.keeper_socket, place.nursery_socket, place.door_socket, place.proxy_api_socket)
    return {
        "homes": [str(place.homes(HUB)), str(place.home(HUB, VICTIM) / "secret.txt"), str(place.state / "homes")],
        "records": [*map(str, records), str(place.state), "/proc/1/root/etc/shadow", "/etc/shadow", "/root"],
        "pid": os.getpid(),
        "readable": [f"{box.HOME}/{box.SHARED}"],
        "system": ["/", "/usr", "/usr/bin", "/etc", str(environment), str(environment / "bin"), box.HUB_SOCKETS],
        "sockets": [*map(str, sockets), str(place.gate_socket(HUB)), "/run/docker.sock", "/run/dbus/system_bus_socket"],
        "loopback": [*heard[:2], *((gateway, port) for port in ports), *(("0.0.0.0", port) for port in ports)],  # noqa: S104
        "own": heard,
        "neighbours": NEIGHBOURS,
        "metadata": METADATA,
        "other_ports": [("127.0.0.1", VICTIM_PORT)],
        "other_sockets": [VICTIM_NAME],
        "memory": MEMORY,
        "cpu": CPU,
    }


@contextlib.asynccontextmanager
async def _listening() -> AsyncIterator[list[tuple[str, int]]]:
    """Listeners of ours on the loopback and on every address of this machine; they greet and hang up."""
    own = sorted({str(net.network_address) for net in reach.own_networks() if net.num_addresses == 1})
    opened: list[asyncio.Server] = []
    heard: list[tuple[str, int]] = []
    for address in ("127.0.0.1", "::1", *own):
        with contextlib.suppress(OSError):  # link-local addresses need a scope; some machines lack IPv6
            server = await asyncio.start_server(_greet, address, 0, family=_family(address))
            opened.append(server)
            heard.append((address, int(server.sockets[0].getsockname()[1])))
    try:
        yield heard
    finally:
        for server in opened:
            server.close()


async def _greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        writer.write(attack.BANNER)
        with contextlib.suppress(OSError):
            await writer.drain()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def _wait_for(servers: Servers, key: ServerKey, word: str | None) -> None:
    """Until the box wrote a word, or (None) until it ended."""
    async with asyncio.timeout(WITHIN):
        while await servers.status(key) is None:
            if word is not None and word in servers.log_file(key).read_text(encoding="utf-8", errors="replace"):
                return
            await asyncio.sleep(LOOK_EVERY)


def _rows(text: str, aim: dict[str, object]) -> tuple[ProbeRow, ...]:
    """One row for each attack of the table; one that never answered counts as not held."""
    lines = [line.removeprefix(attack.MARK) for line in text.splitlines() if line.startswith(attack.MARK)]
    told = {row.name: row for row in (ProbeRow(**json.loads(line)) for line in lines)}
    return tuple(
        told.get(name, ProbeRow(name=name, tried=tried, protected=False, detail="the attack gave no answer"))
        for name, tried, _ in attack.attacks(aim)
    )
