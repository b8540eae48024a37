"""What hubs must be told of people, and what people did in hubs: the keeper's part in who may do what.

Access that ended, roles that came or went, leaves given, and administrators named in JupyterHub's own panel. Hubs are
told side by side, and no turn waits for them. It may be killed at any line: what is not done is still in the records,
and so are the looks that it goes on from.
"""

import asyncio
import functools
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
from commonhub.hubs import lanes, looks, wishes
from commonhub.identity import clients, provider

logger = logging.getLogger(__name__)

GROUPS_EVERY: Final = timedelta(seconds=10)  # between two looks at the groups of an awake hub
ANCHOR_EVERY: Final = timedelta(minutes=1)
COVER_EVERY: Final = timedelta(hours=1)
COVER_SOON: Final = timedelta(minutes=1)  # when something was done: pages should not tell for an hour what is mended
COVER_PART: Final = 100  # of its time the keeper gives so small a part to that at most; matters to large fleets
TRY_AGAIN: Final = timedelta(seconds=20)
AT_ONCE: Final = 200  # endings looked at in one turn
TELLING: Final = 100  # endings and leaves under way; a hub that hangs keeps each for a minute and a half
EACH: Final = 4  # of them at one hub
LOOKING: Final = 32  # hubs whose groups are looked at


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
        self._told: dict[str, Mapping[str, frozenset[str]]] = {}  # who should be in its groups, told since it is awake
        self._looks = looks.Looks()
        self._endings = lanes.Lanes("end access", width=TELLING, each=EACH)
        self._leaving = lanes.Lanes("tell of leaves", width=TELLING, each=EACH)
        self._looking = lanes.Lanes("look at roles", width=LOOKING)
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
        found = await asyncio.to_thread(lambda: [self._client_of(hub, url) for hub in hubs])
        wanted = [each for each in found if each is not None]
        await sync_to_async(clients.ensure_many)(wanted)
        await sync_to_async(clients.remove_others)([each.hub_id for each in wanted])

    def _client_of(self, hub: desired.DesiredHub, url: str) -> clients.HubClient | None:
        if hub.login is not desired.LoginKind.COMMONHUB:
            return None
        try:
            secret = self._engines[hub.engine].inside.login_secret(hub.id)
        except errors.CommonhubError:
            return None  # it was never prepared: its own outcome says why
        except Exception:
            logger.exception("%s lets nobody sign in: its secret cannot be read", hub.id)
            return None
        uris = sign_on.callbacks(hub, url)
        return clients.HubClient(hub_id=hub.id, title=hub.title, redirect_uris=uris, secret=secret)

    async def turn(self, wanted: wishes.Wishes) -> None:
        """One look at everything that may be due. What hubs have to be told is begun, and not waited for."""
        now, hubs = self._now(), wanted.hubs
        await self._sweep(now)
        await self._end(hubs, now)
        await self._leaves(hubs, now)
        for hub in hubs.values():
            self._groups(hub, wanted, now)
        await self._keep_books(now)

    async def rest(self) -> None:
        """Wait until all that was begun is done."""
        for each in (self._endings, self._leaving, self._looking):
            await each.rest()

    async def close(self) -> None:
        """Give up what was begun; the records say what is not done."""
        for each in (self._endings, self._leaving, self._looking):
            await each.close()

    # -- access that ended

    async def _sweep(self, now: datetime) -> None:
        """Appointments that ended by their own day since the last look, whichever keeper's; the first is at a day."""
        last = await sync_to_async(self._looks.last)(looks.APPOINTMENTS)
        if await sync_to_async(mirror.sweep)(last.at if last else now - timedelta(days=1), now):
            self._looked.clear()
        await sync_to_async(self._looks.keep)(looks.APPOINTMENTS, at=now)

    async def _end(self, hubs: Mapping[str, desired.DesiredHub], now: datetime) -> None:
        """Begin what is due, hubs side by side; those that have enough to do are not asked for more."""
        many = AT_ONCE + len(self._endings)  # what is under way is among them
        for ending in await sync_to_async(endings.pending)(many, besides=self._endings.full()):
            if not ending.tries or now >= ending.at + TRY_AGAIN * ending.tries:
                work = functools.partial(self._end_one, ending, hubs.get(ending.hub_id))
                self._endings.begin(ending.hub_id, ending.pk, work)

    async def _end_one(self, ending: models.Ending, hub: desired.DesiredHub | None) -> None:
        try:
            if hub is not None:
                if not await sync_to_async(_cut)(ending):
                    return
                await self._engines[hub.engine].inside.end_person(ending.hub_id, ending.handle)
        except errors.NotFoundError:
            pass  # a hub that was never prepared knows nobody
        except errors.CommonhubError as error:
            await sync_to_async(endings.failed)(ending, str(error))
            return
        except Exception as error:
            await sync_to_async(endings.failed)(ending, f"{error!r}. Read the keeper's log.")
            raise
        await sync_to_async(endings.done)(ending, now=self._now())

    # -- leaves

    async def _leaves(self, hubs: Mapping[str, desired.DesiredHub], now: datetime) -> None:
        for leave in await sync_to_async(_leaves_due)(now):
            hub = hubs.get(f"{leave.community}/{leave.hub}")
            if hub is not None and not (leave.trouble and now < (leave.tried or now) + TRY_AGAIN):
                self._leaving.begin(hub.id, leave.pk, functools.partial(self._tell_leave, leave, hub, now))

    async def _tell_leave(self, leave: models.Leave, hub: desired.DesiredHub, now: datetime) -> None:
        over = leave.ended is not None or leave.until <= now
        inside = self._engines[hub.engine].inside
        try:
            if over:
                await inside.close_server(hub.id, leave.about, to=leave.person.handle)
            else:
                # First: whatever comes of it, and whoever is killed before it is known, it is closed in the end.
                await sync_to_async(_write_leave)(leave, tried=now)
                await inside.open_server(hub.id, leave.about, to=leave.person.handle, until=leave.until)
        except errors.CommonhubError as error:
            values = {"trouble": str(error)[:500], "tried": now}
            if over and isinstance(error, errors.NotFoundError):
                values = {"closed": now}
            await sync_to_async(_write_leave)(leave, **values)
            return
        await sync_to_async(_write_leave)(leave, trouble="", **({"closed": now} if over else {"opened": now}))

    # -- roles inside hubs

    def _groups(self, hub: desired.DesiredHub, wanted: wishes.Wishes, now: datetime) -> None:
        due = now >= self._looked.get(hub.id, now - GROUPS_EVERY) + GROUPS_EVERY
        if due and self._looking.begin(hub.id, "", functools.partial(self._look_at, hub, wanted)):
            self._looked[hub.id] = now

    async def _look_at(self, hub: desired.DesiredHub, wanted: wishes.Wishes) -> None:
        inside, now = self._engines[hub.engine].inside, self._now()
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
        should = wanted.get(group, frozenset())
        last = await sync_to_async(self._looks.last)(hub.id)
        if last is not None:
            # Who is there, was not told and should not be there may have been put there by somebody in the panel.
            named = sorted(seen.get(group, frozenset()) - last.told - should)
            kept = [handle for handle in named if await self._read_back(hub, inside, fleet, handle, last.at, now)]
            should |= set(kept)  # the records say so once the commit is followed
        wanted[group] = should
        told = self._told.get(hub.id)
        for name, members in wanted.items():
            there, before = seen.get(name, frozenset()), told.get(name, frozenset()) if told else frozenset()
            if there - members or (members - there and (told is None or members - before)):
                await inside.set_members(hub.id, name, add=sorted(members - there), remove=sorted(there - members))
        self._told[hub.id] = wanted
        await sync_to_async(self._looks.keep)(hub.id, at=now, told=should)

    async def _read_back(
        self,
        hub: desired.DesiredHub,
        inside: engine.Insiders,
        fleet: wishes.Wishes,
        handle: str,
        since: datetime,
        now: datetime,
    ) -> bool:
        """A Hub Administrator was named in JupyterHub's panel: the same in the fleet's files, in the name of who did it."""
        by = await inside.who_changed(hub.id, sign_on.HUB_ADMINISTRATORS, handle, since=since)
        if not by:
            logger.warning("nobody put %s among the administrators of %s since the last look", handle, hub.id)
            return False
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
        """Administrators of a hub with its own passwords, named in its panel since the last look: into the hub's file."""
        seen = await inside.admins_seen(hub.id)
        if seen is None:
            return
        last = await sync_to_async(self._looks.last)(hub.id)
        if last is not None:
            named: dict[str, set[str]] = {}
            for handle in seen - set(hub.admins) - last.told:
                by = await inside.who_changed(hub.id, "", handle, since=last.at)
                named.setdefault(by, set()).add(handle)
            named.pop("", None)  # nobody named them: somebody whom the file names no longer, say
            known = set(hub.admins)
            for by, new in sorted(named.items()):
                known |= new
                await sync_to_async(_admins_from_panel)(fleet.writable(), hub, sorted(known), by, now)
        await sync_to_async(self._looks.keep)(hub.id, at=now, told=seen | set(hub.admins))

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


def _cut(ending: models.Ending) -> bool:
    """Void what the hub holds of the person; False where the hub was told since this was read."""
    if not models.Ending.objects.filter(pk=ending.pk, done=None).exists():
        return False
    person = models.Person.objects.filter(handle=ending.handle).first()
    if person is not None:
        clients.cut(person, ending.hub_id)
    return True


def _powerful(hub_id: str, now: datetime) -> dict[str, frozenset[str]]:
    place = charters.place_of(hub_id)
    return access.powerful(charters.near([place], now=now), place)


def _leaves_due(now: datetime) -> list[models.Leave]:
    """Leaves to open, and those to close: also where nobody knows whether they were opened."""
    fresh = models.Leave.objects.filter(opened=None, ended=None, until__gt=now)
    over = models.Leave.objects.filter(closed=None).exclude(opened=None, tried=None, ended=None)
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
