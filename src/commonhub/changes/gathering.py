"""What a proposal is weighed against, read from the records: how hubs are now, how they are used, who carries what."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import TruncDate

from commonhub.changes import facts, price, ruling, trying, weighing
from commonhub.communities import charters
from commonhub.communities import models as community_models
from commonhub.engines import engine
from commonhub.fleet import models as fleet_models
from commonhub.ground import memory
from commonhub.hubs import models as hub_models
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place

_MONTH: Final = timedelta(days=30)
_ENOUGH: Final = timedelta(days=7)  # of counting, from which on it says more than the list of people


def awake(hubs: Collection[str]) -> dict[str, weighing.Awake]:
    """How these hubs are, as they were last seen."""
    rows = hub_models.HubRecord.objects.filter(hub_id__in=list(hubs)).values_list("hub_id", "state", "people")
    return {
        hub_id: weighing.Awake(awake=state == engine.HubState.AWAKE, people=people) for hub_id, state, people in rows
    }


def use(hubs: Collection[str], *, hours_each: float, now: datetime) -> dict[str, price.Use]:
    """How much hubs are used in 30 days: as measured, where they were in the fleet for a week and servers ran there.

    Otherwise it is assumed from the people on their lists.
    """
    rows = community_models.Membership.objects.filter(hub_id__in=list(hubs), removed=None).values("hub_id")
    people = {row["hub_id"]: row["people"] for row in rows.annotate(people=Count("id"))}
    assumed = {
        hub_id: price.Use(
            server_hours=count * hours_each,
            people=count,
            how=f"assumed: {count} {'person' if count == 1 else 'people'}, {hours_each:g} hours each",
        )
        for hub_id, count in people.items()
    }
    measured = _measured(hubs, now)
    return assumed | {hub_id: dataclasses.replace(measured[hub_id], people=people.get(hub_id)) for hub_id in measured}


def _measured(hubs: Collection[str], now: datetime) -> dict[str, price.Use]:
    """By the last 30 whole days in UTC; of a hub that is counted for less, scaled to 30.

    A hub at which no server ran is left out: that nobody came yet says nothing of those who will.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = hub_models.HubRecord.objects.filter(hub_id__in=list(hubs), counted_since__lte=midnight - _ENOUGH)
    since = {hub_id: at for hub_id, at in counted.values_list("hub_id", "counted_since") if at is not None}
    seconds = _seconds(since, (midnight - _MONTH).date(), midnight.date())
    return {hub_id: _scaled(each, min(_MONTH, midnight - since[hub_id])) for hub_id, each in seconds}


def _seconds(hubs: Collection[str], first: date, today: date) -> Iterable[tuple[str, int]]:
    """Server seconds by hub from one day until before another; without days before a hub came back to the fleet."""
    came = hub_models.HubRecord.objects.filter(pk=OuterRef("hub_id")).values(
        came=TruncDate("counted_since", tzinfo=UTC)
    )
    rows = hub_models.ServerDay.objects.filter(hub_id__in=list(hubs), day__gte=first, day__lt=today)
    found = rows.filter(day__gte=Subquery(came[:1])).values("hub_id").annotate(all=Sum("seconds"))
    return found.filter(all__gt=0).values_list("hub_id", "all")


def _scaled(seconds: int, over: timedelta) -> price.Use:
    """What was measured over some time, as that of 30 days."""
    days = over / timedelta(days=1)
    how = "measured in the last 30 days" if over >= _MONTH else f"measured in {days:.0f} days, scaled to 30"
    return price.Use(server_hours=round(seconds / 3600 * (_MONTH / over), 1), how=how)


def facts_for(trial: trying.Trial, *, now: datetime, room: int | None = None) -> facts.Facts:
    """All facts for one trial. `room`: bytes of memory for servers of this machine, where they were counted already."""
    hubs = tuple(trial.hubs)
    at = awake(hubs)
    fleet: fleet_models.Fleet | None = trial.after or trial.before
    retired = hub_models.HubRecord.objects.filter(state=engine.HubState.RETIRED).values_list("hub_id", flat=True)
    return facts.Facts(
        now=now,
        events=facts.announced(fleet),
        secrets=facts.ending(fleet),
        schedule=facts.schedule(fleet),
        thresholds=facts.thresholds(fleet),
        use=use(hubs, hours_each=ruling.of_fleet(trial.before).numbers["hours_a_person_a_month"], now=now),
        retired=frozenset(retired),
        awake=frozenset(hub_id for hub_id, each in at.items() if each.awake),
        room=_room() if room is None and _on_this_machine(trial) else room,
    )


def _on_this_machine(trial: trying.Trial) -> bool:
    return any(after is not None and after.engine == fleet_models.EngineName.LOCAL for _, after in trial.hubs.values())


def _room() -> int | None:
    """Bytes of memory that people's servers have on this machine in all: without what Commonhub and the system need."""
    whole = memory.total()
    parts = hub_models.PartRecord.objects.aggregate(all=Sum("memory"))["all"] or 0
    hubs = hub_models.HubRecord.objects.aggregate(all=Sum("hub_memory"))["all"] or 0
    return None if whole is None else memory.for_servers(whole, parts + hubs)


def charter(places: Collection[Place], people: Collection[str], *, now: datetime) -> deciding.Charter:
    """Who carries what at these places."""
    return charters.near(places, people=people, now=now)


def weigh(trial: trying.Trial, *, now: datetime, room: int | None = None) -> weighing.Weighed:
    """Weigh a trial with everything that the records know."""
    now_at: Mapping[str, weighing.Awake] = awake(tuple(trial.hubs))
    return weighing.weigh(
        trial,
        of=charters.current_model(),
        known=facts_for(trial, now=now, room=room),
        now_at=now_at,
        table=ruling.of_fleet(trial.before),
    )
