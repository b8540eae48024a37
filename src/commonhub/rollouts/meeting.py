"""A commit is met: what of it becomes a roll-out, and what is held because of it. One transaction.

A commit counts as met together with the roll-out that it needs, so that none is ever applied unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commonhub.engines import engine
from commonhub.fleet import history
from commonhub.hubs import holds, plan, wishes
from commonhub.hubs import models as hub_models
from commonhub.rollouts import agenda, origins, planning, records, telling
from commonhub.rollouts.stages import State

Settings = dict[str, dict[str, object]]


def meet(
    wish: wishes.Wish,
    steps: Sequence[plan.Step],
    seen: Mapping[str, engine.HubSeen],
    *,
    repository: history.FleetRepository,
    usual: planning.Pacing,
    now: datetime,
) -> Mapping[str, holds.Hold]:
    """Make a roll-out of what these steps change, where they change what counts; gives all hubs that are held.

    Steps of hubs that are in a roll-out already wait until it has ended: they come again then.
    """
    due = _due(wish, steps, seen)
    looked = _look(repository, wish, due)  # before the transaction: a long history would hold up every writer
    with transaction.atomic():
        again = _due(wish, steps, seen)
        if again.base != due.base:  # a roll-out ended in between
            looked = _look(repository, wish, again)
        if again.steps and again.base:
            _begin(wish, again, seen, looked, repository=repository, usual=usual, now=now)
        records.meet(wish.commit.id, now)
    return records.held()


@dataclass(frozen=True, kw_only=True)
class _Due:
    """The steps that need a roll-out now, with the settings of their hubs before. `base` "": nothing is known of it."""

    steps: Sequence[plan.Step]
    before: Settings
    base: str


def _due(wish: wishes.Wish, steps: Sequence[plan.Step], seen: Mapping[str, engine.HubSeen]) -> _Due:
    busy = records.busy()
    found = [step for step in steps if planning.counts(step) and step.hub_id not in busy]
    before = _applied(found, seen)
    found = [step for step in found if step.hub_id in before]
    base = _base(wish, [step.hub_id for step in found])
    return _Due(steps=found, before=before, base="" if base == wish.commit.id else base)


def _look(repository: history.FleetRepository, wish: wishes.Wish, due: _Due) -> tuple[origins.Looked, ...]:
    return origins.look(repository, due.base, wish.commit.id) if due.steps and due.base else ()


def _begin(
    wish: wishes.Wish,
    due: _Due,
    seen: Mapping[str, engine.HubSeen],
    looked: Sequence[origins.Looked],
    *,
    repository: history.FleetRepository,
    usual: planning.Pacing,
    now: datetime,
) -> None:
    hub_ids = [step.hub_id for step in due.steps]
    origin, undoes = origins.origin(repository, looked, base=due.base, commit=wish.commit.id, hub_ids=hub_ids)
    pacing = agenda.pacing(usual, wish.file)
    placed = planning.placed(
        due.steps,
        seen,
        agenda.near(wish.fleet, hub_ids, now),
        pacing=pacing,
        now=now,
        together=undoes,
        staging=agenda.staging(wish.fleet),
    )
    soak = int(pacing.soak.total_seconds())
    rollout = records.begin(origin, placed, due.before, soak=soak, undoes=undoes, now=now)
    telling.begun(rollout, list(rollout.hubs.all()), now=now)


def _applied(steps: Sequence[plan.Step], seen: Mapping[str, engine.HubSeen]) -> Settings:
    """The settings that each hub was applied with last, where they are known for sure."""
    found = {}
    for row in hub_models.HubRecord.objects.filter(hub_id__in=[step.hub_id for step in steps]):
        there = seen.get(row.hub_id)
        if row.settings and there is not None and there.digest == row.digest:
            found[row.hub_id] = dict(row.settings)
    return found


def _base(wish: wishes.Wish, hub_ids: Sequence[str]) -> str:
    """The commit whose settings these hubs have; "" where that is not known, as before the first commit.

    Where it is the one in force, a new version of Commonhub made the difference, and no commit could take it back.
    """
    met = records.met()
    if not met:
        fleet = hub_models.FleetRecord.objects.first()
        return fleet.revision if fleet else ""
    if met != wish.commit.id:
        return met
    last = records.last_of(hub_ids)  # they were held by it while this commit came
    if last is None:
        return ""
    return last.revert if last.state == State.BACK else last.commit
