"""What may stand in the files of a fleet folder: one Pydantic model per file, and the nouns that hold them.

A hub's file, fleet.yaml's `defaults` and what is built in say the same things; `resolving` lays them over each
other. So `None` means "not said here", and the word `none` means "no limit".
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from commonhub.fleet import (
    agreements,
    change_rules,
    companions,
    desired,
    fields,
    logins,
    pages,
    parts,
    planning,
    rare,
    servers,
    storing,
    upkeep,
)


class Routing(StrEnum):
    """How hubs are told apart."""

    HOSTS = "hosts"  # each hub has its own host name below the fleet's
    PATHS = "paths"  # each hub has its own path; where there is only a bare address


class EngineName(StrEnum):
    """Where hubs run."""

    LOCAL = "local"  # on this machine
    REHEARSAL = "rehearsal"  # nowhere: a hub that is only acted, for trying and teaching


class CommunityKind(StrEnum):
    """What a community comes together for."""

    RESEARCH = "research"
    EDUCATION = "education"
    OTHER = "other"


class Settings(fields.Model):
    """What a hub says, and what `defaults` in fleet.yaml may say for all hubs."""

    engine: EngineName | None = None
    """Where the hub runs."""
    login: logins.Login | None = None
    """How people sign in. A hub's login replaces the default one as a whole."""
    other_logins: tuple[logins.Login, ...] | None = None
    """What holds for hubs that sign people in so, below what they say themselves; for others it has no effect."""
    admins: parts.Names | None = None
    """Administrators in JupyterHub, where people do not sign in at the portal; those in `defaults` are added."""
    staff_admins: fields.Word | None = None
    """The list below `staff` in fleet.yaml whose people administer the hub too."""
    server: servers.Server | None = None
    """Each person's server."""
    menu: tuple[servers.MenuEntry, ...] | None = None
    """What people may choose from when they start a server. A hub's menu replaces the default one as a whole."""
    interface: fields.Interface | None = None
    """The page that a server opens with: /lab, /tree, or another path below it."""
    named_servers: upkeep.NamedServers | None = None
    """Whether people may have several servers."""
    files: dict[fields.Word, servers.File] | None = None
    """Files that stand in every server, by a short name."""
    storage: storing.Storage | None = None
    """People's homes."""
    buckets: storing.Buckets | None = None
    """Room in the cloud's object storage."""
    private_git: companions.PrivateGit | None = None
    """Pushing to private repositories."""
    dask: companions.Dask | None = None
    """Clusters of workers."""
    image_building: companions.ImageBuilding | None = None
    """Images built from repositories."""
    usage_quotas: companions.UsageQuotas | None = None
    """How much people may use in some days."""
    sleep_after: fields.Duration | None = None
    """How long a hub without people stays awake."""
    cull: upkeep.Cull | None = None
    """When unused servers are stopped."""
    packing: bool | None = None
    """Whether machines are filled one after the other, so that empty ones can go."""
    spare_room: upkeep.SpareRoom | None = None
    """Room held ready for the next people."""
    pre_pull: upkeep.PrePull | None = None
    """Images fetched before anybody asks for them."""
    egress: desired.Egress | None = None
    """How far servers reach: nowhere, to package sources, or to the public internet."""
    package_sources: tuple[fields.Source, ...] | None = None
    """Which package sources: pypi, conda-forge, cran, or host names. Absent: all that have a name."""
    network: upkeep.Network | None = None
    """How servers reach into the network of a Kubernetes cluster, rule by rule."""
    core: upkeep.Core | None = None
    """The hub's own programs in a Kubernetes cluster."""
    web: upkeep.Web | None = None
    """How the hub is reached from outside a Kubernetes cluster."""
    image_registry: upkeep.PullSecret | None = None
    """The registry of images that are not public."""
    hub_roles: dict[fields.Word, upkeep.HubRole] | None = None
    """Roles inside JupyterHub, by name. An engineer has to look at each change."""
    advanced: rare.Settings | None = None
    """Rare and harmless settings of the charts, by their dotted names there: see below."""
    hub_services: dict[fields.Word, upkeep.HubService] | None = None
    """Programs that work with JupyterHub, by name. An engineer has to look at each change."""


