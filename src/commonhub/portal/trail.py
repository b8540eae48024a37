"""The audit for those whom it concerns: who did what, on what, under which permission, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from commonhub.audit import entries, records
from commonhub.communities import auditing
from commonhub.portal import reader
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import KNOWN, Permission

PAGE = 50  # entries
FIELDS = ("person", "permission", "text", "outcome", "since", "until")


def reads(who: reader.Reader) -> entries.Reader:
    """What somebody may read: their own acts and those about them, and the places whose audit they may see."""
    places = [spot for spot in who.places if who.reaches(Permission.AUDIT_SEE, spot)]
    return entries.Reader(places=tuple(places), person=who.asker.handle)


def search(request: HttpRequest) -> entries.Search:
    """What the address asks for. What makes no sense is left out."""
    values = {name: " ".join(request.GET.get(name, "").replace("\0", " ").split())[:100] for name in FIELDS}
    place = reader.place(request.GET.get("community", ""), request.GET.get("hub", ""))
    until = _day(values["until"])
    return entries.Search(
        place=place,
        person=values["person"],
        permission=values["permission"] if values["permission"] in KNOWN else "",
        text=values["text"],
        outcome=values["outcome"] if values["outcome"] in set(entries.Outcome) else "",
        since=_day(values["since"]),
        until=until + timedelta(days=1) if until else None,
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def query(asked: entries.Search, **more: Any) -> str:
    """The search as what follows an address."""
    until = asked.until - timedelta(days=1) if asked.until else None
    said = {
        "community": asked.place.community,
        "hub": asked.place.hub,
        "person": asked.person,
        "permission": asked.permission,
        "text": asked.text,
        "outcome": asked.outcome,
        "since": f"{asked.since:%Y-%m-%d}" if asked.since else "",
        "until": f"{until:%Y-%m-%d}" if until else "",
    } | more
    return f"?{urlencode({name: value for name, value in said.items() if value})}"


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The newest entries that the reader may read, narrowed by what they ask for."""
    who, asked = reader.of(request), search(request)
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    may_read = reads(who)
    page = records.newest(asked, reader=may_read, before=start, limit=PAGE)
    context = {
        "about": "audit",
        "entries": page.entries,
        "asked": asked,
        "narrowed": asked != entries.Search(),
        "until": asked.until - timedelta(days=1) if asked.until else None,
        "older": query(asked, before=page.older) if page.older else "",
        "newest": query(asked) if start else "",
        "permissions": KNOWN,
        "whole": FLEET in may_read.places,
        "places": sorted(str(place) for place in may_read.places if place != FLEET),
        "exports": exports(who, asked.place),
        "export": query(asked),
        "proof": proof(),
    }
    return render(request, "portal/audit.html", context)


def exports(who: reader.Reader, place: Place) -> bool:
    """Whether the reader may take the audit of this place out."""
    return who.reaches(Permission.AUDIT_EXPORT, place)


def proof() -> Any:
    """The last entry of the chain: how many there are, and since when."""
    return records.head()


@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The entries that were asked for, all pages, as JSON Lines. A POST, because that they were taken out is noted."""
    who = reader.of(request)
    lines = auditing.export(who.asker, search(request), now=who.now)
    response = StreamingHttpResponse(_ended(lines), content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return response


def _ended(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"{line}\n"
