"""My duties: what waits for the reader across communities, their hubs, what they asked for, and what they must know."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commonhub.communities import asks, models, notices
from commonhub.hubs import models as hub_models
from commonhub.portal import mine, page, reader, summary
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

ASKED = 10  # requests of one's own that are shown, the newest
_OF_WISHES = ("at", "answered", "accepted", "answer", "hub__title")  # a hub is a wide row
STEPS: dict[str, Promise] = {
    str(word): word
    for word in (
        gettext_lazy("Look at it"),
        gettext_lazy("I have read it"),
        gettext_lazy("Answer"),
        gettext_lazy("Let them in, or say why not"),
        gettext_lazy("Read it, and offer it"),
        gettext_lazy("Read it, and accept it"),
        gettext_lazy("Note what you rehearsed"),
        gettext_lazy("Note what you did"),
        gettext_lazy("Appoint somebody"),
        gettext_lazy("See what is missing"),
        gettext_lazy("See who could help"),
        gettext_lazy("See the agreement"),
        gettext_lazy("See what could be shared out"),
        gettext_lazy("Send it again, or revoke it"),
        gettext_lazy("See how the hub does"),
        gettext_lazy("Agree, or say why not"),
        gettext_lazy("Review it"),
        gettext_lazy("Renew it, and note when it ends next"),
    )
}
"""The names of steps, as `communities.duties` gives them, in the reader's language."""


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    who = reader.of(request)
    hubs = mine.hubs(who.person, who.charter)
    waiting = who.waiting
    context = {
        "about": "duties",
        "person": who.person,
        "hubs": hubs,
        "communities": who.communities,
        "carries": bool(who.places),
        "duties": [(duty, STEPS.get(duty.label, duty.label)) for duty in waiting.duties],
        "number": who.lines_waiting,
        "rest": waiting.count - sum(duty.count for duty in waiting.duties),
        "asked": asked(who.person),
        "wishes": wishes(who.person),
        "fleet": fleet_line() if Permission.FLEET_SEE in who.may(FLEET) else "",
    }
    return render(request, "portal/duties.html", context)


def fleet_line() -> str:
    """The whole fleet in one sentence, for those who look after it."""
    counted = summary.of(hub_models.HubRecord.objects.all())
    return summary.community_sentence(counted)


def asked(person: models.Person) -> list[tuple[models.Ask, str]]:
    """What the reader asked others for, with what it was, newest first."""
    return [
        (row, Permission.named(row.permission).phrase.format(place=Place(community=row.community, hub=row.hub)))
        for row in asks.of(person)[:ASKED]
    ]


def wishes(person: models.Person) -> list[models.JoinRequest]:
    """Hubs that the reader asked to join, newest first."""
    rows = models.JoinRequest.objects.filter(person=person).select_related("hub").only(*_OF_WISHES)
    return list(rows.order_by("-at")[:ASKED])


@require_POST
def seen(request: HttpRequest, number: int) -> HttpResponse:
    """The reader has read a notice."""
    who = reader.of(request)
    notices.see(who.person, number, now=who.now)
    page.forget(who)
    return redirect("duties")
