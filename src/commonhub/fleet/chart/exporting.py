"""Chart values of a hub, from what its file and the fleet's defaults say. Pure.

Two layouts: `basehub` is 2i2c's chart, which holds zero-to-jupyterhub below `jupyterhub` and knows homes, Dask and
builds besides; `zero-to-jupyterhub` is that chart alone, for whoever runs one hub without 2i2c's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from commonhub.fleet import desired, fields, usual
from commonhub.fleet.chart import understood, valid, values

_HUB_CONFIG: Final = ("jupyterhub", "hub", "config")
_REACH: Final = ("jupyterhub", "singleuser", "networkPolicy")
_ONLY_BASEHUB: Final = ("2i2c", "homepage", "singleuserAdmin", "daskhubSetup", "binderhubUI")
_AROUND: Final = ("daskhub",)
"""Charts that hold basehub: what an import found around it has no place inside."""

_OURS: Final = {
    "title": "",
    "description": "",
    "extra": "",
    "engine": "",
    "admins": "",
    "staging": "",
    "domains": "",
    "staff_admins": "",
    "access": "Who may use the hub is decided at the portal; there, the groups that sign-in tells decide.",
    "sleep_after": "A hub in a cluster does not sleep: its own programs run all the time.",
    "package_sources": "The chart cannot open package sources by name.",
}
"""Words that are ours alone, and what whoever exports should know of them."""


class Layout(StrEnum):
    """For which chart the values are."""

    BASEHUB = "basehub"
    ZERO_TO_JUPYTERHUB = "zero-to-jupyterhub"


@dataclass(frozen=True, kw_only=True)
class SignOn:
    """How a hub signs people in with their account at the portal: addresses, and the hub's name as a client."""

    authorize: str
    token: str
    about: str
    callback: str
    client: str
    scopes: Sequence[str]
    people: str  # the group of everybody who may use the hub


@dataclass(frozen=True, kw_only=True)
class Export:
    """The values, what they leave out, and what in them the chart's schema refuses."""

    values: values.Values
    notes: tuple[str, ...]
    faults: tuple[str, ...]


def export(
    fleet: Mapping[str, Any],
    hub: Mapping[str, Any],
    *,
    layout: Layout = Layout.BASEHUB,
    sign_on: SignOn | None = None,
) -> Export:
    """The values of a hub, from the keys and values of fleet.yaml and of the hub's own file (both without faults)."""
    said = settings(fleet, hub)
    said.setdefault("interface", desired.DesiredHub.interface)  # the charts have other pages and ages
    said["cull"] = {"max_age": fields.NO_LIMIT} | (said.get("cull") or {})
    given = understood.give(said)
    notes = list(_notes(said, given))
    _close(said, given, notes)
    if sign_on is not None and said.get("login", {}).get("kind", "commonhub") == "commonhub":
        _sign_on(given, sign_on, said.get("login", {}))
        notes.append("Nobody is an administrator by the portal there: give roles to its groups with hub_roles.")
        notes.append("The hub's client secret at the portal stands in no file: give it as a secret of the cluster.")
    made = values.merged(given, {key: one for key, one in said.get("extra", {}).items() if key not in _AROUND})
    if layout is Layout.ZERO_TO_JUPYTERHUB:
        made, more = _alone(made, fleet, hub, said)
        notes += more
    inner = made if layout is Layout.ZERO_TO_JUPYTERHUB else made.get("jupyterhub", {})
    return Export(values=made, notes=tuple(notes), faults=tuple(valid.faults(inner)))


def settings(fleet: Mapping[str, Any], hub: Mapping[str, Any]) -> values.Values:
    """What a hub's file says over the fleet's defaults, in our words."""
    below = usual.left(fleet.get("defaults") or {}, hub)
    said = values.merged(below, hub)
    for whole in (("login",), ("menu",), ("storage", "file_server")):
        there, own = values.look(hub, whole)
        if there:
            values.put(said, whole, values.copied(own))
    _say_login_of_kind(said)
    admins = list(dict.fromkeys([*(below.get("admins") or ()), *(hub.get("admins") or ())]))
    if admins or "admins" in said:
        said["admins"] = admins
    return said


