"""The same values said plainly: what stands at an odd place, or has no effect there, before our words are looked for.

Each step keeps what the hub sees. What was done is told in words, so that people can check it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from commonhub.fleet.chart import logins, understood, values

_CONFIG: Final = ("jupyterhub", "hub", "config")
_USER: Final = ("jupyterhub", "singleuser")
_STAFF: Final = ("jupyterhub", "custom", "2i2c")
_PROFILES: Final = (*_USER, "profileList")
# KubeSpawner sets what stands here on itself and has no setting of this name, so it does nothing.
_UNKNOWN_TO_SPAWNER: Final = ("default",)
# What the chart's own program sets from its values before it reads the hub's configuration.
_DOUBLES: Final = (
    (("JupyterHub", "concurrent_spawn_limit"), ("jupyterhub", "hub", "concurrentSpawnLimit")),
    (("JupyterHub", "active_server_limit"), ("jupyterhub", "hub", "activeServerLimit")),
    (("JupyterHub", "allow_named_servers"), ("jupyterhub", "hub", "allowNamedServers")),
    (("JupyterHub", "named_server_limit_per_user"), ("jupyterhub", "hub", "namedServerLimitPerUser")),
    (("JupyterHub", "redirect_to_server"), ("jupyterhub", "hub", "redirectToServer")),
    (("JupyterHub", "shutdown_on_logout"), ("jupyterhub", "hub", "shutdownOnLogout")),
)
# Mappings by name that are empty in zero-to-jupyterhub's own values: nothing is taken away from them by a null.
_BY_NAME: Final = (
    (*_USER, "nodeSelector"),
    (*_USER, "extraEnv"),
    (*_USER, "extraFiles"),
    (*_USER, "extraAnnotations"),
    ("jupyterhub", "hub", "extraConfig"),
    ("jupyterhub", "hub", "extraEnv"),
    ("jupyterhub", "hub", "extraFiles"),
    ("jupyterhub", "hub", "annotations"),
    ("jupyterhub", "hub", "loadRoles"),
    ("jupyterhub", "hub", "services"),
)


@dataclass(kw_only=True)
class Plain:
    """Values said plainly, and what was changed for it."""

    values: values.Values
    changed: list[str] = field(default_factory=list)


def plainly(chart: Mapping[str, Any], base: Mapping[str, Any]) -> Plain:
    """`chart` (to be laid over the chart's own values `base`) with the same meaning and no odd places. Pure."""
    plain = Plain(values=values.copied(chart))
    _move_settings_of_login(plain, base)
    _move_doubles(plain, base)
    _drop_staff_without_effect(plain, base)
    _drop_empty(plain, base)
    for number, profile in enumerate(_list(values.look(plain.values, _PROFILES)[1])):
        _say_profile_plainly(plain, profile, f"profile {number + 1}")
    return plain


def _move_settings_of_login(plain: Plain, base: Mapping[str, Any]) -> None:
    """A setting of a class holds for the classes below it: said at one place of them all, it may stand at ours."""
    kind = understood.kind_of(plain.values)
    if kind is None:
        return
    section = logins.KINDS[kind][1]
    whole = values.over_defaults(base, plain.values)
    parents = logins.PARENTS if kind not in logins.NO_OAUTH else logins.PARENTS[-1:]
    for setting in (*logins.GENERAL, *logins.OWN):
        places = [name for name in (section, *parents) if values.look(whole, (*_CONFIG, name, setting))[0]]
        wanted = logins.home_of(setting, section)
        if len(places) != 1 or places[0] == wanted:
            continue
        path = (*_CONFIG, places[0], setting)
        there, value = values.look(plain.values, path)
        if not there or value is None or values.look(base, path)[0]:
            continue
        values.drop(plain.values, path)
        values.put(plain.values, (*_CONFIG, wanted, setting), value)
        plain.changed.append(f"{places[0]}.{setting} is said as {wanted}.{setting}, which means the same here.")


def _move_doubles(plain: Plain, base: Mapping[str, Any]) -> None:
    """A setting that the chart has a value for may also stand in the hub's own configuration, which wins."""
    for setting, place in _DOUBLES:
        path = (*_CONFIG, *setting)
        there, value = values.look(plain.values, path)
        taken = values.look(plain.values, place)[0] or values.look(base, path)[0]
        if there and value is not None and not taken:
            values.drop(plain.values, path)
            values.put(plain.values, place, value)
            plain.changed.append(f"{values.dotted(setting)} is said as {values.dotted(place)}, which means the same.")


def _drop_staff_without_effect(plain: Plain, base: Mapping[str, Any]) -> None:
    added, kind = (*_STAFF, "add_staff_user_ids_to_admin_users"), (*_STAFF, "add_staff_user_ids_of_type")
    whole = values.over_defaults(base, plain.values)
    if values.look(whole, added)[1] is not True and isinstance(values.look(plain.values, kind)[1], str):
        values.drop(plain.values, kind)
        plain.changed.append(f"{kind[-1]} has no effect, because staff are not added: left out.")


def _drop_empty(plain: Plain, base: Mapping[str, Any]) -> None:
    for place in _BY_NAME:
        there, found = values.look(plain.values, place)
        if there and found == {} and isinstance(found, dict):
            values.drop(plain.values, place)
            plain.changed.append(f"{values.dotted(place)} is empty and adds nothing: left out.")
        for name, value in list(found.items()) if isinstance(found, dict) else ():
            if value is None and not values.look(base, (*place, name))[0]:
                values.drop(plain.values, (*place, name))
                plain.changed.append(f"{values.dotted(place)}.{name} takes away what is not there: left out.")


def _say_profile_plainly(plain: Plain, profile: Any, where: str) -> None:
    for choice in (profile, *_choices(profile)):
        override = choice.get("kubespawner_override") if isinstance(choice, dict) else None
        if not isinstance(override, dict):
            continue
        for name in _UNKNOWN_TO_SPAWNER:
            if name in override:
                del override[name]
                plain.changed.append(f"{where}: kubespawner_override.{name} has no effect: left out.")
        if not override:
            del choice["kubespawner_override"]
            plain.changed.append(f"{where}: an empty kubespawner_override is left out.")


def _choices(profile: Any) -> Iterator[Any]:
    options = profile.get("profile_options") if isinstance(profile, dict) else None
    for option in options.values() if isinstance(options, dict) else ():
        choices = option.get("choices") if isinstance(option, dict) else None
        yield from choices.values() if isinstance(choices, dict) else ()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
