"""Forms of a community's page: who is in which role, what is agreed on, and how the community presents itself.

All but acceptance become commits in the reader's name, which the keeper makes; it asks the rules.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from commonhub.communities import agreements
from commonhub.portal import acts, asking, reader
from commonhub.responsibility import model
from commonhub.responsibility.permissions import Permission

WORDS = ("title", "description", "url", "place", "time_zone")  # with which a community presents itself


def offered(of: model.Model, may: frozenset[Permission]) -> list[model.Role]:
    """The roles to which the reader may appoint somebody here."""
    return [role for role in of.roles if role.widest is not model.Reach.HUB and set(role.appointed_with) & may]


def page_of(community: str, part: str) -> str:
    """The address of a part of a community's page."""
    return f"{reverse('community', args=(community,))}#{part}"


def change(request: HttpRequest, community: str, verb: str, part: str, values: Mapping[str, object]) -> HttpResponse:
    """Hand a change of the fleet's files to the keeper."""
    who = reader.of(request)
    return asking.answered(
        request, page_of(community, part), lambda: acts.keeper().change_charter(verb, who.asker, values)
    )


@require_POST
def appoint(request: HttpRequest, community: str) -> HttpResponse:
    """Appoint somebody to a role."""
    fields = ("role", "hub", "handle", "name", "email", "side", "until", "because")
    values = {name: asking.plain(request, name) for name in fields}
    values["handle"] = values["handle"].lower()
    return change(request, community, "appointment.make", "people", {"community": community, "only": [], **values})


@require_POST
def end(request: HttpRequest, community: str) -> HttpResponse:
    """End an appointment."""
    values = {name: asking.plain(request, name) for name in ("role", "hub", "handle", "name")}
    return change(request, community, "appointment.end", "people", {"community": community, **values})


@require_POST
def depart(request: HttpRequest, community: str) -> HttpResponse:
    """Propose that a responsibility is carried otherwise."""
    values = {name: asking.plain(request, name) for name in ("hub", "responsibility", "carried_by", "because")}
    return change(request, community, "agreement.depart", "agreement", {"community": community, **values})


@require_POST
def return_to_usual(request: HttpRequest, community: str) -> HttpResponse:
    """Propose that a responsibility is carried as usual again."""
    values = {name: asking.plain(request, name) for name in ("hub", "responsibility")}
    return change(request, community, "agreement.return", "agreement", {"community": community, **values})


@require_POST
def terms(request: HttpRequest, community: str) -> HttpResponse:
    """Propose terms."""
    values = {"community": community, "terms": asking.plain(request, "terms").replace("\r\n", "\n")}
    return change(request, community, "agreement.terms", "agreement", values)


@require_POST
def describe(request: HttpRequest, community: str) -> HttpResponse:
    """Change how the community presents itself."""
    values = {name: asking.plain(request, name) for name in WORDS}
    return change(request, community, "community.describe", "about", {"community": community, **values})


@require_POST
def sign(request: HttpRequest, community: str, side: str) -> HttpResponse:
    """Offer the agreement in the service's name, or accept it in the community's."""
    who, version = reader.of(request), asking.plain(request, "version")
    act = agreements.offer if side == model.Side.SERVICE else agreements.accept

    def do() -> str:
        found = act(who.asker, community, version, now=who.now)
        if found.state is agreements.State.IN_FORCE:
            return gettext("The agreement is in force: both sides have accepted it.")
        if found.state is agreements.State.WAITS_FOR_COMMUNITY:
            return gettext("The agreement is offered, and waits for the community.")
        return gettext("The agreement is accepted, and waits for the service.")

    return asking.answered(request, page_of(community, "agreement"), do)
