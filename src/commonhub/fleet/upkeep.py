"""How a hub is kept going: what is stopped, what is held ready, how the hub itself runs."""

from commonhub.fleet import fields, parts, servers


class Cull(fields.Model):
    """When servers that nobody uses are stopped. Files stay."""

    idle: fields.Duration | None = None
    """How long a server may be unused."""
    max_age: fields.Age | None = None
    """How long a server may run at all; `none` for no end."""
    every: fields.Duration | None = None
    """How often this is looked at."""
    enabled: bool | None = None
    """`false`: unused servers are never stopped."""
    people: bool | None = None
    """Whether people who have been away are removed from the hub too. Their files stay where homes are kept."""
    admins: bool | None = None
    """Whether administrators may be removed so too."""
    named: bool | None = None
    """Whether a stopped named server is removed."""
    at_once: int | None = None
    """How many servers are stopped at once."""


class NamedServers(fields.Model):
    """Several servers for one person."""

    allowed: bool | None = None
    """Whether people may have several."""
    most: int | None = None
    """How many at most."""


class SpareMachines(parts.Parts):
    """Whole machines held ready."""

    enabled: bool | None = None
    """Whether they are."""
    count: int | None = None
    """How many."""
    nodes: fields.Labels | None = None
    """Machines with these labels."""
    tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and are meant."""
    more_tolerations: tuple[parts.Toleration, ...] | None = None
    """Others besides the usual."""


class SpareRoom(parts.Parts):
    """Room held ready, so that the next people need not wait for a machine."""

    enabled: bool | None = None
    """Whether room is held ready."""
    servers: int | None = None
    """For how many servers."""
    machines: SpareMachines | None = None
    """Whole machines held ready."""


class PrePull(fields.Model):
    """Images fetched before anybody asks for them."""

    on_change: bool | None = None
    """Before a change of the hub takes effect."""
    always: bool | None = None
    """On each new machine."""
    menu: bool | None = None
    """The images of the menu too."""
    images: dict[fields.Word, fields.Word] | None = None
    """Further images, by a short name."""
    tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and where images are fetched too."""


class Network(fields.Model):
    """How servers reach into the network of a Kubernetes cluster, rule by rule."""

    guarded: bool | None = None
    """Whether there are rules at all."""
    metadata: bool | None = None
    """Whether servers may ask the cloud about their machine and its rights."""
    public: bool | None = None
    """Whether the public internet is open, besides what further rules allow."""
    private: bool | None = None
    """Whether neighbours in the private network can be reached."""
    open_to: tuple[parts.Reach, ...] | None = None
    """What may be reached besides."""
    names: bool | None = None
    """Whether names are looked up at servers in the private network."""


class Database(fields.Model):
    """The disk of the hub's own database."""

    size: fields.Size | None = None
    """How large it is."""
    disk_class: fields.Word | None = None
    """The cluster's kind of disk."""


