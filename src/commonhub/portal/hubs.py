"""One hub: how it is, what can be asked of it, who is on it, and what it wrote."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commonhub.ground import clock, errors
from commonhub.hubs import models
from commonhub.portal import acts, page, settings_in_words, words

EVENTS = 20  # the newest
LOG_LINES = 200  # the last


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that can be asked: its words, what it does, and what is said when it was asked."""

    verb: str
    label: str | Promise
    effect: str | Promise
    asked: str | Promise


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


@require_safe
def view(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """The hub's page."""
    record = get_object_or_404(models.HubRecord, hub_id=f"{community}/{hub}")
    now = clock.system_clock()
    plan = _plan(record.hub_id)
    fresh = bool(request.GET.get("fresh"))
    context = {
        "about": "hub",
        "hub": record,
        # Only a web address becomes a link, whatever the record holds.
        "address": record.url if record.url.startswith(("http://", "https://")) else "",
        "state": words.state(record.state),
        "state_sentence": words.state_sentence(record.state),
        "at_work": words.people_at_work(record.people),
        "in_use": words.in_use(record.memory),
        "failed": record.state == words.State.FAILED,
        "retired": record.state == words.State.RETIRED,
        "acts": OFFERED.get(record.state, ()),
        "servers": list(record.servers.all()),
        "settings": settings_in_words.lines(record.settings),
        "behind": bool(record.wanted_digest) and record.digest != record.wanted_digest,
        # Until the portal's own login comes, this machine serves every kind of login with a shared password.
        "shared_password": record.engine == "local",
        "home_quota": record.settings.get("home_quota"),
        "events": models.HubEvent.objects.filter(hub_id=record.hub_id)[:EVENTS],
        "plan": plan,
        # A keeper that was away a moment ago would cost the reader another wait.
        "log": Heard(trouble=plan.trouble) if plan.trouble else _log(record.hub_id),
        "log_lines": LOG_LINES,
        "stale": page.stale(record.seen, now),
        "fresh": fresh,
        "fresh_url": "?" if fresh else "?fresh=10",
    }
    return render(request, "portal/hub.html", context)


def _plan(hub_id: str) -> Heard:
    try:
        return Heard(lines=tuple(acts.keeper().plan(hub_id)))
    except errors.CommonhubError as error:
        return Heard(trouble=str(error))


def _log(hub_id: str) -> Heard:
    try:
        return Heard(lines=tuple(acts.keeper().log(hub_id, LOG_LINES)))
    except errors.CommonhubError as error:
        return Heard(trouble=str(error))


@require_POST
def act(request: HttpRequest, community: str, hub: str, verb: str) -> HttpResponse:
    """Ask the keeper in the reader's name, and say what came of it on the hub's page."""
    record = get_object_or_404(models.HubRecord, hub_id=f"{community}/{hub}")
    try:
        acts.keeper().act(verb, record.hub_id, request.user.get_username())
    except errors.CommonhubError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(ACTS[verb].asked) % {"hub": record.title})
    return redirect("hub", community=community, hub=hub)