def _say_login_of_kind(said: values.Values) -> None:
    """What the defaults say for the kind of login in use holds below what is said of the login itself."""
    kind = values.look(said, ("login", "kind"))[1]
    others = said.get("other_logins") or []
    for other in others:
        if kind is not None and other["kind"] == kind:
            said["login"] = values.merged(other, said["login"])
    rest = [other for other in others if other["kind"] != kind]
    if rest:
        said["other_logins"] = rest
    else:
        said.pop("other_logins", None)


def _notes(said: Mapping[str, Any], given: values.Values) -> Iterator[str]:
    back = understood.take(values.copied(given))
    for path, _ in values.leaves(said):
        word = _OURS.get(path[0])
        if word is None and path[0] != "login" and path[0] != "egress" and not values.look(back, path)[0]:
            yield f"{values.dotted(path)} has no value in the chart."
    yield from (word for key, word in _OURS.items() if word and key in said)
    if values.look(said, ("storage", "personal_quotas"))[1]:
        yield "Quotas of single people stand outside the fleet: give them in a secret file of values."


def _close(said: Mapping[str, Any], given: values.Values, notes: list[str]) -> None:
    """Say in the chart's words how far servers reach, where the hub or the defaults say it."""
    match said.get("egress"):
        case "none":
            values.put(given, (*_REACH, "enabled"), value=True)
            for rule in ("nonPrivateIPs", "privateIPs", "cloudMetadataServer"):
                values.put(given, (*_REACH, "egressAllowRules", rule), value=False)
            values.put(given, (*_REACH, "egress"), [])
        case "packages":
            notes.append("egress: packages has no value in the chart. Servers reach what the cluster lets them.")


def _sign_on(given: values.Values, sign_on: SignOn, login: Mapping[str, Any]) -> None:
    values.put(given, (*_HUB_CONFIG, "JupyterHub", "authenticator_class"), "generic-oauth")
    own = {
        "client_id": sign_on.client,
        "oauth_callback_url": sign_on.callback,
        "authorize_url": sign_on.authorize,
        "token_url": sign_on.token,
        "userdata_url": sign_on.about,
        "scope": list(sign_on.scopes),
        "username_claim": "preferred_username",
        "login_service": login.get("service", "your account at the portal"),
        "auth_state_groups_key": "oauth_user.groups",
        "allowed_groups": [sign_on.people],
    }
    values.put(given, (*_HUB_CONFIG, "GenericOAuthenticator"), own)
    values.put(given, (*_HUB_CONFIG, "Authenticator", "manage_groups"), value=True)


def _alone(
    made: values.Values, fleet: Mapping[str, Any], hub: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[values.Values, list[str]]:
    """The part of zero-to-jupyterhub by itself, with what 2i2c's chart would have done for it."""
    alone = values.copied(made.get("jupyterhub", {}))
    notes = [f"{key} belongs to 2i2c's chart and is left out." for key in made if key != "jupyterhub"]
    custom = alone.get("custom", {})
    gone = [key for key in _ONLY_BASEHUB if custom.pop(key, None) is not None]
    if not custom:
        alone.pop("custom", None)
    notes += [f"custom.{key} is understood by 2i2c's chart alone and is left out." for key in gone if key != "2i2c"]
    staff = fleet.get("staff", {}).get(said.get("staff_admins", ""), [])
    if staff:
        people = [*said.get("admins", ()), *staff]
        values.put(alone, ("hub", "config", "Authenticator", "admin_users"), list(dict.fromkeys(people)))
    if hub.get("domains") and not values.look(alone, ("ingress", "hosts"))[0]:
        values.put(alone, ("ingress", "hosts"), list(hub["domains"]))
        values.put(alone, ("ingress", "enabled"), value=True)
    return alone, notes
