"""The keeper's part in removing homes: takes back what is wanted again, and archives and deletes what is due.

It may be killed at any line: that a home goes is written before it does, and the engine completes what was begun.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asgiref.sync import sync_to_async
from django.db import transaction

from commonhub.communities import access
from commonhub.communities import models as community_models
from commonhub.fleet import desired
from commonhub.ground import clock
from commonhub.hubs import homes, models, own_acts

logger = logging.getLogger(__name__)

AGAIN: Final = timedelta(days=1)  # after a try that failed
_BATCH: Final = 500  # people in one statement
_HERE: Final[Mapping[str, object]] = {"in_fleet": True, "login": desired.LoginKind.COMMONHUB}
"""Hubs of which the records say who may use them. One that is gone takes its homes with it."""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Parts with homes whose time of grace is over."""

    of: homes.Homes

    def due(self, now: datetime) -> list[models.HomeRemoval]:
        """What is to go now, the oldest first. What is wanted again is taken back."""
        rows = list(models.HomeRemoval.objects.filter(ended=None))
        hubs = {row.hub_id for row in rows}
        there = community_models.Hub.objects.filter(pk__in=hubs, **_HERE).values_list("pk", flat=True)
        found = []
        for hub_id in sorted(there):
            asked = {row.handle: row for row in rows if row.hub_id == hub_id}
            out = set(_shut_out(hub_id, list(asked), now))
            for handle, row in asked.items():
                wanted, again = handle not in out, row.tried is None or now >= row.tried + AGAIN
                if wanted and row.begun is None:
                    _take_back(row, now)
                elif wanted or (row.goes <= now and again):
                    found.append(row)  # what was begun and is wanted: the engine says what is left of it
        return sorted(found, key=lambda row: (row.goes, row.pk))

    def begin(self, row: models.HomeRemoval, now: datetime) -> bool:
        """Note that it goes, where it still is to: others before it may have taken hours."""
        if row.begun is None and row.handle not in _shut_out(row.hub_id, [row.handle], now):
            return False
        return bool(models.HomeRemoval.objects.filter(pk=row.pk, ended=None).update(begun=row.begun or now))

    async def part(self, row: models.HomeRemoval, now: clock.Clock) -> bool:
        """Part with a home; whether that is over. What fails is told in the log and tried the next day."""

        async def still() -> bool:
            return row.handle in await sync_to_async(_shut_out)(row.hub_id, [row.handle], now())

        on = await sync_to_async(self.of.engine_of)(row.hub_id)
        try:
            if on is None:
                return False
            archive = await on.remove_home(row.hub_id, row.handle, since=row.at, still=still)
            if not archive and not await still():
                await sync_to_async(_not_begun)(row)  # nothing is gone: the next look decides
                return False
            await sync_to_async(_done)(row, archive, now())
        except Exception as error:
            logger.exception("parting with the home of %s at %s failed; it is where it was", row.handle, row.hub_id)
            await sync_to_async(_failed)(row, f"{error}"[:500], now())
            return False
        return True


def _shut_out(hub_id: str, handles: Iterable[str], now: datetime) -> list[str]:
    """Those of these people who may not use the hub; nobody where that is not for us to say."""
    some, found = sorted(handles), []
    for first in range(0, len(some), _BATCH):
        rows = community_models.Membership.objects.filter(
            hub_id=hub_id,
            person__handle__in=some[first : first + _BATCH],
            **{f"hub__{name}": value for name, value in _HERE.items()},
        )
        found += [handle for _, handle in access.shut_out(rows, now=now)]
    return found


def _take_back(row: models.HomeRemoval, now: datetime) -> None:
    with transaction.atomic():
        if not models.HomeRemoval.objects.filter(pk=row.pk, ended=None).update(ended=now, outcome=homes.Outcome.KEPT):
            return
        words = f"{row.handle} may use {row.hub_id} again, so their files stay."
        _note(row, "home.keep", words, now)
        person = community_models.Person.objects.filter(handle=row.handle).first()
        hub = community_models.Hub.objects.filter(pk=row.hub_id).first()
        if person and hub:
            homes.told_kept(person, hub, now)


def _done(row: models.HomeRemoval, archive: str, now: datetime) -> None:
    outcome = homes.Outcome.ARCHIVED if archive else homes.Outcome.NOTHING
    with transaction.atomic():
        if not models.HomeRemoval.objects.filter(pk=row.pk, ended=None).update(
            ended=now, outcome=outcome, archive=archive[:1000], trouble=""
        ):
            return
        asked = f"as {row.by} asked on {row.at:%Y-%m-%d}"
        words = f"The files of {row.handle} at {row.hub_id} were archived and removed, {asked}."
        if not archive:
            words = f"There were no files of {row.handle} at {row.hub_id} to remove, {asked}."
        _note(row, "home.archived", words, now, archive=archive)
    logger.info("%s", words)


def _not_begun(row: models.HomeRemoval) -> None:
    models.HomeRemoval.objects.filter(pk=row.pk, ended=None).update(begun=None)


def _failed(row: models.HomeRemoval, trouble: str, now: datetime) -> None:
    models.HomeRemoval.objects.filter(pk=row.pk, ended=None).update(tried=now, trouble=trouble)


def _note(row: models.HomeRemoval, verb: str, words: str, now: datetime, **details: object) -> None:
    asked = row.at.isoformat(timespec="seconds")
    own_acts.note(row.hub_id, verb, words, now=now, subject=row.handle, asked=asked, **details)
