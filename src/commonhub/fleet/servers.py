"""People's servers: what each is given, and what people may choose from."""

from enum import StrEnum
from typing import Any

from commonhub.fleet import fields, parts


class Pull(StrEnum):
    """When an image is fetched."""

    ALWAYS = "Always"  # each time, for tags that are moved
    IF_ABSENT = "IfNotPresent"
    NEVER = "Never"


class Wish(parts.Parts):
    """What a server is given."""

    image: fields.Word | None = None
    """The container image, with its tag. Kubernetes only."""
    pull: Pull | None = None
    """When the image is fetched."""
    environment: fields.Variables | None = None
    """Environment variables: text, or `{secret: name, key: key}` for what a secret of the cluster says."""
    gpus: fields.Count | None = None
    """How many graphics processors."""
    machine: fields.Word | None = None
    """The cloud's name of the kind of machine."""
    nodes: fields.Labels | None = None
    """Only machines with these labels."""
    tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for somebody, and may be used."""
    folder: fields.Word | None = None
    """The folder in which a server begins."""
    command: tuple[fields.Word, ...] | None = None
    """What is started."""
    start_timeout: fields.Duration | None = None
    """How long a server may take to start."""
    answer_timeout: fields.Duration | None = None
    """How long a started server may take to answer."""
    account: fields.Word | None = None
    """The cluster's service account of servers."""
    user: int | None = None
    """The number of the account in the container."""
    group: int | None = None
    """The number of the group that owns the files."""
    privileges: bool | None = None
    """Whether programs may gain rights that they did not start with."""
    labels: fields.Labels | None = None
    """Labels of the servers, for who counts them."""
    notes: fields.Labels | None = None
    """Annotations of the servers, for programs of the cluster."""
    beside: tuple[parts.Container, ...] | None = None
    """Containers beside each server. An engineer has to look at each change."""
    before: tuple[parts.Container, ...] | None = None
    """Containers that run to their end before a server starts. An engineer has to look at each change."""


class Server(Wish):
    """One person's Jupyter server."""

    usual_before: bool | None = None
    """`false`: without the containers that usually run first."""
    usual_image: bool | None = None
    """`false`: without the usual image, where the menu names them all."""
    usual_command: bool | None = None
    """`false`: the image says itself what is started."""
    admin_environment: fields.Variables | None = None
    """Further environment variables of administrators."""
    purpose: fields.Word | None = None
    """Whether servers stay on machines for servers: ignore, prefer or require."""
    usual_tolerations: tuple[parts.Toleration, ...] | None = None
    """Machines that are kept for servers."""
    account_enabled: bool | None = None
    """Whether servers have a service account of their own."""
    account_notes: fields.Labels | None = None
    """Annotations of that account, by which the cloud gives it rights. An engineer has to look at each change."""


class Choice(Wish):
    """One of the things that people may choose."""

    title: fields.Title
    """What people read."""
    id: fields.Word | None = None
    """A short name for links and logs."""
    description: fields.Text | None = None
    """What it is, in a sentence."""
    first: bool | None = None
    """Whether it is chosen until somebody chooses otherwise."""
    groups: parts.Names | None = None
    """Only for people in one of these groups."""
    interface: fields.Interface | None = None
    """The page that such a server opens with."""
    folders: tuple[parts.Mount, ...] | None = None
    """The folders that such a server sees, instead of the hub's."""
    volumes: tuple[parts.Volume, ...] | None = None
    """The volumes that these are in."""
    extra: dict[str, Any] | None = None
    """Raw chart values of this choice, passed on unread. An engineer has to look at each change."""


class Own(fields.Model):
    """What people may write in instead of choosing: an image of their own."""

    allowed: bool
    """Whether they may."""
    title: fields.Title | None = None
    """What the field is called."""
    title_in_menu: fields.Title | None = None
    """What it is called among the choices."""
    description: fields.Text | None = None
    """What may be written there."""
    description_in_menu: fields.Text | None = None
    """The same, among the choices."""
    pattern: fields.Word | None = None
    """What it has to look like (a regular expression)."""
    refusal: fields.Text | None = None
    """What people are told who write something else."""
    image: bool | None = None
    """Whether it is the image."""


class Question(fields.Model):
    """One thing to choose about a server, such as its image or its size."""

    title: fields.Title | None = None
    """What people read."""
    choices: dict[fields.Word, Choice] | None = None
    """The choices, by a short name."""
    own: Own | None = None
    """Whether people may bring their own."""
    build: bool | None = None
    """Whether people may have an image built from a repository."""


class MenuEntry(Choice):
    """One entry of the menu that people see when they start a server."""

    ask: dict[fields.Word, Question] | None = None
    """What else is to be chosen, by a short name."""


class File(fields.Model):
    """A file that stands in every server."""

    path: fields.Word
    """Where it stands."""
    text: fields.Terms | None = None
    """What it says."""
    data: dict[str, Any] | None = None
    """What it says, as keys and values; written in the format of the file's ending."""
    mode: int | None = None
    """Its permissions, written as in chmod, such as 644."""
