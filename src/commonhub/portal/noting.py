"""“I did this”: what somebody notes of the responsibilities that they carry, and that they looked through a list."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from commonhub.communities import evidence, showing
from commonhub.ground import errors
from commonhub.portal import asking, reader, responsibility_words
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place

REHEARSED = "rehearsed"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One responsibility that the reader carries, and what of it can be noted: values of the form with their words."""

    title: str
    kinds: tuple[tuple[str, str], ...]


def choices(charter: deciding.Charter, place: Place, handle: str) -> list[Choice]:
    """What the reader carries at a community or at its hubs."""
    spots = [
        place,
        *sorted(
            {each.place for each in charter.assignments.of(handle) if each.place.hub and place.holds(each.place)},
            key=str,
        ),
    ]
    found = []
    for duty in charter.model.responsibilities:
        spot = next((each for each in spots if evidence.carries(charter, handle, duty, each)), None)
        if spot is None:
            continue
        kinds = [(kind, charter.model.evidence_by_id[kind].meaning) for kind in duty.evidence]
        found.append(
            Choice(
                title=duty.title,
                kinds=tuple(
                    (f"{spot.hub}|{duty.id}|{kind}", responsibility_words.said(words))
                    for kind, words in (*kinds, (REHEARSED, gettext("I rehearsed it, without need.")))
                ),
            )
        )
    return found


@require_POST
def note(request: HttpRequest, community: str) -> HttpResponse:
    """Note what was done or rehearsed."""
    who = reader.of(request)
    hub, _, rest = asking.plain(request, "what").partition("|")
    duty, _, kind = rest.partition("|")
    place = reader.place(community, hub)

    def act() -> str:
        done = showing.Done(words=asking.plain(request, "words"), day=_day(asking.plain(request, "day")))
        if kind == REHEARSED:
            showing.note_practice(who.asker, duty, place, done=done, now=who.now)
        else:
            showing.note_evidence(who.asker, duty, place, kind=kind, done=done, now=who.now)
        return gettext("It is noted, and counts.")

    return asking.answered(request, f"{reverse('community', args=(community,))}#practice", act)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise errors.CommonhubError(
            gettext("%(text)s is no day.") % {"text": text[:20]}, gettext("Write it as 2026-03-02.")
        ) from error


@require_POST
def reviewed(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """The reader has looked through who may use a hub."""
    who, place = reader.of(request), reader.place(community, hub)

    def act() -> str:
        showing.review_access(who.asker, str(place), words=asking.plain(request, "words"), now=who.now)
        return gettext("Noted: you have looked through the list.")

    return asking.answered(request, f"{reverse('access', args=(community, hub))}#policy", act)
