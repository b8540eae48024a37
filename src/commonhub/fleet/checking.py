"""What no file can know by itself: addresses that meet, lists that are missing, limits below guarantees. Pure."""

import difflib
from collections.abc import Iterator, Sequence

from commonhub.fleet import agreements, desired, lines, models, names, planning, resolving, storing
from commonhub.ground import errors

# What a hub on this machine does by itself; people reach the other kinds through the portal.
SERVED_LOCALLY = frozenset({desired.LoginKind.COMMONHUB, desired.LoginKind.SHARED_PASSWORD})


def across(fleet: models.Fleet, where: lines.Lines) -> Iterator[errors.Fault]:
    """The faults of the fleet as a whole, and those between its hubs."""
    yield from _fleet(fleet.file, where)
    yield from _addresses(fleet, where)
    yield from _roles_of_all(fleet.file, where)
    yield from _secrets_of_all(fleet.file, where)
    for community in fleet.communities:
        yield from _agreed(community, where)


def within(fleet: models.FleetFile, hub: models.Hub, where: lines.Lines) -> Iterator[errors.Fault]:
    """The faults of one hub under the fleet's defaults, and warnings about what is accepted but not served as written."""
    wanted = resolving.resolve_one(fleet, "", hub)
    place = _Place(f"communities/{hub.community}/hubs/{hub.name}.yaml", where)
    yield from _limits(wanted, place)
    yield from _staff(fleet, hub, place)
    yield from _warnings(wanted, place)
    yield from _people(hub.file, wanted.login, place)


class _Place:
    """One file, to make faults about its keys."""

    def __init__(self, file: str, where: lines.Lines) -> None:
        self._file, self._where = file, where

    def fault(self, key: str, problem: str, mend: str, *, warning: bool = False) -> errors.Fault:
        return self._where.fault(self._file, (key,), problem, mend, warning=warning)


def _fleet(fleet: models.FleetFile, where: lines.Lines) -> Iterator[errors.Fault]:
    place = _Place("fleet.yaml", where)
    if fleet.routing is models.Routing.HOSTS and names.is_bare_address(fleet.host):
        problem = f"No hub can have a name of its own below the bare address {fleet.host}."
        yield place.fault("url", problem, "Write routing: paths, or give a host name as url.")
    if fleet.defaults.staff_admins is not None and fleet.defaults.staff_admins not in fleet.staff:
        yield place.fault("defaults", *_no_list(fleet, fleet.defaults.staff_admins))
    kind = fleet.defaults.login.kind if fleet.defaults.login else desired.LoginKind.COMMONHUB
    if kind is desired.LoginKind.COMMONHUB and (fleet.defaults.admins or fleet.defaults.staff_admins):
        yield place.fault("defaults", *_ADMINS, warning=True)


def _addresses(fleet: models.Fleet, where: lines.Lines) -> Iterator[errors.Fault]:
    host, by_path = fleet.file.host, fleet.file.routing is models.Routing.PATHS
    taken: dict[str, models.Hub] = {}
    for hub in fleet.hubs:
        place = _Place(f"communities/{hub.community}/hubs/{hub.name}.yaml", where)
        label = names.label(hub.community, hub.name)
        if len(label) > names.LONGEST_LABEL:
            problem = f"The address {label!r} would be longer than {names.LONGEST_LABEL} letters."
            yield place.fault("title", problem, "Give the hub or its community a shorter name.")
        if by_path and label in names.RESERVED_PATHS:
            problem = f"The path /{label}/ belongs to Commonhub itself."
            yield place.fault("title", problem, "Give the hub or its community another name.")
        spots = [("domains", address) for address in hub.file.domains]
        spots.append(("title", label if by_path else f"{label}.{host}"))
        for key, spot in spots:
            if spot == host:
                yield place.fault(key, f"The address {spot} is the portal's own.", "Choose another one.")
            other = taken.setdefault(spot, hub)
            if other is not hub or [each for _, each in spots].count(spot) > 1:
                mend = "Rename one of the hubs." if key == "title" else "Leave the domain to one of them."
                problem = f"The address {spot} is also that of the hub {other.id}."
                if other is hub:
                    problem, mend = f"The address {spot} stands twice.", "Write it once."
                yield place.fault(key, problem, mend)


def _limits(hub: desired.DesiredHub, place: _Place) -> Iterator[errors.Fault]:
    for what, guarantee, limit in (
        ("memory", hub.memory_guarantee, hub.memory_limit),
        ("cpu", hub.cpu_guarantee, hub.cpu_limit),
    ):
        if guarantee is not None and limit is not None and guarantee > limit:
            problem = f"The {what} that is guaranteed is more than its limit (defaults in fleet.yaml count too)."
            yield place.fault("server", problem, "Raise the limit or lower the guarantee.")


def _staff(fleet: models.FleetFile, hub: models.Hub, place: _Place) -> Iterator[errors.Fault]:
    wanted = hub.file.staff_admins
    if wanted is not None and wanted not in fleet.staff:
        yield place.fault("staff_admins", *_no_list(fleet, wanted))


