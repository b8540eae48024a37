"""The fleet at a glance, and the same list as a file."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from commonhub.ground import clock
from commonhub.hubs import models
from commonhub.portal import changes, hub_table, listing, page, picture, reader, summary, words
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission

EXPORT = ("hub", "community", "title", "state", "since", "people", "memory_bytes", "last_activity", "address")


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """Where am I, how is it, what can I do next; then every hub."""
    reader.of(request).need(Permission.FLEET_SEE, FLEET)
    asked = listing.read(request.GET.dict(), tuple(words.STATES))
    fleet = models.FleetRecord.objects.first()
    counted = summary.of(models.HubRecord.objects.all())
    communities = (
        models.HubRecord.objects.exclude(state=words.State.RETIRED).order_by().values("community").distinct().count()
    )
    rows = hub_table.page(asked)
    parts = list(models.PartRecord.objects.all())
    memory = fleet.memory if fleet and fleet.memory else counted.memory
    context: dict[str, Any] = {
        "about": "fleet",
        "fleet": fleet,
        "summary": counted,
        "sentence": summary.fleet_sentence(counted, communities=communities, memory=memory),
        "advice": advice(fleet, counted),
        "stale": page.stale(fleet.seen if fleet else None, clock.system_clock()),
        "picture": picture.draw(counted.standing),
        "legend": legend(counted, asked),
        "view": asked,
        "rows": rows,
        "groups": hub_table.groups(rows, asked),
        "columns": hub_table.columns(asked),
        "parts": parts,
        "states": [(code, words.state(code)) for code in words.STATES],
        "before": asked.on_page(rows.previous_page_number()) if rows.has_previous() else "",
        "after": asked.on_page(rows.next_page_number()) if rows.has_next() else "",
        "fresh": asked.fresh,
        "fresh_url": asked.refreshed(fresh=not asked.fresh),
    }
    return render(request, "portal/fleet.html", context)


def advice(fleet: models.FleetRecord | None, counted: summary.Summary) -> list[page.Advice]:
    """What asks for an act now, the most urgent first; one calm sentence where nothing does."""
    found = changes.warnings()
    faults = [fault for fault in (fleet.faults if fleet else []) if not fault.get("warning")]
    if faults:
        sentence = ngettext(
            "Mend %(number)s fault of the newest commit.",
            "Mend %(number)s faults of the newest commit.",
            len(faults),
        )
        found.append(page.Advice(sentence=sentence % {"number": len(faults)}, url="#faults", urgent=True))
    failed = counted.states.get(words.State.FAILED, 0)
    if failed:
        sentence = ngettext("Look at the hub that failed.", "Look at the %(number)s hubs that failed.", failed)
        url = listing.Listing(state=words.State.FAILED).query()
        found.append(page.Advice(sentence=sentence % {"number": words.grouped(failed)}, url=f"{url}#hubs", urgent=True))
    if not found and counted.hubs:
        found.append(
            page.Advice(sentence=gettext("Nothing asks for an act. Sleeping hubs wake with their first visitor."))
        )
    return found


def legend(counted: summary.Summary, asked: listing.Listing) -> list[tuple[str, str, str, bool]]:
    """The states that occur: code, words with the count, the address of the list narrowed to it, and whether it is."""
    return [
        (
            code,
            f"{words.grouped(count)} {words.state(code)}",
            asked.with_state("" if code == asked.state else code),
            code == asked.state,
        )
        for code, count in counted.states.items()
        if count
    ]


class _Line:
    """What csv writes to: hands each line on."""

    def write(self, text: str) -> str:
        return text


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as shown, all pages, as CSV with bytes and UTC times."""
    reader.of(request).need(Permission.FLEET_SEE, FLEET)
    hubs = hub_table.chosen(listing.read(request.GET.dict(), tuple(words.STATES))).defer("settings", "message")
    response = StreamingHttpResponse(_csv(hubs.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="hubs.csv"'
    return response


def _csv(hubs: Iterator[models.HubRecord]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(EXPORT)
    for hub in hubs:
        cells = (
            hub.hub_id,
            hub.community_title,
            hub.title,
            hub.state,
            _utc(hub.since),
            hub.people,
            hub.memory,
            _utc(hub.last_activity),
            hub.url,
        )
        yield writer.writerow([_harmless(cell) for cell in cells])


def _utc(time: datetime | None) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else ""


def _harmless(cell: str | int) -> str | int:
    """A cell that a spreadsheet does not run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
