"""The conductor of roll-outs: hears each commit, holds hubs, and brings them on cohort by cohort, probed.

Nothing is remembered here that is not in the records: killed at any line, the next conductor goes on from there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from asgiref.sync import sync_to_async

from commonhub.engines import engine, probing
from commonhub.fleet import desired, history
from commonhub.ground import clock, errors
from commonhub.hubs import holds, plan, reconcile, wishes
from commonhub.rollouts import advancing, agenda, meeting, models, origins, planning, records, taking_back
from commonhub.rollouts.stages import Phase

logger = logging.getLogger(__name__)

TURN_EVERY = 1.0  # seconds between two looks at what is under way
TRY_AGAIN = 30.0  # seconds before the fleet folder is tried again

Follow = Callable[[], Awaitable[Sequence[reconcile.Outcome]]]


class Conductor:
    """Conducts the roll-outs of one fleet. It is the keeper's pace (`hubs.pacing.Pace`)."""

    def __init__(
        self,
        *,
        engines: Mapping[str, engine.Engine],
        wanted: wishes.Wishes,
        door: Callable[[desired.DesiredHub], probing.Door],
        pacing: planning.Pacing | None = None,
        now: clock.Clock = clock.system_clock,
    ) -> None:
        self._engines = engines
        self._wanted = wanted
        self._door = door
        self._pacing = pacing or planning.Pacing()
        self._now = now
        self._applied: dict[int, tuple[str, str, int]] = {}  # at which stage a roll-out's settings were applied last
        self._tried: dict[int, datetime] = {}  # when a roll-out's way back into the folder was tried last

    # -- the pace

    async def meet(
        self, wish: wishes.Wish, steps: Sequence[plan.Step], seen: Mapping[str, engine.HubSeen]
    ) -> Mapping[str, holds.Hold]:
        """Make a roll-out of what a commit changes, and say what is held."""
        repository = self._wanted.writable().repository
        held: Mapping[str, holds.Hold] = await sync_to_async(meeting.meet)(
            wish, steps, seen, repository=repository, usual=self._pacing, now=self._now()
        )
        return held

    # -- turns

    async def run(self, follow: Follow) -> None:
        """Keep conducting until cancelled, each roll-out by itself. `follow` applies what is not held any more."""
        tasks: dict[int, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                for rollout in await self._under_way():
                    if rollout.pk not in tasks or tasks[rollout.pk].done():
                        tasks[rollout.pk] = group.create_task(self._bring_on(rollout, follow))
                await asyncio.sleep(TURN_EVERY)

    @staticmethod
    async def _under_way() -> list[models.Rollout]:
        try:
            found: list[models.Rollout] = await sync_to_async(records.active)()
        except Exception:
            logger.exception("failed to read the roll-outs")
            return []
        return found

    async def _bring_on(self, rollout: models.Rollout, follow: Follow) -> None:
        """As far as one roll-out comes now."""
        try:
            while await self._advance(rollout, follow):
                rollout = await sync_to_async(records.again)(rollout)
        except errors.CommonhubError as error:
            logger.warning("cannot go on with roll-out %s: %s", rollout.pk, error)
        except Exception:
            logger.exception("failed to go on with roll-out %s", rollout.pk)

    async def turn(self, follow: Follow) -> bool:
        """One stage further with each roll-out; whether anything moved."""
        moved = False
        for rollout in await sync_to_async(records.active)():
            moved = await self._advance(rollout, follow) or moved
        return moved

    async def _advance(self, rollout: models.Rollout, follow: Follow) -> bool:
        if rollout.phase == Phase.ENDED:
            return False
        if rollout.state in advancing.FORWARD:
            return await self._forward(rollout, follow)
        if rollout.phase == Phase.COMMITTING:
            return await self._commit_back(rollout, follow)
        return await self._back(rollout, follow)

    async def _forward(self, rollout: models.Rollout, follow: Follow) -> bool:
        now = self._now()
        match rollout.phase:
            case Phase.WAITING:
                if not await sync_to_async(advancing.may_begin)(rollout, self._near(rollout, now), now):
                    return False
                begun = await sync_to_async(advancing.begin_cohort)(rollout, now)
                return bool(begun)
            case Phase.APPLYING:
                return await self._settle(rollout, follow)
            case Phase.PROBING:
                return await self._probe(rollout, follow)
            case _:
                return await self._watch(rollout)

    def _near(self, rollout: models.Rollout, now: datetime) -> Mapping[str, Sequence[planning.Event]]:
        force = self._wanted.in_force
        return agenda.near(force.fleet, [hub.hub_id for hub in advancing.under_way(rollout)], now) if force else {}

    async def _apply(self, rollout: models.Rollout, follow: Follow) -> None:
        """Have the settings of this stage applied, once: another process may have moved it. The keeper tries again."""
        stage = (rollout.state, rollout.phase, rollout.cohort)
        if self._applied.get(rollout.pk) != stage:
            await follow()
            self._applied[rollout.pk] = stage

    async def _settle(self, rollout: models.Rollout, follow: Follow) -> bool:
        await self._apply(rollout, follow)
        whole, wrong = await self._settled(advancing.under_way(rollout))
        now = self._now()
        if not whole and not wrong and now - rollout.since > self._pacing.settle:
            wrong = f"Its hubs were not prepared within {self._pacing.settle.total_seconds():.0f} seconds."
        if wrong:
            return await self._go_back(rollout, wrong)
        if whole:
            return await self._to_phase(rollout, Phase.APPLYING, Phase.PROBING)
        return False

    async def _settled(self, hubs: list[models.RolloutHub]) -> tuple[bool, str]:
        seen: dict[str, engine.HubSeen] = {}
        for each in self._engines.values():
            seen |= await each.observe()
        return advancing.settled(hubs, self._wanted.hubs, seen)

    async def _probe(self, rollout: models.Rollout, follow: Follow) -> bool:
        due = [hub for hub in advancing.under_way(rollout) if hub.probed and not _good(hub.verdict)]
        tried = await self._probe_all(due, records.keep_verdict, tries=self._pacing.tries)
        for hub, verdict in tried:
            if not verdict.good:
                return await self._go_back(rollout, advancing.failure(hub, verdict))
        moved = bool(await sync_to_async(advancing.after_probes)(rollout, self._now()))
        if moved and advancing.is_last(rollout):
            await follow()  # its hubs are free, for what was committed meanwhile
        return moved

    async def _probe_all(
        self,
        hubs: Sequence[models.RolloutHub],
        keep: Callable[[models.RolloutHub, probing.Verdict], None],
        *,
        tries: int,
    ) -> list[tuple[models.RolloutHub, probing.Verdict]]:
        """Probe hubs, a few at a time, each again where it fails; once one has failed for good no other is begun."""
        turns, failed = asyncio.Semaphore(self._pacing.width), asyncio.Event()
        found = []

        async def one(hub: models.RolloutHub) -> None:
            async with turns:
                for attempt in range(1, tries + 1):
                    if failed.is_set():
                        return
                    verdict = await self._probe_one(hub.hub_id)
                    await sync_to_async(keep)(hub, verdict)
                    if verdict.good or attempt == tries:
                        found.append((hub, verdict))
                        break
                    logger.info("a probe of %s failed, it is tried again: %s", hub.hub_id, verdict.words)
                if not verdict.good:
                    failed.set()

        await asyncio.gather(*(one(hub) for hub in hubs))
        return found

    async def _probe_one(self, hub_id: str) -> probing.Verdict:
        hub = self._wanted.hubs.get(hub_id)
        if hub is None:  # it left the fleet meanwhile: there is nobody to be harmed
            return probing.Verdict(failed=None, unknown=("The hub is not in the fleet any more.",))
        try:
            return await self._engines[hub.engine].inside.probe(hub_id, self._door(hub), self._pacing.probes)
        except errors.CommonhubError as error:
            return probing.Verdict(failed=probing.Part.WAKE, who=probing.NEWCOMER, words=error.message)
        except Exception as error:  # a hub that breaks its probe must not keep the roll-out from going back
            logger.exception("a probe of %s broke", hub_id)
            return probing.Verdict(failed=probing.Part.WAKE, words=f"The probe broke ({type(error).__name__}).")

    async def _watch(self, rollout: models.Rollout) -> bool:
        _, wrong = await self._settled(list(await sync_to_async(records.reached)(rollout)))
        if wrong:
            return await self._go_back(rollout, wrong)
        now = self._now()
        return advancing.watched_enough(rollout, now) and bool(await sync_to_async(advancing.to_next)(rollout, now))

    # -- the way back

    async def _go_back(self, rollout: models.Rollout, reason: str) -> bool:
        moved = await sync_to_async(advancing.go_back)(rollout, reason, self._now())
        if moved:
            logger.warning("roll-out %s is halted: %s", rollout.pk, reason)
        return bool(moved)

    async def _back(self, rollout: models.Rollout, follow: Follow) -> bool:
        reached = list(records.reached(rollout))
        if rollout.phase == Phase.PROBING:
            await self._probe_all([hub for hub in reached if hub.verdict and not hub.back], records.keep_back, tries=1)
            return await self._to_phase(rollout, Phase.PROBING, Phase.COMMITTING)
        await self._apply(rollout, follow)
        whole, wrong = await self._settled(reached)
        if whole:
            return await self._to_phase(rollout, Phase(rollout.phase), Phase.PROBING)
        now = self._now()
        if wrong or now - rollout.since > self._pacing.settle:
            words = wrong or "Its hubs do not take the settings of before."
            await sync_to_async(advancing.trouble)(rollout, words, now)
            return await self._to_phase(rollout, Phase(rollout.phase), Phase.PROBING)
        return False

    async def _to_phase(self, rollout: models.Rollout, before: Phase, after: Phase) -> bool:
        moved: bool = await sync_to_async(advancing.to_phase)(rollout, before, after, self._now())
        return moved

    async def _commit_back(self, rollout: models.Rollout, follow: Follow) -> bool:
        now = self._now()
        last = self._tried.get(rollout.pk)
        if last is not None and (now - last).total_seconds() < TRY_AGAIN:
            return False
        self._tried[rollout.pk] = now
        try:
            made = await asyncio.to_thread(self._write_back, rollout)
            await follow()
            if not await asyncio.to_thread(self._is_in_force, made):
                raise errors.UnavailableError(
                    "The fleet folder was set back, but its newest commit has faults.", "Mend them: commonhub validate"
                )
        except errors.CommonhubError as error:
            await sync_to_async(advancing.trouble)(rollout, f"{error.message} {error.mend}", now)
            return False
        self._tried.pop(rollout.pk, None)
        ended = await sync_to_async(advancing.ended_back)(rollout, made.id if made else "", now)
        if ended:
            await follow()
        return bool(ended)

    def _write_back(self, rollout: models.Rollout) -> history.Commit | None:
        self._wanted.check_followed()
        who = taking_back.AUTOMATION
        if rollout.by:
            who = history.Person(name=rollout.by, email=f"{rollout.by_handle.replace(':', '-')}@localhost")
        why = f"Take back: {rollout.title}\n\n{rollout.reason}"
        return taking_back.take_back(self._wanted.writable(), rollout, who=who, why=why)

    def _is_in_force(self, made: history.Commit | None) -> bool:
        """Whether the commit in force is this one, or one that came after it."""
        force = self._wanted.in_force
        if made is None or force is None:
            return force is not None
        ids = [commit.id for commit in self._wanted.writable().repository.log(limit=origins.FAR)]
        return made.id in ids and force.commit.id in ids[: ids.index(made.id) + 1]


def _good(verdict: Mapping[str, object] | None) -> bool:
    return verdict is not None and verdict.get("failed") is None
