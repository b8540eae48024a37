"""Who may sign in where: accounts at the portal, or a hub's shared passwords for those who may read them on this machine."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from commonhub.assembly import installation
from commonhub.communities import charter_checks
from commonhub.engines.local import hub_folder
from commonhub.fleet import desired, history, resolving, sound
from commonhub.ground import errors

ANYBODY = "any name"


@dataclass(frozen=True, kw_only=True)
class HubLogin:
    """One hub's address, and how people sign in. The passwords count only where the hub has its own."""

    hub_id: str
    title: str
    url: str
    login: hub_folder.Login
    admins: tuple[str, ...]
    anybody: str = ANYBODY
    at_portal: bool = False  # people sign in with their account


def hubs(of: installation.Installation) -> tuple[desired.DesiredHub, ...]:
    """The hubs in force: of the newest commit without mistakes."""
    found = sound.newest(history.FleetRepository(of.fleet), charter_checks.reader())
    return resolving.resolve(found[1]) if found else ()


def named(of: installation.Installation, name: str) -> desired.DesiredHub:
    """The hub that a person means: by its id, by its community when that has one hub, or by its address's first label."""
    known = hubs(of)
    for hub in known:
        if hub.id == name:
            return hub
    meant = [
        hub
        for hub in known
        if name in {hub.community, *(address.split(".")[0] for address in hub.addresses), hub.base_path.strip("/")}
    ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        several = ", ".join(hub.id for hub in meant)
        raise errors.CommonhubError(f"{name} may mean several hubs.", f"Say which: {several}.")
    raise errors.NotFoundError(f"There is no hub {name} in this fleet.", "`commonhub status` lists the hubs there are.")


def url_of(hub: desired.DesiredHub, public: installation.Public) -> str:
    """The hub's public address."""
    parts = urlsplit(public.url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{hub.addresses[0]}{port}{hub.base_path}"


def login_of(of: installation.Installation, hub: desired.DesiredHub, public: installation.Public) -> HubLogin:
    """One hub's login."""
    try:
        kept = hub_folder.login(hub.id, of.where)
    except FileNotFoundError:
        raise errors.UnavailableError(
            f"{hub.id} is not prepared yet.", f"Run `commonhub up {of.fleet}` first."
        ) from None
    return HubLogin(
        hub_id=hub.id,
        title=hub.title,
        url=url_of(hub, public),
        login=kept,
        admins=hub.admins,
        at_portal=hub.login is desired.LoginKind.COMMONHUB,
    )


def all_logins(of: installation.Installation) -> tuple[HubLogin, ...]:
    """Every prepared hub's login, in the order of the fleet."""
    public = installation.public(of.fleet)
    prepared = [hub for hub in hubs(of) if (of.where.hub(hub.id) / "secrets.json").exists()]
    return tuple(login_of(of, hub, public) for hub in prepared)
