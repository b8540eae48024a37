"""When the keeper last looked at what people did, kept in the records: the keeper after it goes on from there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from commonhub.hubs import models

APPOINTMENTS: Final = "appointments"  # the look at those that end by their own day
KEPT_EVERY: Final = timedelta(minutes=1)  # a look that found nothing new is written no more often


@dataclass(frozen=True, kw_only=True)
class Last:
    """The last look at one thing: when, and of a hub who should have been its administrators, as it was told."""

    at: datetime
    told: frozenset[str] = frozenset()


class Looks:
    """The last looks, with a memory of what was written."""

    def __init__(self) -> None:
        self._known: dict[str, Last] = {}
        self._written: dict[str, Last] = {}

    def last(self, what: str) -> Last | None:
        """The last look at this, by whichever keeper; None where nobody ever looked."""
        if what not in self._known:
            row = models.Look.objects.filter(pk=what).first()
            if row is None:
                return None
            self._known[what] = self._written[what] = Last(at=row.at, told=frozenset(row.told))
        return self._known[what]

    def keep(self, what: str, *, at: datetime, told: Collection[str] = ()) -> None:
        """After: a look was made. Where it found what the one before it did, the records may lag by `KEPT_EVERY`."""
        found = Last(at=at, told=frozenset(told))
        self._known[what] = found
        before = self._written.get(what)
        if before is None or before.told != found.told or at >= before.at + KEPT_EVERY:
            models.Look.objects.update_or_create(pk=what, defaults={"at": at, "told": sorted(found.told)})
            self._written[what] = found
