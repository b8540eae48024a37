"""Where people's files are: homes and the disk below them, further folders, buckets."""

from enum import StrEnum

from commonhub.fleet import fields, parts


class Homes(StrEnum):
    """What becomes of the files of a hub's people when their server stops."""

    KEPT = "kept"
    TEMPORARY = "temporary"


class SpeedLimit(fields.Model):
    """How fast a file server may be."""

    enabled: bool | None = None
    """Whether there are limits at all."""
    bandwidth_enabled: bool | None = None
    """Whether bandwidth is limited."""
    bandwidth: int | None = None
    """Bytes a second, reading and writing together."""


class FileServer(fields.Model):
    """The server of the homes in a Kubernetes cluster."""

    runs: bool | None = None
    """Whether the hub has one of its own in the cluster."""
    mounted: bool | None = None
    """Whether servers see it."""
    disk: fields.Word | None = None
    """The cloud's name of the disk that holds the homes."""
    address: fields.Word | None = None
    """Where the homes are mounted from, inside the cluster."""
    base: fields.Word | None = None
    """The folder there that holds the folders of all hubs."""
    share: fields.Word | None = None
    """The folder of this hub, where it is not called like the hub."""
    options: parts.Names | None = None
    """How it is mounted."""
    makes_share: bool | None = None
    """Whether the hub's folder is made when it is absent."""
    tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may make it."""
    counts_all: bool | None = None
    """Whether the size of the whole is counted."""
    in_cluster: bool | None = None
    """Whether a disk of the cluster serves the homes."""
    in_cluster_size: fields.Size | None = None
    """How large that is."""
    grows: bool | None = None
    """Whether the disk is enlarged by itself."""
    measures: bool | None = None
    """Whether the machine below it is measured."""
    tells: bool | None = None
    """Whether what is used of quotas is told to monitoring."""
    counts_homes: bool | None = None
    """Whether the size of each home is counted."""
    speed_limit: SpeedLimit | None = None
    """How fast it may be."""
    resources: parts.Parts | None = None
    """What it may use, where this is said for all parts at once."""
    quota_enforcer: parts.Parts | None = None
    """What the part that counts and limits may use."""
    nfs_server: parts.Parts | None = None
    """What the part that serves files may use."""
    node_exporter: parts.Parts | None = None
    """What the part that measures may use."""
    auto_resizer: parts.Parts | None = None
    """What the part that enlarges the disk may use."""


class ExtraDisk(fields.Model):
    """A disk of its own for each person, besides their home."""

    name: fields.Word | None = None
    """The name of its claim; {username} stands for the person."""
    disk_class: fields.Word | None = None
    """The cluster's kind of disk."""
    size: fields.Size | None = None
    """How large it is."""


class Storage(fields.Model):
    """The homes of a hub's people, and what they see beside them."""

    home_quota: fields.Size | None = None
    """How much each person may keep."""
    personal_quotas: bool | None = None
    """Whether some people have quotas of their own. These stand outside the fleet, because names are private."""
    homes: Homes | None = None
    """Whether files stay when a server stops."""
    home_path: fields.Word | None = None
    """Where the home is seen."""
    own_disks: bool | None = None
    """`true`: each home is a disk of its own in the cloud."""
    disk_size: fields.Size | None = None
    """How large each person's own disk is."""
    disk_class: fields.Word | None = None
    """The cluster's kind of disk for these."""
    claim: fields.Word | None = None
    """The cluster's claim of the disk that holds all homes."""
    inside: fields.Word | None = None
    """Which folder there is a person's home; {escaped_username} stands for the person."""
    file_server: FileServer | None = None
    """Where the homes live in a Kubernetes cluster."""
    folders: dict[fields.Word, parts.Mount] | None = None
    """Further folders in everybody's server, by a short name."""
    admin_folders: dict[fields.Word, parts.Mount] | None = None
    """Further folders in administrators' servers."""
    volumes: dict[fields.Word, parts.Volume] | None = None
    """The volumes that folders are in, by a short name."""
    all_folders: tuple[parts.Mount, ...] | None = None
    """Further folders as a list, which replaces the usual ones."""
    all_admin_folders: tuple[parts.Mount, ...] | None = None
    """The same for administrators."""
    all_volumes: tuple[parts.Volume, ...] | None = None
    """Volumes as a list, which replaces the usual ones."""
    extra_disks: tuple[ExtraDisk, ...] | None = None
    """Further disks for each person."""
    without: parts.Names | None = None
    """Usual folders that this hub does not have, by their names."""
    admin_without: parts.Names | None = None
    """Usual folders that administrators do not have here, by their names."""
    usual_folders: bool | None = None
    """`false`: none of the usual folders."""
    usual_admin_folders: bool | None = None
    """`false`: none of the usual folders of administrators."""
    usual_volumes: bool | None = None
    """`false`: none of the usual volumes."""


class Bucket(fields.Model):
    """Room in the cloud's object storage."""

    address: fields.Word
    """Its address; $(JUPYTERHUB_USER) stands for the person."""
    days: int | None = None
    """After how many days files are removed."""
    read_only: bool | None = None
    """Whether people can only read."""
    requester_pays: bool | None = None
    """Whether whoever reads pays for it."""


class Buckets(fields.Model):
    """Room in the cloud's object storage, as servers find it."""

    scratch: Bucket | None = None
    """For files that may go; servers find it as SCRATCH_BUCKET."""
    persistent: Bucket | None = None
    """For files that stay; servers find it as PERSISTENT_BUCKET."""
    more: dict[fields.Word, Bucket] | None = None
    """Others, by the name of the environment variable that tells servers."""
