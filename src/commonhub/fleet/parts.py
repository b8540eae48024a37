"""What servers, services and containers are given: memory, processor cores, variables, places to run."""

from commonhub.fleet import fields

Names = tuple[fields.Word, ...]


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


class Toleration(fields.Model):
    """Machines that are kept for somebody, and may be used all the same (a Kubernetes toleration)."""

    key: fields.Word | None = None
    """The key of the machines' taint."""
    operator: fields.Word | None = None
    """`Exists`, or `Equal` to the value."""
    value: fields.Word | None = None
    """The value of the taint."""
    effect: fields.Word | None = None
    """Which effect of the taint is borne, such as NoSchedule."""


class Port(fields.Model):
    """A port that a part of a service answers at."""

    name: fields.Word | None = None
    """What it is called."""
    number: int | None = None
    """The port."""
    target: fields.PortName | None = None
    """The port inside the container, where it is another one."""


class Mount(fields.Model):
    """A folder inside a container."""

    volume: fields.Word | None = None
    """Which volume it is in; `home` is where the homes are."""
    path: fields.Word
    """Where it is seen."""
    inside: fields.Word | None = None
    """Which folder of the volume; {escaped_username} stands for the person."""
    shared_mounts: fields.Word | None = None
    """Whether disks that are mounted below it are seen elsewhere too."""
    read_only: bool | None = None
    """Whether nobody can write there."""


class Container(Parts):
    """A container of its own beside people's servers, or before they start."""

    name: fields.Word
    """What it is called."""
    image: fields.Word
    """Its image, with its tag."""
    environment: fields.Variables | None = None
    """Its environment variables."""
    ports: tuple[Port, ...] | None = None
    """What it answers at."""
    folders: tuple[Mount, ...] | None = None
    """Which folders it sees."""
    user: int | None = None
    """The number of the account it runs as."""
    group: int | None = None
    """The number of the group it runs as."""
    privileged: bool | None = None
    """Whether it may do what it likes with its machine. An engineer has to look at each change."""


class Opening(fields.Model):
    """Addresses or neighbours in the network."""

    addresses: fields.Word | None = None
    """Addresses as a block, such as 10.0.0.0/8."""
    besides: Names | None = None
    """Blocks within it that are not meant."""
    pods: fields.Labels | None = None
    """Parts of services with these labels."""
    namespaces: fields.Labels | None = None
    """All that is in the cluster's namespaces with these labels."""


class OpenPort(fields.Model):
    """A port in the network."""

    port: fields.PortName | None = None
    """Its number or name."""
    protocol: fields.Word | None = None
    """TCP or UDP."""


class Reach(fields.Model):
    """What may be reached, or may reach: some places at some ports."""

    by: tuple[Opening, ...] | None = None
    """Who may, where it is about being reached; absent: all."""
    to: tuple[Opening, ...] | None = None
    """Which places; absent: all."""
    ports: tuple[OpenPort, ...] | None = None
    """Which ports; absent: all."""


class Volume(fields.Model):
    """A place for files besides the homes."""

    name: fields.Word | None = None
    """What folders call it."""
    size: fields.Size | None = None
    """Scratch room that goes with the server: how much of it."""
    scratch: bool | None = None
    """Whether it is scratch room, as much as the machine has."""
    in_memory: bool | None = None
    """Whether scratch room is in memory."""
    claim: fields.Word | None = None
    """The cluster's claim of a disk that stays."""
    read_only: bool | None = None
    """Whether that disk is only read."""
    secret: fields.Word | None = None
    """The cluster's secret that it shows as files."""
    config: fields.Word | None = None
    """The cluster's settings that it shows as files."""


class Tls(fields.Model):
    """A certificate for host names."""

    hosts: Names | None = None
    """The names."""
    secret: fields.Word | None = None
    """The cluster's secret that keeps it."""


class Registry(fields.Model):
    """Where images are kept, and the account that may read or write there."""

    address: fields.Word | None = None
    """Its address."""
    account: fields.Word | None = None
    """The account."""
    password: fields.Elsewhere | None = None
    """Where the password stands; the password itself does not belong into a fleet."""
