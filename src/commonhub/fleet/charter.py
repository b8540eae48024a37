"""Who carries what in a fleet, and who may use its hubs, as its files say it: for those who keep people's records.

Nothing here is a setting of a hub that an engine reads, so no change of it restarts one. Pure.
"""

import datetime as dt
from dataclasses import dataclass

from commonhub.fleet import agreements, desired, models, resolving


@dataclass(frozen=True, kw_only=True)
class RoleEntry:
    """Somebody in a role. Without `login` it is a person who has no account yet, known by `name` alone."""

    role: str  # its id in the responsibility model
    login: str | None = None
    name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    hub: str | None = None  # its name inside the community; None: all of the community, or of the fleet
    side: agreements.Side | None = None  # None: not said in the file
    only: tuple[str, ...] = ()  # ids of responsibilities; empty: all of the role
    since: dt.date | None = None  # the first day
    until: dt.date | None = None  # the last day, which still counts
    because: str = ""

    @property
    def key(self) -> tuple[str, str, bool, str | None]:
        """What tells one entry of a file from another: role, who, whether by login, and for which hub."""
        return (self.role, self.login or self.name or "", self.login is not None, self.hub)


@dataclass(frozen=True, kw_only=True)
class Departure:
    """A responsibility that is carried otherwise than the model says."""

    responsibility: str  # its id in the model
    carried_by: agreements.Carrier
    hub: str | None = None  # its name inside the community; None: all of the community
    because: str


@dataclass(frozen=True, kw_only=True)
class HubAccess:
    """Who may use a hub besides the people on its list."""

    everyone: bool = False  # everybody who has an account at the portal
    domains: tuple[str, ...] = ()  # of confirmed e-mail addresses
    groups: tuple[str, ...] = ()  # of the community
    requests: bool = True  # others may ask


@dataclass(frozen=True, kw_only=True)
class HubCharter:
    """One hub, as far as people are concerned."""

    id: str  # "<community>/<hub>"
    name: str
    title: str
    url: str  # where it answers
    login: desired.LoginKind
    access: HubAccess
    admins: tuple[str, ...]  # whom the files make administrators of JupyterHub, by the name they sign in with


@dataclass(frozen=True, kw_only=True)
class CommunityCharter:
    """One community: who it is, who is in which role, what is agreed on, and its hubs."""

    name: str
    title: str
    description: str = ""
    kind: models.CommunityKind = models.CommunityKind.OTHER
    place: str | None = None
    time_zone: str | None = None
    url: str | None = None
    roles: tuple[RoleEntry, ...] = ()
    departures: tuple[Departure, ...] = ()
    terms: str = ""
    since: dt.date | None = None  # from which day the agreement holds
    hubs: tuple[HubCharter, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FleetCharter:
    """The whole fleet. `responsibilities` is the text of responsibilities.yaml; empty where there is none."""

    title: str
    url: str
    roles: tuple[RoleEntry, ...] = ()
    communities: tuple[CommunityCharter, ...] = ()
    responsibilities: str = ""
    revision: str = ""  # the commit that was read; "" for a working folder


def of(fleet: models.Fleet) -> FleetCharter:
    """What the files of a fleet say about people."""
    return FleetCharter(
        title=fleet.file.name,
        url=fleet.file.url,
        roles=entries(fleet.file.roles),
        communities=tuple(_community(fleet.file, each) for each in fleet.communities),
        responsibilities=(fleet.responsibilities or b"").decode("utf-8-sig", errors="replace"),
        revision=fleet.revision,
    )


def entries(roles: agreements.Roles) -> tuple[RoleEntry, ...]:
    """The entries of a file, in its order."""
    return tuple(_entry(role, each) for role, each_of in roles.items() for each in each_of)


def _entry(role: str, said: agreements.RoleEntry) -> RoleEntry:
    return RoleEntry(
        role=role,
        login=said.login,
        name=said.name,
        email=said.email,
        time_zone=said.time_zone,
        hub=said.hub,
        side=said.side,
        only=said.only,
        since=said.since,
        until=said.until,
        because=said.because,
    )


def access(said: agreements.Access) -> HubAccess:
    """Who may use a hub, as its file says it."""
    return HubAccess(everyone=said.everyone, domains=said.domains, groups=said.groups, requests=said.requests)


def departures(said: agreements.Agreement) -> tuple[Departure, ...]:
    """Where responsibilities are carried otherwise, in the order of the file."""
    return tuple(
        Departure(responsibility=each.responsibility, carried_by=each.carried_by, hub=each.hub, because=each.because)
        for each in said.departures
    )


def _community(fleet: models.FleetFile, community: models.Community) -> CommunityCharter:
    file = community.file
    return CommunityCharter(
        name=community.name,
        title=file.title,
        description=file.description,
        kind=file.kind,
        place=file.place,
        time_zone=file.time_zone,
        url=file.url,
        roles=entries(file.roles),
        departures=departures(file.agreement),
        terms=file.agreement.terms,
        since=file.agreement.since,
        hubs=tuple(_hub(fleet, hub) for hub in community.hubs),
    )


def _hub(fleet: models.FleetFile, hub: models.Hub) -> HubCharter:
    login = hub.file.login or fleet.defaults.login
    return HubCharter(
        id=hub.id,
        name=hub.name,
        title=hub.file.title,
        url=resolving.url(fleet, hub),
        login=login.kind if login else desired.LoginKind.COMMONHUB,
        access=access(hub.file.access),
        admins=resolving.admins(fleet, hub.file),
    )
