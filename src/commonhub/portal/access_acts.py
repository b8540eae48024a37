"""What the forms of the access page do: each hands on to a verb and says what came of it."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commonhub.communities import finding, invitations, joining, leaves, models, roster
from commonhub.ground import errors
from commonhub.hubs import models as hub_models
from commonhub.portal import acts, asking, qr, reader
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission


def page_of(place: Place, part: str = "") -> str:
    """The address of the access page, at one of its parts."""
    return reverse("access", args=(place.community, place.hub)) + (f"#{part}" if part else "")


def number(request: HttpRequest, name: str, usual: int) -> int:
    """A whole number from a form. Raises CommonhubError where it is none."""
    text = asking.plain(request, name) or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise errors.CommonhubError(
            gettext("%(text)s is not a whole number.") % {"text": text[:20]}, gettext("Write it in digits.")
        )
    return int(text)


@require_POST
def add(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Put a person on the roster; one who has no account yet gets a link to it, shown once."""
    who, place = reader.of(request), reader.place(community, hub)
    made = []

    def act() -> str:
        new = roster.NewPerson(
            handle=roster.check_handle(asking.plain(request, "handle")),
            name=asking.plain(request, "name")[:200],
            email=asking.plain(request, "email")[:254],
        )
        person = roster.add(who.asker, str(place), new, now=who.now)
        if person.claimed is None:
            made.append((person, invitations.invite_person(who.asker, str(place), person.handle, now=who.now)))
        return gettext("%(name)s may use it now.") % {"name": person.get_full_name()}

    answer = asking.answered(request, page_of(place, "roster"), act)
    if not made:
        return answer
    person, code = made[0]
    return shown_once(request, place, code, for_whom=person.get_full_name())


@require_POST
def person_link(request: HttpRequest, community: str, hub: str, handle: str) -> HttpResponse:
    """A new link for somebody who has not taken their account yet."""
    who, place = reader.of(request), reader.place(community, hub)
    made = []

    def act() -> str:
        made.append(invitations.invite_person(who.asker, str(place), handle, now=who.now))
        return gettext("The link is made.")

    answer = asking.answered(request, page_of(place, "roster"), act)
    return shown_once(request, place, made[0], for_whom=handle) if made else answer


