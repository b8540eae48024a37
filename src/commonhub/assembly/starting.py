"""Starting and stopping one fleet on this machine: what `commonhub up` and `commonhub down` do."""

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from commonhub.assembly import accounts, founding, installation, memory, parts
from commonhub.engines.local import ledger
from commonhub.fleet import history
from commonhub.ground import errors, process
from commonhub.hubs import keeper_client

READY_SECONDS = 120.0  # a first start on a slow machine compiles and migrates
STOP_SECONDS = 60.0
POLL = 0.05

BEGINNER = history.Person(name="Commonhub", email="commonhub@localhost")
"""Who makes the first commit of a folder that has no history yet."""

Tell = Callable[[str], None]
"""Told each thing that is done, in words."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stopped:
    """What `down` ended."""

    hubs: int
    servers: int
    parts: tuple[str, ...]


def supervisor(of: installation.Installation) -> process.Process | None:
    """The parent of this fleet's parts, where it runs."""
    entry = memory.running(of.state).get("supervisor")
    return process.Process(int(entry["pid"]), int(entry["started_ticks"])) if entry else None


def prepare(of: installation.Installation, public: installation.Public, tell: Tell) -> None:
    """Everything that must be on disk before a part starts. May be run again and again."""
    _check_programs(of)
    repository = history.FleetRepository.create(of.fleet, who=BEGINNER, why="Begin the fleet")
    if repository.is_dirty():
        tell("The fleet folder has changes that are not committed: they are not in force. Commit them: commonhub apply")
    parts.prepare_state(of)
    _prepare_portal(of, public)
    parts.write(of, public)


def _check_programs(of: installation.Installation) -> None:
    for what, path in (
        ("node", of.on.node),
        ("configurable-http-proxy", of.on.proxy),
        ("environment", of.on.environment),
    ):
        if not path.exists():
            raise errors.CommonhubError(
                f"The {what} is missing: {path} is not there.", "Run `make setup` in the checkout."
            )


def _prepare_portal(of: installation.Installation, public: installation.Public) -> None:
    """Tables, static files and the first person's account, made by the portal's own user."""
    first = founding.founder(of)
    wanted = {"first": dataclasses.asdict(first)} if first else {}
    accounts.run_as_portal(of, public, "prepare_portal", json.dumps(wanted))


def check_port(of: installation.Installation, public: installation.Public) -> None:
    """An error where the proxy could not listen because something else does; fine where our own proxy runs."""
    if "proxy" in memory.running(of.state):
        return
    family = socket.AF_INET6 if ":" in public.listen_ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((public.listen_ip, public.listen_port))
        except OSError as error:
            raise errors.CommonhubError(
                f"Port {public.listen_port} on {public.listen_ip or 'this machine'} can't be used: {error.strerror}.",
                "End what uses it, or name another with `url` and `listen` in fleet.yaml.",
            ) from error


def launch(of: installation.Installation, public: installation.Public) -> None:
    """Start the supervisor in the background, or have the running one read its parts again."""
    running = supervisor(of)
    if running:
        running.signal(signal.SIGHUP)
        return
    check_port(of, public)
    log = os.open(of.where.logs / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, log)
        subprocess.Popen(
            supervisor_command(of), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )


def supervisor_command(of: installation.Installation) -> list[str]:
    """The program that keeps the parts running."""
    return [sys.executable, "-m", "commonhub.ground.supervise", str(of.state)]


def progress(of: installation.Installation, public: installation.Public) -> Iterator[Mapping[str, Any]]:
    """How far the fleet is, again and again until it is all applied and the portal answers; then it ends."""
    client = keeper_client.KeeperClient(str(of.where.keeper_socket))
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(errors.UnavailableError):
            now = client.progress()
            until = max(until, time.monotonic() + 30) if now.get("done") != now.get("total") else until
            yield now
            needed = (of.web_socket, of.where.proxy_api_socket, of.where.nursery_socket)
            if now["settled"] and all(_answers(path) for path in needed) and _serves(public):
                return
        time.sleep(POLL)
    raise errors.UnavailableError(
        f"Commonhub was not ready within {READY_SECONDS:.0f} seconds.", f"Read the logs in {of.where.logs}."
    )


def _answers(path: os.PathLike[str]) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
    return True


def _serves(public: installation.Public) -> bool:
    """Whether the portal answers where people come in."""
    ip = public.listen_ip if public.listen_ip not in {"", "0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(ip, public.listen_port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": public.parts.netloc})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(of: installation.Installation, *, parts_stay: bool = False) -> Stopped:
    """Stop servers and hubs, then every part; gives what was stopped. Nothing runs: nothing happens."""
    seen = memory.running(of.state)
    hubs, servers = _stop_through_keeper(of) if "keeper" in seen else (0, 0)
    names = tuple(name for name in seen if name != "supervisor")
    parent = supervisor(of)
    if parts_stay:
        return Stopped(hubs=hubs, servers=servers, parts=names)
    if parent:
        parent.signal(signal.SIGTERM)
        _wait_gone([parent])
    left = [process.Process(int(entry["pid"]), int(entry["started_ticks"])) for entry in seen.values()]
    for each in left:
        each.signal(signal.SIGTERM)
    _wait_gone(left)
    more_hubs, more_servers = _end_orphans(of)
    return Stopped(hubs=hubs + more_hubs, servers=servers + more_servers, parts=names)


def _stop_through_keeper(of: installation.Installation) -> tuple[int, int]:
    client = keeper_client.KeeperClient(str(of.where.keeper_socket))
    with contextlib.suppress(errors.UnavailableError):
        done = client.stop_all()
        return int(done["hubs"]), int(done["servers"])
    return 0, 0


def _end_orphans(of: installation.Installation) -> tuple[int, int]:
    """What the ledger says runs, where no keeper could end it."""
    if not of.where.ledger.exists():
        return 0, 0
    book = ledger.Ledger(of.where.ledger)
    hubs = [process.Process(row.pid, row.started_ticks) for row in book.hubs() if row.pid]
    cullers = [process.Process(row.culler_pid, row.culler_ticks) for row in book.hubs() if row.culler_pid]
    boxes = [process.Process(row.pid, row.started_ticks) for row in book.servers() if row.pid]
    living_hubs = [each for each in hubs if each.alive()]
    living_boxes = [each for each in boxes if each.alive()]
    book.close()
    for each in (*living_hubs, *cullers):
        each.signal(signal.SIGTERM)
    for box in living_boxes:
        # The box's first process in its own space of processes: with it, everything in the box ends.
        for child in process.children(box.pid):
            inner = process.Process.of(child)
            if inner:
                inner.signal(signal.SIGKILL)
        box.signal(signal.SIGKILL)
    _wait_gone([*living_hubs, *cullers, *living_boxes])
    return len(living_hubs), len(living_boxes)


def _wait_gone(processes: list[process.Process]) -> None:
    until = time.monotonic() + STOP_SECONDS
    while any(each.alive() for each in processes):
        if time.monotonic() > until:
            for each in processes:
                each.signal(signal.SIGKILL)
            return
        time.sleep(POLL)
