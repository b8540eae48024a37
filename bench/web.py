"""The portal's web process as it is measured: waitress on a unix socket, over a state folder of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import measuring
import portal_visitor

HOST, PORT = "localhost", 8000  # names in headers only: nothing listens there
PATIENCE = 30.0  # seconds
ROOT = Path(__file__).resolve().parents[1]


def environment(folder: Path) -> dict[str, str]:
    """What the supervisor gives to the web process, with the state in this folder."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "COMMONHUB_STATE": str(folder),
        "COMMONHUB_URL": f"http://{HOST}:{PORT}",
        "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": "262144",
    }


def prepare(folder: Path, people: Mapping[str, str]) -> None:
    """Tables, static files, and these accounts: handles with their passwords."""
    also = [{"handle": handle, "name": handle.title(), "password": said} for handle, said in people.items()]
    words = [sys.executable, "-m", "django", "prepare_portal"]
    subprocess.run(words, input=json.dumps({"also": also}).encode(), env=environment(folder), cwd="/", check=True)


@contextmanager
def running(folder: Path) -> Iterator[portal_visitor.PortalVisitor]:
    """A visitor at the running web process; what it weighs at the end stands in its `weighs`."""
    socket_path = folder / "web.sock"
    words = [sys.executable, "-m", "commonhub.portal.web", str(socket_path)]
    web = subprocess.Popen(words, env=environment(folder), cwd="/")
    try:
        visitor = portal_visitor.PortalVisitor(host=HOST, port=PORT, socket_path=str(socket_path))
        visitor.pid = web.pid
        _wait_for(visitor)
        yield visitor
        visitor.weighs = sum(each.memory_full_info().pss for each in visitor.processes()) / measuring.MB
    finally:
        web.terminate()
        web.wait(PATIENCE)


def _wait_for(visitor: portal_visitor.PortalVisitor) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if visitor.ask("/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the web process does not answer")
