"""Roll-outs as pages and the terminal show them. Reads only; asks no other process."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from commonhub.responsibility.assignments import FLEET, Place
from commonhub.rollouts import models, telling, verbs
from commonhub.rollouts.stages import ACTIVE, Phase, State

MOST = 200


def newest(
    *, limit: int = 50, hub_ids: Sequence[str] | None = None, within: Collection[Place] | None = None
) -> list[models.Rollout]:
    """The newest roll-outs, with their hubs; only those of some hubs where these are named.

    `within`: only those all of whose hubs lie in one of these places.
    """
    rows: QuerySet[models.Rollout] = models.Rollout.objects.all()
    if hub_ids is not None:
        rows = rows.filter(hubs__hub_id__in=list(hub_ids)).distinct()
    if within is not None and FLEET not in within:
        rows = rows.filter(reduce(or_, map(_inside, within), Q(pk__in=[])))
    return list(rows.order_by("-id").prefetch_related("hubs")[: min(limit, MOST)])


def _inside(place: Place) -> Q:
    hubs = models.RolloutHub.objects.filter(rollout=OuterRef("pk"))
    there = Q(hub_id=str(place)) if place.hub else Q(hub_id__startswith=f"{place.community}/")
    return Q(Exists(hubs.filter(there))) & ~Q(Exists(hubs.exclude(there)))


def of_commit(commit: str) -> models.Rollout | None:
    """The roll-out that brings a commit; None where it needed none."""
    return models.Rollout.objects.filter(commit=commit).order_by("-id").first()


def of_change(number: int) -> models.Rollout | None:
    """The newest roll-out of a change."""
    return models.Rollout.objects.filter(change=number).order_by("-id").first()


def holding(hub_id: str) -> models.Rollout | None:
    """The roll-out that holds a hub now."""
    return models.Rollout.objects.filter(state__in=ACTIVE, hubs__hub_id=hub_id).order_by("id").first()


def words(rollout: models.Rollout) -> str:
    """How it is, as one sentence or two."""
    hubs = list(rollout.hubs.all())
    reached = sum(hub.reached is not None for hub in hubs)
    total = 1 + max((hub.cohort for hub in hubs), default=0)
    where = f"cohort {rollout.cohort + 1} of {total}, {reached} of {_hubs(len(hubs))}"
    trouble = f" {rollout.trouble}" if rollout.trouble else ""
    match rollout.state:
        case State.RUNNING:
            return f"{_PHASES[Phase(rollout.phase)]}: {where}.{trouble}"
        case State.PAUSED:
            return f"Paused by {rollout.by}: {where}.{trouble}"
        case State.GOING_BACK:
            return f"It goes back: {rollout.reason}{trouble}"
        case State.BACK:
            return f"Taken back: {rollout.reason}"
        case _:
            going = rollout.phase == Phase.COMMITTING
            return (
                f"It is taken back: {rollout.reason}{trouble}"
                if going
                else f"Done: {_hubs(len(hubs))} {'has' if len(hubs) == 1 else 'have'} it.{trouble}"
            )


def _hubs(number: int) -> str:
    return "1 hub" if number == 1 else f"{number} hubs"


_PHASES = {
    Phase.WAITING: "Waits for an event to be over",
    Phase.APPLYING: "Brings the settings",
    Phase.PROBING: "Probes",
    Phase.WATCHING: "Watches what was done",
    Phase.COMMITTING: "Sets the fleet folder back",
    Phase.ENDED: "Ended",
}


def acts(rollout: models.Rollout, now: datetime, *, within: timedelta | None = None) -> tuple[str, ...]:
    """The verbs that make sense now, whoever may do them. `within`: `verbs.undo_within`, where it is at hand."""
    match rollout.state:
        case State.RUNNING:
            hurry = ("start",) if rollout.phase in {Phase.WAITING, Phase.WATCHING} and not rollout.hurry else ()
            return ("pause", *hurry, "stop")
        case State.PAUSED:
            return ("resume", "stop")
        case State.DONE:
            open_still = rollout.ended is not None and now - rollout.ended <= (within or verbs.undo_within())
            return ("undo",) if open_still and rollout.phase == Phase.ENDED else ()
        case _:
            return ()


def all_told(rollouts: Iterable[models.Rollout], now: datetime) -> list[dict[str, Any]]:
    """Each as JSON keeps it, without its hubs."""
    within = verbs.undo_within()
    return [told(each, now, hubs=False, within=within) for each in rollouts]


def told(
    rollout: models.Rollout, now: datetime, *, hubs: bool = True, within: timedelta | None = None
) -> dict[str, Any]:
    """All of it as JSON keeps it."""
    rows = list(rollout.hubs.all())
    found: dict[str, Any] = {
        "number": rollout.pk,
        "title": rollout.title,
        "author": rollout.author,
        "change": rollout.change,
        "commit": rollout.commit,
        "state": rollout.state,
        "phase": rollout.phase,
        "words": words(rollout),
        "cohort": rollout.cohort + 1,
        "cohorts": 1 + max((hub.cohort for hub in rows), default=0),
        "reached": sum(hub.reached is not None for hub in rows),
        "total": len(rows),
        "created": _stamp(rollout.created),
        "ended": _stamp(rollout.ended),
        "reason": rollout.reason,
        "trouble": rollout.trouble,
        "revert": rollout.revert,
        "acts": list(acts(rollout, now, within=within)),
    }
    if hubs:
        found["hubs"] = [_hub(rollout, hub) for hub in rows]
    return found


def _hub(rollout: models.Rollout, hub: models.RolloutHub) -> dict[str, Any]:
    return {
        "hub": hub.hub_id,
        "cohort": hub.cohort + 1,
        "because": hub.because,
        "settings": hub.settings,
        "expected": _stamp(telling.expected(rollout, hub)),
        "reached": _stamp(hub.reached),
        "probed": hub.probed,
        "verdict": hub.verdict,
        "back": hub.back,
    }


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
