"""The keeper: brings reality to the fleet, writes down what it sees, and does what people ask of hubs.

It holds nothing that is not also on disk: killed at any line, the next keeper goes on.
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.db import connections

from commonhub.audit import entries
from commonhub.communities import charter_acts, charter_words
from commonhub.communities.asker import Asker
from commonhub.engines import engine
from commonhub.fleet import desired, models
from commonhub.ground import clock, errors
from commonhub.hubs import acts, exchanging, leaving, pacing, parting, plan, reconcile, records, wishes
from commonhub.hubs.tending import Tending
from commonhub.responsibility.permissions import Permission

logger = logging.getLogger(__name__)

FLEET_EVERY = 1.0  # seconds between two looks at the fleet folder's newest commit
RECORD_EVERY = 5.0  # seconds between two looks at all hubs, when nothing is known to have changed
TOUCH_EVERY = 30.0  # seconds: pages call a record old after two minutes
TEND_EVERY = 1.0  # seconds between two looks at what hubs must be told of people
PART_EVERY = 60.0  # seconds between two looks at whether a day is over
EXCHANGE_EVERY = 1.0  # seconds between two looks at whether commits are to be sent or taken
RETRY_AFTER = 60.0  # seconds before steps that failed are tried again
SUBJECT_MAX, AUTHOR_MAX = 300, 200  # characters of a commit that a record keeps


Room = Callable[[Asker, charter_acts.Folder, str, Mapping[str, Any], datetime], Mapping[str, Any]]
"""Verbs of a domain above this one, which want the fleet folder: who asks, the folder, the verb, its values, now."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the keeper is told of the rest: the public address, and how the other parts do."""

    url: str  # the portal's
    listing: Callable[[], Mapping[str, Mapping[str, object]]]  # the parts of the control plane, as records
    memory: Callable[[], int]  # bytes (PSS) of everything that Commonhub runs
    moved: Callable[[], None] = lambda: None  # told when hubs or addresses may have changed
    answers: Callable[[models.FleetFile], bool] = lambda _file: True  # whether we listen where this file says
    rooms: Mapping[str, Room] = dataclasses.field(default_factory=dict)  # what else may be asked, by its domain's name
    far: Collection[str] = ()  # rooms that ask other machines, which may take minutes
    farewell: parting.Parting | None = None  # with hubs that were taken away
    homes: leaving.Leaving | None = None  # parts with homes of people who may not come any more
    exchange: exchanging.Exchange | None = None  # of commits, with git's remote
    glance: Callable[[charter_acts.Folder, datetime], wishes.Glance] | None = None  # at the folder, before it is read


