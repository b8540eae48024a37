"""How long people's servers run, hub by hub and day by day: what prices are measured with.

Nobody is named: the seconds of all servers of a hub are one number. Between two looks a server counts from its start on,
where it is seen at the second. A gap longer than `LONGEST` counts nothing, since nobody knows what was in it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction

from commonhub.engines import engine
from commonhub.hubs import models

LONGEST: Final = timedelta(minutes=5)  # between two looks
WRITE_EVERY: Final = timedelta(minutes=1)  # so much is lost at most when the keeper is killed
KEPT: Final = timedelta(days=400)


class ServerDays:
    """Counts between looks, and writes what it counted now and then. What is not written yet stays counted."""

    def __init__(self) -> None:
        self._looked: datetime | None = None
        self._written: datetime | None = None
        self._counted: dict[date, dict[str, float]] = {}  # seconds by day and hub
        self._tidied: date | None = None

    def look(self, running: Mapping[str, Iterable[engine.ServerSeen]], now: datetime) -> None:
        """Count what ran since the last look, of the servers that run now, by hub."""
        before, self._looked = self._looked, now
        if before is None or not timedelta(0) < now - before <= LONGEST:
            return
        for hub_id, servers in running.items():
            seconds = sum(max(0.0, (now - max(before, each.started)).total_seconds()) for each in servers)
            if seconds:
                day = self._counted.setdefault(now.astimezone(UTC).date(), {})
                day[hub_id] = day.get(hub_id, 0.0) + seconds

    def write(self, now: datetime) -> None:
        """Add whole seconds to the records, at most once in `WRITE_EVERY`; nothing where no server ran."""
        if not self._counted or (self._written and timedelta(0) <= now - self._written < WRITE_EVERY):
            return
        today = now.astimezone(UTC).date()
        with transaction.atomic():
            for day, counted in self._counted.items():
                _add(day, {hub_id: round(seconds) for hub_id, seconds in counted.items()})
            if self._tidied != today:
                models.ServerDay.objects.filter(day__lt=today - KEPT).delete()
        self._written, self._tidied, self._counted = now, today, {}


def _add(day: date, seconds: Mapping[str, int]) -> None:
    """Add to a day's rows. Only the keeper writes them, so nobody adds in between."""
    rows = models.ServerDay.objects.filter(day=day, hub_id__in=list(seconds))
    known = dict(rows.values_list("hub_id", "seconds"))
    models.ServerDay.objects.bulk_create(
        [
            models.ServerDay(day=day, hub_id=hub_id, seconds=known.get(hub_id, 0) + more)
            for hub_id, more in seconds.items()
        ],
        update_conflicts=True,
        unique_fields=["hub_id", "day"],
        update_fields=["seconds"],
    )
