"""Change something: a form by intention, the preview of what it would do, and the proposal.

Nothing is remembered between the steps: a preview carries what was asked for in its own form.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from commonhub.changes import ruling
from commonhub.communities import finding, models
from commonhub.ground import errors
from commonhub.hubs import models as hub_models
from commonhub.portal import (
    asking,
    change_asking,
    change_fields,
    change_needs,
    change_sessions,
    change_words,
    kept,
    page,
    reader,
)
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

KEPT: Final = 1_200_000  # characters of what a preview carries; the keeper takes files of a million
EVENT: Final = ("name", "hub", "begins", "ends", "people", "memory", "note")
Values = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def of_hub(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Change something of a hub."""
    return _answer(request, reader.place(community, hub))


@require_http_methods(["GET", "HEAD", "POST"])
def of_community(request: HttpRequest, community: str) -> HttpResponse:
    """Change something of a community: announce an event, or its file."""
    return _answer(request, reader.place(community))


def _answer(request: HttpRequest, place: Place) -> HttpResponse:
    who = reader.of(request)
    who.need(Permission.CHANGE_PROPOSE, place)
    settings = _settings(place)
    if request.method != "POST":
        anew = request.GET.get("anew", "")
        if anew.isascii() and anew.isdigit():
            return _preview(request, who, place, _about(place) | {"anew": int(anew[:15])})
        return _form(request, who, place, settings, {})
    step = request.POST.get("step", "")
    try:
        values = _carried(request, place) if "carried" in request.POST else _from_form(request, place, settings)
    except errors.CommonhubError as error:
        return _form(request, who, place, settings, dict(request.POST.items()), trouble=str(error))
    if step == "again":
        return _form(request, who, place, settings, values)
    return _propose(request, who, place, values) if step == "propose" else _preview(request, who, place, values)


def _settings(place: Place) -> Mapping[str, Any]:
    """The hub's settings as they were last seen. Raises NotFoundError where there is no such place."""
    finding.hub(str(place)) if place.hub else finding.community(place.community)
    record = hub_models.HubRecord.objects.filter(hub_id=str(place)).first() if place.hub else None
    return record.settings if record else {}


# ---- from requests to values ----


def _about(place: Place) -> Values:
    return {"hub": str(place)} if place.hub else {"community": place.community}


def _from_form(request: HttpRequest, place: Place, settings: Mapping[str, Any]) -> Values:
    """What one of the page's forms means. Raises CommonhubError where it means nothing."""
    form = {name: asking.plain(request, name) for name in request.POST}
    which = form.get("form", "")
    if which == "remove":
        return _about(place) | {"remove": True}
    if which == "file":
        file = {form["file"]: _as_file(request.POST.get("text", ""))}
        return _about(place) | {"files": file} | ({"base": form["base"]} if form.get("base") else {})
    if which == "event":
        return _about(place) | {"event": _event(form)}
    ticked = {name: request.POST.getlist(f"remove_{name}") for name in change_fields.LISTS}
    found = change_fields.of_hub(form, ticked, settings)
    if not found:
        raise errors.CommonhubError(
            gettext("Nothing is different from what holds now."), gettext("Fill in what should change.")
        )
    return _about(place) | found


def _as_file(text: str) -> str:
    """What a browser sends of a text, as the line ends of a file."""
    text = text.replace("\0", "").replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _event(form: Mapping[str, str]) -> Values:
    said: Values = {name: form[name] for name in EVENT if form.get(name)}
    try:
        said["people"] = int(form.get("people", ""))
    except ValueError:
        raise errors.CommonhubError(
            gettext("It is not said how many people come."), gettext("Write the number in digits.")
        ) from None
    return said


def _carried(request: HttpRequest, place: Place) -> Values:
    """What a preview carried. It is only as good as a form: the keeper checks everything again."""
    raw = request.POST.get("carried", "")
    try:
        found = json.loads(raw) if len(raw) <= KEPT else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise errors.CommonhubError(gettext("The form was not whole."), gettext("Fill it in once more."))
    return {name: value for name, value in found.items() if name not in {"hub", "community"}} | _about(place)


# ---- pages ----


