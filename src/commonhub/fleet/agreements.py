"""Who is in which role, what a community and the service have agreed on, and who may use a hub, as the files say it.

Roles and responsibilities are plain words here: the responsibility model, which knows them, stands further up.
"""

from enum import StrEnum
from typing import Self

import pydantic

from commonhub.fleet import fields


class Side(StrEnum):
    """Where a person in a role stands."""

    SERVICE = "service"
    COMMUNITY = "community"


class Carrier(StrEnum):
    """Who carries a responsibility."""

    SERVICE = "service"
    COMMUNITY = "community"
    SHARED = "shared"


class RoleEntry(fields.Model):
    """Somebody in a role."""

    login: fields.Handle | None = None
    """The name of their account; absent while they have none."""
    name: fields.Title | None = None
    """Their name, as others read it. Required while they have no account."""
    email: fields.Email | None = None
    """Their e-mail address."""
    time_zone: fields.TimeZone | None = None
    """Their time zone, such as Africa/Blantyre."""
    hub: fields.Name | None = None
    """Only for this hub of the community; absent: for all of them."""
    side: Side | None = None
    """Where they stand; absent: as the model says for the role, else the side of the file."""
    only: tuple[fields.Id, ...] = ()
    """Only these responsibilities of the role; absent: all of them."""
    since: fields.Day | None = None
    """The first day."""
    until: fields.Day | None = None
    """The last day."""
    because: fields.Text = ""
    """Why, for those who read it later."""

    @property
    def key(self) -> tuple[str, bool, str | None]:
        """What tells one entry of a role from another: who, whether by login, and for which hub."""
        return (self.login or self.name or "", self.login is not None, self.hub)

    @pydantic.model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.login is None and self.name is None:
            fields.refuse("Nobody is named.", "Write their login, or a name while they have no account.")
        if self.since is not None and self.until is not None and self.until < self.since:
            fields.refuse("The last day is before the first.", "Change since or until.")
        return self


Roles = dict[fields.Id, tuple[RoleEntry, ...]]


class Departure(fields.Model):
    """A responsibility that is carried otherwise than the model says."""

    responsibility: fields.Id
    """Which one, by its id in the model."""
    carried_by: Carrier
    """Who carries it here."""
    hub: fields.Name | None = None
    """Only for this hub of the community; absent: for all of them."""
    because: fields.Reason
    """Why it is so; both sides read this when they agree."""


class Agreement(fields.Model):
    """What the community and the service have agreed on besides the usual."""

    departures: tuple[Departure, ...] = ()
    """Where responsibilities are carried otherwise than usual."""
    terms: fields.Terms = ""
    """What else both sides agree on, in their own words."""
    since: fields.Day | None = None
    """The day from which it holds."""


class Access(fields.Model):
    """Who may use a hub besides the people on its list, which stands in the records and not in this file."""

    everyone: bool = False
    """Everybody who has an account at the portal may."""
    domains: tuple[fields.MailDomain, ...] = ()
    """People with confirmed e-mail addresses in these domains may."""
    groups: tuple[fields.Name, ...] = ()
    """People in these groups of the community may."""
    requests: bool = True
    """Others may ask, and a hub administrator answers."""
