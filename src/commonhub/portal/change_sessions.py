"""Whose servers a change touches now, hub by hub: nothing of a plan is hidden from those who may see the hubs."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from commonhub.communities import charters
from commonhub.hubs import models
from commonhub.portal import reader
from commonhub.responsibility.permissions import Permission

STEPS: Final = 50  # hubs that a page names
NAMES: Final = 12  # people of one hub


def steps(who: reader.Reader, plan: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[str], int]]:
    """The steps that a page names, each with the people who have a server there now, and how many more there are."""
    shown = list(plan)[:STEPS]
    hubs = [each["hub"] for each in shown if Permission.HUB_SEE in who.may(charters.place_of(each["hub"]))]
    users: dict[str, list[str]] = {}
    rows = models.ServerRecord.objects.filter(hub_id__in=hubs).order_by("hub_id", "user")
    for hub_id, user in rows.values_list("hub_id", "user").distinct():
        users.setdefault(hub_id, []).append(user)
    found = [(each, users.get(each["hub"], [])) for each in shown]
    return [(each, named[:NAMES], max(0, len(named) - NAMES)) for each, named in found]
