"""What hubs must be told of people, and what people did in hubs: the keeper's part in who may do what.

Access that ended, roles that came or went, leaves given, and administrators named in JupyterHub's own panel. Each turn
may be killed at any line: what is not done is still in the records, and is done at the next.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from asgiref.sync import sync_to_async

from commonhub.audit import anchors
from commonhub.audit import records as audit
from commonhub.communities import (
    access,
    charter_acts,
    charter_checks,
    charters,
    coverage_history,
    endings,
    mirror,
    models,
)
from commonhub.communities.asker import Asker
from commonhub.engines import engine, sign_on
from commonhub.fleet import charter as fleet_charter
from commonhub.fleet import desired
from commonhub.ground import clock, errors
from commonhub.hubs import wishes
from commonhub.identity import clients, provider

logger = logging.getLogger(__name__)

GROUPS_EVERY: Final = timedelta(seconds=10)  # between two looks at the groups of an awake hub
ANCHOR_EVERY: Final = timedelta(minutes=1)
COVER_EVERY: Final = timedelta(hours=1)
COVER_SOON: Final = timedelta(minutes=1)  # when something was done: pages should not tell for an hour what is mended
COVER_PART: Final = 100  # of its time the keeper gives so small a part to that at most; matters to large fleets
TRY_AGAIN: Final = timedelta(seconds=20)
AT_ONCE: Final = 20  # endings in one turn


class Tending:
    """Tends to the people of one fleet's hubs."""

    def __init__(
        self,
        *,
        engines: Mapping[str, engine.Engine],
        anchor_file: Path | None = None,
        now: clock.Clock = clock.system_clock,
    ) -> None:
        self._engines = engines
        self._anchor_file = anchor_file
        self._now = now
        self._mirrored = ""
        self._looked: dict[str, datetime] = {}  # at a hub's groups
        self._told: dict[str, Mapping[str, frozenset[str]]] = {}  # who should be in its groups, when it was told last
        self._swept: datetime | None = None
        self._anchored: datetime | None = None
        self._covered: datetime | None = None
        self._covered_to: int | None = None  # the audit's last entry then
        self._cover_again = datetime.min.replace(tzinfo=UTC)

    async def mirror(self, wish: wishes.Wish | None) -> None:
        """Bring the records to a commit; the same commit again changes nothing."""
        if wish is None or wish.commit.id == self._mirrored:
            return
        found = charter_checks.model_of(wish.fleet).model
        if found is None:
            return
        source = mirror.Source(commit=wish.commit.id, author=wish.commit.author, subject=wish.commit.subject)
        await sync_to_async(mirror.write)(fleet_charter.of(wish.fleet), found, source=source, now=self._now())
        self._mirrored = wish.commit.id
        self._looked.clear()

    async def let_in(self, hubs: Iterable[desired.DesiredHub], url: str) -> None:
        """Make the hubs at which people sign in with their account known to the portal."""
        wanted = []
        for hub in hubs:
            if hub.login is desired.LoginKind.COMMONHUB:
                try:
                    secret = self._engines[hub.engine].inside.login_secret(hub.id)
                except errors.CommonhubError:
                    continue  # it was never prepared: its own outcome says why
                uris = sign_on.callbacks(hub, url)
                wanted.append(clients.HubClient(hub_id=hub.id, title=hub.title, redirect_uris=uris, secret=secret))
        await sync_to_async(clients.ensure_many)(wanted)
        await sync_to_async(clients.remove_others)([each.hub_id for each in wanted])

    async def turn(self, wanted: wishes.Wishes) -> None:
        """One look at everything that may be due."""
        now, hubs = self._now(), wanted.hubs
        await self._sweep(now)
        await self._end(hubs, now)
        await self._leaves(hubs, now)
        for hub in hubs.values():
            await self._groups(hub, wanted, now)
        await self._keep_books(now)

    # -- access that ended

    async def _sweep(self, now: datetime) -> None:
        """Appointments that ended by their own day since the last look; the first look is at a day."""
        since = self._swept or now - timedelta(days=1)
        self._swept = now
        if await sync_to_async(mirror.sweep)(since, now):
            self._looked.clear()

    async def _end(self, hubs: Mapping[str, desired.DesiredHub], now: datetime) -> None:
        for ending in await sync_to_async(endings.pending)(AT_ONCE):
            if ending.tries and now < ending.at + TRY_AGAIN * ending.tries:
                continue
            hub = hubs.get(ending.hub_id)
            try:
                if hub is not None:
                    await sync_to_async(_cut)(ending)
                    await self._engines[hub.engine].inside.end_person(ending.hub_id, ending.handle)
            except errors.NotFoundError:
                pass  # a hub that was never prepared knows nobody
            except errors.CommonhubError as error:
                await sync_to_async(endings.failed)(ending, str(error))
                continue
            await sync_to_async(endings.done)(ending, now=now)

    # -- leaves

    async def _leaves(self, hubs: Mapping[str, desired.DesiredHub], now: datetime) -> None:
        for leave in await sync_to_async(_leaves_due)(now):
            hub = hubs.get(f"{leave.community}/{leave.hub}")
            over = leave.ended is not None or leave.until <= now
            if hub is None or (leave.trouble and now < (leave.tried or now) + TRY_AGAIN):
                continue
            inside = self._engines[hub.engine].inside
            try:
                if over:
                    await inside.close_server(hub.id, leave.about, to=leave.person.handle)
                else:
                    await inside.open_server(hub.id, leave.about, to=leave.person.handle, until=leave.until)
            except errors.CommonhubError as error:
                values = {"trouble": str(error)[:500], "tried": now}
                if over and isinstance(error, errors.NotFoundError):
                    values = {"closed": now}
                await sync_to_async(_write_leave)(leave, **values)
                continue
            await sync_to_async(_write_leave)(leave, trouble="", **({"closed": now} if over else {"opened": now}))

    # -- roles inside hubs

    async def _groups(self, hub: desired.DesiredHub, wanted: wishes.Wishes, now: datetime) -> None:
        if now < self._looked.get(hub.id, now - GROUPS_EVERY) + GROUPS_EVERY:
            return
        self._looked[hub.id] = now
        inside = self._engines[hub.engine].inside
        try:
            if hub.login is desired.LoginKind.COMMONHUB:
                await self._align(hub, inside, wanted, now)
            elif hub.login is desired.LoginKind.SHARED_PASSWORD:
                await self._read_admins(hub, inside, wanted, now)
        except errors.CommonhubError as error:
            logger.info("cannot look at the roles in %s: %s", hub.id, error)

    async def _align(
        self, hub: desired.DesiredHub, inside: engine.Insiders, fleet: wishes.Wishes, now: datetime
    ) -> None:
        """Bring the groups that carry roles to who should be in them; who came in by the panel is read back first."""
        seen = await inside.groups_seen(hub.id)
        if seen is None:
            self._told.pop(hub.id, None)
            return
        wanted = await sync_to_async(_powerful)(hub.id, now)
        group = sign_on.HUB_ADMINISTRATORS
        told = self._told.get(hub.id)
        if told is not None:
            # Who is there, was not told and should not be there was put there by somebody in the panel.
            named = seen.get(group, frozenset()) - told.get(group, frozenset()) - wanted.get(group, frozenset())
            for handle in sorted(named):
                if await self._read_back(hub, inside, fleet, handle, now):
                    wanted = await sync_to_async(_powerful)(hub.id, now)
        for name, should in wanted.items():
            there = seen.get(name, frozenset())
            if there - should or (should - there and told is None) or (told and should - told.get(name, frozenset())):
                await inside.set_members(hub.id, name, add=sorted(should - there), remove=sorted(there - should))
        self._told[hub.id] = wanted

    async def _read_back(
        self, hub: desired.DesiredHub, inside: engine.Insiders, fleet: wishes.Wishes, handle: str, now: datetime
    ) -> bool:
        """A Hub Administrator was named in JupyterHub's panel: the same in the fleet's files, in the name of who did it."""
        by = await inside.who_changed(hub.id, sign_on.HUB_ADMINISTRATORS, handle)
        try:
            said = await sync_to_async(_appoint_from_panel)(fleet.writable(), hub, handle, by, now)
        except errors.CommonhubError as error:
            logger.warning("%s named %s in the panel of %s, which is not kept: %s", by, handle, hub.id, error)
            return False
        logger.info("read back from the panel of %s: %s", hub.id, said)
        return True

    async def _read_admins(
        self, hub: desired.DesiredHub, inside: engine.Insiders, fleet: wishes.Wishes, now: datetime
    ) -> None:
        """Administrators of a hub with its own passwords, named in its panel: into the hub's file."""
        seen = await inside.admins_seen(hub.id)
        if seen is None:
            return
        new = seen - set(hub.admins)
        if new:
            by = await inside.who_changed(hub.id, "", min(new))
            await sync_to_async(_admins_from_panel)(fleet.writable(), hub, sorted({*hub.admins, *new}), by, now)

    # -- books

    async def _keep_books(self, now: datetime) -> None:
        if self._anchor_file and (self._anchored is None or now >= self._anchored + ANCHOR_EVERY):
            self._anchored = now
            if await sync_to_async(_anchor)(self._anchor_file) is anchors.Anchored.BEHIND:
                logger.error("the audit is shorter than it was: run `commonhub audit verify`")
        if self._covered is None or now >= self._covered + COVER_EVERY:
            await sync_to_async(provider.clear_tokens)(now)
            await self._cover(now)
        elif now >= self._cover_again and await sync_to_async(_last_entry)() != self._covered_to:
            await self._cover(now)

    async def _cover(self, now: datetime) -> None:
        self._covered = now
        self._covered_to = await sync_to_async(_last_entry)()
        await sync_to_async(coverage_history.write_day)(now)
        self._cover_again = now + max(COVER_SOON, COVER_PART * (self._now() - now))


