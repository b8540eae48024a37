"""One change: where it stands, what it means, who agreed, how it goes out; and what the reader can do about it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from commonhub.changes import book, models, showing, viewing, wording
from commonhub.changes.states import State
from commonhub.communities import models as people_models
from commonhub.ground import errors
from commonhub.portal import (
    asking,
    change_asking,
    change_forms,
    change_sessions,
    change_way,
    change_words,
    page,
    reader,
    rollout_pages,
)
from commonhub.responsibility.assignments import Place
from commonhub.rollouts import models as rollout_models
from commonhub.rollouts import showing as rollout_showing
from commonhub.rollouts import stages

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "agree": ("words",),
    "decline": ("because",),
    "withdraw": (),
    "bypass": ("because",),
    "review": ("words",),
    "undo": ("because", "confirm"),
}
"""What can be asked of a change, with the words that go with it."""


SOON: Final = timedelta(minutes=1)


@require_safe
def view(request: HttpRequest, number: int) -> HttpResponse:
    """The change's page."""
    who = reader.of(request)
    row = book.find(who.asker, number, now=who.now)
    told = showing.whole(who.asker, row, now=who.now)
    rollout = _rollout(row)
    view = viewing.of_change(who.asker, row, book.standings(row, now=who.now), now=who.now)
    out = rollout_showing.told(rollout, who.now) if rollout else None
    begins = rollout is None and _begins(row, who.now)
    places = tuple(each for each in book.places(row) if view.sees(each))
    can = set(told["can"]) - ({"undo"} if rollout and rollout.state in stages.ACTIVE else set())
    place = places[0] if len(places) == 1 else Place(community=_only(places))
    context = change_words.findings(told["findings"]) | {
        "about": "changes",
        "change": row,
        "told": told,
        "steps": change_sessions.steps(who, told["plan"]),
        "diff": change_words.difference(told["difference"]),
        "state": change_words.state(row.state),
        "sentence": change_words.sentence(row.state),
        "place": place,
        "titles": _titles(place),
        "places": places,
        "anew": _anew(row, places) if row.state == State.CONFLICT and len(places) == len(book.places(row)) else "",
        "way": change_way.draw(told, out, begins=begins),
        "can": can,
        "waits": [each for each in told["needs"] if each["given_by"] is None] if row.state == State.WAITING else [],
        "conflicts": [_sides(each) for each in told["conflicts"]],
        "happened": sorted(_happened(row), key=lambda each: each[0]),
        "undo_until": _time(told["undo_until"]),
        "undone_by": told["undone_by"],
        # One way back is enough: the change's own, where the reader has it.
        "rollout": rollout_pages.shown(who, rollout, out, without={"undo"} & can, sees=view.sees_hub)
        if rollout and out
        else None,
    }
    return render(request, "portal/change.html", context | rollout_pages.kept_fresh(request, rollout, begins=begins))


def _begins(row: models.Change, now: datetime) -> bool:
    """Whether its roll-out is about to begin: the keeper makes one within seconds of a commit that concerns hubs."""
    just = row.state == State.COMMITTED and row.ended is not None and now - row.ended < SOON
    return just and bool(row.plan) and not row.rollout


def _rollout(row: models.Change) -> rollout_models.Rollout | None:
    found = rollout_showing.of_change(row.pk)
    return found or (rollout_showing.of_commit(row.commit) if row.commit else None)


def _only(places: tuple[Place, ...]) -> str:
    """The community of all these places; "" where they are of several."""
    communities = {place.community for place in places}
    return communities.pop() if len(communities) == 1 else ""


def _titles(place: Place) -> dict[str, str]:
    """How the place is called; its name where it has left the fleet."""
    community = people_models.Community.objects.filter(name=place.community).first()
    hub = people_models.Hub.objects.filter(hub_id=str(place)).first() if place.hub else None
    return {"community": community.title if community else place.community, "hub": hub.title if hub else place.hub}


def _anew(row: models.Change, places: tuple[Place, ...]) -> str:
    place = places[0] if len(places) == 1 else Place(community=_only(places))
    return f"{change_forms.form_of(place)}?anew={row.pk}" if place.community else ""


def _sides(conflict: Mapping[str, Any]) -> dict[str, Any]:
    """Both sides of a conflict, as people read them; a fault that the change would bring has no sides."""
    sides = [wording.said(conflict[side]) if side in conflict else "" for side in ("base", "ours", "theirs")]
    base, ours, theirs = sides
    return {
        "what": " > ".join(str(part) for part in conflict["path"]) or conflict["file"],
        "sentence": conflict["sentence"],
        "base": base,
        "ours": ours,
        "theirs": theirs,
        "sided": "ours" in conflict,
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _happened(row: models.Change) -> Iterator[tuple[datetime, str, str]]:
    """Who did what when: a time, a sentence, and the words that they gave."""
    name = {"name": row.author_name}
    if row.via == book.EDITOR:
        yield row.at, gettext("%(name)s committed it by an editor.") % name, ""
    else:
        yield row.at, gettext("%(name)s proposed it.") % name, row.why
        yield from _answers(row)
        yield from _ends(row)
    if row.reviewed:
        yield row.reviewed, gettext("%(name)s reviewed it.") % {"name": row.reviewed_by}, row.review
    for undoing in row.undone_by.filter(state=State.COMMITTED):
        words = {"name": undoing.author_name, "number": undoing.pk}
        yield undoing.ended or undoing.at, gettext("%(name)s undid it by change %(number)s.") % words, undoing.why


def _answers(row: models.Change) -> Iterator[tuple[datetime, str, str]]:
    for each in row.consents.all():
        named = {"name": each.name}
        if not each.agreed:
            yield each.at, gettext("%(name)s declined it.") % named, each.words
        elif row.emergency and each.words == row.because:
            yield each.at, gettext("%(name)s made it in an emergency, without waiting.") % named, each.words
        elif each.handle != row.author or each.words:
            yield each.at, gettext("%(name)s agreed to it.") % named, each.words


def _ends(row: models.Change) -> Iterator[tuple[datetime, str, str]]:
    if row.ended is None:
        return
    if row.state in {State.COMMITTED, State.UNDONE}:
        yield row.ended, gettext("It became commit %(commit)s.") % {"commit": row.commit[:9]}, ""
    if row.state == State.WITHDRAWN:
        yield row.ended, gettext("%(name)s withdrew it.") % {"name": row.author_name}, ""
    if row.state == State.CONFLICT:
        yield row.ended, gettext("Another change of the same came first."), ""


@require_POST
def act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Answer a change, or undo it; then its page again, or that of the change that undoes it."""
    who = reader.of(request)
    values: dict[str, Any] = {"number": number} | {name: asking.plain(request, name) for name in ACTS[verb]}
    page.forget(who)
    try:
        told = change_asking.ask(who, change_asking.CHANGES, f"change.{verb}", values)
    except change_asking.NOT_ALLOWED:
        raise
    except errors.CommonhubError as error:
        messages.error(request, str(error))
        return redirect("change", number=number)
    messages.success(request, told["said"])
    return redirect("change", number=told["change"]["number"])
