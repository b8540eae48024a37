"""One turn of one roll-out: from what is seen of its hubs to its next stage, written down with what people are told.

Each function here is one transaction, or changes nothing. The conductor does what takes time between them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from commonhub.engines import engine, probing
from commonhub.fleet import desired
from commonhub.rollouts import models, planning, records, telling
from commonhub.rollouts.stages import Phase, State

FORWARD = (State.RUNNING, State.PAUSED)


def under_way(rollout: models.Rollout) -> list[models.RolloutHub]:
    """The hubs of the cohort that is under way."""
    return [hub for hub in rollout.hubs.all() if hub.cohort == rollout.cohort]


def cohorts(rollout: models.Rollout) -> int:
    """How many cohorts there are."""
    return 1 + max((hub.cohort for hub in rollout.hubs.all()), default=0)


def is_last(rollout: models.Rollout) -> bool:
    """Whether the cohort under way is the last one."""
    return rollout.cohort + 1 >= cohorts(rollout)


def may_begin(rollout: models.Rollout, near: Mapping[str, Sequence[planning.Event]], now: datetime) -> bool:
    """Whether the cohort under way may be given its settings.

    `near`: the events that are near now, by hub. What was announced after the roll-out began counts as well.
    """
    hubs = under_way(rollout)
    records.wait_for(hubs, {hub_id: max(event.ends for event in events) for hub_id, events in near.items() if events})
    free = all(hub.not_before is None or hub.not_before <= now for hub in hubs)
    return rollout.state == State.RUNNING and (free or rollout.hurry)


def begin_cohort(rollout: models.Rollout, now: datetime) -> bool:
    """From waiting to applying."""
    with transaction.atomic():
        if not records.next_cohort(rollout, Phase.WAITING, now=now):
            return False
        telling.reach(under_way(rollout), rollout, now=now)
    return True


def settled(
    hubs: list[models.RolloutHub], wanted: Mapping[str, desired.DesiredHub], seen: Mapping[str, engine.HubSeen]
) -> tuple[bool, str]:
    """Whether all of them have what they should have now, and what is wrong with one of them ("" while nothing is)."""
    whole = True
    for hub in hubs:
        should, there = wanted.get(hub.hub_id), seen.get(hub.hub_id)
        if should is None:  # it left the fleet meanwhile
            continue
        if there is not None and there.state is engine.HubState.FAILED:
            return False, f"{hub.hub_id} failed: {there.message or 'it could not be prepared'}"
        whole = whole and there is not None and there.digest == should.digest
    return whole, ""


def to_phase(rollout: models.Rollout, before: Phase, after: Phase, now: datetime) -> bool:
    """On to the next phase of the same cohort, or of going back."""
    return records.move(rollout, [*FORWARD, State.GOING_BACK], before, phase=after, since=now, hurry=False)


def after_probes(rollout: models.Rollout, now: datetime) -> bool:
    """A cohort's probes went well: it is watched, or that was the last one."""
    if not is_last(rollout):
        return to_phase(rollout, Phase.PROBING, Phase.WATCHING, now)
    with transaction.atomic():
        if not records.move(rollout, FORWARD, Phase.PROBING, state=State.DONE, phase=Phase.ENDED, ended=now, since=now):
            return False
        telling.done(rollout, list(rollout.hubs.all()), now=now)
    return True


def watched_enough(rollout: models.Rollout, now: datetime) -> bool:
    """Whether the next cohort may come."""
    return rollout.state == State.RUNNING and (rollout.hurry or now >= rollout.since + timedelta(seconds=rollout.soak))


def to_next(rollout: models.Rollout, now: datetime) -> bool:
    """The next cohort waits for its turn."""
    after = {"phase": Phase.WAITING, "cohort": rollout.cohort + 1, "since": now, "hurry": False}
    return records.move(rollout, State.RUNNING, Phase.WATCHING, **after)


def go_back(rollout: models.Rollout, reason: str, now: datetime) -> bool:
    """Halt, and take it back by itself."""
    if rollout.undoes:
        return _end_undone(rollout, reason, now)
    with transaction.atomic():
        values = {"state": State.GOING_BACK, "phase": Phase.APPLYING, "since": now, "reason": reason, "hurry": False}
        values |= {"by": "", "by_handle": ""}  # whoever paused it did not take it back
        if not records.move(rollout, FORWARD, rollout.phase, **values):
            return False
        telling.going_back(rollout, list(rollout.hubs.all()), reason, now=now)
    return True


def _end_undone(rollout: models.Rollout, reason: str, now: datetime) -> bool:
    """What takes another one back is not taken back itself: its hubs keep it, and the engineers are told."""
    with transaction.atomic():
        values = {"state": State.DONE, "phase": Phase.ENDED, "since": now, "ended": now, "reason": reason}
        moved = records.move(rollout, FORWARD, rollout.phase, **values)
        if moved and records.say_trouble(rollout, reason):
            telling.in_trouble(rollout, reason, now=now)
    return moved


def failure(hub: models.RolloutHub, verdict: probing.Verdict) -> str:
    """Why a probe stops a roll-out, as a sentence or two."""
    who = {
        probing.NEWCOMER: "somebody new, and only somebody new,",
        probing.REGULAR: "somebody who was there before",
    }.get(verdict.who, "everybody")
    what = {
        probing.Part.WAKE: "cannot reach it",
        probing.Part.LOGIN: "cannot sign in",
        probing.Part.START: "gets no server",
        probing.Part.KERNEL: "cannot run a cell",
        probing.Part.FILES: "cannot keep a file",
        probing.Part.STOP: "cannot stop the server",
    }[verdict.failed or probing.Part.WAKE]
    return f"At {hub.hub_id} {who} {what}: {verdict.words}"


def ended_back(rollout: models.Rollout, revert: str, now: datetime) -> bool:
    """It is taken back, in the hubs and in the fleet folder."""
    hubs = list(rollout.hubs.all())
    still = [hub for hub in hubs if hub.back and hub.back.get("failed")]
    words = "Its hubs have the settings of before." if records.reached(rollout) else "No hub had it yet."
    if still:
        ill = ", ".join(hub.hub_id for hub in still)
        words += f" The probe fails with them too, at {ill}: the change was not the cause."
    with transaction.atomic():
        values = {"state": State.BACK, "phase": Phase.ENDED, "ended": now, "revert": revert, "trouble": ""}
        moved = records.move(rollout, [State.GOING_BACK, State.DONE], Phase.COMMITTING, **values)
        if moved:
            telling.back(rollout, hubs, words, now=now)
    return moved


def trouble(rollout: models.Rollout, words: str, now: datetime) -> None:
    """It cannot go on; told once for each reason."""
    with transaction.atomic():
        if records.say_trouble(rollout, words):
            telling.in_trouble(rollout, words, now=now)
