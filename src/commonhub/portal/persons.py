"""People: finding those of one's hubs, and the page of one, which shows what its reader may see of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from commonhub.communities import allowing, charters, models, roster
from commonhub.ground import errors
from commonhub.portal import access_words, reader
from commonhub.responsibility import deciding, wording
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import KNOWN, Permission

PAGE = 50  # people
LOOKS = (Permission.PERSON_SEE, Permission.SESSION_END)  # either lets one look at somebody


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a reader sees of a person: at these places; all of it where it is themselves or `everywhere`."""

    places: frozenset[Place]
    everywhere: bool = False

    def shows(self, place: Place) -> bool:
        """Whether what is at a place is shown."""
        return self.everywhere or place in self.places


def looks(who: reader.Reader, place: Place) -> bool:
    """Whether the reader may look at the people of a place."""
    return any(who.reaches(look, place) for look in LOOKS)


def looked_at(who: reader.Reader, handle: str) -> tuple[models.Person | None, Sight]:
    """The person and what the reader may see of them; nobody where they may see nothing."""
    person = models.Person.objects.filter(handle=handle).first()
    if person is None:
        return None, Sight(places=frozenset())
    if person == who.person:
        return person, Sight(places=frozenset(), everywhere=True)
    spots = {charters.place_of(hub) for hub in person.memberships.values_list("hub_id", flat=True)}
    rows = models.Appointment.objects.filter(handle=handle, named=True).values_list("community", "hub")
    spots |= {Place(community=community, hub=hub) for community, hub in rows}
    seen = frozenset(spot for spot in (*spots, FLEET) if looks(who, spot))
    return (person if seen else None), Sight(places=seen, everywhere=FLEET in seen)


@require_safe
def view(request: HttpRequest, handle: str) -> HttpResponse:
    """A person's page. Somebody of whom the reader may see nothing looks like somebody who is not there."""
    who = reader.of(request)
    person, sight = looked_at(who, handle)
    if person is None:
        raise unknown(who, handle)
    charter = charters.of_people([handle], now=who.now)
    context = {
        "about": "person",
        "person": person,
        "own": person == who.person,
        "clock": there(person.time_zone, who.now),
        "roles": roles(charter, handle, sight),
        "hubs": hubs(person, sight),
        "groups": groups(person, sight),
        "practised": practised(charter, handle, sight),
        "mail": person == who.person or _sees_address(who, person, sight),
        "ends_sessions": Permission.SESSION_END in who.may(FLEET),
        "opens_again": person != who.person and {Permission.PERSON_ADD, Permission.SESSION_END} & _powers(who, sight),
        "permissions": KNOWN,
        "sight": sight,
    } | explained(request, person, sight, who.now)
    return render(request, "portal/person.html", context)


def unknown(who: reader.Reader, handle: str) -> errors.NotFoundError:
    """Nobody whom the reader may look at has this handle; raises the refusal for those who may not look at everybody."""
    if not looks(who, FLEET):
        who.need(Permission.PERSON_SEE, FLEET)
    return errors.NotFoundError(
        gettext("Nobody here has the handle %(handle)s.") % {"handle": handle}, gettext("Search for their name.")
    )


def _sees_address(who: reader.Reader, person: models.Person, sight: Sight) -> bool:
    if Permission.PERSON_SEE not in _powers(who, sight):
        return False
    return sight.everywhere or roster.is_told_address(person, sight.places)


def _powers(who: reader.Reader, sight: Sight) -> frozenset[Permission]:
    """What the reader may do at any place at which they see the person."""
    return frozenset(power for place in sight.places for power in who.may(place))


def there(time_zone: str, now: datetime) -> str:
    """The time of day where somebody is; empty where that is not known."""
    try:
        return f"{now.astimezone(ZoneInfo(time_zone)):%H:%M}" if time_zone else ""
    except (ZoneInfoNotFoundError, ValueError):
        return ""


