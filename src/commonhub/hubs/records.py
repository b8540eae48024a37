"""What was seen, written down: with `server_days`, the only place that writes the records of hubs.

It compares with what it wrote last and touches only the rows that differ, so that 10,000 sleeping hubs
cost nothing at each look.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from commonhub.engines import engine, probing
from commonhub.fleet import desired
from commonhub.ground import clock, errors
from commonhub.hubs import models, server_days

# A hub's last activity moves with every request; this much lag saves a write for each of them.
ACTIVITY_STEP = timedelta(seconds=30)
# Memory is written when it moved by more than this share: pages round it anyway.
MEMORY_STEP = 0.05
EVENTS_KEPT = 200  # for each hub; older ones are dropped

STATE_WORDS = {
    engine.HubState.ASLEEP: "fell asleep",
    engine.HubState.AWAKE: "woke up",
    engine.HubState.FAILED: "failed",
    engine.HubState.RETIRED: "was retired",
}


def plain_settings(hub: desired.DesiredHub) -> dict[str, object]:
    """The hub's settings as JSON keeps them."""
    settings: dict[str, object] = json.loads(json.dumps(dataclasses.asdict(hub), default=str))
    return settings


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One hub as it is written: what was seen, with what the fleet says of it."""

    seen: engine.HubSeen
    wanted: desired.DesiredHub | None
    url: str


def _moved(before: int, now: int) -> bool:
    return abs(before - now) > MEMORY_STEP * max(before, 1)


def _later(before: datetime | None, now: datetime | None) -> bool:
    return now is not None and (before is None or now - before > ACTIVITY_STEP)


class Records:
    """The records of one fleet, with a memory of what was written last."""

    def __init__(self, now: clock.Clock) -> None:
        self._now = now
        self._known: dict[str, models.HubRecord] | None = None
        self._last: dict[str, Sight] = {}
        self._servers: dict[str, dict[tuple[str, str], engine.ServerSeen]] = {}
        self._days = server_days.ServerDays()

    def _hubs(self) -> dict[str, models.HubRecord]:
        if self._known is None:
            self._known = {record.hub_id: record for record in models.HubRecord.objects.all()}
            models.ServerRecord.objects.all().delete()  # the next look writes those that run
        return self._known

    def applied_settings(self) -> dict[str, dict[str, object]]:
        """The settings each hub was last applied with, by hub id."""
        return {hub_id: record.settings for hub_id, record in self._hubs().items()}

    def observe(self, sights: Iterable[Sight]) -> int:
        """Write what differs from what was written last; gives how many hubs were touched."""
        known, now, touched = self._hubs(), self._now(), 0
        sights = tuple(sights)
        self._days.look({sight.seen.id: running for sight in sights if (running := _of_people(sight))}, now)
        try:
            with transaction.atomic():
                for sight in sights:
                    touched += self._observe_one(known, sight, now)
        except BaseException:
            self._known = None  # what was taken back must not be remembered as written
            self._servers.clear()
            self._last.clear()
            raise
        self._days.write(now)
        return touched

    def _observe_one(self, known: dict[str, models.HubRecord], sight: Sight, now: datetime) -> bool:
        last = self._last.get(sight.seen.id)
        if last and last.wanted is sight.wanted and last.seen == sight.seen:
            return False
        self._last[sight.seen.id] = sight
        record = known.get(sight.seen.id)
        fresh = record or models.HubRecord(hub_id=sight.seen.id)
        changed = self._fill(fresh, sight, now) or record is None
        if changed:
            fresh.seen = now
            fresh.save(force_insert=record is None)
            known[sight.seen.id] = fresh
        self._write_servers(fresh, _of_people(sight))
        return changed

    def _fill(self, record: models.HubRecord, sight: Sight, now: datetime) -> bool:
        """Bring the record up to the sight; true where something that matters differs."""
        seen, wanted = sight.seen, sight.wanted
        memory = seen.memory + sum(server.memory or 0 for server in seen.servers)
        values: dict[str, object] = {
            "state": str(seen.state),
            "message": seen.message.replace("\0", "\ufffd"),  # PostgreSQL keeps no NUL
            "people": len({server.user for server in _of_people(sight)}),
            "digest": seen.digest,
            "url": sight.url,
        }
        if seen.home_bytes is not None:
            values["home_bytes"] = seen.home_bytes
        if wanted is not None:
            words = ("community", "community_title", "name", "title", "description", "engine")
            values |= {word: getattr(wanted, word) for word in words}
            values["wanted_digest"] = wanted.digest
            applied = seen.digest == wanted.digest
            if applied and (not record.settings or record.digest != wanted.digest):
                values["settings"] = plain_settings(wanted)
            values["counted_since"] = record.counted_since or now
        elif seen.state is engine.HubState.RETIRED:  # not as long as nobody has read the fleet
            values["counted_since"] = None
        if _moved(record.memory or 0, memory) or _moved(record.hub_memory or 0, seen.memory):
            values |= {"memory": memory, "hub_memory": seen.memory}
        if _later(record.last_activity, seen.last_activity):
            values["last_activity"] = seen.last_activity
        if record.since is None or record.state != str(seen.state):
            values["since"] = seen.since
            self._note_turn(record, seen, now)
        changed = {name: value for name, value in values.items() if getattr(record, name) != value}
        for name, value in changed.items():
            setattr(record, name, value)
        return bool(changed)

    def _note_turn(self, record: models.HubRecord, seen: engine.HubSeen, now: datetime) -> None:
        words = STATE_WORDS.get(seen.state)
        if record.state and words:
            told = f"The hub {words}" + (f": {seen.message}" if seen.message else ".")
            self.note(seen.id, kind=str(seen.state), words=told, at=now)

    def _write_servers(self, record: models.HubRecord, servers: tuple[engine.ServerSeen, ...]) -> None:
        before = self._servers.get(record.hub_id, {})
        now = {(server.user, server.name): server for server in servers}
        for user, name in before.keys() - now.keys():
            models.ServerRecord.objects.filter(hub=record, user=user, name=name).delete()
        for key, server in now.items():
            known = before.get(key)
            if known and not self._differs(known, server):
                now[key] = known
                continue
            models.ServerRecord.objects.update_or_create(
                hub=record,
                user=server.user,
                name=server.name,
                defaults={
                    "started": server.started,
                    "last_activity": server.last_activity,
                    "memory": server.memory,
                    "home_bytes": server.home_bytes,
                },
            )
        self._servers[record.hub_id] = now

    @staticmethod
    def _differs(before: engine.ServerSeen, now: engine.ServerSeen) -> bool:
        return (
            before.started != now.started
            or _moved(before.home_bytes or 0, now.home_bytes or 0)
            or _moved(before.memory or 0, now.memory or 0)
            or _later(before.last_activity, now.last_activity)
        )

    def note(self, hub_id: str, *, kind: str, words: str, actor: str = "", at: datetime | None = None) -> None:
        """Write down something that happened to a hub; the oldest of many go."""
        event = models.HubEvent.objects.create(hub_id=hub_id, at=at or self._now(), kind=kind, actor=actor, words=words)
        old = models.HubEvent.objects.filter(hub_id=hub_id).order_by("-id").values_list("id", flat=True)
        limit = list(old[EVENTS_KEPT : EVENTS_KEPT + 1])
        if limit and event.id:
            models.HubEvent.objects.filter(hub_id=hub_id, id__lte=limit[0]).delete()

    def fleet(self, **values: object) -> None:
        """Write the fleet's one row."""
        models.FleetRecord.objects.update_or_create(pk=1, defaults={**values, "seen": self._now()})

    def touch(self) -> None:
        """Say that every hub was looked at just now, changed or not."""
        models.HubRecord.objects.update(seen=self._now())

    def parts(self, parts: Mapping[str, Mapping[str, object]]) -> None:
        """Write the parts of the control plane, by name."""
        for name, values in parts.items():
            models.PartRecord.objects.update_or_create(name=name, defaults=dict(values))
        models.PartRecord.objects.exclude(name__in=list(parts)).delete()


def fault_rows(faults: Iterable[errors.Fault]) -> list[dict[str, object]]:
    """Faults as JSON keeps them."""
    return [dataclasses.asdict(fault) for fault in faults]


def _of_people(sight: Sight) -> tuple[engine.ServerSeen, ...]:
    """The servers of people: what a probe starts is nobody's, and no use of the hub."""
    return tuple(each for each in sight.seen.servers if each.user not in probing.GUESTS)
