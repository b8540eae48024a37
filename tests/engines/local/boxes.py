"""Real servers for the tests: a keeper's part in a state folder of its own, wishes, and programs to run in a box."""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from commonhub.engines.local import ledger, places, servers
from commonhub.engines.local.limits import detect, group, rlimits, v1
from commonhub.fleet import desired
from commonhub.ground import process

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = Path(os.environ.get("COMMONHUB_ENVIRONMENT", ROOT / ".environments" / "default"))
HUB = "reef/main"
TOKEN = "a-secret-of-the-test"
MEBI = 2**20


class House:
    """All that one keeper has of users' servers; a second one on the same folder is the keeper after a restart."""

    def __init__(self, state: Path, *, plain_limits: bool = False, networks: Callable | None = None) -> None:
        self.places = places.Places(state)
        self.as_root = os.geteuid() == 0
        self.ledger = ledger.Ledger(self.places.ledger)
        self.limits: group.Limits = (
            rlimits.Rlimits() if plain_limits else detect.detect(fleet(state), as_root=self.as_root)
        )
        more = {} if networks is None else {"networks": networks}
        self.servers = servers.Servers(
            places=self.places,
            ledger=self.ledger,
            limits=self.limits,
            environment=ENVIRONMENT,
            as_root=self.as_root,
            **more,
        )

    def wish(self, user: str = "eve", *, hub: str = HUB, name: str = "", **more: object) -> servers.ServerWish:
        sockets = self.places.hub_sockets(hub)
        sockets.mkdir(parents=True, exist_ok=True)
        for path in (sockets, *sockets.parents[:2]):
            path.chmod(0o755)
        return servers.ServerWish(
            key=servers.ServerKey(hub, user, name),
            environment={"JUPYTERHUB_API_TOKEN": TOKEN, "JUPYTERHUB_USER": "eve", **more.pop("environment", {})},
            egress=more.pop("egress", desired.Egress.NONE),
            hub_socket_folder=sockets,
            **more,
        )

    def python(self, text: str) -> tuple[str, ...]:
        """A program for the box, with its output in the server's log."""
        return (str(ENVIRONMENT / "bin" / "python"), "-u", "-c", text)

    async def run(self, wish: servers.ServerWish, text: str, *, seconds: float = 60) -> str:
        """Run a Python program in a box to its end; what it wrote."""
        await self.servers.start_command(wish, self.python(text))
        await self.ended(wish.key, seconds=seconds)
        return self.said(wish.key)

    async def start(self, wish: servers.ServerWish, text: str, *, until: str = "up") -> int:
        """Start a Python program in a box that stays, once it wrote a word."""
        port = await self.servers.start_command(wish, self.python(text))
        await self.says(wish.key, until)
        return port

    async def says(self, key: servers.ServerKey, word: str, *, seconds: float = 60) -> str:
        for _ in range(int(seconds / 0.05)):
            if word in self.said(key):
                return self.said(key)
            if await self.servers.status(key) is not None:
                break
            await asyncio.sleep(0.05)
        raise AssertionError(f"{key} never said {word!r}, but: {self.said(key)!r}")

    def said(self, key: servers.ServerKey) -> str:
        file = self.servers.log_file(key)
        return file.read_text(errors="replace") if file.exists() else ""

    async def ended(self, key: servers.ServerKey, *, seconds: float = 60) -> int:
        for _ in range(int(seconds / 0.05)):
            code = await self.servers.status(key)
            if code is not None:
                return code
            await asyncio.sleep(0.05)
        raise AssertionError(f"{key} did not end; it said {self.said(key)!r}")

    async def tidy(self) -> None:
        """End all servers and close; nothing of the test is left on the machine."""
        await self.servers.stop_all()
        await self.servers.close()
        self.ledger.close()
        remove_groups(fleet(self.places.state))


def fleet(state: Path) -> str:
    """A name for the kernel's groups of one test."""
    return "test" + str(state).replace("/", "-")


def remove_groups(name: str) -> None:
    for top in Path("/sys/fs/cgroup").glob(f"*/commonhub/{name}"):
        for folder in top.iterdir():
            if folder.is_dir():
                v1.GroupV1({"pids": top.parent.parent}, f"commonhub/{name}/{folder.name}").kill()
                remove(folder)
        remove(top)


def remove(folder: Path) -> None:
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            return


def space_of(house: House, user: str) -> str:
    """The process space of a person's running box."""
    row = next(row for row in house.ledger.servers() if row.user == user)
    return str(Path(f"/proc/{process.children(row.pid)[0]}/ns/pid").readlink())


def living_in(space: str) -> list[str]:
    """Processes in a process space, without those that ended and wait to be reaped."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if str((folder / "ns" / "pid").readlink()) == space and process.Process.of(int(folder.name)):
                    found.append(folder.name)
    return found


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def process_name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text().strip()
    except OSError:
        return ""


def unique() -> str:
    return uuid.uuid4().hex[:8]
