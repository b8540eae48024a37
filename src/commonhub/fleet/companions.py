"""What works beside a hub: Dask clusters, images built from repositories, private git, quotas of use."""

from commonhub.fleet import fields, parts


class Dask(fields.Model):
    """Clusters of workers that people start from their server."""

    enabled: bool | None = None
    """Whether people can."""
    prepared: bool | None = None
    """Whether servers know by themselves where the clusters are started."""
    sign_in: fields.Word | None = None
    """How the gateway knows people; `jupyterhub` by the hub."""
    service: fields.Word | None = None
    """The hub's service that vouches for people."""
    nodes: fields.Labels | None = None
    """Only machines with these labels run what starts clusters."""
    scheduler_nodes: fields.Labels | None = None
    """Only machines with these labels run schedulers of clusters."""
    worker_nodes: fields.Labels | None = None
    """Only machines with these labels run workers."""
    controller_nodes: fields.Labels | None = None
    """Only machines with these labels run what makes clusters."""
    entrance_nodes: fields.Labels | None = None
    """Only machines with these labels run the entrance to clusters."""
    scheduler_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may run schedulers."""
    worker_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may run workers."""
    worker: parts.Parts | None = None
    """What each worker may use, where people do not say it."""
    scheduler: parts.Parts | None = None
    """What the scheduler of each cluster may use."""
    secrets: parts.Names | None = None
    """The cluster's secrets for images that are not public."""


class BuildPage(fields.Model):
    """The page on which people enter a repository."""

    enabled: bool | None = None
    """Whether the hub is such a page and nothing else."""
    answers: bool | None = None
    """Whether the page has host names of its own."""
    hosts: parts.Names | None = None
    """Its host names."""
    tls: tuple[parts.Tls, ...] | None = None
    """Its certificates."""
    notes: fields.Labels | None = None
    """Annotations of its entrance, for programs of the cluster."""
    path: fields.Word | None = None
    """The path below which it is."""
    hub_url: fields.Word | None = None
    """Where the hub behind it is."""
    badge_url: fields.Word | None = None
    """The address that badges lead to."""
    origins: fields.Word | None = None
    """The other pages that may ask it (CORS); `*` for all."""
    only_api: bool | None = None
    """Whether programs can use it, and people see no page."""
    banner: fields.Text | None = None
    """What stands above the page (HTML)."""
    about: fields.Text | None = None
    """What stands on its page about itself (HTML)."""


class ImageBuilding(fields.Model):
    """Images built from repositories (BinderHub)."""

    enabled: bool | None = None
    """Whether images are built."""
    sign_in: bool | None = None
    """Whether people sign in before they build."""
    launch_sign_in: bool | None = None
    """Whether people sign in before a built image is started for them."""
    origins: fields.Word | None = None
    """The other pages that may ask for builds (CORS); `*` for all."""
    docker_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may hold what is built."""
    service_nodes: fields.Labels | None = None
    """Only machines with these labels run the service itself."""
    guarded: bool | None = None
    """Whether the network around the builds is guarded."""
    registry: parts.Registry | None = None
    """Where built images are kept."""
    reads_from: parts.Registry | None = None
    """How it is looked up whether an image was built before."""
    prefix: fields.Word | None = None
    """What the names of built images begin with."""
    repositories: parts.Names | None = None
    """Only these repositories are built (regular expressions)."""
    page: BuildPage | None = None
    """The page on which people enter a repository."""
    nodes: fields.Labels | None = None
    """Only machines with these labels build."""
    docker_nodes: fields.Labels | None = None
    """Only machines with these labels hold what is built."""
    environment: fields.Variables | None = None
    """Environment variables of the service."""
    told: bool | None = None
    """Whether launches are told to the service's own log."""


class PrivateGit(fields.Model):
    """Pushing to private repositories through a GitHub app that people allow in."""

    app: fields.Word | None = None
    """The app's page."""
    client: fields.Word | None = None
    """The app's client id."""


class UseLimit(fields.Model):
    """How much may be used."""

    value: float | None = None
    """How much."""
    unit: fields.Word | None = None
    """Of what, such as GiB-hours."""


class UseRule(fields.Model):
    """How much some people may use in some days."""

    resource: fields.Word | None = None
    """Of what, such as memory."""
    limit: UseLimit | None = None
    """How much."""
    window: int | None = None
    """In how many days."""
    group: fields.Word | None = None
    """Only for this group."""


class UsageQuotas(fields.Model):
    """How much people may use in some days."""

    rules: tuple[UseRule, ...] | None = None
    """The quotas."""
    in_two_groups: fields.Word | None = None
    """Which quota holds for people in two groups: min, max or sum."""
    otherwise: UseRule | None = None
    """The quota of people for whom no rule is."""
    open_when_unknown: bool | None = None
    """Whether servers start while use is unknown."""
    show_compute: bool | None = None
    """Whether people see what they used."""
    footer: fields.Text | None = None
    """What stands below that page."""
