"""What is done to somebody else's account: ending their sessions, and the link with which they come back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from commonhub.communities import finding
from commonhub.identity import recovery, sessions
from commonhub.portal import access_acts, asking, persons, reader
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission


@require_POST
def sign_out(request: HttpRequest, handle: str) -> HttpResponse:
    """End all that somebody has open: here, by tokens, and on hubs."""
    who = reader.of(request)
    # First, so that the answer does not tell who is there.
    who.need(Permission.SESSION_END, FLEET)

    def act() -> str:
        sessions.end_of(who.asker, handle, now=who.now)
        return gettext("Their sessions and tokens have ended; hubs are told within seconds.")

    return asking.answered(request, reverse("person", args=(handle,)), act)


@require_POST
def open_again(request: HttpRequest, handle: str) -> HttpResponse:
    """Make a recovery link, shown once."""
    who = reader.of(request)
    person, _ = persons.looked_at(who, handle)
    if person is None:
        raise persons.unknown(who, handle)
    codes = []

    def act() -> str:
        codes.append(recovery.open_for(who.asker, handle, now=who.now))
        return gettext("The link is made.")

    back = reverse("person", args=(handle,))
    answer = asking.answered(request, back, act)
    if not codes:
        return answer
    return access_acts.link_page(request, codes[0], back=back, for_whom=finding.person(handle).get_full_name())
