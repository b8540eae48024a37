"""What is planned and what it may cost: events, secrets that end, budgets, prices, and how carefully changes go out."""

import datetime as dt
from typing import Annotated

import pydantic

from commonhub.fleet import fields

Money = Annotated[float, pydantic.Field(ge=0, le=1e12)]


class Event(fields.Model):
    """A workshop, a course or another time at which many come at once."""

    name: fields.Title
    """What it is called."""
    hub: fields.Name | None = None
    """Which hub of the community; absent: all of them."""
    people: Annotated[int, pydantic.Field(ge=1, le=1_000_000)]
    """How many come."""
    begins: fields.Moment
    """The first day, or the moment it begins (in the community's time zone, where none is named)."""
    ends: fields.Moment
    """The last day, or the moment it ends."""
    memory: fields.Size | None = None
    """How much memory each person needs."""
    note: fields.Text | None = None
    """What else to know."""


class Secret(fields.Model):
    """A password, key or certificate that ends one day. It is named; what it says stands nowhere in a fleet."""

    name: fields.Title
    """What people call it, such as `GitHub login of the lab`; never what it says."""
    hub: fields.Name | None = None
    """Which hub of the community needs it; absent: all of them."""
    ends: fields.Moment
    """The last day on which it holds, or the moment it ends (in the community's time zone, where none is named)."""
    note: fields.Text | None = None
    """How it is renewed, and where."""


class Budget(fields.Model):
    """What a community may spend."""

    threshold: Money | None = None
    """A change that costs more than this a month waits for a community representative."""
    month: Money | None = None
    """What may be spent in a month."""


class Prices(fields.Model):
    """What the service's resources cost, in one currency. What is absent is unknown, which is not nothing."""

    currency: Annotated[str, pydantic.Field(pattern="^[A-Z]{3}$")] = "EUR"
    """The currency, by its three letters."""
    memory_gib_hour: Money | None = None
    """One GiB of memory for an hour."""
    core_hour: Money | None = None
    """One processor core for an hour."""
    gpu_hour: dict[fields.Word, Money] = {}
    """One graphics processor for an hour, by the kind of machine; `any` for all others."""
    storage_gib_month: Money | None = None
    """One GiB of homes for a month."""


class Rollouts(fields.Model):
    """How a change that touches many hubs goes out."""

    soak: fields.Duration | None = None
    """How long hubs are watched before the next ones follow."""
    first: Annotated[int, pydantic.Field(ge=1, le=10_000)] | None = None
    """How many hubs go first."""
    share: Annotated[float, pydantic.Field(gt=0, le=1)] | None = None
    """Which part of all hubs goes next."""
    largest: Annotated[int, pydantic.Field(ge=1, le=100_000)] | None = None
    """How many hubs go at once at most."""


class Remote(fields.Model):
    """How commits are exchanged with git's remote `origin` of the fleet folder, forward only."""

    pull: fields.Duration | None = None
    """How often new commits are taken from it; absent, only when somebody asks."""
    push: bool = False
    """Whether each commit that is made here is sent there."""


def moment(value: dt.date | dt.datetime, *, zone: dt.tzinfo, end: bool = False) -> dt.datetime:
    """The moment that a day or a time means: a day begins at midnight in `zone`, and ends with its last second."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    day = value + dt.timedelta(days=1) if end else value
    return dt.datetime.combine(day, dt.time(), tzinfo=zone)