def roles(charter: deciding.Charter, handle: str, sight: Sight) -> list[dict[str, Any]]:
    """Roles in force: what, where, from when and until when."""
    return [
        {"role": charter.model.role_by_id[each.role], "place": each.place, "since": each.since, "until": each.until}
        for each in charter.assignments.of(handle)
        if each.holds_at(charter.now) and each.role in charter.model.role_by_id and sight.shows(each.place)
    ]


def hubs(person: models.Person, sight: Sight) -> list[tuple[models.Membership, str]]:
    """The hubs on whose rosters they are."""
    rows = models.Membership.objects.filter(person=person, hub__in_fleet=True).select_related("hub__community")
    return [(row, access_words.way(row.via)) for row in rows[:PAGE] if sight.shows(charters.place_of(row.hub_id))]


def groups(person: models.Person, sight: Sight) -> list[models.Group]:
    """Their groups, in communities where the reader sees them."""
    own = {place.community for place in sight.places}
    rows = models.Group.objects.filter(people=person).select_related("community")
    return [row for row in rows if sight.everywhere or row.community_id in own]


def practised(charter: deciding.Charter, handle: str, sight: Sight) -> list[tuple[str, models.Practised]]:
    """When they last used or rehearsed what they carry, newest first."""
    titles = {duty.id: duty.title for duty in charter.model.responsibilities}
    return [
        (titles[row.responsibility], row)
        for row in models.Practised.objects.filter(handle=handle).order_by("-at")[:PAGE]
        if row.responsibility in titles and sight.shows(Place(community=row.community, hub=row.hub))
    ]


def explained(request: HttpRequest, person: models.Person, sight: Sight, now: datetime) -> dict[str, Any]:
    """Why the person may or may not do one thing at a place, where that was asked."""
    asked, word = request.GET.get("permission", ""), request.GET.get("place", "")
    if asked not in KNOWN:
        return {}
    community, _, hub = word.partition("/")
    place = reader.place(community, hub)
    if not sight.shows(place):
        return {"asked": asked, "asked_place": word}
    asker = allowing.Asker(handle=person.handle, name=person.get_full_name(), via="portal")
    found = allowing.decision(asker, Permission.named(asked), place, now=now)
    return {"asked": asked, "asked_place": word, "decision": found, "lines": wording.explain(found)}


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The people of the hubs whose people the reader may see."""
    who = reader.of(request)
    found = visible(who)
    if found is None:
        who.need(Permission.PERSON_SEE, FLEET)
        found = models.Person.objects.none()
    asked = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100]
    after = request.GET.get("after", "")[:64].replace("\0", "")
    if asked:
        found = found.filter(
            Q(handle__startswith=asked.lower()) | Q(email__istartswith=asked) | Q(name__icontains=asked)
        )
    page = list(found.filter(handle__gt=after).order_by("handle")[: PAGE + 1])
    more = [("q", asked), ("after", page[PAGE - 1].handle)] if len(page) > PAGE else []
    context = {
        "about": "people",
        "asked": asked,
        "people": page[:PAGE],
        "next": f"?{urlencode([pair for pair in more if pair[1]])}" if more else "",
        "first": f"?{urlencode([('q', asked)])}" if after else "",
    }
    return render(request, "portal/people.html", context)


def visible(who: reader.Reader) -> QuerySet[models.Person] | None:
    """Everybody whom the reader may look at; None where they may look at nobody."""
    spots = [spot for spot in who.places if looks(who, spot)]
    if not spots:
        return None
    if FLEET in spots:
        return models.Person.objects.all()
    here = Q(hub_id__in=[str(spot) for spot in spots if spot.hub])
    here |= Q(hub__community__in=[spot.community for spot in spots if not spot.hub])
    rows = models.Membership.objects.filter(here, removed=None)
    return models.Person.objects.filter(pk__in=rows.values("person"))
