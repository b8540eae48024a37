"""What a hub and the portal must say alike of signing in. Pure.

The hub's name as a client, where people come back to, the portal's addresses, the groups that carry roles in a hub.
"""

from typing import Final
from urllib.parse import urlsplit

from commonhub.fleet import desired, names

PEOPLE: Final = "people"
"""The group of everybody who may use a hub; nobody else is let in."""
HUB_ADMINISTRATORS: Final = "hub-administrators"
COMMUNITY_REPRESENTATIVES: Final = "community-representatives"
GROUPS_WITH_ROLES: Final = (COMMUNITY_REPRESENTATIVES, HUB_ADMINISTRATORS)
"""Who is in one of these may do more at the hub (`engines/local/hub_roles.py`)."""

# Paths below the portal's address, as django-allauth has them (allauth.idp.oidc.urls).
AUTHORIZE: Final = "/identity/o/authorize"
LOGOUT: Final = "/identity/o/logout"
TOKEN: Final = "/identity/o/api/token"  # noqa: S105 - a path, not a token
USERINFO: Final = "/identity/o/api/userinfo"

SCOPES: Final = ("openid", "profile", "email", "roles")
_BEGINNING: Final = "hub"


def client_id_of(hub_id: str) -> str:
    """The hub's client id at the portal: `reef/main` is `hub.reef.main`. Names hold no dots, so no two are alike."""
    community, _, name = hub_id.partition("/")
    return f"{_BEGINNING}.{community}.{name}"


def hub_of(client_id: str) -> str | None:
    """The hub with this client id; None where it is no hub's."""
    beginning, _, rest = client_id.partition(".")
    community, _, name = rest.partition(".")
    is_hub = beginning == _BEGINNING and names.is_name(community) and names.is_name(name)
    return f"{community}/{name}" if is_hub else None


def callbacks(hub: desired.DesiredHub, portal_url: str) -> tuple[str, ...]:
    """Where the portal may send people back to: one address for each of the hub's own."""
    portal = urlsplit(portal_url)
    port = f":{portal.port}" if portal.port else ""
    return tuple(f"{portal.scheme}://{host}{port}{hub.base_path}hub/oauth_callback" for host in hub.addresses)


def access_page(hub_id: str, portal_url: str) -> str:
    """The page on which a community says who may use the hub, and where people ask for it."""
    return f"{portal_url.rstrip('/')}/hubs/{hub_id}/access"
