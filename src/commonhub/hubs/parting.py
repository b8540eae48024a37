"""The end of the time of grace: what a hub that was taken away left behind is archived, and then deleted.

Once a day, and only while the newest commit is in force: a fleet that cannot be read, or whose history is refused,
says nothing of which hubs are gone.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import sync_to_async
from django.db import transaction

from commonhub.audit import records as audit
from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.hubs import models

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)


@dataclass(kw_only=True)
class Parting:
    """Parts with the hubs whose time of `grace` is over."""

    grace: timedelta
    _looked: datetime | None = None

    def goes(self, seen: engine.HubSeen, wanted: Collection[str]) -> datetime | None:
        """When what a hub left behind goes; None where it is in the fleet, or was not taken away yet."""
        return seen.since + self.grace if seen.state == engine.HubState.RETIRED and seen.id not in wanted else None

    async def turn(
        self,
        engines: Collection[engine.Engine],
        wanted: Collection[str],
        now: datetime,
    ) -> tuple[str, ...]:
        """Part with what is due; the hubs. At most once a day; what fails is told in the log and tried the next day."""
        if self._looked is not None and now < self._looked + EVERY:
            return ()
        self._looked = now
        gone = []
        for on in engines:
            for hub_id, seen in (await on.observe()).items():
                goes = self.goes(seen, wanted)
                if goes is not None and goes <= now and await self._part(on, seen, now):
                    gone.append(hub_id)
        return tuple(gone)

    async def _part(self, on: engine.Engine, seen: engine.HubSeen, now: datetime) -> bool:
        try:
            archive = await on.remove(seen.id)
        except (errors.CommonhubError, OSError):
            logger.exception("what %s left behind cannot be archived; nothing of it is lost", seen.id)
            return False
        await sync_to_async(_forget)(seen, archive, self.grace, now)
        logger.info("%s is gone; what it left behind lies in %s", seen.id, archive)
        return True


def _forget(seen: engine.HubSeen, archive: str, grace: timedelta, now: datetime) -> None:
    community, _, hub = seen.id.partition("/")
    words = f"{seen.id} was taken away on {seen.since:%Y-%m-%d}; its files were archived and deleted after {grace.days} days."
    details: Mapping[str, object] = {"archive": archive, "retired": seen.since.isoformat(timespec="seconds")}
    with transaction.atomic():
        models.HubRecord.objects.filter(pk=seen.id).delete()
        audit.note(
            at=now,
            actor="commonhub",
            actor_name="Commonhub",
            via="keeper",
            verb="hub.archived",
            words=words,
            community=community,
            hub=hub,
            details=details,
        )
