"""Which chart values have a word of ours, and how each is said both ways.

Every rule can be turned round: it takes a value out of the chart's values only when giving it back yields the same
value again, digit for digit. So `rebuild(hub)` is what was imported, and what no rule takes is left for `extra`.
Paths are those of 2i2c's basehub chart, which holds the zero-to-jupyterhub chart under `jupyterhub`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from commonhub.fleet import quantities
from commonhub.fleet.importing import values

_CONFIG: Final = ("jupyterhub", "hub", "config")
_USER: Final = ("jupyterhub", "singleuser")
_STAFF: Final = ("jupyterhub", "custom", "2i2c")
_HOMES: Final = "jupyterhub-home-nfs"
_KINDS: Final = {
    "cilogon": ("cilogon", "CILogonOAuthenticator"),
    "github": ("github", "GitHubOAuthenticator"),
    "google": ("google", "GoogleOAuthenticator"),
    "generic-oauth": ("oidc", "GenericOAuthenticator"),
    "tmp": ("temporary", "TmpAuthenticator"),
    "null": ("none", "NullAuthenticator"),
    "shared-password": ("shared-password", "SharedPasswordAuthenticator"),
}

Turn = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class _Same:
    """One chart value and one setting of a hub that mean the same, in other words."""

    chart: values.Path
    hub: values.Path
    ours: Turn  # the chart's value in our words; raises ValueError when there are none
    theirs: Turn

    def take(self, chart: values.Values, hub: values.Values) -> None:
        there, value = values.look(chart, self.chart)
        if not there or values.look(hub, self.hub)[0]:
            return
        try:
            said = self.ours(value)
            same = _same(self.theirs(said), value)
        except ValueError:
            return
        if same:
            values.put(hub, self.hub, said)
            values.drop(chart, self.chart)

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        there, said = values.look(hub, self.hub)
        if there:
            try:
                values.put(chart, self.chart, self.theirs(said))
            except ValueError:
                return


def take(chart: values.Values) -> values.Values:
    """The settings of a hub that these values say. What is understood is taken out of `chart`."""
    hub: values.Values = {}
    for rule in _rules(_kind_of_chart(chart)):
        rule.take(chart, hub)
    _take_pairs(chart, hub)
    return hub


def give(hub: Mapping[str, Any]) -> values.Values:
    """The chart values that a hub's settings stand for, `extra` left aside."""
    chart: values.Values = {}
    for rule in _rules(_kind_of_hub(hub)):
        rule.give(hub, chart)
    _give_pairs(hub, chart)
    return chart


def _same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)  # tells 1 from True and 1.0, and compares what is nested and its order


def _kind_of_chart(chart: Mapping[str, Any]) -> str | None:
    _, name = values.look(chart, (*_CONFIG, "JupyterHub", "authenticator_class"))
    return name if isinstance(name, str) and name in _KINDS else None


def _kind_of_hub(hub: Mapping[str, Any]) -> str | None:
    _, ours = values.look(hub, ("login", "kind"))
    return next((name for name, (kind, _) in _KINDS.items() if kind == ours), None)


# ---- turns: how one value is said in other words ----


def _refuse_unless(fits: bool) -> None:
    if not fits:
        raise ValueError


def _text(value: Any) -> str:
    _refuse_unless(isinstance(value, str) and 0 < len(value) <= 300)
    return str(value)


def _flag(value: Any) -> bool:
    _refuse_unless(isinstance(value, bool))
    return bool(value)


def _texts(value: Any) -> list[str]:
    _refuse_unless(isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= 300 for one in value))
    return list(value)


def _providers(value: Any) -> dict[str, Any]:
    _refuse_unless(isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()))
    return dict(value)


def _path(value: Any) -> str:
    _refuse_unless(isinstance(value, str) and value.startswith("/") and ".." not in value and value.isprintable())
    return str(value)


def _hub_bytes(value: Any) -> Any:
    """JupyterHub reads `1G` as 2**30 bytes, which is `1Gi` here."""
    if value is None:
        return "none"
    if isinstance(value, str):
        _refuse_unless(value[-1:] in {"K", "M", "G", "T"} and quantities.bytes_of(value + "i") is not None)
        return value + "i"
    _refuse_unless(isinstance(value, int) and not isinstance(value, bool) and value > 0)
    return value


