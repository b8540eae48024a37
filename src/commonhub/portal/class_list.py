"""A list of people: brought in after a preview, and taken out."""

from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from commonhub.communities import finding, importing
from commonhub.ground import errors
from commonhub.portal import access_acts, asking, reader
from commonhub.responsibility.permissions import Permission

KEPT: Final = 30 * 60  # seconds for which a list waits between preview and import
SHOWN: Final = 100  # rows of the preview; those that stop it come first
STATES: dict[importing.State, Promise] = {
    importing.State.NEW: gettext_lazy("is let in"),
    importing.State.RETURNING: gettext_lazy("is let in again"),
    importing.State.THERE: gettext_lazy("is on the list already"),
    importing.State.CONFLICT: gettext_lazy("can't be taken"),
    importing.State.FAULTY: gettext_lazy("can't be read"),
}
_ORDER: Final = (
    importing.State.FAULTY,
    importing.State.CONFLICT,
    importing.State.RETURNING,
    importing.State.NEW,
    importing.State.THERE,
)


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Choose a list, and see what it would do."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.PERSON_IMPORT, place)
    context = {"about": "import", "hub": finding.hub(str(place)), "place": place}
    if request.method != "POST":
        return render(request, "portal/import.html", context)
    file = request.FILES.get("file")
    source: str | bytes = file.read() if file else asking.plain(request, "list")
    try:
        found = importing.preview(who.asker, str(place), source, now=who.now)
    except errors.CommonhubError as error:
        return render(request, "portal/import.html", context | {"trouble": error}, status=400)
    cache.set(_key(who, found.digest), source, KEPT)
    rows = sorted(found.rows, key=lambda row: (_ORDER.index(row.state), row.entry.line))
    context |= {
        "preview": found,
        "rows": [(row, STATES[row.state]) for row in rows[:SHOWN]],
        "more": len(rows) - len(rows[:SHOWN]),
        "counts": [(STATES[state], found.count(state), state) for state in _ORDER if found.count(state)],
        "stopped": bool(found.stopped_by),
    }
    return render(request, "portal/import.html", context)


def _key(who: reader.Reader, digest: str) -> str:
    return f"import:{who.person.pk}:{digest}"


@require_POST
def apply(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Do what the preview showed."""
    who, place = reader.of(request), reader.place(community, hub)
    digest = asking.plain(request, "digest")[:64]
    source = cache.get(_key(who, digest))
    if source is None:
        who.need(Permission.PERSON_IMPORT, place)
        raise errors.NotFoundError(
            gettext("The list is not kept any more."), gettext("Choose it again and look at the preview.")
        )

    def act() -> str:
        done = importing.apply(who.asker, str(place), source, digest=digest, now=who.now)
        cache.delete(_key(who, digest))
        fresh = done.count(importing.State.NEW) + done.count(importing.State.RETURNING)
        return gettext("%(number)s people were let in.") % {"number": fresh}

    return asking.answered(request, access_acts.page_of(place, "roster"), act)


@require_POST
def take_out(request: HttpRequest, community: str, hub: str) -> HttpResponse | StreamingHttpResponse:
    """The roster as CSV. A POST, because that it was taken out is noted."""
    who, place = reader.of(request), reader.place(community, hub)
    lines = importing.export_roster(who.asker, str(place), now=who.now)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{community}-{hub}.csv"'
    return response
