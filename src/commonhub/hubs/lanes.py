"""Work on many hubs side by side: one that hangs holds up nothing but itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Lanes:
    """One lane for each hub. `width`: how many pieces of work go on at once; `each`: how many in one lane.

    It holds nothing that has to last: what finds no room is asked for again at the next look, and so is what failed.
    """

    def __init__(self, what: str, *, width: int, each: int = 1) -> None:
        self._what: Final = what
        self._each = each
        self._turns = asyncio.Semaphore(width)
        self._under_way: dict[str, dict[Hashable, asyncio.Task[None]]] = {}

    def begin(self, lane: str, key: Hashable, work: Work) -> bool:
        """Begin, and do not wait; False where this very thing is under way, or the lane is full."""
        tasks = self._under_way.get(lane, {})
        if key in tasks or len(tasks) >= self._each:
            return False
        task = asyncio.create_task(self._do(lane, work), name=f"{self._what}: {lane}")
        self._under_way.setdefault(lane, tasks)[key] = task
        task.add_done_callback(lambda _task: self._end(lane, key))
        return True

    def __len__(self) -> int:
        """How many pieces of work are under way."""
        return len(self._tasks())

    def full(self) -> tuple[str, ...]:
        """The lanes in which nothing more begins now."""
        return tuple(lane for lane, tasks in self._under_way.items() if len(tasks) >= self._each)

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while found := self._tasks():
            await asyncio.wait(found)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks():
            task.cancel()
        await self.rest()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for tasks in self._under_way.values() for task in tasks.values()]

    def _end(self, lane: str, key: Hashable) -> None:
        tasks = self._under_way[lane]
        del tasks[key]
        if not tasks:
            del self._under_way[lane]

    async def _do(self, lane: str, work: Work) -> None:
        async with self._turns:
            try:
                await work()
            except Exception:
                logger.exception("failed to %s at %s", self._what, lane)
