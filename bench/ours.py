"""Commonhub as it is measured: a fleet that really runs, started by the command line as the tests start theirs."""

import contextlib
import http.client
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from commonhub.ground import process  # noqa: E402 - the tests' stage has to be found first
from commonhub.hubs import keeper_client  # noqa: E402 - as above
from journeys.stage import PATIENCE, Stage, free_port, hub_file  # noqa: E402 - as above
from journeys.visitor import Visitor  # noqa: E402 - as above

__all__ = ["Stage", "Visitor", "free_port", "hub_file"]

LOGIN_FORM = 'name="username"'
POLL = 0.02  # seconds between two requests for a page that is not there yet; the same for us and for the rival


@contextlib.contextmanager
def running(hubs: dict[str, str]) -> Iterator[Stage]:
    """A fleet of these hubs, up; afterwards it is gone without a trace."""
    stage = Stage(hubs=hubs)
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def ask(port: int, host: str, path: str) -> tuple[int, str]:
    """One GET through a proxy on loopback, as a browser would ask; the status and the page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}", "Accept": "text/html"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def until_login_page(url: str) -> float:
    """Seconds from the first request until the login form is there; asks again while it is not, as a reload would."""
    parts = urlsplit(url)
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        with contextlib.suppress(OSError):
            status, page = ask(parts.port or 80, parts.hostname or "", f"{parts.path}hub/login")
            if status == http.client.OK and LOGIN_FORM in page:
                return time.perf_counter() - begun
        time.sleep(POLL)
    raise TimeoutError(url)


def url_of(stage: Stage, hub_id: str) -> str:
    """Where people find a hub of the stage; its community's only hub is called main."""
    return f"http://{hub_id.split('/', maxsplit=1)[0]}.{stage.host}:{stage.port}/"


def sleep(stage: Stage, hub_id: str) -> None:
    """Put a hub to sleep, and wait until it is."""
    keeper_client.KeeperClient(str(stage.state / "keeper.sock")).act("sleep", hub_id)


def hub_processes(stage: Stage) -> dict[str, process.Process]:
    """The processes of the hubs that are awake, from the engine's own records."""
    book = sqlite3.connect(f"file:{stage.state}/engine.sqlite?mode=ro", uri=True)
    with contextlib.closing(book):
        rows = book.execute("select id, pid, started_ticks from hubs where pid > 0").fetchall()
    found = {hub_id: process.Process(pid, ticks) for hub_id, pid, ticks in rows}
    return {hub_id: one for hub_id, one in found.items() if one.alive()}
