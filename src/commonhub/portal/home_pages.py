"""Removing the home of somebody who may not use a hub any more: what goes, the typed name, and taking it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commonhub.communities import finding, models
from commonhub.hubs import homes
from commonhub.portal import access_acts, acts, asking, reader, words
from commonhub.responsibility.permissions import Permission

PART = "homes"  # of the access page
SHOWN = 10  # homes that are to go on the access page, the next ones: each has a form of its own


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, community: str, hub: str, handle: str) -> HttpResponse:
    """Say what goes with a person's home and until when it can be had back; then ask for it."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.HOMES_REMOVE, place)
    of, person = finding.hub(str(place)), finding.person(handle)
    values = {"hub": of.hub_id, "handle": handle}
    if request.method == "POST":
        confirm = asking.plain(request, "confirm")

        def act() -> str:
            told = acts.keeper().ask_room(homes.ROOM, "home.remove", who.asker, values | {"confirm": confirm})
            said = gettext("The files of %(name)s go on %(day)s, unless that is taken back.")
            return said % {"name": person.get_full_name(), "day": words.exact(_until(told))}

        return asking.answered(request, access_acts.page_of(place, PART), act, form=request.path)
    told = acts.keeper().ask_room(homes.ROOM, "home.what-goes", who.asker, values)
    context = {"about": "access", "hub": of, "person": person, "told": told, "until": _until(told)}
    return render(request, "portal/home.html", context)


@require_POST
def keep(request: HttpRequest, community: str, hub: str, handle: str) -> HttpResponse:
    """Take back that a person's home goes."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.HOMES_REMOVE, place)
    person = finding.person(handle)

    def act() -> str:
        acts.keeper().ask_room(homes.ROOM, "home.keep", who.asker, {"hub": str(place), "handle": handle})
        return gettext("The files of %(name)s stay.") % {"name": person.get_full_name()}

    return asking.answered(request, access_acts.page_of(place, PART), act)


def going(hub_id: str) -> dict[str, Any]:
    """What the access page shows of homes that are to go: each with the person, and all their handles."""
    rows = homes.open_rows(hub_id)
    shown = [row.handle for row in rows[:SHOWN]]
    people = models.Person.objects.filter(handle__in=shown).in_bulk(field_name="handle")
    return {
        "homes": [(row, people[row.handle]) for row in rows[:SHOWN] if row.handle in people],
        "more_homes": len(rows) - SHOWN,
        "homes_going": {row.handle for row in rows},
    }


def _until(told: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(told["until"]))
