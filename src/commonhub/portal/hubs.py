"""One hub: how it is, what can be asked of it, who is on it, and what it wrote. Those who only use it see less."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commonhub.communities import access, allowing
from commonhub.communities import models as people_models
from commonhub.fleet import desired
from commonhub.ground import errors
from commonhub.hubs import models
from commonhub.portal import access_words, acts, asking, changes, decision_words, page, reader, settings_in_words, words
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Person, Place
from commonhub.responsibility.permissions import Permission

EVENTS = 20  # the newest
LOG_LINES = 200  # the last


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that can be asked: its words, what it does, and what is said when it was asked."""

    verb: str
    label: str | Promise
    effect: str | Promise
    asked: str | Promise

    @property
    def permission(self) -> Permission:
        """What it takes."""
        return acts.VERBS[self.verb]


WAKE = Act(
    verb="wake",
    label=gettext_lazy("Wake"),
    effect=gettext_lazy("Starts it now, so that the next visitor does not wait."),
    asked=gettext_lazy("%(hub)s was asked to wake."),
)
WAKE_AGAIN = replace(WAKE, effect=gettext_lazy("Tries to start it once more."))
SLEEP = Act(
    verb="sleep",
    label=gettext_lazy("Put to sleep"),
    effect=gettext_lazy(
        "Ends its process and frees the memory; the next visitor wakes it. Refused while people's servers run."
    ),
    asked=gettext_lazy("%(hub)s was asked to fall asleep."),
)
RESTART = Act(
    verb="restart",
    label=gettext_lazy("Restart"),
    effect=gettext_lazy("Starts a new process. People's servers go on."),
    asked=gettext_lazy("%(hub)s was asked to restart."),
)
ACTS = {act.verb: act for act in (WAKE, SLEEP, RESTART)}
OFFERED: dict[str, tuple[Act, ...]] = {
    words.State.ASLEEP: (WAKE,),
    words.State.FAILED: (WAKE_AGAIN,),
    words.State.AWAKE: (SLEEP, RESTART),
    words.State.WAKING: (SLEEP,),
    words.State.FALLING_ASLEEP: (WAKE,),
}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the keeper said, or why it said nothing."""

    lines: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What every form of the page looks at."""

    who: reader.Reader
    place: Place
    record: models.HubRecord
    hub: people_models.Hub | None
    charter: deciding.Charter

    @property
    def may(self) -> frozenset[Permission]:
        """What the reader may do here."""
        return self.who.may(self.place)

    def holders(self, permission: Permission) -> tuple[Person, ...]:
        """Who may do something here."""
        return self.charter.holders(permission, self.place)


