"""What should be: one hub with every default applied. Engines and plans read this noun and nothing else of the fleet."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Egress(StrEnum):
    """How far the servers of a hub's people reach into the network."""

    NONE = "none"  # nothing but their own hub
    PACKAGES = "packages"  # package sources by name, through an allow-list
    INTERNET = "internet"  # the public internet; never this machine, its neighbours or cloud metadata


class LoginKind(StrEnum):
    """How people sign in to a hub."""

    SHARED_PASSWORD = "shared-password"  # noqa: S105 - the kind's name, not a password
    CILOGON = "cilogon"
    GITHUB = "github"
    GOOGLE = "google"
    OIDC = "oidc"
    TEMPORARY = "temporary"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class DesiredHub:
    """One hub as the fleet folder says it should be.

    Sizes are bytes, times are seconds, CPU is in cores; `None` means no limit.
    `addresses` are host names without port; the first is the one shown to people.
    """

    id: str  # "<community>/<hub>", unique in the fleet
    community: str
    community_title: str
    name: str
    title: str
    description: str = ""
    engine: str = "local"
    addresses: tuple[str, ...]
    base_path: str = "/"  # where the hub lives below its address; "/" unless routing is by path
    login: LoginKind = LoginKind.SHARED_PASSWORD
    login_options: Mapping[str, object] = field(default_factory=dict)
    admins: tuple[str, ...] = ()
    memory_guarantee: int | None = None
    memory_limit: int | None = None
    cpu_guarantee: float | None = None
    cpu_limit: float | None = None
    image: str | None = None  # Kubernetes only
    interface: str = "/lab"  # the page a server opens with, below its own prefix
    home_quota: int | None = None
    sleep_after: int = 600
    cull_idle: int = 3600
    cull_max_age: int = 0  # 0: no age limit
    egress: Egress = Egress.PACKAGES
    package_sources: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A fingerprint of all settings: two hubs with one digest need no change between them."""
        settings = json.dumps(dataclasses.asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]