def _jupyterhub_bytes(said: Any) -> Any:
    if said == "none":
        return None
    if isinstance(said, str):
        _refuse_unless(said.endswith("i"))
        return said.removesuffix("i")
    return said


def _cluster_bytes(value: Any) -> Any:
    """Kubernetes reads sizes as we do."""
    _refuse_unless(isinstance(value, int | str) and quantities.bytes_of(value) is not None)
    return value


def _cores(value: Any) -> Any:
    if value is None:
        return "none"
    _refuse_unless(isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10_000)
    return value


def _no_cores(said: Any) -> Any:
    return None if said == "none" else said


def _time(value: Any) -> str:
    _refuse_unless(isinstance(value, int) and not isinstance(value, bool) and 0 < value <= quantities.LONGEST)
    return quantities.duration_text(value)


def _seconds(said: Any) -> int | None:
    return quantities.seconds_of(said)


def _age(value: Any) -> str:
    return "none" if value == 0 and not isinstance(value, bool) else _time(value)


def _age_seconds(said: Any) -> int | None:
    return 0 if said == "none" else _seconds(said)


def _gibibytes(value: Any) -> str:
    """The quota enforcer counts in GiB."""
    _refuse_unless(isinstance(value, int) and not isinstance(value, bool) and value > 0)
    return f"{value}Gi"


def _count_of_gibibytes(said: Any) -> int:
    _refuse_unless(isinstance(said, str) and said.endswith("Gi") and said[:-2].isdigit())
    return int(said[:-2])


# ---- the table ----


def _same_words(chart: values.Path, hub: values.Path, turn: Turn) -> _Same:
    return _Same(chart=chart, hub=hub, ours=turn, theirs=lambda said: said)


def _parts(name: str, ours: str) -> list[_Same]:
    rules = []
    for chart_side, our_side in (("requests", "guarantee"), ("limits", "limit")):
        chart, hub = (_HOMES, name, "resources", chart_side), ("storage", "file_server", ours)
        rules.append(_same_words((*chart, "memory"), (*hub, "memory", our_side), _cluster_bytes))
        rules.append(_same_words((*chart, "cpu"), (*hub, "cpu", our_side), _some_cores))
    return rules


def _some_cores(value: Any) -> Any:
    _refuse_unless(value is not None)
    return _cores(value)


def _disk(prefix: str) -> Turn:
    def turn(value: Any) -> str:
        _refuse_unless(isinstance(value, str) and value.startswith(prefix))
        return _text(value)

    return turn


def _organisations() -> list[_Same]:
    chart, rules = ("jupyterhub", "custom", "homepage", "templateVars"), []
    for theirs, ours in (
        ("org", "organisation"),
        *((word, word) for word in ("designed_by", "operated_by", "funded_by")),
    ):
        for key, word in (("name", "name"), ("url", "url"), ("logo_url", "logo")):
            rules.append(
                _same_words((*chart, theirs, key), ("homepage", ours, word), _title if key == "name" else _text)
            )
    return rules


def _title(value: Any) -> str:
    _refuse_unless(isinstance(value, str) and 0 < len(value) <= 200)
    return str(value)


def _fixed_rules() -> list[_Same]:
    rules = [_same_words((*_CONFIG, "Authenticator", "admin_users"), ("admins",), _texts)]
    for side in ("guarantee", "limit"):
        rules.append(
            _Same(
                chart=(*_USER, "memory", side),
                hub=("server", "memory", side),
                ours=_hub_bytes,
                theirs=_jupyterhub_bytes,
            )
        )
        rules.append(_Same(chart=(*_USER, "cpu", side), hub=("server", "cpu", side), ours=_cores, theirs=_no_cores))
    quota = (_HOMES, "quotaEnforcer", "config", "QuotaManager", "hard_quota")
    rules += [
        _same_words((*_USER, "defaultUrl"), ("interface",), _path),
        _Same(chart=quota, hub=("storage", "home_quota"), ours=_gibibytes, theirs=_count_of_gibibytes),
        _Same(chart=("jupyterhub", "cull", "timeout"), hub=("cull", "idle"), ours=_time, theirs=_seconds),
        _Same(chart=("jupyterhub", "cull", "maxAge"), hub=("cull", "max_age"), ours=_age, theirs=_age_seconds),
        _Same(chart=("jupyterhub", "cull", "every"), hub=("cull", "every"), ours=_time, theirs=_seconds),
        *_organisations(),
        # Google's disks and Amazon's are told apart by their names, so one word of ours serves both.
        _Same(chart=(_HOMES, "gke", "volumeId"), hub=_DISK, ours=_disk("projects/"), theirs=_disk("projects/")),
        _Same(chart=(_HOMES, "eks", "volumeId"), hub=_DISK, ours=_disk("vol-"), theirs=_disk("vol-")),
        _same_words(("nfs", "pv", "serverIP"), ("storage", "file_server", "address"), _text),
        *_parts("quotaEnforcer", "quota_enforcer"),
        *_parts("nfsServer", "nfs_server"),
        *_parts("nodeExporter", "node_exporter"),
        *_parts("autoResizer", "auto_resizer"),
    ]
    return rules


