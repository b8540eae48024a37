"""The responsibility model as a page, and “May I?”: any decision with its whole reasoning."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commonhub.communities import allowing, charters
from commonhub.portal import asking, charter_rows, decision_words, reader, responsibility_words
from commonhub.responsibility import model
from commonhub.responsibility.permissions import Permission


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """Areas, responsibilities and roles, and which of them the reader carries."""
    who = reader.of(request)
    of = charters.current_model()
    own = [each for each in who.charter.assignments.of(who.person.handle) if each.holds_at(who.now)]
    context = {
        "about": "responsibility",
        "model": of,
        "areas": [_area(of, area) for area in of.areas],
        "roles": [
            (role, [of.responsibility_by_id[name] for name in role.responsibilities], _sides(role)) for role in of.roles
        ],
        "own": [(of.role_by_id[each.role], each.place) for each in own if each.role in of.role_by_id],
        "permissions": [(each, of.responsibility_of(each)) for each in Permission],
    }
    return render(request, "portal/responsibility.html", context)


def _area(of: model.Model, area: model.Area) -> tuple[model.Area, str, list[tuple[model.Responsibility, str]]]:
    duties = [
        (duty, ", ".join(responsibility_words.said(role.title) for role in of.carriers(duty)))
        for duty in of.responsibilities_of(area)
    ]
    return area, str(charter_rows.SHARES[area.carried_by]), duties


def _sides(role: model.Role) -> str:
    return ", ".join(str(side) for side in role.sides)


@require_safe
def may(request: HttpRequest) -> HttpResponse:
    """May I? The decision in lines, and the way to ask where it is no."""
    who = reader.of(request)
    permission = Permission.named(request.GET.get("permission", ""))
    place = reader.place(request.GET.get("community", ""), request.GET.get("hub", ""))
    subject = " ".join(request.GET.get("subject", "").replace("\0", "").split())[:64]
    found = allowing.decision(who.asker, permission, place, now=who.now, about=subject)
    context = {
        "about": "may",
        "place": place,
        "meaning": decision_words.meaning(found),
    } | asking.explained(found, subject)
    return render(request, "portal/may.html", context)
