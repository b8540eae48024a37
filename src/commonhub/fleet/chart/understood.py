"""All rules together: a hub's settings out of chart values, and chart values out of a hub's settings.

Paths are those of 2i2c's basehub chart, which holds the zero-to-jupyterhub chart under `jupyterhub`.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from commonhub.fleet.chart import companions, logins, pages, rules, servers, storing, turns, upkeep, values

_STAFF: Final = ("jupyterhub", "custom", "2i2c")
_KIND: Final = ("jupyterhub", "hub", "config", "JupyterHub", "authenticator_class")


class _Staff:
    """The list of staff who are added as administrators."""

    def take(self, chart: values.Values, hub: values.Values) -> None:
        added, kind = (values.look(chart, (*_STAFF, key))[1] for key in _STAFF_KEYS)
        if added is True and isinstance(kind, str) and 0 < len(kind) <= turns.LONGEST_WORD:
            hub["staff_admins"] = kind
            for key in _STAFF_KEYS:
                values.drop(chart, (*_STAFF, key))

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        if "staff_admins" in hub:
            for key, value in zip(_STAFF_KEYS, (True, hub["staff_admins"]), strict=True):
                values.put(chart, (*_STAFF, key), value)


_STAFF_KEYS: Final = ("add_staff_user_ids_to_admin_users", "add_staff_user_ids_of_type")


def take(chart: values.Values) -> values.Values:
    """The settings of a hub that these values say. What is understood is taken out of `chart`."""
    hub: values.Values = {}
    for rule in rules_for(kind_of(chart)):
        rule.take(chart, hub)
    return hub


def give(hub: Mapping[str, Any]) -> values.Values:
    """The chart values that a hub's settings stand for, `extra` left aside. What the chart cannot say is left out."""
    chart: values.Values = {}
    for rule in rules_for(_kind_of_hub(hub)):
        try:
            rule.give(hub, chart)
        except ValueError:
            continue
    return chart


def kind_of(chart: Mapping[str, Any]) -> str | None:
    """JupyterHub's short name of the login that the values say; None where we have no word for it."""
    _, name = values.look(chart, _KIND)
    return name if isinstance(name, str) and name in logins.KINDS else None


def _kind_of_hub(hub: Mapping[str, Any]) -> str | None:
    _, ours = values.look(hub, ("login", "kind"))
    return next((name for name, (kind, _) in logins.KINDS.items() if kind == ours), None)


@functools.cache
def rules_for(kind: str | None) -> Sequence[rules.Rule]:
    """All rules where people sign in so, by JupyterHub's short name of it; the order is that in which they take."""
    return (
        rules.same("jupyterhub.hub.config.Authenticator.admin_users", "admins", turns.words),
        _Staff(),
        *(logins.of(kind) if kind else ()),
        logins.Others(kind),
        *storing.RULES,
        *companions.RULES,
        *servers.RULES,
        *servers.VARIABLES,
        *upkeep.RULES,
        *pages.RULES,
        rules.Advanced(),
    )
