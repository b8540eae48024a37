"""The queue of hubs that are to be woken: few at a time, one wake for all who ask for a hub, first come first served."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from commonhub.ground import clock as clocks
from commonhub.ground import errors

log = logging.getLogger(__name__)

WAKE_SECONDS = 120  # a wake that takes longer hangs; its place in the queue is given to the next
FIRST_PAUSE = timedelta(seconds=3)  # after a failure the same hub is not started again before
LONGEST_PAUSE = timedelta(seconds=60)  # the pause doubles with every failure up to this


@dataclass(frozen=True, kw_only=True)
class HubSocket:
    """Where an awake hub listens. `uid`: who must own the listening process; None where all run as one user."""

    path: Path
    uid: int | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A hub's place in the queue: `number` counts from 1, `total` counts all hubs that wake or wait to."""

    number: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the queue has done since it began; `seconds` and `longest` are of wakes that succeeded, from asking to awake."""

    waking: int
    waiting: int
    woken: int
    failed: int
    seconds: float
    longest: float


class WakeFailedError(errors.CommonhubError):
    """The hub could not be woken, now or a few seconds ago."""


@dataclass(frozen=True, kw_only=True)
class _Failure:
    message: str
    mend: str
    at: datetime
    times: int

    @property
    def pause(self) -> timedelta:
        doublings = min(self.times - 1, 10)
        return min(FIRST_PAUSE * float(1 << doublings), LONGEST_PAUSE)


def usual_width() -> int:
    """How many hubs wake at once: two for each core that this process may use."""
    return 2 * len(os.sched_getaffinity(0))


class WakeQueue:
    """Wakes hubs with `wake_one`, at most `width` at once.

    A wake goes on when everybody who asked has left: a browser that shows the waiting page comes back for it.
    """

    def __init__(
        self,
        wake_one: Callable[[str], Awaitable[HubSocket]],
        *,
        width: int | None = None,
        clock: clocks.Clock = clocks.system_clock,
    ) -> None:
        self._wake_one = wake_one
        self._slots = asyncio.Semaphore(width or usual_width())
        self._clock = clock
        self._wakes: dict[str, asyncio.Task[HubSocket | _Failure]] = {}  # in the order in which they were asked for
        self._running: set[str] = set()
        self._failures: dict[str, _Failure] = {}
        self._woken = self._failed = 0
        self._seconds = self._longest = 0.0

    async def wake(self, hub_id: str) -> HubSocket:
        """After: the hub is awake and listens there. Raises WakeFailedError, at once while a failure is fresh."""
        wake = self._wakes.get(hub_id)
        if wake is None:
            self._refuse_fresh_failure(hub_id)
            wake = asyncio.create_task(self._run(hub_id), name=f"wake {hub_id}")
            self._wakes[hub_id] = wake
            wake.add_done_callback(lambda _: self._wakes.pop(hub_id, None))
        try:
            outcome = await asyncio.shield(wake)
        except asyncio.CancelledError:
            if not wake.cancelled():
                raise  # it is who asks that goes; the wake goes on
            raise WakeFailedError("Commonhub is stopping.", "Ask again when it is back.", retry=True) from None
        if isinstance(outcome, _Failure):
            raise WakeFailedError(outcome.message, outcome.mend, retry=True)
        return outcome

    def position(self, hub_id: str) -> int | None:
        """The hub's number in the queue, from 1; None when it is not in it."""
        place = self.place(hub_id)
        return place.number if place else None

    def place(self, hub_id: str) -> Place | None:
        """The hub's place in the queue; None when it is not in it."""
        for number, waking in enumerate(self._wakes, start=1):
            if waking == hub_id:
                return Place(number=number, total=len(self._wakes))
        return None

    def failing(self, hub_id: str) -> bool:
        """Whether the hub's last wake failed."""
        return hub_id in self._failures

    def forget(self, hub_id: str) -> None:
        """Forget a failure: the hub's settings have changed, or a person asks for another try now."""
        self._failures.pop(hub_id, None)

    def counts(self) -> Counts:
        """The queue in numbers, for the keeper's metrics."""
        return Counts(
            waking=len(self._running),
            waiting=len(self._wakes) - len(self._running),
            woken=self._woken,
            failed=self._failed,
            seconds=self._seconds,
            longest=self._longest,
        )

    async def close(self) -> None:
        """Give up all wakes; who waits for one is told that it failed."""
        wakes = list(self._wakes.values())
        for wake in wakes:
            wake.cancel()
        await asyncio.gather(*wakes, return_exceptions=True)

    def _refuse_fresh_failure(self, hub_id: str) -> None:
        failure = self._failures.get(hub_id)
        # The lower bound: a machine's clock that was set back must not lock a hub out.
        if failure is not None and timedelta() <= self._clock() - failure.at < failure.pause:
            raise WakeFailedError(failure.message, failure.mend, retry=True)

    async def _run(self, hub_id: str) -> HubSocket | _Failure:
        asked = self._clock()
        try:
            async with self._slots:
                self._running.add(hub_id)
                try:
                    async with asyncio.timeout(WAKE_SECONDS):
                        found = await self._wake_one(hub_id)
                finally:
                    self._running.discard(hub_id)
        except errors.CommonhubError as error:
            return self._note_failure(hub_id, error)
        except TimeoutError:
            return self._note_failure(hub_id, _unfinished(hub_id))
        except Exception:
            log.exception("Waking %s broke", hub_id)
            return self._note_failure(hub_id, _broken(hub_id))
        self._failures.pop(hub_id, None)
        self._woken += 1
        taken = (self._clock() - asked).total_seconds()
        self._seconds += taken
        self._longest = max(self._longest, taken)
        return found

    def _note_failure(self, hub_id: str, error: errors.CommonhubError) -> _Failure:
        before = self._failures.get(hub_id)
        failure = _Failure(
            message=error.message, mend=error.mend, at=self._clock(), times=before.times + 1 if before else 1
        )
        self._failures[hub_id] = failure
        self._failed += 1
        log.warning("%s could not be woken (%d in a row): %s", hub_id, failure.times, error)
        return failure


def _unfinished(hub_id: str) -> errors.CommonhubError:
    return errors.UnavailableError(
        f"The hub {hub_id} was not awake after {WAKE_SECONDS} seconds.", "See the hub's log for what it waits for."
    )


def _broken(hub_id: str) -> errors.CommonhubError:
    return errors.UnavailableError(
        f"The hub {hub_id} could not be woken because of a fault in Commonhub.", "See the keeper's log and report it."
    )
