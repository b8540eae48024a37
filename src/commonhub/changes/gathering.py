"""What a proposal is weighed against, read from the records: how hubs are now, how they are used, who carries what."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from commonhub.changes import facts, kinds, price, trying, weighing
from commonhub.communities import charters
from commonhub.communities import models as community_models
from commonhub.engines import engine
from commonhub.fleet import models as fleet_models
from commonhub.hubs import models as hub_models
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place

_MONTH: Final = timedelta(days=30)


def awake(hubs: Collection[str]) -> dict[str, weighing.Awake]:
    """How these hubs are, as they were last seen."""
    rows = hub_models.HubRecord.objects.filter(hub_id__in=list(hubs)).values_list("hub_id", "state", "people")
    return {
        hub_id: weighing.Awake(awake=state == engine.HubState.AWAKE, people=people) for hub_id, state, people in rows
    }


def use(hubs: Collection[str], *, hours_each: float) -> dict[str, price.Use]:
    """How much hubs are used in 30 days: assumed from the people on their lists, as long as nothing is measured."""
    rows = (
        community_models.Membership.objects.filter(hub_id__in=list(hubs), removed=None)
        .values("hub_id")
        .annotate(people=Count("id"))
    )
    return {
        row["hub_id"]: price.Use(
            server_hours=row["people"] * hours_each,
            people=row["people"],
            how=f"assumed: {row['people']} people, {hours_each:g} hours each",
        )
        for row in rows
    }


def facts_for(trial: trying.Trial, *, now: datetime, room: int | None = None) -> facts.Facts:
    """All facts for one trial. `room`: bytes of memory for servers, where that is bounded."""
    hubs = tuple(trial.hubs)
    at = awake(hubs)
    fleet: fleet_models.Fleet | None = trial.after or trial.before
    retired = hub_models.HubRecord.objects.filter(state=engine.HubState.RETIRED).values_list("hub_id", flat=True)
    return facts.Facts(
        now=now,
        events=facts.announced(fleet),
        schedule=facts.schedule(fleet),
        thresholds=facts.thresholds(fleet),
        use=use(hubs, hours_each=kinds.shipped().numbers["hours_a_person_a_month"]),
        retired=frozenset(retired),
        awake=frozenset(hub_id for hub_id, each in at.items() if each.awake),
        room=room,
    )


def charter(places: Collection[Place], people: Collection[str], *, now: datetime) -> deciding.Charter:
    """Who carries what at these places."""
    return charters.near(places, people=people, now=now)


def weigh(trial: trying.Trial, *, now: datetime, room: int | None = None) -> weighing.Weighed:
    """Weigh a trial with everything that the records know."""
    now_at: Mapping[str, weighing.Awake] = awake(tuple(trial.hubs))
    return weighing.weigh(trial, of=charters.current_model(), known=facts_for(trial, now=now, room=room), now_at=now_at)
