"""What is asked for when a server is started: which server, with what, how far it may reach."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commonhub.fleet import desired

TOKEN = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the variable's name, not a token


@dataclass(frozen=True)
class ServerKey:
    """Which server: of which hub, of whom, and its name ("" for the default one). User names may be any text."""

    hub: str
    user: str
    name: str = ""

    @property
    def text(self) -> str:
        """For logs: one line whatever the user's name holds."""
        return f"{self.hub} {self.user!r} {self.name!r}"

    @property
    def digest(self) -> str:
        """A short name for folders of the kernel: letters and digits, the same for the same key alone."""
        whole = f"{self.hub}\0{self.user}\0{self.name}"
        return hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True, kw_only=True)
class ServerWish:
    """One server as it should run. Bytes, cores; None is no limit.

    `environment` comes from the hub: only its JUPYTERHUB_ variables are used. `admin` may write the shared folder.
    `package_sources` are names of the table in `allowlist`, or hosts; empty means the whole table.
    """

    key: ServerKey
    environment: Mapping[str, str] = field(repr=False)  # it holds the server's secret
    admin: bool = False
    memory_limit: int | None = None
    memory_guarantee: int | None = None
    cpu_limit: float | None = None
    cpu_guarantee: float | None = None
    egress: desired.Egress = desired.Egress.NONE
    package_sources: tuple[str, ...] = ()
    hub_socket_folder: Path
    shared_folder: Path | None = None
    home_quota: int | None = None

    @property
    def token_digest(self) -> str:
        """Tells one grant of the hub from the next without keeping its secret."""
        return hashlib.sha256(self.environment.get(TOKEN, "").encode()).hexdigest()[:16]

    def kept(self) -> dict[str, object]:
        """What the ledger keeps of it: enough to look after the server later, and no secret."""
        return {
            "egress": self.egress.value,
            "package_sources": list(self.package_sources),
            "memory_limit": self.memory_limit,
            "cpu_limit": self.cpu_limit,
            "home_quota": self.home_quota,
            "token": self.token_digest,
        }
