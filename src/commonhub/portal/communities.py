"""One community: who carries what in it, how well, what is agreed on, its hubs, and what happened."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commonhub.communities import agreements, coverage_facts, coverage_history, finding, models
from commonhub.hubs import models as hub_models
from commonhub.portal import (
    appointing,
    changes,
    charter_picture,
    coverage_picture,
    hub_table,
    listing,
    noting,
    page,
    persons,
    reader,
    summary,
    words,
)
from commonhub.responsibility import coverage, deciding
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.model import Share, Side
from commonhub.responsibility.permissions import Permission

EVENTS = 20  # the newest
FINDINGS = 6  # kinds of gap before the rest is folded


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A community as coverage finds it this moment."""

    charter: deciding.Charter
    coverage: coverage.Coverage
    picture: charter_picture.Picture


def judge(community: models.Community, who: reader.Reader) -> Judged:
    """Look at one community's hubs and people now, and draw it."""
    gathered = coverage_facts.gather(now=who.now, communities=[community.name])
    found = coverage.cover(gathered.charter, gathered.facts)
    place = Place(community=community.name)
    return Judged(
        charter=gathered.charter,
        coverage=found,
        picture=charter_picture.draw(gathered.charter, found, place, community.title),
    )


@require_safe
def view(request: HttpRequest, community: str) -> HttpResponse:
    """The community's page."""
    who, place = reader.of(request), reader.place(community)
    who.need(Permission.COMMUNITY_SEE, place)
    of = finding.community(community)
    judged = judge(of, who)
    may = who.may(place)
    context = (
        {
            "about": "community",
            "community": of,
            "place": place,
            "may": may,
            "signs": {side for side in Side if who.signs_for(side, place)},
            "clock": persons.there(of.time_zone, who.now),
            "picture": judged.picture,
            "score": judged.picture.account.score,
            "bars": coverage_picture.bars(judged.picture.account),
            "history": history(place, who),
            "gaps": gaps(place),
            "people": people(judged.charter, place, who, may),
            "offered": appointing.offered(judged.charter.model, may),
            "changes": changes.near(who, place),
            "noting": noting.choices(judged.charter, place, who.asker.handle),
        }
        | agreement(of, judged.charter)
        | hubs(request, community, who)
    )
    return render(request, "portal/community.html", context)


@require_safe
def responsibility(request: HttpRequest, community: str) -> HttpResponse:
    """The picture and its table alone: the page that a community shows its dean."""
    who, place = reader.of(request), reader.place(community)
    who.need(Permission.COMMUNITY_SEE, place)
    of = finding.community(community)
    judged = judge(of, who)
    standing = agreements.standing(of)
    context = {
        "about": "community",
        "community": of,
        "picture": judged.picture,
        "score": judged.picture.account.score,
        "standing": standing,
        "signed": [standing.signed[side] for side in Side if side in standing.signed],
    }
    return render(request, "portal/community_responsibility.html", context)


def history(place: Place, who: reader.Reader) -> coverage_picture.History | None:
    """The number over the last months."""
    return coverage_picture.history(
        coverage_picture.Point(day=row.day, done=row.done, of=row.of)
        for row in coverage_history.history(place, now=who.now)
    )


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Findings of one kind about one responsibility: the first in words, and the others that are like it."""

    first: models.Finding
    others: tuple[models.Finding, ...]


def gaps(place: Place) -> dict[str, Any]:
    """What is amiss, like with like, so that one thing that ails many does not hide the rest."""
    rows = sorted(coverage_history.amiss(place), key=_kind)
    found = [Gap(first=first, others=tuple(others)) for first, *others in (list(g) for _, g in _grouped(rows))]
    return {"shown": found[:FINDINGS], "folded": found[FINDINGS:], "number": len(rows)}


def _kind(row: models.Finding) -> tuple[str, str]:
    return (row.kind, row.responsibility if row.kind in {"nobody", "nobody-awake"} else "")


def _grouped(rows: Iterable[models.Finding]) -> "itertools.groupby[tuple[str, str], models.Finding]":
    return itertools.groupby(rows, key=_kind)


def people(
    charter: deciding.Charter, place: Place, who: reader.Reader, may: frozenset[Permission]
) -> list[dict[str, Any]]:
    """Those in roles at this community and its hubs, then those of the whole fleet."""
    rows = models.Appointment.objects.filter(community__in=["", place.community])
    zones = dict(
        models.Person.objects.filter(handle__in=[row.handle for row in rows]).values_list("handle", "time_zone")
    )
    order = list(charter.model.role_by_id)
    shown = []
    for row in sorted(rows, key=lambda row: (not row.community, order.index(row.role) if row.role in order else 99)):
        holds = (row.since is None or row.since <= who.now) and (row.until is None or who.now < row.until)
        if not holds or row.role not in charter.model.role_by_id:
            continue
        role = charter.model.role_by_id[row.role]
        zone = zones.get(row.handle) or row.time_zone
        named = charter.assignments.person(row.handle).name
        shown.append(
            {
                "row": row,
                "role": role,
                "name": named if row.named else row.name or row.handle,
                "zone": zone,
                "clock": persons.there(zone, who.now),
                "ends": bool(row.community) and any(power in may for power in role.appointed_with),
                "me": row.named and row.handle == who.asker.handle,
            }
        )
    return shown


def agreement(of: models.Community, charter: deciding.Charter) -> dict[str, Any]:
    """What is agreed on, and how far it has come."""
    standing = agreements.standing(of)
    titles = {duty.id: duty.title for duty in charter.model.responsibilities}
    return {
        "standing": standing,
        "text": agreements.text(of, charter.model),
        "signed": [standing.signed[side] for side in Side if side in standing.signed],
        "versions": [each for each in agreements.versions(of) if each.version != of.version],
        "departures": [each | {"title": titles.get(each["responsibility"], "")} for each in of.departures],
        "duties": [
            duty for duty in charter.model.responsibilities if not charter.model.area_by_id[duty.area].without_roles
        ],
        "shares": list(Share),
    }


def hubs(request: HttpRequest, community: str, who: reader.Reader) -> dict[str, Any]:
    """The community's hubs that the reader may see, what happened to them, and the names of the others."""
    there = list(hub_models.HubRecord.objects.filter(community=community).defer("settings"))
    shown = [hub for hub in there if Permission.HUB_SEE in who.may(reader.place(community, hub.name))]
    titles = {hub.hub_id: hub.title for hub in shown}
    rows = hub_models.HubRecord.objects.filter(hub_id__in=titles)
    asked = listing.Listing(order="hub", fresh=bool(request.GET.get("fresh")))
    events = hub_models.HubEvent.objects.filter(hub_id__in=titles)[:EVENTS]
    return {
        "sentence": summary.community_sentence(summary.of(rows)) if shown else "",
        "failed": [hub for hub in shown if hub.state == words.State.FAILED],
        "groups": hub_table.groups(shown, asked) if shown else (),
        "columns": hub_table.columns(asked),
        "hub_names": [(hub.name, hub.title) for hub in there],
        "seen_names": [(hub.name, hub.title) for hub in shown],
        "other_titles": [hub.title for hub in there if hub.hub_id not in titles],
        "fixed_order": True,
        "events": [(event, titles[event.hub_id]) for event in events],
        "stale": page.stale(min(hub.seen for hub in shown), who.now) if shown else "",
        "fresh": asked.fresh,
        "fresh_url": "?" if asked.fresh else "?fresh=10",
    }
