"""What a fleet's files say of the pace of changes: how fast, where they are tried first, and which events are near. Pure."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from commonhub.changes import facts
from commonhub.fleet import models
from commonhub.fleet import planning as planned
from commonhub.rollouts import planning


def pacing(usual: planning.Pacing, file: models.FleetFile) -> planning.Pacing:
    """The usual pace, with what fleet.yaml says otherwise."""
    said = file.rollouts
    limits = {name: getattr(said, name) for name in ("first", "share", "largest")}
    known = {name: value for name, value in limits.items() if value is not None}
    return dataclasses.replace(
        usual,
        limits=dataclasses.replace(usual.limits, **known),
        soak=usual.soak if said.soak is None else timedelta(seconds=said.soak),
    )


def staging(fleet: models.Fleet) -> dict[str, bool]:
    """The hubs whose files say whether others are tried on them; the names of the rest speak for themselves."""
    return {hub.id: hub.file.staging for hub in fleet.hubs if hub.file.staging is not None}


def near(fleet: models.Fleet, hub_ids: Sequence[str], now: datetime) -> dict[str, list[planning.Event]]:
    """The events that are near now, by the hubs that they are on."""
    wanted, found = set(hub_ids), dict[str, list[planning.Event]]()
    for community in fleet.communities:
        zone = _zone(community.file.time_zone)
        for event in community.file.events:
            begins = planned.moment(event.begins, zone=zone) - facts.NEAR
            ends = planned.moment(event.ends, zone=zone, end=True)
            if begins <= now < ends:
                for hub in community.hubs:
                    if hub.id in wanted and event.hub in {None, hub.name}:
                        found.setdefault(hub.id, []).append(planning.Event(begins=begins, ends=ends))
    return found


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
