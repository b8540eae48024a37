"""One roll-out: its cohorts, what each probe saw, what is held, and what can be done with it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commonhub.ground import errors
from commonhub.portal import asking, change_asking, change_words, decision_words, page, reader
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import advancing, models, showing, stages, telling
from commonhub.rollouts import words as rollout_words

SHOWN: Final = 100  # hubs on one page


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that can be asked of a roll-out."""

    verb: str
    permission: Permission
    label: str | Promise
    effect: str | Promise


ACTS: Final = {
    act.verb: act
    for act in (
        Act(
            verb="pause",
            permission=Permission.ROLLOUT_PAUSE,
            label=gettext_lazy("Pause"),
            effect=gettext_lazy("No further cohort begins; the one under way is still probed."),
        ),
        Act(
            verb="resume",
            permission=Permission.ROLLOUT_RESUME,
            label=gettext_lazy("Go on"),
            effect=gettext_lazy("The next cohort may begin."),
        ),
        Act(
            verb="start",
            permission=Permission.ROLLOUT_START,
            label=gettext_lazy("Wait no longer"),
            effect=gettext_lazy("The next cohort begins now. Probes are never left out."),
        ),
        Act(
            verb="stop",
            permission=Permission.ROLLOUT_UNDO,
            label=gettext_lazy("Stop and take it back"),
            effect=gettext_lazy("Every hub gets the settings of before; people's servers go on."),
        ),
        Act(
            verb="undo",
            permission=Permission.ROLLOUT_UNDO,
            label=gettext_lazy("Take it back"),
            effect=gettext_lazy("Every hub gets the settings of before, and so does the fleet's folder."),
        ),
    )
}


@require_safe
def view(request: HttpRequest, number: int) -> HttpResponse:
    """The roll-out's own page, for those that came without a change too."""
    who = reader.of(request)
    row = rollout_words.look(who.asker, number, who.now)
    context = {"about": "changes", "rollout": shown(who, row, showing.told(row, who.now))}
    return render(request, "portal/rollout.html", context | kept_fresh(request, row))


def kept_fresh(request: HttpRequest, row: models.Rollout | None, *, begins: bool = False) -> dict[str, Any]:
    """What lets a page follow a roll-out by itself, while there is something to follow, or about to be."""
    if not begins and (row is None or row.state not in stages.ACTIVE):
        return {}
    fresh = "fresh" in request.GET
    return {"fresh": fresh, "fresh_url": "?" if fresh else "?fresh=10"}


def shown(
    who: reader.Reader,
    row: models.Rollout,
    told: Mapping[str, Any],
    *,
    without: Collection[str] = (),
    sees: Callable[[str], bool] = bool,
) -> dict[str, Any]:
    """What the templates show of a roll-out. `without`: acts that the page offers otherwise. `sees`: which hubs' ids."""
    place = telling.place_of(each["hub"] for each in told["hubs"])
    may = who.may(place)
    acts = [ACTS[verb] for verb in told["acts"] if verb not in without]
    charter = who.around(place) if acts else None
    return {
        "row": row,
        "told": told,
        "place": place,
        "state": change_words.rollout(row.state),
        "active": row.state in advancing.FORWARD,
        "goes_back": row.state in {stages.State.GOING_BACK, stages.State.BACK},
        "cohorts": list(_cohorts([each for each in told["hubs"] if sees(each["hub"])][:SHOWN])),
        "more": max(0, sum(sees(each["hub"]) for each in told["hubs"]) - SHOWN),
        "acts": [act for act in acts if act.permission in may],
        "others": [
            (act, decision_words.listed(charter.holders(act.permission, place)))
            for act in acts
            if charter and act.permission not in may
        ],
    }


def _cohorts(hubs: list[dict[str, Any]]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The hubs by cohort, with times as times."""
    found: dict[int, list[dict[str, Any]]] = {}
    for hub in hubs:
        community, _, name = hub["hub"].partition("/")
        times = {key: datetime.fromisoformat(hub[key]) if hub[key] else None for key in ("reached", "expected")}
        found.setdefault(hub["cohort"], []).append(hub | times | {"community": community, "name": name})
    yield from sorted(found.items())


@require_POST
def act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Hold it, let it go on, or take it back."""
    who = reader.of(request)
    row = rollout_words.look(who.asker, number, who.now)
    values = {"number": number, "why": asking.plain(request, "why")}
    page.forget(who)
    try:
        told = change_asking.ask(who, change_asking.ROLLOUTS, verb, values)
    except change_asking.NOT_ALLOWED:
        raise
    except errors.CommonhubError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(told["said"]))
    return redirect("change", number=row.change) if row.change else redirect("rollout", number=number)