class Core(fields.Model):
    """The hub's own programs in a Kubernetes cluster."""

    image: fields.Word | None = None
    """The hub's image, with its tag."""
    hub: parts.Parts | None = None
    """What the hub may use."""
    proxy: parts.Parts | None = None
    """What its proxy may use."""
    scheduler: parts.Parts | None = None
    """What its scheduler may use."""
    database: Database | None = None
    """The disk of its database."""
    nodes: fields.Labels | None = None
    """Only machines with these labels run the hub."""
    proxy_nodes: fields.Labels | None = None
    """Only machines with these labels run its proxy."""
    https_nodes: fields.Labels | None = None
    """Only machines with these labels run what answers for certificates."""
    scheduler_nodes: fields.Labels | None = None
    """Only machines with these labels run its scheduler."""
    schedulers: int | None = None
    """How many schedulers there are."""
    purpose: fields.Word | None = None
    """Whether the hub stays on machines for hubs: ignore, prefer or require."""
    priority: bool | None = None
    """Whether servers of people go before room held ready."""
    open_to: tuple[parts.Reach, ...] | None = None
    """What the hub may reach besides."""
    guarded: bool | None = None
    """Whether there are rules for the hub's network at all."""
    reached_by: tuple[parts.Reach, ...] | None = None
    """Who may reach the hub besides."""
    proxy_reached_by: tuple[parts.Reach, ...] | None = None
    """Who may reach its proxy besides."""
    https: parts.Parts | None = None
    """What answers for certificates may use."""
    usual_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for hubs."""
    proxy_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may run the proxy."""
    folders: tuple[parts.Mount, ...] | None = None
    """Folders that the hub sees."""
    volumes: tuple[parts.Volume, ...] | None = None
    """The volumes that these are in."""
    proxy_open_to: tuple[parts.Reach, ...] | None = None
    """What its proxy may reach besides."""
    files: dict[fields.Word, servers.File] | None = None
    """Files that stand beside the hub's own programs."""
    anonymous_names: bool | None = None
    """Whether people's names on the hub are made unreadable."""
    groups_counted: bool | None = None
    """Whether monitoring is told who is in which group."""
    only_groups: parts.Names | None = None
    """Only these groups are told."""
    debug: bool | None = None
    """Whether the log says more."""
    tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may run the hub."""
    notes: fields.Labels | None = None
    """Annotations of the hub, for programs of the cluster."""
    environment: fields.Variables | None = None
    """Environment variables of the hub."""
    ports: tuple[parts.Port, ...] | None = None
    """Further ports of the hub."""
    straight_to_server: bool | None = None
    """Whether people are sent to their server as soon as they signed in."""
    stop_on_sign_out: bool | None = None
    """Whether signing out stops the person's server."""
    admins_may_enter: bool | None = None
    """Whether administrators may enter people's servers."""
    starts_at_once: int | None = None
    """How many servers may be starting at once."""
    most_servers: int | None = None
    """How many servers may run at once."""
    failures_in_a_row: int | None = None
    """After how many failed starts in a row the hub restarts itself."""
    signed_in_days: float | None = None
    """For how many days people stay signed in."""
    log_file: fields.Word | None = None
    """A file that the log is written to as well."""
    server_scopes: parts.Names | None = None
    """What programs may ask a server's own login for."""


class HubRole(fields.Model):
    """A role inside JupyterHub: who may do what there."""

    scopes: parts.Names | None = None
    """What is allowed, in JupyterHub's words."""
    services: parts.Names | None = None
    """Services that have the role."""
    people: parts.Names | None = None
    """People who have it."""
    groups: parts.Names | None = None
    """Groups that have it."""
    description: fields.Text | None = None
    """What it is for."""


class HubService(fields.Model):
    """A program that works with JupyterHub."""

    url: fields.Word | None = None
    """Where it answers."""
    admin: bool | None = None
    """Whether it may do everything."""
    shown: bool | None = None
    """Whether it stands in the hub's menu."""
    no_confirm: bool | None = None
    """Whether people are not asked before it learns who they are."""
    client: fields.Word | None = None
    """Its client id."""
    scopes: parts.Names | None = None
    """What people may let it do for them."""
    back_to: fields.Word | None = None
    """Where people come back to after signing in."""


class Https(fields.Model):
    """Certificates by the hub's own proxy."""

    enabled: bool | None = None
    """Whether it answers by HTTPS."""
    kind: fields.Word | None = None
    """Where certificates come from: letsencrypt, secret, or offload where something before it does."""
    contact: fields.Word | None = None
    """The e-mail address that Let's Encrypt writes to."""
    hosts: parts.Names | None = None
    """The host names."""


class Web(fields.Model):
    """How the hub is reached from outside the cluster."""

    answers: bool | None = None
    """Whether it is reached at all."""
    hosts: parts.Names | None = None
    """Its host names there."""
    tls: tuple[parts.Tls, ...] | None = None
    """Its certificates."""
    kind: fields.Word | None = None
    """The cluster's kind of entrance (ingress class)."""
    notes: fields.Labels | None = None
    """Annotations of the entrance, for programs of the cluster."""
    service: fields.Word | None = None
    """How the proxy stands in the network, such as ClusterIP."""
    service_notes: fields.Labels | None = None
    """Annotations of that, for programs of the cluster."""
    https: Https | None = None
    """Certificates by the hub's own proxy."""


class PullSecret(parts.Registry):
    """The registry of images that are not public."""

    make: bool | None = None
    """Whether the cluster's secret is made from this."""
    email: fields.Word | None = None
    """The account's e-mail address."""
