"""Who may use a hub: the policy, the roster, invitations, requests, groups and leaves, on one page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from commonhub.communities import finding, invitations, joining, leaves, models, roster
from commonhub.hubs import models as hub_models
from commonhub.portal import access_words, decision_words, home_pages, reader, words
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

LONGEST_SEARCH = 100  # characters
WISHES = 10  # requests to join that are shown, the oldest: each has a form of its own


@require_safe
def view(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """The access page of a hub."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.ACCESS_SEE, place)
    return render(request, "portal/access.html", context(request, who, place))


def context(request: HttpRequest, who: reader.Reader, place: Place) -> dict[str, Any]:
    """What the page shows; nothing of another hub is looked at."""
    hub = finding.hub(str(place))
    charter = who.around(place)
    requests = joining.waiting([hub.hub_id], most=WISHES + 1)
    wishes = joining.count_waiting(hub.hub_id) if len(requests) > WISHES else len(requests)
    return listed(request, hub) | {
        **home_pages.going(hub.hub_id),
        "about": "access",
        "hub": hub,
        "place": place,
        "may": who.may(place),
        "policy": access_words.policy(hub),
        "setters": decision_words.listed(charter.holders(Permission.ACCESS_SET, place)),
        "groups": models.Group.objects.filter(community=hub.community_id),
        "links": invitations.open_to(hub.hub_id, who.now),
        "days": invitations.USUAL.days,
        "most_days": invitations.LONGEST.days,
        "most_people": invitations.MOST,
        "requests": requests[:WISHES],
        "wishes": wishes,
        "more_wishes": wishes - WISHES,
        "leaves": leaves.in_force(hub.hub_id, who.now),
        "leave_givers": decision_words.listed(charter.holders(Permission.LEAVE_GIVE, place)),
        "reviewed": models.Shown.objects.filter(
            community=place.community, hub__in=["", place.hub], kind="access-reviewed"
        ).first(),
    }


def listed(request: HttpRequest, hub: models.Hub) -> dict[str, Any]:
    """One page of the roster, found and turned by what the address says."""
    asked = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]
    removed = "removed" in request.GET
    after = request.GET.get("after", "")[:64].replace("\0", "")
    count = models.Membership.objects.filter(hub=hub, removed=None).count()
    page = roster.page(
        hub.hub_id, words=asked, removed=removed, handle=after, long=None if removed else count >= roster.LONG
    )
    kept = [("q", asked), ("removed", "1" if removed else "")]
    more = [*kept, ("after", page[roster.PAGE - 1].person.handle)] if len(page) > roster.PAGE else []
    shown = page[: roster.PAGE]
    running = hub_models.ServerRecord.objects.filter(hub_id=hub.hub_id, user__in=[row.person.handle for row in shown])
    return {
        "asked": asked,
        "removed": removed,
        "after": after,
        "rows": [(row, access_words.way(row.via)) for row in shown],
        "running": set(running.values_list("user", flat=True)),
        "count": words.grouped(count),
        "people": count,
        "next": f"?{urlencode([pair for pair in more if pair[1]])}#roster" if more else "",
        "first": f"?{urlencode([pair for pair in kept if pair[1]])}#roster" if after else "",
    }
