"""What the proxy's table may hold, and which part of it one hub may name. Pure.

configurable-http-proxy keeps its table by decoded path, without a closing slash; with host routing the host
is the path's first part. A hub of its own says `/user/ann/`; the proxy's table says `/reef.localhost/user/ann`.
All specs here are decoded: whoever takes them from a URL decodes exactly once before asking.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from commonhub.ground import errors

MAX_SPEC = 2000  # characters; a user's name of 255, quoted and with a server's name, is far below
DOOR_SPEC = "/"  # the proxy's default target; there as long as the proxy runs
PROXY_OWN_DATA = frozenset({"target", "host", "last_activity"})  # what the proxy itself writes beside a route's data

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)*")
_PATH_PART = re.compile(r"[a-z0-9](?:[a-z0-9\-_]*[a-z0-9])?")
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs"})  # control characters and halves of characters
# Still encoded after one decoding: a later reader might decode again and see another path.
_ENCODED_AGAIN = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One line of the proxy's table: requests below `spec` go to `target`; `data` is kept for who asked."""

    spec: str
    target: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What has to be done to the proxy's table: first `add` (which also replaces), then `delete`."""

    add: tuple[Route, ...]
    delete: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Territory:
    """What one hub may name in the proxy's table, and where the door finds it.

    With host routing: its `hosts`, each wholly, or below `base_path`. With path routing: no hosts, and
    everything below `base_path` under whatever host. Raises CommonhubError when that would be everything.
    """

    hosts: tuple[str, ...]
    base_path: str = "/"

    def __post_init__(self) -> None:
        """Refuse a territory that is malformed or has no border."""
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise errors.CommonhubError(
                    f"'{host[:80]}' is not a host name in lower case.",
                    "Write it with letters, digits, hyphens and dots.",
                )
        parts = self.base_path.strip("/").split("/") if self.base_path != "/" else []
        if self.base_path != "/" + "".join(f"{part}/" for part in parts) or not all(map(_PATH_PART.fullmatch, parts)):
            raise errors.CommonhubError(f"'{self.base_path[:80]}' is not a base path.", "Write it like /reef/.")
        if not self.hosts and not parts:
            raise errors.CommonhubError(
                "A hub without a host name and without a path of its own would own every address.",
                "Give the hub an address or a base path.",
            )

    def proxied(self, spec: str) -> tuple[str, ...]:
        """The proxy's specs for one of the hub's own; raises RefusedError for what is not the hub's to name."""
        clean = self._checked(spec)
        if not self.hosts:
            return (clean,)
        return tuple(f"/{host}{clean}".rstrip("/") for host in self.hosts)

    def routes(self, spec: str, target: str, data: Mapping[str, object] | None = None) -> tuple[Route, ...]:
        """The proxy's routes for one of the hub's own, one for each of its hosts."""
        return tuple(Route(spec=each, target=target, data=dict(data or {})) for each in self.proxied(spec))

    def own(self, proxied: str) -> str | None:
        """The hub's own spec (with a closing slash, as JupyterHub writes it) for one of the proxy's; None for a foreign one."""
        path = proxied
        if self.hosts:
            host, _, rest = proxied.removeprefix("/").partition("/")
            if not proxied.startswith("/") or host not in self.hosts:
                return None
            path = f"/{rest}"
        whole = path if path.endswith("/") else f"{path}/"
        return whole if whole.startswith(self.base_path) else None

    def _checked(self, spec: str) -> str:
        problem = _problem(spec)
        if problem:
            raise errors.RefusedError(
                f"This route cannot be named: {problem}.", "Name a path of the hub, like /user/ann/."
            )
        whole = spec if spec.endswith("/") else f"{spec}/"
        if not whole.startswith(self.base_path):
            raise errors.RefusedError(
                "This route lies outside the hub's own address.", f"Name a path that starts with {self.base_path}."
            )
        return whole.rstrip("/") or "/"


@dataclass(frozen=True, kw_only=True)
class AddressBook:
    """Which hub lives at which address: exact names only, made anew when the fleet changes.

    `portal_hosts` are the portal's; None says that the portal has every host (path routing).
    """

    territories: Mapping[str, Territory]
    portal_hosts: frozenset[str] | None = frozenset()
    _table: dict[tuple[str, str], str] = field(init=False, repr=False, compare=False)
    _depths: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Turn the book into one table by (host, base path); "" stands for any host."""
        table = {
            (host, territory.base_path): hub_id
            for hub_id, territory in self.territories.items()
            for host in (territory.hosts or ("",))
        }
        object.__setattr__(self, "_table", table)
        depths = {path.count("/") - 1 for _, path in table}
        object.__setattr__(self, "_depths", tuple(sorted(depths, reverse=True)))

    def find(self, host: str, path: str) -> str | None:
        """The hub that lives at this address, None where there is none. `host` in lower case without port."""
        parts = path.split("/")[1:]
        for depth in self._depths:
            base = "/" + "".join(f"{part}/" for part in parts[:depth])
            found = self._table.get((host, base)) or self._table.get(("", base))
            if found is not None:
                return found
        return None

    def is_portal(self, host: str) -> bool:
        """Whether the portal answers under this host."""
        return self.portal_hosts is None or host in self.portal_hosts


def difference(wanted: Iterable[Route], found: Mapping[str, Route]) -> Difference:
    """What to do so that the proxy's table, `found`, holds the `wanted` routes and no other.

    The keeper owns the whole table, so what it does not want is deleted; only the proxy's default target stays.
    """
    table = {route.spec: route for route in wanted}
    add = tuple(route for spec, route in table.items() if spec not in found or not _same(route, found[spec]))
    delete = tuple(sorted(spec for spec in found if spec not in table and spec != DOOR_SPEC))
    return Difference(add=add, delete=delete)


def _same(one: Route, other: Route) -> bool:
    return one.target == other.target and _plain(one.data) == _plain(other.data)


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if key not in PROXY_OWN_DATA}


def _problem(spec: str) -> str:
    if not spec.startswith("/"):
        return "it does not start with a slash"
    if len(spec) > MAX_SPEC:
        return "it is too long"
    parts = spec[1:].removesuffix("/").split("/") if spec != "/" else []
    if any(part in {"", ".", ".."} for part in parts):
        return "it has an empty part or dots for a part"
    if "\\" in spec or any(unicodedata.category(character) in _UNSAFE_CATEGORIES for character in spec):
        return "it has a backslash or a control character"
    if _ENCODED_AGAIN.search(spec):
        return "it holds an encoded dot, slash or zero"
    return ""
