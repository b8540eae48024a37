"""What no file can know by itself: addresses that meet, lists that are missing, limits below guarantees. Pure."""

import difflib
from collections.abc import Iterator, Mapping

from commonhub.fleet import desired, models, names, resolving
from commonhub.ground import errors

Lines = Mapping[str, Mapping[str, int]]  # file: outermost key: line

# What a hub on this machine does today; the other kinds wait for the portal's own login.
SERVED_LOCALLY = frozenset({desired.LoginKind.SHARED_PASSWORD})


def across(fleet: models.Fleet, lines: Lines) -> Iterator[errors.Fault]:
    """The faults of the fleet as a whole, and those between its hubs."""
    yield from _fleet(fleet.file, lines)
    yield from _addresses(fleet, lines)


def within(fleet: models.FleetFile, hub: models.Hub, lines: Lines) -> Iterator[errors.Fault]:
    """The faults of one hub under the fleet's defaults, and warnings about what is accepted but not served as written."""
    wanted = resolving.resolve_one(fleet, "", hub)
    place = _Place(f"communities/{hub.community}/hubs/{hub.name}.yaml", lines)
    yield from _limits(wanted, place)
    yield from _staff(fleet, hub, place)
    yield from _warnings(wanted, place)


class _Place:
    """One file, to make faults about its keys."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file, self._lines = file, lines.get(file, {})

    def fault(self, key: str, problem: str, mend: str, *, warning: bool = False) -> errors.Fault:
        line = self._lines.get(key, 1)
        return errors.Fault(file=self._file, line=line, problem=problem, mend=mend, warning=warning)


def _fleet(fleet: models.FleetFile, lines: Lines) -> Iterator[errors.Fault]:
    place = _Place("fleet.yaml", lines)
    if fleet.routing is models.Routing.HOSTS and names.is_bare_address(fleet.host):
        problem = f"No hub can have a name of its own below the bare address {fleet.host}."
        yield place.fault("url", problem, "Write routing: paths, or give a host name as url.")
    if fleet.defaults.staff_admins is not None and fleet.defaults.staff_admins not in fleet.staff:
        yield place.fault("defaults", *_no_list(fleet, fleet.defaults.staff_admins))


def _addresses(fleet: models.Fleet, lines: Lines) -> Iterator[errors.Fault]:
    host, by_path = fleet.file.host, fleet.file.routing is models.Routing.PATHS
    taken: dict[str, models.Hub] = {}
    for hub in fleet.hubs:
        place = _Place(f"communities/{hub.community}/hubs/{hub.name}.yaml", lines)
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
        if hub.homes != models.Homes.KEPT:
            problem = "Temporary homes do not exist on this machine yet."
            yield place.fault("storage", problem, "Until they do, homes are kept.", warning=True)
    if hub.extra:
        keys = ", ".join(list(hub.extra)[:4])
        problem = f"What stands below extra ({keys}) is passed on unread."
        yield place.fault("extra", problem, "An engineer has to look at each change of it.", warning=True)
