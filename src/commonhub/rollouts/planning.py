"""From steps that would be taken to the roll-out that takes them one cohort after the other. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from commonhub.engines import engine, probing
from commonhub.fleet import desired
from commonhub.hubs import holds, plan
from commonhub.rollouts import cohorts

GENTLE: Final = frozenset({"sleep_after", "cull_idle", "cull_max_age", "cull_every", "cull"})
"""Settings that break no login and no start of a server: no cohorts for them, one probe round is enough."""

USED_WITHIN: Final = timedelta(days=7)
_STAGING: Final = re.compile(r"(^|-)(staging|test|canary)(-|$)")


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """How fast a fleet changes."""

    limits: cohorts.Limits = field(default_factory=cohorts.Limits)
    soak: timedelta = timedelta(minutes=5)  # each cohort but the last is watched so long before the next
    settle: timedelta = timedelta(minutes=5)  # hubs that are not prepared by then have failed
    probes: probing.Limits = field(default_factory=probing.Limits)
    tries: int = 2  # of a probe before it counts as failed: a busy machine is no broken hub
    width: int = 2  # probes at a time


@dataclass(frozen=True, kw_only=True)
class Event:
    """A time in which nobody changes a hub under its people, with the margins around it."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Placed:
    """One hub in its cohort."""

    step: plan.Step
    cohort: int
    because: str
    probed: bool
    not_before: datetime | None


def counts(step: plan.Step) -> bool:
    """Whether a step is a change that can break a hub for its people; what is new in a fleet has none yet."""
    return step.kind is plan.StepKind.CHANGE and any(each.setting not in holds.PASSING for each in step.differences)


def is_gentle(steps: Sequence[plan.Step]) -> bool:
    """Whether all of these touch only what may change everywhere at once."""
    allowed = GENTLE | set(holds.PASSING)
    return all(each.setting in allowed for step in steps for each in step.differences)


def is_staging(hub: desired.DesiredHub) -> bool:
    """Whether others are tried on this hub: by its name."""
    return bool(_STAGING.search(hub.name))


def facts(
    hub: desired.DesiredHub,
    seen: engine.HubSeen | None,
    events: Sequence[Event],
    now: datetime,
    *,
    staging: bool | None = None,
) -> cohorts.Facts:
    """What the order of cohorts goes by."""
    near = [event.ends for event in events if event.begins <= now < event.ends]
    active = seen.last_activity if seen else None
    return cohorts.Facts(
        hub_id=hub.id,
        community=hub.community,
        kind=(hub.engine, str(hub.login), hub.homes),
        staging=is_staging(hub) if staging is None else staging,
        people=len({server.user for server in seen.servers}) if seen else 0,
        used=active is not None and now - active < USED_WITHIN,
        awake=seen is not None and seen.state is engine.HubState.AWAKE,
        free_from=max(near, default=None),
    )


def placed(
    steps: Sequence[plan.Step],
    seen: Mapping[str, engine.HubSeen],
    events: Mapping[str, Sequence[Event]],
    *,
    pacing: Pacing,
    now: datetime,
    together: bool = False,
    staging: Mapping[str, bool] | None = None,
) -> tuple[Placed, ...]:
    """Each hub of these steps in its cohort. `events`: those that are near, by hub; `staging`: where files say it."""
    by_id = {step.hub_id: step for step in steps}
    known = [
        facts(
            step.hub,
            seen.get(step.hub_id),
            events.get(step.hub_id, ()),
            now,
            staging=(staging or {}).get(step.hub_id),
        )
        for step in steps
        if step.hub is not None
    ]
    small = together or len(known) == 1 or is_gentle(steps)
    return tuple(
        Placed(
            step=by_id[hub_id],
            cohort=number,
            because=cohort.because,
            probed=hub_id in cohort.probed,
            not_before=cohort.not_before,
        )
        for number, cohort in enumerate(cohorts.cohorts(known, pacing.limits, together=small))
        for hub_id in cohort.hubs
    )
