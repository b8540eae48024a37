"""What may stand in the files of a fleet folder: one Pydantic model per file, and the nouns that hold them.

A hub's file, fleet.yaml's `defaults` and what is built in say the same things; `resolving` lays them over each
other. So `None` means "not said here", and the word `none` means "no limit".
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from commonhub.fleet import agreements, desired, fields


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


class Homes(StrEnum):
    """What becomes of the files of a hub's people when their server stops."""

    KEPT = "kept"
    TEMPORARY = "temporary"


class Memory(fields.Model):
    """Memory: what is surely there, and the most that may be taken."""

    guarantee: fields.Size | None = None
    """What is surely there."""
    limit: fields.Size | None = None
    """The most that may be taken; `none` for no limit."""


class Cpu(fields.Model):
    """Processor cores: what is surely there, and the most that may be taken."""

    guarantee: fields.Cores | None = None
    """What is surely there."""
    limit: fields.Cores | None = None
    """The most that may be taken; `none` for no limit."""


class Parts(fields.Model):
    """Memory and cores of one part of a service."""

    memory: Memory | None = None
    """Its memory."""
    cpu: Cpu | None = None
    """Its processor cores."""


class Server(Parts):
    """One person's Jupyter server."""

    image: fields.Word | None = None
    """The container image, with its tag. Kubernetes only."""


class FileServer(fields.Model):
    """The server of the homes in a Kubernetes cluster."""

    disk: fields.Word | None = None
    """The cloud's name of the disk that holds the homes."""
    address: fields.Word | None = None
    """Where the homes are mounted from, inside the cluster."""
    quota_enforcer: Parts | None = None
    """What the part that counts and limits may use."""
    nfs_server: Parts | None = None
    """What the part that serves files may use."""
    node_exporter: Parts | None = None
    """What the part that measures may use."""
    auto_resizer: Parts | None = None
    """What the part that enlarges the disk may use."""


class Storage(fields.Model):
    """The homes of a hub's people."""

    home_quota: fields.Size | None = None
    """How much each person may keep."""
    homes: Homes | None = None
    """Whether files stay when a server stops."""
    file_server: FileServer | None = None
    """Where the homes live in a Kubernetes cluster."""


class Cull(fields.Model):
    """When servers that nobody uses are stopped. Files stay."""

    idle: fields.Duration | None = None
    """How long a server may be unused."""
    max_age: fields.Age | None = None
    """How long a server may run at all; `none` for no end."""
    every: fields.Duration | None = None
    """How often this is looked at."""


class Login(fields.Model):
    """How people sign in, and who may."""

    kind: desired.LoginKind
    """How people sign in."""
    organizations: tuple[fields.Word, ...] | None = None
    """GitHub: members of these organisations (`org`) or teams (`org:team`) may."""
    domains: tuple[fields.Word, ...] | None = None
    """Google: people with addresses in these e-mail domains may."""
    identity_providers: dict[str, dict[str, Any]] | None = None
    """CILogon: settings of each identity provider, by its entity id."""
    people: tuple[fields.Word, ...] | None = None
    """These people may, by the name they sign in with."""
    everyone: bool | None = None
    """Whoever can sign in may use the hub."""
    known_people: bool | None = None
    """Whoever has used the hub before may go on."""
    username_claim: fields.Word | None = None
    """Which claim about a person becomes their name on the hub."""
    strip_domain: bool | None = None
    """Google: leave out what follows the @ in names."""
    scope: tuple[fields.Word, ...] | None = None
    """What the hub asks the provider to tell it."""
    service: fields.Word | None = None
    """The word on the button of the login page."""


class Organisation(fields.Model):
    """An organisation that stands behind a hub."""

    name: fields.Title | None = None
    """Its name."""
    url: fields.Word | None = None
    """Its web page."""
    logo: fields.Word | None = None
    """The address of its logo."""


class Homepage(fields.Model):
    """Who stands behind a hub, as its login page shows it."""

    organisation: Organisation | None = None
    """Whose hub it is."""
    designed_by: Organisation | None = None
    """Who designed it."""
    operated_by: Organisation | None = None
    """Who runs it."""
    funded_by: Organisation | None = None
    """Who pays for it."""


class Settings(fields.Model):
    """What a hub says, and what `defaults` in fleet.yaml may say for all hubs."""

    engine: EngineName | None = None
    """Where the hub runs."""
    login: Login | None = None
    """How people sign in. A hub's login replaces the default one as a whole."""
    admins: tuple[fields.Word, ...] | None = None
    """Administrators in JupyterHub, where people do not sign in at the portal; those in `defaults` are added."""
    staff_admins: fields.Word | None = None
    """The list below `staff` in fleet.yaml whose people administer the hub too."""
    server: Server | None = None
    """Each person's server."""
    interface: fields.Interface | None = None
    """The page that a server opens with: /lab, /tree, or another path below it."""
    storage: Storage | None = None
    """People's homes."""
    sleep_after: fields.Duration | None = None
    """How long a hub without people stays awake."""
    cull: Cull | None = None
    """When unused servers are stopped."""
    egress: desired.Egress | None = None
    """How far servers reach: nowhere, to package sources, or to the public internet."""
    package_sources: tuple[fields.Source, ...] | None = None
    """Which package sources: pypi, conda-forge, cran, or host names. Absent: all that have a name."""


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
    homepage: Homepage | None = None
    """Who stands behind the hub."""
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
