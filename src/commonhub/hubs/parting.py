"""The end of the time of grace: what a hub that was taken away left behind is archived, and then deleted.

Once a day, and only while the newest commit is in force: a fleet that cannot be read, or whose history is refused,
says nothing of which hubs are gone. It may be killed at any line: that a hub leaves is written before it does, and
where the files are gone and nothing says so yet, the next look says it.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import sync_to_async
from django.db import transaction

from commonhub.engines import engine
from commonhub.ground import clock
from commonhub.hubs import homes, models, own_acts

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)
LEAVES: Final = "leaves"  # the kind of the event that says that a hub's files are about to go
_UNKNOWN: Final = "in the folder of archives"  # where an archive lies whose maker was killed


@dataclass(frozen=True, kw_only=True)
class Due:
    """A hub whose time of grace is over, and the engine that has it."""

    on: engine.Engine
    seen: engine.HubSeen


@dataclass(kw_only=True)
class Parting:
    """Parts with the hubs whose time of `grace` is over."""

    grace: timedelta
    _looked: datetime | None = None

    def goes(self, seen: engine.HubSeen, wanted: Collection[str]) -> datetime | None:
        """When what a hub left behind goes; None where it is in the fleet, or was not taken away yet."""
        return seen.since + self.grace if seen.state == engine.HubState.RETIRED and seen.id not in wanted else None

    async def due(self, engines: Collection[engine.Engine], wanted: Collection[str], now: datetime) -> tuple[Due, ...]:
        """What is due, once a day; and what an earlier keeper did not come to say is said."""
        if self._looked is not None and now < self._looked + EVERY:
            return ()
        self._looked = now
        there, found = set(wanted), []
        for on in engines:
            for hub_id, seen in (await on.observe()).items():
                there.add(hub_id)
                if self._over(seen, wanted, now):
                    found.append(Due(on=on, seen=seen))
        await sync_to_async(_complete)(there, self.grace, now)
        return tuple(found)

    async def still(self, due: Due, wanted: Collection[str], now: datetime) -> bool:
        """Whether it is due now: hubs before it may have taken hours."""
        seen = (await due.on.observe()).get(due.seen.id)
        return seen is not None and self._over(seen, wanted, now)

    def _over(self, seen: engine.HubSeen, wanted: Collection[str], now: datetime) -> bool:
        goes = self.goes(seen, wanted)
        return goes is not None and goes <= now

    async def part(self, due: Due, now: clock.Clock) -> bool:
        """Part with a hub; whether it is gone. What fails is told in the log and tried the next day."""
        hub_id = due.seen.id
        try:
            await sync_to_async(_intend)(due.seen, now())
            archive = await due.on.remove(hub_id)
            await sync_to_async(_forget)(hub_id, due.seen.since, archive, self.grace, now())
        except Exception:
            logger.exception("parting with %s failed; what is not in an archive is where it was", hub_id)
            return False
        logger.info("%s is gone; what it left behind lies in %s", hub_id, archive)
        return True


def _intend(seen: engine.HubSeen, now: datetime) -> None:
    words = f"It was taken away on {seen.since:%Y-%m-%d}: its files are archived now, and then deleted."
    models.HubEvent.objects.update_or_create(hub_id=seen.id, kind=LEAVES, defaults={"at": now, "words": words})


def _complete(there: Collection[str], grace: timedelta, now: datetime) -> None:
    """Say of hubs that no engine has any more, and that were about to go, that they are gone."""
    for record in models.HubRecord.objects.filter(state=str(engine.HubState.RETIRED)):
        if record.pk not in there and models.HubEvent.objects.filter(hub_id=record.pk, kind=LEAVES).exists():
            _forget(record.pk, record.since, _UNKNOWN, grace, now)


def _forget(hub_id: str, since: datetime, archive: str, grace: timedelta, now: datetime) -> None:
    words = f"{hub_id} was taken away on {since:%Y-%m-%d}; its files were archived and deleted after {grace.days} days."
    with transaction.atomic():
        models.HubRecord.objects.filter(pk=hub_id).delete()
        models.Look.objects.filter(pk=hub_id).delete()
        models.HubEvent.objects.filter(hub_id=hub_id, kind=LEAVES).delete()
        models.HomeRemoval.objects.filter(hub_id=hub_id, ended=None).update(
            ended=now, outcome=homes.Outcome.WITH_HUB, archive=archive
        )
        retired = since.isoformat(timespec="seconds")
        own_acts.note(hub_id, "hub.archived", words, now=now, archive=archive, retired=retired)
