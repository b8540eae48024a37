"""A fleet that really runs: written to disk, started by the command line, stopped by it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commonhub.ground import process
from journeys.visitor import Visitor

COMMONHUB = [sys.executable, "-m", "commonhub.cli.main"]
ROLES = {"site-reliability-engineer": [{"login": "alice", "name": "Alice Okafor"}]}
PATIENCE = 60.0  # seconds to wait for what must happen; a limit against hanging, not a measure


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hub_file(title: str, **settings: Any) -> str:
    """The text of a hub's file; JSON is YAML."""
    return json.dumps({"title": title, "login": {"kind": "shared-password"}, "admins": ["dan"], **settings}) + "\n"


@dataclass(kw_only=True)
class Stage:
    """One fleet folder and its state folder, below /tmp and reachable by the users of hubs."""

    hubs: Mapping[str, str]  # "<community>/<hub>": text of its file
    communities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # more for a community's file, by name
    roles: Mapping[str, Any] = field(default_factory=lambda: ROLES)  # of the whole fleet
    routing: str = "hosts"
    host: str = "localhost"
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="chj-", dir="/tmp")))

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        self.fleet = self.folder / "fleet"
        self.state = self.folder / "s"
        fleet = {"name": "Stage", "url": self.portal, "routing": self.routing, "roles": self.roles}
        self.write("fleet.yaml", json.dumps(fleet))
        for hub_id, text in self.hubs.items():
            self.add_hub(hub_id, text)

    @property
    def portal(self) -> str:
        """The portal's address, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def write(self, path: str, text: str) -> None:
        """A file of the fleet folder."""
        full = self.fleet / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)

    def add_hub(self, hub_id: str, text: str) -> None:
        """A hub's file, and its community's."""
        community, hub = hub_id.split("/")
        about = {"title": community.title(), **self.communities.get(community, {})}
        self.write(f"communities/{community}/community.yaml", json.dumps(about))
        self.write(f"communities/{community}/hubs/{hub}.yaml", text)

    def cli(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `commonhub WORDS` for this fleet."""
        done = subprocess.run(
            [*COMMONHUB, *words], capture_output=True, text=True, env=self.environment(), timeout=300, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"commonhub {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def environment(self) -> dict[str, str]:
        """What the command line finds its fleet by."""
        return {**os.environ, "COMMONHUB_FLEET": str(self.fleet)}

    def up(self) -> None:
        """Start everything, in the background."""
        self.cli("up", str(self.fleet), "--state", str(self.state), "--detach")

    def down(self) -> None:
        """Stop everything."""
        self.cli("down", str(self.fleet), "--state", str(self.state))

    def close(self) -> None:
        """Stop everything and remove it."""
        try:
            self.down()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def hub(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `commonhub hub WORDS`."""
        return self.cli("hub", *words, "--fleet", str(self.fleet), "--state", str(self.state), check=check)

    def first_password(self) -> str:
        """The password of the fleet's first engineer, Alice."""
        return (self.state / "secrets" / "first_password").read_text().strip()

    def account_link(self, handle: str, name: str = "") -> str:
        """The link with which one person takes their account, as `commonhub account link` prints it."""
        words = ("account", "link", handle, *(("--name", name) if name else ()))
        done = self.cli(*words, "--fleet", str(self.fleet), "--state", str(self.state), "--json")
        return str(json.loads(done.stdout)["url"])

    def status(self) -> dict[str, Any]:
        """`commonhub status --json`."""
        done = self.cli("status", str(self.fleet), "--state", str(self.state), "--json")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def state_of(self, hub_id: str) -> dict[str, Any]:
        """One hub of `status`."""
        found: dict[str, Any] = next(hub for hub in self.status()["hubs"] if hub["id"] == hub_id)
        return found

    def visitor(self, hub_id: str, name: str) -> Visitor:
        """Somebody of the cast at a hub; `dan` is its administrator."""
        login = json.loads(self.hub("login", hub_id, "--json").stdout)
        password = login["admin_password"] if name in login["admins"] else login["user_password"]
        return Visitor(url=login["url"], name=name, password=password)

    def parts(self) -> dict[str, process.Process]:
        """The processes of the control plane by name, and their parent as `supervisor`."""
        kept = json.loads((self.state / "running.json").read_text())
        found = {name: process.Process(e["pid"], e["started_ticks"]) for name, e in kept["parts"].items()}
        return found | {"supervisor": process.Process(kept["pid"], kept["started_ticks"])}

    def kill(self, *names: str) -> None:
        """End parts of the control plane as a crash would."""
        running = self.parts()
        for name in names:
            running[name].signal(signal.SIGKILL)


def wait_until(true: Callable[[], bool], what: str, *, within: float = PATIENCE) -> None:
    """Wait for something that must come true."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {within:.0f} s in vain: {what}")