def _last_entry() -> int | None:
    head = audit.head()
    return None if head is None else head.number


def _anchor(file: Path) -> anchors.Anchored:
    head = audit.head()
    return anchors.Anchored.SAME if head is None else anchors.anchor(file, head)


def _cut(ending: models.Ending) -> None:
    person = models.Person.objects.filter(handle=ending.handle).first()
    if person is not None:
        clients.cut(person, ending.hub_id)


def _powerful(hub_id: str, now: datetime) -> dict[str, frozenset[str]]:
    place = charters.place_of(hub_id)
    return access.powerful(charters.near([place], now=now), place)


def _leaves_due(now: datetime) -> list[models.Leave]:
    fresh = models.Leave.objects.filter(opened=None, ended=None, until__gt=now)
    over = models.Leave.objects.filter(closed=None).exclude(opened=None)
    late = [leave for leave in over.select_related("person") if leave.ended is not None or leave.until <= now]
    return [*fresh.select_related("person"), *late]


def _write_leave(leave: models.Leave, **values: object) -> None:
    models.Leave.objects.filter(pk=leave.pk).update(**values)


def _person_in_panel(hub: desired.DesiredHub, handle: str) -> Asker:
    person = models.Person.objects.filter(handle=handle).first()
    return Asker(handle=handle, name=person.name if person else handle or f"the panel of {hub.id}", via="hub")


def _appoint_from_panel(
    folder: charter_acts.Folder, hub: desired.DesiredHub, handle: str, by: str, now: datetime
) -> str:
    entry = fleet_charter.RoleEntry(
        role="hub-administrator", login=handle, hub=hub.name, because="Named in JupyterHub's own admin panel."
    )
    return charter_acts.appoint(_person_in_panel(hub, by), folder, community=hub.community, entry=entry, now=now)


def _admins_from_panel(
    folder: charter_acts.Folder, hub: desired.DesiredHub, admins: list[str], by: str, now: datetime
) -> None:
    charter_acts.read_back_admins(_person_in_panel(hub, by), folder, hub.id, admins=admins, now=now)