class HubFile(Settings):
    """`communities/<community>/hubs/<hub>.yaml`: one JupyterHub."""

    title: fields.Title
    """What people call the hub."""
    description: fields.Text = ""
    """What it is for, in a sentence or two."""
    domains: tuple[fields.Host, ...] = ()
    """Host names besides the one that the hub has by itself."""
    access: agreements.Access = agreements.Access()
    """Who may use the hub, where people sign in with their account at the portal. A change restarts nothing."""
    homepage: pages.Homepage | None = None
    """Who stands behind the hub."""
    staging: bool | None = None
    """Whether changes are tried here before they reach the community's other hubs."""
    extra: dict[str, Any] = {}
    """Raw chart values, passed on unread. An engineer has to look at each change."""


class CommunityFile(fields.Model):
    """`communities/<community>/community.yaml`: who is served."""

    title: fields.Title
    """What the community calls itself."""
    description: fields.Text = ""
    """Who they are, in a sentence or two."""
    kind: CommunityKind = CommunityKind.OTHER
    """What they come together for."""
    url: fields.Word | None = None
    """Their web page."""
    place: fields.Word | None = None
    """Where they are."""
    time_zone: fields.TimeZone | None = None
    """Their time zone, such as Africa/Blantyre."""
    roles: agreements.Roles = {}
    """Who is in which role here, by the role's id in the responsibility model."""
    events: tuple[planning.Event, ...] = ()
    """Workshops, courses and other times at which many come at once."""
    secrets: tuple[planning.Secret, ...] = ()
    """Passwords, keys and certificates that end one day, by name alone."""
    budget: planning.Budget = planning.Budget()
    """What may be spent."""
    agreement: agreements.Agreement = agreements.Agreement()
    """What is agreed on with the service besides the usual."""


class FleetFile(fields.Model):
    """`fleet.yaml`: the whole service."""

    name: fields.Title
    """What the service is called."""
    url: fields.Url = "http://localhost:8000"
    """Where people find the portal; hubs get names below its host."""
    listen: fields.Listen | None = None
    """Address and port on this machine; absent: 127.0.0.1 and the port of `url`."""
    routing: Routing = Routing.HOSTS
    """Whether hubs are told apart by host names or by paths."""
    defaults: Settings = Settings()
    """What holds for each hub that does not say otherwise."""
    staff: dict[fields.Word, tuple[fields.Word, ...]] = {}
    """Lists of the service's own people, by the names they sign in with."""
    secrets: tuple[planning.Secret, ...] = ()
    """Passwords, keys and certificates of the whole service that end one day, by name alone."""
    prices: planning.Prices | None = None
    """What the service's resources cost."""
    changes: change_rules.ChangeRules = change_rules.ChangeRules()
    """Whose consent changes need, where it is not as usual."""
    rollouts: planning.Rollouts = planning.Rollouts()
    """How a change that touches many hubs goes out."""
    remote: planning.Remote = planning.Remote()
    """How commits are exchanged with git's remote."""
    roles: agreements.Roles = {}
    """Who is in which role for all communities, by the role's id in the responsibility model."""

    @property
    def host(self) -> str:
        """The host name of the portal, without port."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port of the public address."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def listen_address(self) -> tuple[str, int]:
        """Where the proxy on this machine answers."""
        if self.listen is None:
            return "127.0.0.1", self.port
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


@dataclass(frozen=True, kw_only=True)
class Hub:
    """One hub as its file says it, before defaults."""

    community: str
    name: str
    file: HubFile

    @property
    def id(self) -> str:
        return f"{self.community}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Community:
    """One community and its hubs, by name."""

    name: str
    file: CommunityFile
    hubs: tuple[Hub, ...]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """All that is run: a folder without faults."""

    file: FleetFile
    communities: tuple[Community, ...]
    responsibilities: bytes | None = None  # responsibilities.yaml as it stands; who knows the model reads it
    revision: str = ""  # the commit that was read; "" for a working folder

    @property
    def hubs(self) -> tuple[Hub, ...]:
        """All hubs, in the order of communities and names."""
        return tuple(hub for community in self.communities for hub in community.hubs)
