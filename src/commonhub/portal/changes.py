"""Lists of changes: of the fleet, a community or a hub; and the last ones, for the pages of these places."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from commonhub.changes import book, kinds, models
from commonhub.changes.states import State
from commonhub.communities import models as people_models
from commonhub.portal import change_forms, change_words, page, reader
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import showing as rollout_showing
from commonhub.rollouts import stages
from commonhub.rollouts import words as rollout_words

PAGE: Final = 30
NEAR: Final = 3  # on the page of a hub or a community
FIELDS: Final = ("community", "hub", "state", "kind", "who")
_SHOWN: Final = (  # a line says no more, and the files of a change can be large
    "id",
    "title",
    "author",
    "author_name",
    "via",
    "at",
    "ended",
    "state",
    "rollout",
    "emergency",
    "reviewed",
    "trouble",
)


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The changes that the reader may see, narrowed by what they ask for."""
    who = reader.of(request)
    asked = _asked(request)
    place = reader.place(asked["community"], asked["hub"])
    rows = narrowed(who, place, asked)
    listed = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    community = people_models.Community.objects.filter(name=place.community).first() if place.community else None
    hub = people_models.Hub.objects.filter(hub_id=str(place)).first() if place.hub else None
    context = {
        "about": "changes",
        "place": place,
        "community": community,
        "hub": hub,
        "rows": listed,
        "asked": asked,
        "narrowed": any(asked[name] for name in ("state", "kind", "who")),
        "all_here": _query(asked, state="", kind="", who=""),
        "states": [(code, str(words)) for code, words in change_words.FILTER_WORDS.items()],
        "kinds": kinds.shipped().kinds,
        "before": _query(asked, page=listed.previous_page_number()) if listed.has_previous() else "",
        "after": _query(asked, page=listed.next_page_number()) if listed.has_next() else "",
        "change_url": _change_url(who, place) if hub or community else "",
        "rollouts": [] if place.community else _under_way(who),
    }
    return render(request, "portal/changes.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address asks for. What makes no sense is left out."""
    found = {name: " ".join(request.GET.get(name, "").replace("\0", " ").split())[:100] for name in FIELDS}
    if found["state"] not in change_words.FILTERS:
        found["state"] = ""
    if found["kind"] not in kinds.shipped().by_id:
        found["kind"] = ""
    return found


def _query(asked: dict[str, str], **more: str | int) -> str:
    said: dict[str, str | int] = {name: value for name, value in (asked | more).items() if value}
    return f"?{urlencode(said)}"


def narrowed(who: reader.Reader, place: Place, asked: dict[str, str]) -> "QuerySet[models.Change]":
    """The changes that somebody may see at a place and within it, newest first."""
    rows = at(who, place)
    if asked["state"]:
        rows = rows.filter(state__in=change_words.FILTERS[asked["state"]])
    if asked["who"]:
        rows = rows.annotate(whose=Concat("author", Value(" "), "author_name")).filter(whose__icontains=asked["who"])
    if asked["kind"]:
        rows = rows.annotate(sorts=Cast(F("kinds"), TextField())).filter(sorts__contains=f'"id": "{asked["kind"]}"')
    return rows.only(*_SHOWN).prefetch_related("places")


def at(who: reader.Reader, place: Place) -> "QuerySet[models.Change]":
    """The changes at a place and within it that somebody may see, newest first."""
    rows = book.visible(who.asker, now=who.now)
    return rows if place == FLEET else rows.filter(pk__in=book.at(place).values("pk"))


def near(who: reader.Reader, place: Place) -> dict[str, Any]:
    """The last changes of a place, and what holds it now, for its page."""
    sees = Permission.CHANGE_SEE in who.may(place)
    rows = list(at(who, place).only(*_SHOWN).prefetch_related("places")[:NEAR]) if sees else []
    return {
        "sees": sees,
        "rows": rows,
        "held": rollout_showing.holding(str(place)) if place.hub else None,
        "change_url": _change_url(who, place),
        "all_url": f"?{urlencode({'community': place.community, 'hub': place.hub} if place.hub else {'community': place.community})}",
    }


def _change_url(who: reader.Reader, place: Place) -> str:
    """Where something is changed here, for who may propose it."""
    if not place.community or Permission.CHANGE_PROPOSE not in who.may(place):
        return ""
    return change_forms.form_of(place)


def _under_way(who: reader.Reader) -> list[tuple[Any, str]]:
    """The roll-outs that are under way where the reader may see changes."""
    return [
        (each, rollout_showing.words(each))
        for each in rollout_words.seen_by(who.asker, who.now)
        if each.state in stages.ACTIVE
    ]


def warnings() -> list[page.Advice]:
    """What ails the way of changes into the fleet: commits that do not work. The keeper tells of the folder itself."""
    rows = models.Change.objects.filter(state=State.READY).exclude(trouble="")
    return [
        page.Advice(sentence=f"{row.title}: {row.trouble}", url=f"/changes/{row.pk}", urgent=True)
        for row in rows.only("id", "title", "trouble")[:NEAR]
    ]
