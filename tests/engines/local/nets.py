"""A pretend machine and a pretend internet: two network namespaces with a cable between, made and taken away by a test."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.local import boxes

PUBLIC = "93.184.216.34"  # somewhere on the internet
PACKAGES = "151.101.0.223"  # a package source
METADATA = "169.254.169.254"
LAN = "10.50.0.1"  # a neighbour; also the way to the internet
OWN_LAN = "10.50.0.2"  # the pretend machine's own address
OWN_PUBLIC = "93.184.220.7"  # and its public one
OWN_LATER = "93.184.221.9"  # one that it gets while servers run
BANNER = "commonhub test"
HOSTS = f"""127.0.0.1 localhost
{PACKAGES} pypi.org files.pythonhosted.org
{PUBLIC} elsewhere.example
{LAN} lan.example
127.0.0.1 loop.example
{OWN_PUBLIC} own.example
"""
LISTEN = f"""
import socket, sys, threading
def serve(listening):
    while True:
        client, _ = listening.accept()
        client.sendall(b"{BANNER}")
        client.close()
for text in sys.argv[1:]:
    address, _, port = text.rpartition(":")
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((address, int(port)))
    listening.listen(50)
    threading.Thread(target=serve, args=(listening,)).start()
print("up", flush=True)
"""


@dataclass(frozen=True)
class Nets:
    """Names of the two namespaces."""

    machine: str
    internet: str

    def inside(self, name: str) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{name}"]

    def ip(self, name: str, words: str) -> None:
        subprocess.run(["ip", "-n", name, *words.split()], check=True, capture_output=True)


@contextlib.contextmanager
def pretend(folder: Path) -> Iterator[Nets]:
    """Both namespaces with listeners, for as long as the test lasts."""
    tag = boxes.unique()
    nets = Nets(f"ch-{tag}-m", f"ch-{tag}-i")
    started: list[subprocess.Popen] = []
    (folder / "hosts").write_text(HOSTS)
    (folder / "hosts").chmod(0o644)
    (folder / "nsswitch.conf").write_text("hosts: files\npasswd: files\ngroup: files\n")
    (folder / "nsswitch.conf").chmod(0o644)
    try:
        for name in (nets.machine, nets.internet):
            subprocess.run(["ip", "netns", "add", name], check=True)
            nets.ip(name, "link set lo up")
        _cable(nets)
        inet = (*(f"{ip}:80" for ip in (PUBLIC, LAN, METADATA)), f"{PACKAGES}:443", f"{PUBLIC}:443", f"{LAN}:443")
        started += [_listen(nets.inside(nets.internet), inet)]
        started += [_listen(nets.inside(nets.machine), ("127.0.0.1:9001", "0.0.0.0:9002", ":::9004", "0.0.0.0:443"))]
        yield nets
    finally:
        for one in started:
            one.kill()
            one.communicate()
        for name in (nets.machine, nets.internet):
            subprocess.run(["ip", "netns", "del", name], check=False)


def _cable(nets: Nets) -> None:
    nets.ip(nets.machine, f"link add cable type veth peer name cable netns {nets.internet}")
    for name, address in ((nets.machine, OWN_LAN), (nets.internet, LAN)):
        nets.ip(name, f"addr add {address}/24 dev cable")
        nets.ip(name, "link set cable up")
    nets.ip(nets.machine, f"addr add {OWN_PUBLIC}/32 dev lo")
    nets.ip(nets.machine, f"route add default via {LAN}")
    for address in (PUBLIC, PACKAGES, METADATA):
        nets.ip(nets.internet, f"addr add {address}/32 dev lo")


def _listen(where: list[str], targets: tuple[str, ...]) -> subprocess.Popen:
    child = subprocess.Popen([*where, sys.executable, "-c", LISTEN, *targets], stdout=subprocess.PIPE, text=True)
    told = child.stdout.readline()
    if told != "up\n":
        raise AssertionError(f"the listeners did not start: {told!r}")
    return child


def exercise(nets: Nets, folder: Path, state: Path, *, uid: int | None) -> subprocess.Popen:
    """Start `egress_exercise.py` as a keeper of the pretend machine: as root, or as a plain user."""
    drop = (
        []
        if uid is None
        else [
            "setpriv",
            f"--reuid={uid}",
            f"--regid={uid}",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--",
        ]
    )
    script = (
        f'mount --bind {folder}/hosts /etc/hosts && mount --bind {folder}/nsswitch.conf /etc/nsswitch.conf && exec "$@"'
    )
    return subprocess.Popen(
        [
            *nets.inside(nets.machine),
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            script,
            "sh",
            *drop,
            sys.executable,
            "-B",
            str(Path(__file__).with_name("egress_exercise.py")),
            str(state),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": f"{boxes.ROOT}/src:{boxes.ROOT}/tests",
            "HOME": str(state),
        },
    )


def wait_until(check, *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise AssertionError("it never came")
        time.sleep(0.05)
