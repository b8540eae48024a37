"""Names of communities and hubs, host names, and the address that a hub gets when nobody chose one."""

import ipaddress
import re
from typing import Final

PATTERN: Final = r"[a-z0-9](-?[a-z0-9]){0,39}"  # two hyphens would be one name with those that join two names
HOST_PATTERN: Final = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HANDLE_PATTERN: Final = r"[a-z][a-z0-9-]{0,30}[a-z0-9]"
HANDLE_RULE: Final = "Use 2 to 32 small letters a-z, digits and hyphens, with a letter first and no hyphen last."
ID_PATTERN: Final = r"[a-z][a-z0-9-]{0,59}"
LONGEST_LABEL: Final = 63  # RFC 1035, 2.3.4
LONGEST_NAME: Final = 40
RULE: Final = "Use 1 to 40 small letters a-z, digits and single hyphens, with a letter or digit first and last."

_NAME: Final = re.compile(PATTERN)
KEPT_HANDLES: Final = frozenset(
    {
        "admin",
        "administrator",
        "commonhub",
        "hub",
        "machine",
        "nobody",
        "operator",
        "root",
        "service",
        "support",
        "system",
    }
)
"""Names of accounts with which a person could pass for the service."""

_HANDLE: Final = re.compile(HANDLE_PATTERN)
_ID: Final = re.compile(ID_PATTERN)
_HOST: Final = re.compile(HOST_PATTERN)
_PLAIN: Final = frozenset({"main", "hub", "prod"})  # a hub so named goes by the name of its community

PACKAGE_SOURCES: Final = ("pypi", "conda-forge", "cran")  # the sources that engines know by a word

# First parts of paths that the portal and the front door keep for themselves where hubs live on paths.
RESERVED_PATHS: Final = frozenset({
    "account", "accounts", "admin", "api", "asks", "audit", "changes", "communities", "docs", "fleet", "health",
    "healthz", "help", "hub", "hubs", "identity", "invitations", "joined", "language", "leaves", "login", "logout",
    "may", "metrics", "notices", "people", "responsibility", "rollouts", "search", "services", "settings", "sign-in",
    "sign-out", "static", "status", "user",
})  # fmt: skip


def is_name(text: str) -> bool:
    """Whether a community or a hub may be called so."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Whether a person's account may be called so."""
    return _HANDLE.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether a role or a responsibility of the model may be called so."""
    return _ID.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Whether this is a host name in small letters, without port."""
    return len(text) <= 253 and _HOST.fullmatch(text) is not None


def is_bare_address(host: str) -> bool:
    """Whether a host is an IP address: no names can be made below it."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def label(community: str, hub: str) -> str:
    """The first part of a hub's default address: `<community>` for its main hub, else `<hub>-<community>`."""
    return community if hub == community or hub in _PLAIN else f"{hub}-{community}"


def nearest_name(text: str) -> str:
    """A permitted name as near as possible to `text`; "x" when nothing of it can stay."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:40].strip("-") or "x"