@require_safe
def view(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """The hub's page: whole for those who may see it, and what concerns them for those who may use the hub."""
    who, place = reader.of(request), reader.place(community, hub)
    entitled = Permission.HUB_SEE in who.may(place)
    if not entitled and not access.standing(str(place), who.person, now=who.now).allowed:
        return _refused(request, who, place)
    record = models.HubRecord.objects.filter(hub_id=str(place)).first()
    if record is None:
        raise Http404
    scene = Scene(
        who=who,
        place=place,
        record=record,
        hub=people_models.Hub.objects.filter(hub_id=str(place)).select_related("community").first(),
        charter=who.around(place),
    )
    if entitled:
        return render(request, "portal/hub.html", _shared(scene) | _whole(request, scene))
    return render(request, "portal/my_hub.html", _shared(scene))


def _refused(request: HttpRequest, who: reader.Reader, place: Place) -> HttpResponse:
    """The refusal; where the hub takes requests, with the way to one."""
    try:
        who.need(Permission.HUB_SEE, place)
    except allowing.NotAllowedError as error:
        joinable = people_models.Hub.objects.filter(hub_id=str(place), in_fleet=True, requests=True).first()
        return asking.refusal(request, error, joinable=joinable)
    raise Http404


def _shared(scene: Scene) -> dict[str, Any]:
    record = scene.record
    return {
        "about": "hub",
        "hub": record,
        "place": scene.place,
        "may": scene.may,
        # Only a web address becomes a link, whatever the record holds.
        "address": record.url if record.url.startswith(("http://", "https://")) else "",
        "state": words.state(record.state),
        "state_sentence": words.state_sentence(record.state),
        "retired": record.state == words.State.RETIRED,
        "failed": record.state == words.State.FAILED,
        "who_may_use": access_words.in_short(scene.hub) if scene.hub else "",
        "looked_after": scene.holders(Permission.PERSON_ADD),
        "leaves": _leaves_about(scene),
        "stale": page.stale(record.seen, scene.who.now),
    }


def _leaves_about(scene: Scene) -> list[people_models.Leave]:
    """Who may open the reader's own server here, now."""
    rows = people_models.Leave.objects.filter(
        community=scene.place.community, hub=scene.place.hub, about=scene.who.asker.handle, ended=None
    )
    return list(rows.filter(until__gt=scene.who.now).select_related("person"))


def _whole(request: HttpRequest, scene: Scene) -> dict[str, Any]:
    record = scene.record
    plan = _plan(record.hub_id)
    fresh = bool(request.GET.get("fresh"))
    reads_log = Permission.HUB_LOGS in scene.may
    return {
        "at_work": words.people_at_work(record.people),
        "in_use": words.in_use(record.memory),
        "acts": [act for act in OFFERED.get(record.state, ()) if act.permission in scene.may],
        "others_acts": list(_others(scene)),
        "moving": not OFFERED.get(record.state),
        "servers": list(record.servers.all()),
        "settings": settings_in_words.lines(record.settings),
        "changes": changes.near(scene.who, scene.place),
        "behind": bool(record.wanted_digest) and record.digest != record.wanted_digest,
        # This machine serves every other kind of login with a shared password.
        "shared_password": record.engine == "local" and record.settings.get("login") != desired.LoginKind.COMMONHUB,
        "home_quota": record.settings.get("home_quota"),
        "events": models.HubEvent.objects.filter(hub_id=record.hub_id)[:EVENTS],
        "plan": plan,
        "reads_log": reads_log,
        # Reading a log is noted in the audit, so it is read when somebody asks to.
        "log": _log(scene) if reads_log and "log" in request.GET else None,
        "log_readers": decision_words.listed(scene.holders(Permission.HUB_LOGS)),
        "fresh": fresh,
        "fresh_url": "?" if fresh else "?fresh=10",
    }


def _others(scene: Scene) -> Iterator[tuple[Act, str]]:
    """What others can do here, and who."""
    for act in OFFERED.get(scene.record.state, ()):
        if act.permission not in scene.may:
            yield act, decision_words.listed(scene.holders(act.permission))


def _plan(hub_id: str) -> Heard:
    try:
        return Heard(lines=tuple(acts.keeper().plan(hub_id)))
    except errors.CommonhubError as error:
        return Heard(trouble=str(error))


def _log(scene: Scene) -> Heard:
    try:
        return Heard(lines=tuple(acts.keeper().log(scene.record.hub_id, LOG_LINES, scene.who.asker)))
    except errors.CommonhubError as error:
        return Heard(trouble=str(error))


@require_POST
def stop_server(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Stop somebody's server; their files stay."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(Permission.SERVER_STOP, place)
    user = asking.plain(request, "user")

    def ask() -> str:
        acts.keeper().act(acts.STOP_SERVER, str(place), who.asker, user=user)
        return gettext("The server of %(user)s was stopped; the files stay.") % {"user": user}

    return asking.answered(request, reverse("hub", args=(community, hub)), ask)


@require_POST
def act(request: HttpRequest, community: str, hub: str, verb: str) -> HttpResponse:
    """Ask the keeper in the reader's name, and say what came of it on the hub's page."""
    who, place = reader.of(request), reader.place(community, hub)
    who.need(acts.VERBS[verb], place)
    record = models.HubRecord.objects.filter(hub_id=str(place)).first()
    if record is None:
        raise Http404
    try:
        acts.keeper().act(verb, record.hub_id, who.asker)
    except errors.CommonhubError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(ACTS[verb].asked) % {"hub": record.title})
    return redirect("hub", community=community, hub=hub)