class Keeper:
    """One keeper of one fleet."""

    def __init__(
        self,
        *,
        engines: Mapping[str, engine.Engine],
        wanted: wishes.Wishes,
        book: records.Records,
        around: Surroundings,
        tending: Tending,
        pace: pacing.Pace | None = None,
        now: clock.Clock = clock.system_clock,
    ) -> None:
        self._tending = tending
        self._pace = pace or pacing.AtOnce()
        self._engines = engines
        self._wanted = wanted
        self._book = book
        self._around = around
        self._now = now
        self._changed = asyncio.Event()
        self._following = asyncio.Lock()
        self._retry_at: float | None = None
        self._settled = asyncio.Event()  # the fleet was applied once
        self._due = False  # a commit was read and what follows from it is not done yet
        self._progress: tuple[int, int] = (0, 0)
        self._leaving: set[str] = set()  # hubs that are being archived
        self._far: dict[str, asyncio.Lock] = {}  # one for each room that asks other machines

    def note_change(self) -> None:
        """Something changed: look soon, not at the next regular time."""
        self._changed.set()

    # -- loops

    async def run(self) -> None:
        """Keep going until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forever("follow the fleet folder", FLEET_EVERY, self.follow))
                tasks.create_task(self._forever("write down what is seen", 0.2, self._record_when_due))
                tasks.create_task(self._forever("write down the fleet", TOUCH_EVERY, self._touch))
                tasks.create_task(self._forever("part with hubs", PART_EVERY, self._part))
                tasks.create_task(self._forever("part with homes", PART_EVERY, self._part_with_homes))
                tasks.create_task(self._forever("exchange commits", EXCHANGE_EVERY, self._exchange))
                tasks.create_task(self._forever("tend to people", TEND_EVERY, self._tend))
        finally:
            await self._tending.close()

    async def _forever(self, what: str, pause: float, turn: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await turn()
            except errors.CommonhubError as error:
                logger.warning("cannot %s: %s", what, error)
                await asyncio.sleep(5 * pause)
            except Exception:
                logger.exception("failed to %s", what)
                await asyncio.sleep(5 * pause)
            await asyncio.sleep(pause)

    async def follow(self, *, now: bool = False) -> tuple[reconcile.Outcome, ...]:
        """Apply a new commit, or try again what failed; `now` applies in any case."""
        async with self._following:
            glance = await self._glance()
            self._due = await asyncio.to_thread(self._wanted.look, glance) or self._due
            again = self._retry_at is not None and asyncio.get_running_loop().time() >= self._retry_at
            outcomes: tuple[reconcile.Outcome, ...] = ()
            if self._due or again or now or not self._settled.is_set():
                outcomes = await self.bring_about()
            if self._due:
                await self._write_fleet()
                self._due = False
            return outcomes

    async def _glance(self) -> wishes.Glance:
        """What may be followed; where nobody can say, what was refused stays refused."""
        if self._around.glance is None:
            return wishes.Glance()
        try:
            folder = await asyncio.to_thread(self._wanted.writable)
            return await sync_to_async(self._around.glance)(folder, self._now())
        except errors.CommonhubError as error:  # what is in force stays in force, and hubs are kept all the same
            logger.warning("cannot look at what was changed: %s", error)
        except Exception:
            logger.exception("failed to look at what was changed")
        return wishes.Glance(refused=self._wanted.refused)

    async def apply(self) -> tuple[reconcile.Outcome, ...]:
        """Apply the newest commit now. Raises UnavailableError where it is not to be followed."""
        outcomes = await self.follow(now=True)
        self._wanted.check_followed()
        return outcomes

    async def _exchange(self) -> None:
        """Send and take commits where the fleet's file says so; what came is followed at once."""
        force, on = self._wanted.in_force, self._around.exchange
        if force is None or on is None or self._wanted.refused:
            return
        place = await asyncio.to_thread(self._wanted.writable)
        if await asyncio.to_thread(on.turn, force.file.remote, place, self._now()):
            await self.follow()

    async def _part(self) -> None:
        """Part with hubs whose time of grace is over, where the newest commit is in force and says that they are gone."""
        force, on = self._wanted.in_force, self._around.farewell
        if on is None or force is None or not self._says_who_is_gone():
            return
        gone = False
        for due in await on.due(tuple(self._engines.values()), [hub.id for hub in force.hubs], self._now()):
            gone = await self._part_with(on, due) or gone
        if gone:
            await self.record()

    def _says_who_is_gone(self) -> bool:
        force, newest = self._wanted.in_force, self._wanted.newest
        known = force is not None and newest is not None and newest.id == force.commit.id
        return known and not self._wanted.refused and self._settled.is_set()

    async def _part_with(self, on: parting.Parting, due: parting.Due) -> bool:
        """Decide while nothing is followed; archiving may take hours, and only this hub waits for it."""
        hub_id = due.seen.id
        async with self._following:
            force = self._wanted.in_force
            wanted = [hub.id for hub in force.hubs] if force else []
            if not self._says_who_is_gone() or not await on.still(due, wanted, self._now()):
                return False
            self._leaving.add(hub_id)
        try:
            return await on.part(due, self._now)
        finally:
            self._leaving.discard(hub_id)
            if self._retry_at is not None:
                self._retry_at = 0.0  # it may be wanted again, and have waited for this

    async def _part_with_homes(self) -> None:
        """Part with homes whose time of grace is over. Who may come in is known only while the newest commit is in force."""
        on = self._around.homes
        if on is None or not self._says_who_is_gone():
            return
        for row in await sync_to_async(on.due)(self._now()):
            async with self._following:
                if not self._says_who_is_gone() or not await sync_to_async(on.begin)(row, self._now()):
                    continue
            await on.part(row, self._now)

    async def bring_about(self) -> tuple[reconcile.Outcome, ...]:
        """Take every step between what is and what should be."""
        if self._wanted.in_force is None:
            return ()
        await self._tending.mirror(self._wanted.in_force)
        steps = await self._paced_steps(self._wanted.in_force)
        outcomes = await reconcile.apply(steps, self._engines, departing=self._leaving, progress=self._tell)
        await self._note_outcomes(outcomes)
        await self._tending.let_in(self._wanted.hubs.values(), self._around.url)
        self._around.moved()
        failed = any(outcome.error for outcome in outcomes)
        self._retry_at = asyncio.get_running_loop().time() + RETRY_AFTER if failed else None
        await self.record()
        self._settled.set()
        return outcomes

    def _tell(self, done: int, total: int, _step: plan.Step) -> None:
        self._progress = (done, total)

    async def _paced_steps(self, wish: wishes.Wish) -> tuple[plan.Step, ...]:
        """The steps that may be taken now; the pace hears first what there would be to do."""
        seen = await self._observe()
        applied = reconcile.applied_from(seen, await sync_to_async(self._book.applied_settings)())
        self._wanted.held = await self._pace.meet(wish, plan.plan(wish.hubs, applied), seen)
        return plan.plan(self._wanted.hubs.values(), applied)

    async def steps(self) -> tuple[plan.Step, ...]:
        """The steps between what is and what the commit in force wants; held hubs take none."""
        settings = await sync_to_async(self._book.applied_settings)()
        applied = reconcile.applied_from(await self._observe(), settings)
        return plan.plan(self._wanted.hubs.values(), applied)

    async def _observe(self) -> dict[str, engine.HubSeen]:
        seen: dict[str, engine.HubSeen] = {}
        for each in self._engines.values():
            seen |= await each.observe()
        return seen

    async def _note_outcomes(self, outcomes: Sequence[reconcile.Outcome]) -> None:
        commit = self._wanted.in_force.commit if self._wanted.in_force else None
        for outcome in outcomes:
            failed = outcome.error
            words = f"{outcome.step.sentence} It failed: {failed}" if failed else outcome.step.sentence
            await sync_to_async(self._book.note)(
                outcome.step.hub_id,
                kind="failed" if failed else str(outcome.step.kind),
                words=f"{words} ({commit.subject})" if commit and commit.subject else words,
                actor=_kept(commit.author if commit else "", AUTHOR_MAX),
            )

    async def _record_when_due(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), RECORD_EVERY)
        self._changed.clear()
        await self.record()

    async def record(self) -> None:
        """Write down all hubs as they are."""
        seen, wanted = await self._observe(), self._wanted.hubs
        sights = [
            records.Sight(seen=one, wanted=wanted.get(hub_id), url=self.url_of(wanted.get(hub_id)))
            for hub_id, one in seen.items()
        ]
        await sync_to_async(self._book.observe)(sights)
        await sync_to_async(self._book.parts)(self._around.listing())

    async def _tend(self) -> None:
        if self._settled.is_set():
            await self._tending.turn(self._wanted)

    async def _touch(self) -> None:
        if self._settled.is_set():
            await sync_to_async(self._book.touch)()
            await self._write_fleet()

    async def _write_fleet(self) -> None:
        force, newest = self._wanted.in_force, self._wanted.newest
        await sync_to_async(self._book.fleet)(
            name=force.file.name if force else self._wanted.folder.name,
            revision=force.commit.id if force else "",
            newest=newest.id if newest else "",
            subject=_kept(force.commit.subject if force else "", SUBJECT_MAX),
            author=_kept(force.commit.author if force else "", AUTHOR_MAX),
            committed=force.commit.when if force else None,
            faults=records.fault_rows(self._faults()),
            url=self._around.url,
            memory=self._around.memory(),
        )

    def _faults(self) -> tuple[errors.Fault, ...]:
        """What is wrong with the newest commit, and what of it this process cannot bring about."""
        force, faults = self._wanted.in_force, self._wanted.faults
        if self._wanted.refused:
            anew = errors.Fault(file="fleet.yaml", line=0, problem=self._wanted.refused, mend="")
            faults = (anew, *faults)
        unsent = self._around.exchange.fault() if self._around.exchange else None
        faults = (*faults, unsent) if unsent else faults
        if force is None or self._around.answers(force.file):
            return faults
        moved = errors.Fault(
            file="fleet.yaml",
            line=0,
            problem="The portal's address has changed, and Commonhub still answers at the old one.",
            mend="Run `commonhub up` again: people's servers go on.",
            warning=True,
        )
        return (*faults, moved)

    def url_of(self, hub: desired.DesiredHub | None) -> str:
        """The hub's public address, with scheme, port and path."""
        if hub is None:
            return ""
        public = urlsplit(self._around.url)
        port = f":{public.port}" if public.port else ""
        return f"{public.scheme}://{hub.addresses[0]}{port}{hub.base_path}"

    # -- what people ask

    def _engine_of(self, hub_id: str) -> engine.Engine:
        hub = self._wanted.hubs.get(hub_id)
        if hub is None:
            raise errors.NotFoundError(
                f"There is no hub {hub_id} in the fleet.", "`commonhub status` lists the hubs there are."
            )
        if hub_id in self._leaving:
            raise errors.UnavailableError(
                f"{hub_id} was taken away once, and what it left behind is being archived.",
                "It is taken up anew once that is done.",
            )
        return self._engines[hub.engine]

    async def act(self, asker: Asker, verb: str, hub_id: str, *, user: str = "") -> None:
        """Do one of `acts.KNOWN` to a hub because somebody asked who may."""
        words = await acts.act(asker, verb, hub_id, self._engine_of, user=user, now=self._now())
        await sync_to_async(self._book.note)(hub_id, kind=verb, words=f"{asker.name}: {words}", actor=asker.name)
        await self.record()

    async def log(self, asker: Asker, hub_id: str, lines: int) -> Sequence[str]:
        """The last lines of the hub's log, for those who may read it."""
        await acts.allow(asker, "hub.log", Permission.HUB_LOGS, hub_id, now=self._now())
        return await self._engine_of(hub_id).logs(hub_id, min(max(lines, 1), 2000))

    async def change_charter(self, asker: Asker, verb: str, values: Mapping[str, Any]) -> str:
        """Change what the fleet's files say of people, and follow at once; gives a sentence of what came of it."""
        await self.follow()
        self._wanted.check_followed()
        folder = await asyncio.to_thread(self._wanted.writable)
        said: str = await sync_to_async(charter_words.do)(asker, folder, verb, values, now=self._now())
        await self.follow()
        return said

    async def ask_room(self, room: str, asker: Asker, verb: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask a verb of another domain, and follow at once."""
        known = self._around.rooms.get(room)
        if known is None:
            raise errors.NotFoundError(f"The keeper knows nothing of {room[:40]!r}.", "Ask as keeper_client.py does.")
        folder = await asyncio.to_thread(self._wanted.writable)
        if room in self._around.far:
            async with self._far.setdefault(room, asyncio.Lock()):
                said = await asyncio.to_thread(_apart, known, asker, folder, verb, values, self._now())
        else:
            said = await sync_to_async(known)(asker, folder, verb, values, self._now())
        await self.follow()
        return said

    async def plan_of(self, hub_id: str) -> list[str]:
        """What will be done to this hub next, in sentences."""
        held = self._wanted.held.get(hub_id)
        words = [held.words] if held else []
        return [*words, *(step.sentence for step in await self.steps() if step.hub_id == hub_id)]

    async def status(self) -> dict[str, object]:
        """The fleet and every hub as they are now, for the terminal."""
        wanted, force = self._wanted.hubs, self._wanted.in_force
        hubs = [self._told(one, wanted.get(hub_id)) for hub_id, one in sorted((await self._observe()).items())]
        return {
            "fleet": force.file.name if force else self._wanted.folder.name,
            "url": self._around.url,
            "revision": force.commit.id if force else None,
            "subject": force.commit.subject if force else None,
            "faults": records.fault_rows(self._faults()),
            "refused": self._wanted.refused,
            "remote": self._around.exchange.told() if self._around.exchange else None,
            "memory": self._around.memory(),
            "parts": self._around.listing(),
            "hubs": hubs,
        }

    def _told(self, seen: engine.HubSeen, hub: desired.DesiredHub | None) -> dict[str, object]:
        told = dataclasses.asdict(seen)
        told["title"] = hub.title if hub else seen.id
        told["url"] = self.url_of(hub)
        told["current"] = hub is not None and hub.digest == seen.digest
        held = self._wanted.held.get(seen.id)
        told["held"] = held.words if held else ""
        goes = self._around.farewell.goes(seen, self._wanted.hubs) if self._around.farewell else None
        told["goes"] = goes.isoformat(timespec="seconds") if goes else None
        return told

    def progress(self) -> dict[str, object]:
        """How far the fleet is applied, for those who wait for it."""
        done, total = self._progress
        return {"settled": self._settled.is_set(), "done": done, "total": total, "at": _stamp(self._now())}


def _kept(text: str, longest: int) -> str:
    """What git says of a commit, which knows no limits, as a record keeps it."""
    return entries.keepable(text, longest)


def _apart(
    room: Room, asker: Asker, folder: charter_acts.Folder, verb: str, values: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    """Ask in a thread of one's own, with a connection to the database of its own: other work with it goes on."""
    try:
        return room(asker, folder, verb, values, now)
    finally:
        connections.close_all()


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