def _form(
    request: HttpRequest,
    who: reader.Reader,
    place: Place,
    settings: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    trouble: str = "",
) -> HttpResponse:
    charter = who.around(place)
    groups = change_fields.groups(settings, sent) if place.hub else ()
    here = change_needs.Here(table=ruling.in_force(), charter=charter, place=place, me=who.asker.handle)
    around = dataclasses.replace(here, place=Place(community=place.community))
    event = sent.get("event") if isinstance(sent.get("event"), dict) else sent
    context = _place(place) | {
        "trouble": trouble,
        "groups": [(group, *_needs(group, here)) for group in groups],
        "choice": sent.get("choice", ""),
        "interfaces": ("/lab", "/tree", "/rstudio", "/desktop"),
        "event": event,
        "event_needs": around.of_paths([("events",)], file=change_needs.COMMUNITY),
        "removal": here.of_kind("remove-hub" if place.hub else "remove-community"),
        "file": _file(who, place, sent),
        "file_asked": "file" in request.GET,
        "opened": "file" if sent.get("files") else "event" if sent.get("event") else "",
    }
    return render(request, "portal/change_form.html", context, status=400 if trouble else 200)


def _needs(group: change_fields.Group, here: change_needs.Here) -> tuple[tuple[change_needs.Needed, ...], bool]:
    """What the fields of a group need, and whether all of it flows at once."""
    needs = here.of_paths(group.paths)
    return needs, all(each.flows and not each.costs for each in needs)


def _place(place: Place) -> dict[str, Any]:
    community = finding.community(place.community)
    hub = models.Hub.objects.filter(hub_id=str(place)).first() if place.hub else None
    return {
        "about": "changes",
        "place": place,
        "community": community,
        "hub": hub,
        "of_place": hub.title if hub else community.title,
        "hub_names": [] if hub else list(community.hubs.filter(in_fleet=True).values_list("name", "title")),
        "form_url": form_of(place),
    }


def form_of(place: Place) -> str:
    """The address of the form that changes something here."""
    if place.hub:
        return reverse("change-hub", args=(place.community, place.hub))
    return reverse("change-community", args=(place.community,))


def _file(who: reader.Reader, place: Place, sent: Mapping[str, Any]) -> dict[str, str] | None:
    """The place's own file, for who would rather write it; None where the keeper has none to show."""
    name = f"communities/{place.community}/" + (f"hubs/{place.hub}.yaml" if place.hub else "community.yaml")
    files = sent.get("files")
    if isinstance(files, dict) and name in files:
        return {"name": name, "text": str(files[name]), "base": str(sent.get("base", "")), "trouble": ""}
    try:
        told = change_asking.ask(who, change_asking.CHANGES, "change.files", _about(place))
    except errors.NotFoundError:
        return None
    except errors.CommonhubError as error:
        return {"name": name, "text": "", "base": "", "trouble": str(error)}
    return {"name": name, "text": told["files"].get(name, ""), "base": told["base"], "trouble": ""}


def _preview(
    request: HttpRequest, who: reader.Reader, place: Place, values: Values, *, said: Mapping[str, str] | None = None
) -> HttpResponse:
    """What it would do, cost and need. `said`: the title and the reason that were written already."""
    words = said or kept.sent(request, request.path)
    try:
        told = change_asking.ask(who, change_asking.CHANGES, "change.preview", values)
    except (errors.UnavailableError, *change_asking.NOT_ALLOWED):
        raise
    except errors.CommonhubError as error:
        return _form(request, who, place, _settings(place), values, trouble=str(error))
    context = (
        _place(place)
        | change_words.findings(told["findings"])
        | {
            "told": told,
            "steps": change_sessions.steps(who, told["plan"]),
            "diff": change_words.difference(told["difference"]),
            "carried": json.dumps(values | {"base": told["base"]}),
            "title_of_change": words.get("title_of_change") or told.get("title_of_change") or _title(told),
            "why": words.get("why", told.get("why", "")),
            "confirm": told.get("confirm", "") if told.get("destructive") else "",
            "waits": [each for each in told["needs"] if each["given_by"] is None],
        }
    )
    return render(request, "portal/change_preview.html", context)


def _title(told: Mapping[str, Any]) -> str:
    """A title for the commit, from what it does."""
    sentences = [sentence for found in told["words"].values() for sentence in found]
    more = f" (+{len(sentences) - 1})" if len(sentences) > 1 else ""
    return f"{sentences[0][: 190 - len(more)]}{more}" if sentences else ""


def _propose(request: HttpRequest, who: reader.Reader, place: Place, values: Values) -> HttpResponse:
    said = {name: asking.plain(request, name) for name in ("title_of_change", "why", "confirm")}
    page.forget(who)
    try:
        told = change_asking.ask(who, change_asking.CHANGES, "change.propose", values | said)
    except change_asking.NOT_ALLOWED:
        raise
    except errors.UnavailableError:
        kept.keep(request)
        raise
    except errors.CommonhubError as error:
        messages.error(request, str(error))
        return _preview(request, who, place, values, said=said)
    messages.success(request, told["said"])
    return redirect("change", number=told["change"]["number"])
