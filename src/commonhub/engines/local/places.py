"""Where the local engine keeps what: every path below the state folder, in one place. Touches no disk."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_MAX = 107  # sun_path of unix(7) holds 108 bytes with its closing zero
SLUG_MAX = 40  # keeps names readable and every socket path below the kernel's limit


def slug(name: str) -> str:
    """A folder name for any text: readable where it can be, and never two texts with one name.

    Plain lower-case names stay as they are; everything else gets eight hex digits of its SHA-256.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        return name
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: SLUG_MAX - 10]
    return f"{readable}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Places:
    """The state folder of one fleet on this machine."""

    state: Path

    @property
    def ledger(self) -> Path:
        """The engine's own records: accounts, hubs, servers, routes."""
        return self.state / "engine.sqlite"

    @property
    def keeper_socket(self) -> Path:
        """Where the terminal and the pages ask the keeper to act."""
        return self.state / "keeper.sock"

    @property
    def nursery_socket(self) -> Path:
        """Where the keeper asks the nursery to fork a hub."""
        return self.state / "nursery.sock"

    @property
    def door_folder(self) -> Path:
        """Holds the front door's socket; only the proxy may enter."""
        return self.state / "door"

    @property
    def door_socket(self) -> Path:
        """Where the proxy sends every request that has no route."""
        return self.door_folder / "door.sock"

    @property
    def proxy_folder(self) -> Path:
        """Holds the proxy's API socket and token; only the proxy and the keeper may enter."""
        return self.state / "proxy"

    @property
    def proxy_api_socket(self) -> Path:
        """The proxy's own REST API."""
        return self.proxy_folder / "api.sock"

    @property
    def logs(self) -> Path:
        """Logs of the parts of the control plane."""
        return self.state / "logs"

    def hub(self, hub_id: str) -> Path:
        """A hub's own folder: its settings, secrets, database and logs. Only its database and its socket are the hub's to change."""
        return self.state / "hubs" / slug(hub_id.replace("/", "--"))

    def hub_sockets(self, hub_id: str) -> Path:
        """The folder in which the hub listens; its users' boxes see this folder and nothing else of the hub."""
        return self.hub(hub_id) / "sock"

    def hub_socket(self, hub_id: str) -> Path:
        """Where the hub itself listens."""
        return self.hub_sockets(hub_id) / "hub.sock"

    def gate_folder(self, hub_id: str) -> Path:
        """Holds the keeper's socket for this one hub; only that hub's user may enter."""
        return self.state / "gates" / slug(hub_id.replace("/", "--"))

    def gate_socket(self, hub_id: str) -> Path:
        """Where this hub asks for its routes and its people's servers."""
        return self.gate_folder(hub_id) / "gate.sock"

    def homes(self, hub_id: str) -> Path:
        """All private homes of one hub."""
        return self.state / "homes" / slug(hub_id.replace("/", "--"))

    def home(self, hub_id: str, user: str) -> Path:
        """One person's private home on one hub."""
        return self.homes(hub_id) / slug(user)

    def shared(self, hub_id: str) -> Path:
        """The hub's shared folder: everybody reads, its administrators write."""
        return self.state / "shared" / slug(hub_id.replace("/", "--"))

    def server(self, hub_id: str, user: str, name: str) -> Path:
        """What one server needs beside its home: its generated /etc and its log."""
        return self.state / "servers" / slug(hub_id.replace("/", "--")) / slug(f"{user}/{name}")