def _no_list(fleet: models.FleetFile, wanted: str) -> tuple[str, str]:
    near = difflib.get_close_matches(wanted, fleet.staff, n=1)
    mend = f"Did you mean {near[0]!r}?" if near else "Add the list below staff: in fleet.yaml."
    return f"fleet.yaml has no list of staff called {wanted!r}.", mend


def _warnings(hub: desired.DesiredHub, place: _Place) -> Iterator[errors.Fault]:
    if hub.engine == models.EngineName.LOCAL:
        if hub.login not in SERVED_LOCALLY:
            problem = f"Login by {hub.login.value} does not work on this machine yet."
            mend = "Until it does, this hub is served with a shared password."
            yield place.fault("login", problem, mend, warning=True)
        if hub.homes != storing.Homes.KEPT:
            problem = "Temporary homes do not exist on this machine yet."
            yield place.fault("storage", problem, "Until they do, homes are kept.", warning=True)
    if hub.extra:
        keys = ", ".join(list(hub.extra)[:4])
        problem = f"What stands below extra ({keys}) is passed on unread."
        yield place.fault("extra", problem, "An engineer has to look at each change of it.", warning=True)


_ADMINS = (
    "Where people sign in with their account at the portal, admins makes nobody an administrator.",
    "Name hub administrators under roles: in community.yaml.",
)


def _people(file: models.HubFile, login: desired.LoginKind, place: _Place) -> Iterator[errors.Fault]:
    """What is said about people and does not hold with this kind of login."""
    by_portal = login is desired.LoginKind.COMMONHUB
    if by_portal and (file.admins or file.staff_admins):
        yield place.fault("admins" if file.admins else "staff_admins", *_ADMINS, warning=True)
    if not by_portal and "access" in file.model_fields_set:
        problem = f"access does not hold where people sign in by {login.value}."
        yield place.fault("access", problem, "Write login: {kind: commonhub}, or take access out.", warning=True)


def _roles_of_all(file: models.FleetFile, where: lines.Lines) -> Iterator[errors.Fault]:
    yield from _twice_in_roles("fleet.yaml", file.roles, where)
    for role, entries in file.roles.items():
        for number, entry in enumerate(entries):
            if entry.hub is not None:
                problem = "Somebody here serves all communities and cannot be only for one hub."
                mend = "Name them under roles: in the community.yaml of that hub."
                yield where.fault("fleet.yaml", ("roles", role, number, "hub"), problem, mend)


def _secrets_of_all(file: models.FleetFile, where: lines.Lines) -> Iterator[errors.Fault]:
    yield from _twice_in_secrets("fleet.yaml", file.secrets, where)
    for number, entry in enumerate(file.secrets):
        if entry.hub is not None:
            problem = "A secret here is the whole service's and cannot be only for one hub."
            mend = "Name it under secrets: in the community.yaml of that hub."
            yield where.fault("fleet.yaml", ("secrets", number, "hub"), problem, mend)


def _agreed(community: models.Community, where: lines.Lines) -> Iterator[errors.Fault]:
    """The roles and the agreement of one community, and the hubs that its file names."""
    path = f"communities/{community.name}/community.yaml"
    roles, departures = community.file.roles, community.file.agreement.departures
    yield from _twice_in_roles(path, roles, where)
    yield from _twice_in_secrets(path, community.file.secrets, where)
    for number in _repeated([(each.responsibility, each.hub) for each in departures]):
        problem = f"Who carries {departures[number].responsibility} stands twice."
        yield where.fault(path, ("agreement", "departures", number), problem, "Keep one of them.")
    spots: list[tuple[str | None, tuple[object, ...]]] = [
        (entry.hub, ("roles", role, number)) for role, entries in roles.items() for number, entry in enumerate(entries)
    ]
    spots += [(each.hub, ("agreement", "departures", number)) for number, each in enumerate(departures)]
    spots += [(each.hub, ("events", number)) for number, each in enumerate(community.file.events)]
    spots += [(each.hub, ("secrets", number)) for number, each in enumerate(community.file.secrets)]
    for hub, spot in spots:
        if hub is not None and not where.stands(f"communities/{community.name}/hubs/{hub}.yaml"):
            near = difflib.get_close_matches(hub, [known.name for known in community.hubs], n=1)
            mend = f"Did you mean {near[0]!r}?" if near else "Name one of the files in hubs/, without .yaml."
            yield where.fault(path, (*spot, "hub"), f"The community has no hub {hub!r}.", mend)


def _twice_in_roles(path: str, roles: agreements.Roles, where: lines.Lines) -> Iterator[errors.Fault]:
    for role, entries in roles.items():
        keys = [entry.key for entry in entries]
        for number in _repeated(keys):
            problem = f"{keys[number][0]} stands twice as {role}."
            yield where.fault(path, ("roles", role, number), problem, "Keep one of them.")


def _twice_in_secrets(path: str, secrets: Sequence[planning.Secret], where: lines.Lines) -> Iterator[errors.Fault]:
    for number in _repeated([(each.name, each.hub) for each in secrets]):
        problem = f"The secret {secrets[number].name!r} stands twice."
        yield where.fault(path, ("secrets", number), problem, "Keep the one that says when it ends now.")


def _repeated(keys: Sequence[object]) -> Iterator[int]:
    """The places at which something stands that stood before."""
    seen: set[object] = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield number
        seen.add(key)
