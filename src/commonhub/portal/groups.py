"""A community's groups of people."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from commonhub.communities import finding, models
from commonhub.communities import groups as groups_of_people
from commonhub.portal import asking, reader
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

SHOWN = 200  # people of one group on its page


@require_safe
def view(request: HttpRequest, community: str) -> HttpResponse:
    """All groups, and the people of one where it is named."""
    who, place = reader.of(request), reader.place(community)
    sees(who, place)
    of = finding.community(community)
    groups = list(models.Group.objects.filter(community=of).annotate(size=Count("members")))
    chosen = next((group for group in groups if group.name == request.GET.get("group")), None)
    members = chosen.members.select_related("person").order_by("person__handle")[:SHOWN] if chosen else ()
    context = {
        "about": "groups",
        "community": of,
        "groups": groups,
        "chosen": chosen,
        "members": members,
        "may": who.may(place),
    }
    return render(request, "portal/groups.html", context)


def sees(who: reader.Reader, place: Place) -> None:
    """Groups name people: who sees the access of one of the community's hubs may look. Raises NotAllowedError."""
    hubs = models.Hub.objects.filter(community_id=place.community, in_fleet=True).values_list("name", flat=True)[:50]
    if not any(Permission.ACCESS_SEE in who.may(Place(community=place.community, hub=name)) for name in hubs):
        who.need(Permission.ACCESS_SEE, place)


@require_POST
def create(request: HttpRequest, community: str) -> HttpResponse:
    """Make a group."""
    who, name = reader.of(request), asking.plain(request, "name").lower()

    def act() -> str:
        made = groups_of_people.create(who.asker, community, name, title=asking.plain(request, "title"), now=who.now)
        return gettext("The group %(title)s is there.") % {"title": made.title}

    return asking.answered(request, f"{reverse('groups', args=(community,))}?group={name[:40]}", act)


@require_POST
def remove(request: HttpRequest, community: str, name: str) -> HttpResponse:
    """Remove a group; its people stay."""
    who = reader.of(request)

    def act() -> str:
        groups_of_people.remove(who.asker, community, name, now=who.now)
        return gettext("The group is gone; its people stay.")

    return asking.answered(request, reverse("groups", args=(community,)), act)


@require_POST
def change(request: HttpRequest, community: str, name: str) -> HttpResponse:
    """Put somebody into a group, or take them out."""
    who, inside = reader.of(request), "out" not in request.POST
    handle = asking.plain(request, "handle").lower()

    def act() -> str:
        groups_of_people.change(who.asker, community, name, handle=handle, inside=inside, now=who.now)
        return gettext("The group is changed.")

    return asking.answered(request, f"{reverse('groups', args=(community,))}?group={name}", act)
