"""What should be: one hub with every default applied. Engines and plans read this noun and nothing else of the fleet."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

HELD_AS_SAID: Final[Mapping[str, frozenset[str]]] = {
    "server": frozenset({"memory", "cpu", "image"}),
    "storage": frozenset({"home_quota", "homes", "file_server"}),
    "cull": frozenset({"idle", "max_age", "every"}),
    **dict.fromkeys(
        (
            "menu",
            "other_logins",
            "named_servers",
            "files",
            "buckets",
            "private_git",
            "dask",
            "image_building",
            "usage_quotas",
            "spare_room",
            "pre_pull",
            "network",
            "core",
            "web",
            "image_registry",
            "hub_roles",
            "hub_services",
            "advanced",
        ),
        frozenset[str](),
    ),
}
"""The words of a hub's file that a DesiredHub holds as they are said, without those keys of theirs that have fields of
their own. An engine that can do one of them says so itself."""
NEWER: Final = frozenset({*HELD_AS_SAID, "packing"})
"""Fields that the first fleets did not know."""


class Egress(StrEnum):
    """How far the servers of a hub's people reach into the network."""

    NONE = "none"  # nothing but their own hub
    PACKAGES = "packages"  # package sources by name, through an allow-list
    INTERNET = "internet"  # the public internet; never this machine, its neighbours or cloud metadata


class LoginKind(StrEnum):
    """How people sign in to a hub."""

    COMMONHUB = "commonhub"  # with the account that they have at the portal
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
    login: LoginKind = LoginKind.COMMONHUB
    login_options: Mapping[str, object] = field(default_factory=dict)
    admins: tuple[str, ...] = ()
    memory_guarantee: int | None = None
    memory_limit: int | None = None
    cpu_guarantee: float | None = None
    cpu_limit: float | None = None
    image: str | None = None  # Kubernetes only
    interface: str = "/lab"  # the page a server opens with, below its own prefix
    home_quota: int | None = None
    homes: str = "kept"  # "temporary": gone with the server; Kubernetes only
    file_server: Mapping[str, object] = field(default_factory=dict)  # Kubernetes only
    sleep_after: int = 600
    cull_idle: int = 3600
    cull_max_age: int = 0  # 0: no age limit
    cull_every: int = 300  # how often idle servers are looked for
    egress: Egress = Egress.PACKAGES
    package_sources: tuple[str, ...] = ()
    homepage: Mapping[str, object] = field(default_factory=dict)  # who stands behind the hub, for its login page
    extra: Mapping[str, object] = field(default_factory=dict)
    # What follows is said in the words of the models of these names, as JSON; what is not said is absent.
    server: Mapping[str, object] = field(default_factory=dict)  # besides memory, cpu and image
    menu: tuple[Mapping[str, object], ...] = ()
    other_logins: tuple[Mapping[str, object], ...] = ()
    named_servers: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, object] = field(default_factory=dict)
    storage: Mapping[str, object] = field(default_factory=dict)  # besides home_quota, homes and file_server
    buckets: Mapping[str, object] = field(default_factory=dict)
    private_git: Mapping[str, object] = field(default_factory=dict)
    dask: Mapping[str, object] = field(default_factory=dict)
    image_building: Mapping[str, object] = field(default_factory=dict)
    usage_quotas: Mapping[str, object] = field(default_factory=dict)
    cull: Mapping[str, object] = field(default_factory=dict)  # besides idle, max_age and every
    packing: bool | None = None
    spare_room: Mapping[str, object] = field(default_factory=dict)
    pre_pull: Mapping[str, object] = field(default_factory=dict)
    network: Mapping[str, object] = field(default_factory=dict)
    core: Mapping[str, object] = field(default_factory=dict)
    web: Mapping[str, object] = field(default_factory=dict)
    image_registry: Mapping[str, object] = field(default_factory=dict)
    hub_roles: Mapping[str, object] = field(default_factory=dict)
    hub_services: Mapping[str, object] = field(default_factory=dict)
    advanced: Mapping[str, object] = field(default_factory=dict)

    @functools.cached_property
    def digest(self) -> str:
        """A fingerprint of all settings: two hubs with one digest need no change between them."""
        # No `dataclasses.asdict`: it copies every value below, which takes four fifths of the time of a plan.
        # A word that is newer than the first fleets counts only where it is said: no upgrade restarts a hub.
        values = {name: getattr(self, name) for name in _names()}
        values = {name: value for name, value in values.items() if name not in NEWER or value not in ((), {}, None)}
        settings = json.dumps(values, sort_keys=True, default=str)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(known.name for known in dataclasses.fields(DesiredHub))


def from_settings(settings: Mapping[str, object]) -> DesiredHub:
    """The hub from its settings as JSON keeps them; keys of another version of the noun are left out."""
    values: dict[str, object] = {}
    for known in dataclasses.fields(DesiredHub):
        if known.name in settings:
            value = settings[known.name]
            values[known.name] = tuple(value) if isinstance(value, list) else value
    for name, kind in (("login", LoginKind), ("egress", Egress)):
        if name in values:
            values[name] = kind(str(values[name]))
    return DesiredHub(**values)  # type: ignore[arg-type]  # the field names are the noun's own