_DISK: Final = ("storage", "file_server", "disk")
_FIXED: Final = tuple(_fixed_rules())


def _rules(kind: str | None) -> Sequence[_Same]:
    if kind is None:
        return _FIXED
    ours, section = _KINDS[kind]
    own = (*_CONFIG, section)
    everyone = own if kind == "google" else (*_CONFIG, "Authenticator")
    said: list[tuple[values.Path, str, Turn]] = [
        ((*own, "allowed_idps"), "identity_providers", _providers),
        ((*own, "allowed_organizations"), "organizations", _texts),
        ((*own, "allowed_hosted_domains"), "domains", _texts),
        ((*own, "username_claim"), "username_claim", _text),
        ((*own, "strip_domain"), "strip_domain", _flag),
        ((*own, "scope"), "scope", _texts),
        ((*own, "login_service"), "service", _text),
        ((*everyone, "allow_all"), "everyone", _flag),
        ((*_CONFIG, "Authenticator", "allowed_users"), "people", _texts),
        ((*_CONFIG, "Authenticator", "allow_existing_users"), "known_people", _flag),
    ]
    kind_rule = _Same(
        chart=(*_CONFIG, "JupyterHub", "authenticator_class"),
        hub=("login", "kind"),
        ours=lambda _: ours,
        theirs=lambda _: kind,
    )
    return (kind_rule, *(_same_words(chart, ("login", word), turn) for chart, word, turn in said), *_FIXED)


# ---- two chart values that are one word of ours ----


def _take_pairs(chart: values.Values, hub: values.Values) -> None:
    image = values.look(chart, (*_USER, "image"))[1]
    if isinstance(image, dict) and set(image) == {"name", "tag"}:
        name, tag = image["name"], image["tag"]
        plain = isinstance(name, str) and isinstance(tag, str) and tag and ":" not in tag and "/" not in tag
        if plain and len(name) + len(tag) < 300:
            values.put(hub, ("server", "image"), f"{name}:{tag}")
            values.drop(chart, (*_USER, "image"))
    kept = [values.look(chart, path)[1] for path in _KEPT]
    if kept in ([True, True], [False, False]) and all(isinstance(one, bool) for one in kept):
        hub["storage"] = {"homes": "kept" if kept[0] else "temporary"} | hub.get("storage", {})
        for path in _KEPT:
            values.drop(chart, path)
    added, kind = (values.look(chart, (*_STAFF, key))[1] for key in _STAFF_KEYS)
    if added is True and isinstance(kind, str) and kind:
        hub["staff_admins"] = kind
        for key in _STAFF_KEYS:
            values.drop(chart, (*_STAFF, key))


_KEPT: Final = (("nfs", "enabled"), ("nfs", "pv", "enabled"))
_STAFF_KEYS: Final = ("add_staff_user_ids_to_admin_users", "add_staff_user_ids_of_type")


def _give_pairs(hub: Mapping[str, Any], chart: values.Values) -> None:
    there, image = values.look(hub, ("server", "image"))
    if there and ":" in image:
        name, _, tag = image.rpartition(":")
        values.put(chart, (*_USER, "image"), {"name": name, "tag": tag})
    there, homes = values.look(hub, ("storage", "homes"))
    if there:
        for path in _KEPT:
            values.put(chart, path, homes == "kept")
    if "staff_admins" in hub:
        for key, value in zip(_STAFF_KEYS, (True, hub["staff_admins"]), strict=True):
            values.put(chart, (*_STAFF, key), value)
