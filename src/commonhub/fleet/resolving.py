"""From what files say to what should be: defaults laid below each hub. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from commonhub.fleet import collecting, desired, fields, models, names


@dataclass(frozen=True, kw_only=True)
class _Resolved:
    """A hub with every default applied, and the three things that it was made from."""

    fleet: models.FleetFile
    title: str
    file: models.HubFile
    wanted: desired.DesiredHub

    def holds_for(self, fleet: models.FleetFile, title: str, file: models.HubFile) -> bool:
        """Whether nothing that it was made from has changed: a `reading.Reader` keeps the models of unchanged files."""
        return self.fleet is fleet and self.title == title and self.file is file


class Resolver:
    """Resolves fleets and remembers each hub, so that a second fleet costs only the hubs that differ."""

    def __init__(self) -> None:
        self._known: dict[str, _Resolved] = {}

    def resolve(self, fleet: models.Fleet) -> tuple[desired.DesiredHub, ...]:
        """Every hub of the fleet with every default applied, in the order of communities and hubs."""
        below = _said(fleet.file.defaults)
        known: dict[str, _Resolved] = {}
        with collecting.at_rest() as rest:
            for community in fleet.communities:
                title = community.file.title
                for hub in community.hubs:
                    found = self._known.get(hub.id)
                    if found is None or not found.holds_for(fleet.file, title, hub.file):
                        wanted = _hub(fleet.file, below, title, hub)
                        found = _Resolved(fleet=fleet.file, title=title, file=hub.file, wanted=wanted)
                        rest.made += 1
                    known[hub.id] = found
        self._known = known  # hubs that are no longer in the fleet are forgotten
        return tuple(each.wanted for each in known.values())


def resolve(fleet: models.Fleet) -> tuple[desired.DesiredHub, ...]:
    """Resolve a fleet once; whoever resolves again and again keeps a `Resolver`."""
    return Resolver().resolve(fleet)


def resolve_one(fleet: models.FleetFile, community_title: str, hub: models.Hub) -> desired.DesiredHub:
    """One hub with every default applied."""
    return _hub(fleet, _said(fleet.defaults), community_title, hub)


def addresses(fleet: models.FleetFile, hub: models.Hub) -> tuple[str, ...]:
    """The host names of a hub without port, the one shown to people first."""
    if fleet.routing is models.Routing.PATHS:
        return (fleet.host, *hub.file.domains)
    return (f"{names.label(hub.community, hub.name)}.{fleet.host}", *hub.file.domains)


def base_path(fleet: models.FleetFile, hub: models.Hub) -> str:
    """The path below which a hub lives."""
    return f"/{names.label(hub.community, hub.name)}/" if fleet.routing is models.Routing.PATHS else "/"


def url(fleet: models.FleetFile, hub: models.Hub) -> str:
    """Where people find a hub: its first address with the scheme and port of the fleet's own."""
    parts = urlsplit(fleet.url)
    port = f":{parts.port}" if parts.port else ""
    host = addresses(fleet, hub)[0]
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{base_path(fleet, hub)}"


def _hub(fleet: models.FleetFile, below: dict[str, Any], title: str, hub: models.Hub) -> desired.DesiredHub:
    file = hub.file
    said = below | _said(file)
    said.pop("admins", None)
    return desired.DesiredHub(
        id=hub.id,
        community=hub.community,
        community_title=title,
        name=hub.name,
        title=file.title,
        description=file.description,
        addresses=addresses(fleet, hub),
        base_path=base_path(fleet, hub),
        admins=admins(fleet, file),
        homepage=_mapping(file.homepage),
        extra=file.extra,
        **said,
    )


def admins(fleet: models.FleetFile, file: models.HubFile) -> tuple[str, ...]:
    """The fleet's admins are admins of each hub; a hub adds its own, and may add a list of staff."""
    staff = file.staff_admins or fleet.defaults.staff_admins
    people = (*(fleet.defaults.admins or ()), *(file.admins or ()), *(fleet.staff.get(staff, ()) if staff else ()))
    return tuple(dict.fromkeys(people))


def _said(settings: models.Settings) -> dict[str, Any]:
    """What is said, as arguments of DesiredHub; what is not said is absent and left to DesiredHub's own defaults."""
    server = settings.server or models.Server()
    memory, cpu = server.memory or models.Memory(), server.cpu or models.Cpu()
    storage, cull = settings.storage or models.Storage(), settings.cull or models.Cull()
    limits = {
        "memory_guarantee": memory.guarantee,
        "memory_limit": memory.limit,
        "cpu_guarantee": cpu.guarantee,
        "cpu_limit": cpu.limit,
        "home_quota": storage.home_quota,
    }
    others = {
        "engine": settings.engine.value if settings.engine else None,
        "image": server.image,
        "interface": settings.interface,
        "homes": storage.homes.value if storage.homes else None,
        "file_server": _mapping(storage.file_server) or None,
        "sleep_after": settings.sleep_after,
        "cull_idle": cull.idle,
        "cull_max_age": cull.max_age,
        "cull_every": cull.every,
        "egress": settings.egress,
        "package_sources": settings.package_sources,
    }
    said: dict[str, Any] = {key: value for key, value in others.items() if value is not None}
    for key, value in limits.items():
        if value is not None:
            said[key] = None if value == fields.NO_LIMIT else value
    if settings.login is not None:
        options = _mapping(settings.login)
        options.pop("kind")
        said |= {"login": settings.login.kind, "login_options": options}
    return said


def _mapping(model: fields.Model | None) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True) if model is not None else {}
