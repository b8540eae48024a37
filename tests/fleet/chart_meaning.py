"""What chart values mean, written a second time and without the rules' own code, so that both can be held together.

Quantities are bytes and cores, null and absent are the same, settings of a login are looked up as traitlets does it,
and a list of choices is what people see.
"""

import re

UNITS = {"": 1, "k": 10**3, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
KUBERNETES = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
BY_JUPYTERHUB = re.compile(r"(singleuser\.memory\.(limit|guarantee)|mem_limit|mem_guarantee)$")
BY_KUBERNETES = re.compile(r"((limits|requests)\.(memory|cpu)|sizeLimit|pvc\.storage|(memory|cores)\.(request|limit))$")
CLASSES = {
    "cilogon": ["CILogonOAuthenticator", "OAuthenticator", "Authenticator"],
    "github": ["GitHubOAuthenticator", "OAuthenticator", "Authenticator"],
    "google": ["GoogleOAuthenticator", "OAuthenticator", "Authenticator"],
    "generic-oauth": ["GenericOAuthenticator", "OAuthenticator", "Authenticator"],
    "tmp": ["TmpAuthenticator", "Authenticator"],
    "null": ["NullAuthenticator", "Authenticator"],
    "shared-password": ["SharedPasswordAuthenticator", "Authenticator"],
}

DOUBLES = {
    "concurrent_spawn_limit": "concurrentSpawnLimit",
    "active_server_limit": "activeServerLimit",
    "allow_named_servers": "allowNamedServers",
    "named_server_limit_per_user": "namedServerLimitPerUser",
    "redirect_to_server": "redirectToServer",
    "shutdown_on_logout": "shutdownOnLogout",
}


def over(below, above):
    """A chart's own values with a hub's over them; a null takes away."""
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = over(result[key] if isinstance(result.get(key), dict) else {}, value)
        else:
            result[key] = value
    return result


def quantity(text, units):
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        return text
    found = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(text))
    if found and found[2] == "m":
        return float(found[1]) / 1000
    return float(found[1]) * units[found[2]] if found and found[2] in units else text


def at(values, *path):
    """What stands at a place; None where nothing does, or the way there is no mapping."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def login(config):
    """Each setting of the login in use, as its class would find it; sections of other classes as they are."""
    kind = at(config, "JupyterHub", "authenticator_class")
    classes = CLASSES.get(kind, []) if isinstance(kind, str) else []
    effective = {}
    for name in reversed(classes):
        if isinstance(config.get(name, {}), dict):
            effective |= config.get(name, {})
    return {key: value for key, value in config.items() if key not in classes} | {"the login": effective}


def meaning(values):
    """The values as the hub sees them."""
    hub, custom = at(values, "jupyterhub", "hub"), at(values, "jupyterhub", "custom")
    if isinstance(at(hub, "config"), dict):
        values = values | {
            "jupyterhub": values["jupyterhub"] | {"hub": doubles(hub | {"config": login(hub["config"])})}
        }
    staff = at(custom, "2i2c")
    if isinstance(staff, dict) and staff.get("add_staff_user_ids_to_admin_users") is not True:
        staff = {key: one for key, one in staff.items() if key != "add_staff_user_ids_of_type"}
        values = values | {"jupyterhub": values["jupyterhub"] | {"custom": custom | {"2i2c": staff}}}
    return seen(values, "")


def doubles(hub):
    """The chart's program sets these from its values first, and from the hub's configuration after that."""
    given = at(hub, "config", "JupyterHub")
    for ours, theirs in DOUBLES.items():
        if isinstance(given, dict) and ours in given:
            hub = hub | {theirs: given[ours]}
            given = {key: one for key, one in given.items() if key != ours}
            hub = hub | {"config": hub["config"] | {"JupyterHub": given}}
    return hub


def seen(value, path):
    if isinstance(value, dict):
        kept = {key: seen(one, f"{path}.{key}") for key, one in value.items()}
        if path.endswith("kubespawner_override"):
            kept.pop("default", None)  # KubeSpawner has no setting of this name
            return kept  # here null means "no limit", which is not the same as nothing
        return {key: one for key, one in kept.items() if one is not None and one != {}}
    if isinstance(value, list):
        return [seen(one, path) for one in value]
    if BY_JUPYTERHUB.search(path):
        return quantity(value, UNITS)
    if BY_KUBERNETES.search(path):
        return quantity(value, KUBERNETES)
    return value


def differences(one, other, path=""):
    """Where two meanings differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys(), key=str):
            yield from differences(one.get(key, "(absent)"), other.get(key, "(absent)"), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}.{number}")
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield path, one, other