@require_POST
def invite(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Make an invitation link, shown once."""
    who, place = reader.of(request), reader.place(community, hub)
    made = []

    def act() -> str:
        days, most = number(request, "days", invitations.USUAL.days), number(request, "most", 1)
        row, code = invitations.invite(
            who.asker, str(place), words=asking.plain(request, "words"), days=days, most=most, now=who.now
        )
        made.append((row, code))
        return gettext("The link is made.")

    answer = asking.answered(request, page_of(place, "invitations"), act)
    return shown_once(request, place, made[0][1], row=made[0][0]) if made else answer


def shown_once(request: HttpRequest, place: Place, code: str, **more: object) -> HttpResponse:
    """The page of a fresh link to a hub. Nobody can find the code again, so it is on no page but this answer."""
    hub = finding.hub(str(place))
    return link_page(request, code, hub=hub, back=page_of(place), **more)


def link_page(request: HttpRequest, code: str, **more: object) -> HttpResponse:
    """The page of a fresh link."""
    address = f"{settings.COMMONHUB_URL}/invitations/{code}"
    context = {"about": "access", "address": address, "qr": qr.draw(address)} | more
    return render(request, "portal/invitation.html", context)


@require_POST
def revoke(request: HttpRequest, community: str, hub: str, invitation: int) -> HttpResponse:
    """End an invitation."""
    who, place = reader.of(request), reader.place(community, hub)

    def act() -> str:
        invitations.revoke(who.asker, str(place), invitation, now=who.now)
        return gettext("The link opens nothing any more. Who came by it stays.")

    return asking.answered(request, page_of(place, "invitations"), act)


@require_POST
def answer_request(request: HttpRequest, community: str, hub: str, wish: int) -> HttpResponse:
    """Let somebody in who asked, or decline."""
    who, place = reader.of(request), reader.place(community, hub)
    accept, said = "accept" in request.POST, asking.plain(request, "words")

    def act() -> str:
        row = joining.answer(who.asker, str(place), wish, accept=accept, words=said, now=who.now)
        words = gettext("%(name)s may use it now.") if accept else gettext("%(name)s was told that it is declined.")
        return words % {"name": row.person.get_full_name()}

    return asking.answered(request, page_of(place, "requests"), act)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, community: str, hub: str, handle: str) -> HttpResponse:
    """Say what removing somebody means; then do it."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.PERSON_REMOVE, place)
    of, person = finding.hub(str(place)), finding.person(handle)
    row = person.memberships.filter(hub=of).first()
    if row is None:
        raise errors.NotFoundError(
            gettext("%(handle)s is not on this hub's list.") % {"handle": handle}, gettext("Look at the list.")
        )
    if request.method == "POST":
        because = asking.plain(request, "because")

        def act() -> str:
            return roster.remove(who.asker, str(place), handle, because=because, now=who.now)

        return asking.answered(request, page_of(place, "roster"), act)
    servers = hub_models.ServerRecord.objects.filter(hub_id=of.hub_id, user=handle)
    home = servers.exclude(home_bytes=None).first()
    context = {
        "about": "access",
        "hub": of,
        "person": person,
        "row": row,
        "servers": servers.count(),
        "home": home.home_bytes if home else None,
    }
    return render(request, "portal/remove.html", context)


@require_POST
def give_leave(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Let one person open another's server for some hours."""
    who, place = reader.of(request), reader.place(community, hub)

    def act() -> str:
        made = leaves.give(
            who.asker,
            str(place),
            to=asking.plain(request, "to"),
            about=asking.plain(request, "about"),
            reason=asking.plain(request, "reason"),
            lasts=timedelta(hours=number(request, "hours", 1)),
            now=who.now,
        )
        return gettext("%(name)s has leave, and the person whose server it is was told.") % {
            "name": made.person.get_full_name()
        }

    return asking.answered(request, page_of(place, "leaves"), act)


@require_POST
def end_leave(request: HttpRequest, leave: int) -> HttpResponse:
    """End a leave: for those who give them, the one who has it, and the one whom it concerns."""
    who = reader.of(request)

    def act() -> str:
        leaves.end(who.asker, leave, now=who.now)
        return gettext("The leave has ended.")

    return asking.answered(request, _back(request), act)


def _back(request: HttpRequest) -> str:
    """Where the form stood, where that is one of our access pages."""
    community, hub = request.POST.get("community", ""), request.POST.get("hub", "")
    if community and hub:
        return page_of(reader.place(community, hub), "leaves")
    return reverse("duties")


@require_POST
def set_policy(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Set by which rule people may use the hub: a commit to its file."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.ACCESS_SET, place)
    values = {
        "hub_id": str(place),
        "everyone": "everyone" in request.POST,
        "domains": [word.lower().lstrip("@") for word in spread(request, "domains")],
        "groups": [word for word in request.POST.getlist("groups") if word],
        "requests": "requests" in request.POST,
    }
    return asking.answered(
        request, page_of(place), lambda: acts.keeper().change_charter("access.set", who.asker, values)
    )


def spread(request: HttpRequest, name: str) -> list[str]:
    """The words of a field, which people part by spaces, commas or lines."""
    return asking.plain(request, name).replace(",", " ").replace(";", " ").split()


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Ask to use a hub. A hub that takes no requests looks like one that is not there."""
    who, place = reader.of(request), reader.place(community, hub)
    of = models.Hub.objects.filter(hub_id=str(place), in_fleet=True, requests=True).select_related("community").first()
    if of is None:
        raise errors.NotFoundError(
            gettext("There is no hub %(hub)s that takes requests.") % {"hub": place},
            gettext("Its people are invited: ask somebody who leads the community."),
        )
    if request.method == "POST":
        said = asking.plain(request, "words")

        def act() -> str:
            joining.ask(who.asker, str(place), who.person, words=said, now=who.now)
            return gettext("You asked to join. You are told when somebody has answered.")

        return asking.answered(request, reverse("duties"), act)
    waits = of.join_requests.filter(person=who.person, answered=None).first()
    return render(request, "portal/join.html", {"about": "join", "hub": of, "waits": waits})
