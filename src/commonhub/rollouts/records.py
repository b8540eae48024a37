"""The records of roll-outs, written: each function is one transaction, so that nothing is ever half done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from commonhub.engines import probing
from commonhub.fleet import desired
from commonhub.hubs import holds
from commonhub.hubs import records as hub_records
from commonhub.rollouts import models, planning
from commonhub.rollouts.stages import ACTIVE, Phase, State


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The commits that a roll-out brings."""

    commit: str
    base: str
    causes: tuple[str, ...]  # newest first
    title: str
    author: str
    handle: str = ""
    change: int | None = None


def met() -> str:
    """The newest commit that was met; "" before the first."""
    row = models.Met.objects.filter(pk=1).first()
    return row.commit if row else ""


def meet(commit: str, now: datetime) -> None:
    """This commit is met."""
    if met() != commit:
        models.Met.objects.update_or_create(pk=1, defaults={"commit": commit, "at": now})


def begin(
    origin: Origin,
    hubs: Iterable[planning.Placed],
    before: dict[str, dict[str, object]],
    *,
    soak: int,
    undoes: bool = False,
    now: datetime,
) -> models.Rollout:
    """A new roll-out, with all its hubs; those of the first cohort are reached at once where nothing is waited for."""
    placed = list(hubs)
    first = [each for each in placed if each.cohort == 0]
    waits = any(each.not_before is not None and each.not_before > now for each in first)
    rollout = models.Rollout.objects.create(
        commit=origin.commit,
        base=origin.base,
        causes=list(origin.causes),
        title=origin.title[:300],
        author=origin.author[:200],
        handle=origin.handle[:200],
        change=origin.change,
        state=State.RUNNING,
        phase=Phase.WAITING if waits else Phase.APPLYING,
        since=now,
        created=now,
        soak=soak,
        undoes=undoes,
    )
    models.RolloutHub.objects.bulk_create(
        models.RolloutHub(
            rollout=rollout,
            hub_id=each.step.hub_id,
            cohort=each.cohort,
            because=each.because,
            probed=each.probed,
            not_before=each.not_before,
            before=before[each.step.hub_id],
            after=hub_records.plain_settings(each.step.hub) if each.step.hub else {},
            settings=[difference.setting for difference in each.step.differences],
            restarts=each.step.restarts,
            people=each.step.people,
            reached=now if each.cohort == 0 and not waits else None,
        )
        for each in placed
    )
    return rollout


def active() -> list[models.Rollout]:
    """Those whose hubs are held, and those that somebody takes back; the oldest first."""
    under_way = models.Rollout.objects.filter(state__in=ACTIVE) | models.Rollout.objects.filter(
        state=State.DONE, phase=Phase.COMMITTING
    )
    return list(under_way.order_by("id").prefetch_related("hubs"))


def again(rollout: models.Rollout) -> models.Rollout:
    """It as it is now."""
    return models.Rollout.objects.prefetch_related("hubs").get(pk=rollout.pk)


def busy() -> frozenset[str]:
    """Hubs of roll-outs under way."""
    rows = models.RolloutHub.objects.filter(rollout__state__in=ACTIVE)
    return frozenset(rows.values_list("hub_id", flat=True))


def held() -> dict[str, holds.Hold]:
    """Every held hub: at its settings of before, or at those of the roll-out where that has reached it."""
    found = {}
    for rollout in models.Rollout.objects.filter(state__in=ACTIVE).order_by("id").prefetch_related("hubs"):
        words = hold_words(rollout)
        for hub in rollout.hubs.all():
            forward = hub.reached is not None and rollout.state != State.GOING_BACK
            settings = desired.from_settings(hub.after if forward else hub.before)
            found[hub.hub_id] = holds.Hold(settings=settings, words=words)
    return found


def hold_words(rollout: models.Rollout) -> str:
    """By what a hub is held, as a sentence."""
    what = "which goes back" if rollout.state == State.GOING_BACK else rollout.state
    return f"Held by roll-out {rollout.pk} ({rollout.title}), {what}."


def move(rollout: models.Rollout, was: Collection[str] | str, in_phase: str, /, **values: Any) -> bool:
    """From one stage to the next; False where it is no longer where we believed, because somebody stepped in."""
    states = [was] if isinstance(was, str) else list(was)
    rows = models.Rollout.objects.filter(pk=rollout.pk, state__in=states, phase=in_phase, cohort=rollout.cohort)
    return rows.update(**values) == 1


def next_cohort(rollout: models.Rollout, phase: str, *, now: datetime) -> bool:
    """The hubs of the cohort under way are given the settings."""
    with transaction.atomic():
        if not move(rollout, State.RUNNING, phase, phase=Phase.APPLYING, since=now, hurry=False):
            return False
        models.RolloutHub.objects.filter(rollout=rollout, cohort=rollout.cohort, reached=None).update(reached=now)
    return True


def wait_for(hubs: Iterable[models.RolloutHub], until: Mapping[str, datetime]) -> None:
    """Hubs wait for the end of an event, by their ids, where they do not wait for as long already."""
    for hub in hubs:
        end = until.get(hub.hub_id)
        if end is not None and (hub.not_before is None or hub.not_before < end):
            models.RolloutHub.objects.filter(pk=hub.pk).update(not_before=end)
            hub.not_before = end


def keep_verdict(hub: models.RolloutHub, verdict: probing.Verdict) -> None:
    """What came of a probe with the new settings."""
    models.RolloutHub.objects.filter(pk=hub.pk).update(verdict=verdict.told(), tries=F("tries") + 1)


def keep_back(hub: models.RolloutHub, verdict: probing.Verdict) -> None:
    """What came of a probe with the old settings again."""
    models.RolloutHub.objects.filter(pk=hub.pk).update(back=verdict.told())


def say_trouble(rollout: models.Rollout, words: str) -> bool:
    """Why it cannot go on by itself; True where that is new."""
    return models.Rollout.objects.filter(pk=rollout.pk).exclude(trouble=words).update(trouble=words) == 1


def reached(rollout: models.Rollout) -> Sequence[models.RolloutHub]:
    """The hubs that have, or had, its settings."""
    return [hub for hub in rollout.hubs.all() if hub.reached is not None]


def last_of(hub_ids: Collection[str]) -> models.Rollout | None:
    """The newest roll-out that has ended and had one of these hubs."""
    ended = models.Rollout.objects.exclude(state__in=ACTIVE).filter(hubs__hub_id__in=list(hub_ids))
    return ended.order_by("-id").first()
