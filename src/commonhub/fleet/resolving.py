"""From what files say to what should be: defaults laid below each hub. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from commonhub.fleet import collecting, desired, fields, models, names, parts, servers, storing, upkeep, usual


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
    said = _over(below, _said(file))
    said.pop("admins", None)
    _say_login_of_kind(said)
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


def _say_login_of_kind(said: dict[str, Any]) -> None:
    """What is said for the kind of login in use holds below what is said of the login itself."""
    others = said.get("other_logins", ())
    if not others:
        return
    kind = said.get("login", desired.LoginKind.COMMONHUB).value
    for other in others:
        if other["kind"] == kind:
            below = {key: value for key, value in other.items() if key != "kind"}
            said["login_options"] = _merged(below, said.get("login_options", {}))
    said["other_logins"] = tuple(other for other in others if other["kind"] != kind)


def admins(fleet: models.FleetFile, file: models.HubFile) -> tuple[str, ...]:
    """The fleet's admins are admins of each hub; a hub adds its own, and may add a list of staff."""
    staff = file.staff_admins or fleet.defaults.staff_admins
    people = (*(fleet.defaults.admins or ()), *(file.admins or ()), *(fleet.staff.get(staff, ()) if staff else ()))
    return tuple(dict.fromkeys(people))


def _said(settings: models.Settings) -> dict[str, Any]:
    """What is said, as arguments of DesiredHub; what is not said is absent and left to DesiredHub's own defaults."""
    server = settings.server or servers.Server()
    memory, cpu = server.memory or parts.Memory(), server.cpu or parts.Cpu()
    storage, cull = settings.storage or storing.Storage(), settings.cull or upkeep.Cull()
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
        "packing": settings.packing,
    }
    said: dict[str, Any] = {key: value for key, value in others.items() if value is not None}
    for key, value in limits.items():
        if value is not None:
            said[key] = None if value == fields.NO_LIMIT else value
    if settings.login is not None:
        options = _mapping(settings.login)
        options.pop("kind")
        said |= {"login": settings.login.kind, "login_options": options}
    return said | _words(settings)


def _words(settings: models.Settings) -> dict[str, Any]:
    """The words that DesiredHub holds as they are said."""
    said = {
        name for name in settings.model_fields_set & desired.HELD_AS_SAID.keys() if getattr(settings, name) is not None
    }
    if not said:
        return {}
    # One dump for all: each has a price of its own, and there are ten thousand hubs.
    partly: Any = {name: set(desired.HELD_AS_SAID[name]) for name in said if desired.HELD_AS_SAID[name]}
    dumped = settings.model_dump(mode="json", exclude_none=True, include=said, exclude=partly)
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in dumped.items()
        if value or isinstance(value, list)  # an empty menu takes the default one away
    }


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A hub's words over the defaults, key by key in the words that are held as they are said."""
    below = usual.left(below, above)
    if above.get("server", {}).get("usual_image") is False:
        below["image"] = None
    result = below | above
    for name in desired.HELD_AS_SAID.keys() & below.keys() & above.keys():
        result[name] = _merged(below[name], above[name])
    return result


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _merged(below.get(key), value) for key, value in above.items()}


def _mapping(model: fields.Model | None) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True) if model is not None else {}
