"""Starts portals for the provider's tests and speaks with them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identity import provider_visitor as visitor

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, kw_only=True)
class Portal:
    """A running portal. `base` is its public address, `other` a second process on the same state."""

    base: str
    other: str
    process: subprocess.Popen[str]
    state: Path

    def act(self, what: str, **values: Any) -> dict[str, Any]:
        """Have it do something behind the pages, and wait until it is done."""
        self.process.stdin.write(json.dumps({"act": what, **values}) + "\n")
        self.process.stdin.flush()
        return answer_of(self.process)

    def browser(self, handle: str = "") -> visitor.Visitor:
        """A fresh browser, signed in as somebody where a handle is given."""
        made = visitor.Visitor(self.base)
        if handle:
            assert made.sign_in(handle).status_code == 302
        return made

    def hub(self, hub_id: str = "reef/main") -> visitor.Hub:
        return visitor.Hub(self.base, hub_id)

    def tokens(self, handle: str = "eve", hub_id: str = "reef/main") -> dict[str, Any]:
        """Somebody signs in at a hub: what the hub gets."""
        traded = self.hub(hub_id).trade(self.browser(handle).ask(hub_id))
        assert traded.status_code == 200, traded.text
        found: dict[str, Any] = traded.json()
        return found


def answer_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"The portal ended with {process.wait()}.")
    found: dict[str, Any] = json.loads(line)
    return found


@contextmanager
def _process(port: int, environment: dict[str, str], log: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, HERE / "provider_portal.py", str(port), *more],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=HERE.parent,
        )
        with process:
            try:
                answer_of(process)
                yield process
            finally:
                process.kill()
                process.wait()


@contextmanager
def portal(state: Path, database_url: str = "") -> Iterator[Portal]:
    """A portal with a fresh state, in two processes."""
    port, second = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")} | {
        "PYTHONPATH": f"{ROOT / 'src'}:{HERE.parent}",
        "DJANGO_SETTINGS_MODULE": "identity.provider_settings",
        "COMMONHUB_STATE": str(state),
        "COMMONHUB_URL": f"http://localhost:{port}",
        **({"COMMONHUB_DATABASE_URL": database_url} if database_url else {}),
    }
    log = state / "log"
    with ExitStack() as stack:
        first = stack.enter_context(_process(port, environment, log))
        stack.enter_context(_process(second, environment, log, "more"))
        yield Portal(base=f"http://localhost:{port}", other=f"http://localhost:{second}", process=first, state=state)
