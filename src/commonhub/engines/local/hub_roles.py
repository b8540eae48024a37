"""What may be done inside a hub, in JupyterHub's own scopes: by the culler, by the keeper, and by groups of people. Pure.

Some scopes open more than their names say, on JupyterHub 6.1 (seen on a running hub): `admin:users` shows everybody's
tokens at the portal, `delete:users` removes administrators, `groups` without a filter leads into any role, and
`admin:groups` makes and removes the groups themselves. People get none of these.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from commonhub.engines import probing, sign_on
from commonhub.fleet import desired

# What jupyterhub-idle-culler's README asks for, and no more.
CULLER_SCOPES: Final = ("list:users", "read:users:activity", "read:servers", "delete:servers")

KEEPER: Final = "commonhub"
"""The keeper as a service of the hub."""
KEEPER_SCOPES: Final = (
    "list:users",  # who is marked as JupyterHub's administrator
    "delete:users",  # a person whose access ends
    "read:servers",
    "start:servers",
    "delete:servers",
    "shares",  # one server opened for one person, for a time; JupyterHub asks that the giver may open it
    *(f"groups!group={group}" for group in sign_on.GROUPS_WITH_ROLES),
    # The guests of a probe, where they cannot sign in by themselves, and nobody else.
    *(f"{scope}!user={guest}" for guest in probing.GUESTS for scope in ("admin:users", "tokens")),
)

ADMINISTRATOR_SCOPES: Final = (
    "admin-ui",
    "list:users",
    "read:users",
    "read:servers",
    "start:servers",
    "delete:servers",
    "list:groups",
    "read:groups",
    "read:hub",
    "read:roles:users",
    "read:roles:groups",
)
REPRESENTATIVE_SCOPES: Final = (
    "admin-ui",
    "list:users",
    "read:users",
    "read:servers",
    "list:groups",
    "read:groups",  # the panel's page of groups fails without the members of each
    f"groups!group={sign_on.HUB_ADMINISTRATORS}",  # how a representative names a Hub Administrator in the panel
)

Role = Mapping[str, object]


def _services() -> Sequence[Role]:
    return (
        {"name": "culler", "services": ["culler"], "scopes": list(CULLER_SCOPES)},
        {"name": KEEPER, "services": [KEEPER], "scopes": list(KEEPER_SCOPES)},
    )


def _people() -> Sequence[Role]:
    administrators, representatives = sign_on.HUB_ADMINISTRATORS, sign_on.COMMUNITY_REPRESENTATIVES
    return (
        {"name": administrators, "groups": [administrators], "scopes": list(ADMINISTRATOR_SCOPES)},
        {"name": representatives, "groups": [representatives], "scopes": list(REPRESENTATIVE_SCOPES)},
    )


def roles(hub: desired.DesiredHub) -> Sequence[Role]:
    """The hub's `load_roles`; groups have roles only where the portal says who is in them."""
    return (*_services(), *_people()) if hub.login is desired.LoginKind.COMMONHUB else _services()
