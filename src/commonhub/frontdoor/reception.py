"""What the door does with one request: finds its hub, has it woken, hands the request over, or says why not."""

import asyncio
import collections
import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPMethod
from pathlib import Path
from typing import Protocol

from commonhub.frontdoor import answers, pages, queue, relay
from commonhub.frontdoor import head as heads
from commonhub.ground import errors

log = logging.getLogger(__name__)

# Answered without waking the hub: machines ask for these by themselves, for ever. The first part of the
# path is the hub's own where routing is by path.
_ROBOTS = re.compile(r"(?:/[^/]+)?/robots\.txt")
_ICON = re.compile(r"(?:/[^/]+)?/favicon\.ico")
_HEALTH = re.compile(r"(?:/[^/]+)?/hub/health/?")


class Directory(Protocol):
    """Tells which hub an address belongs to (`routes.AddressBook`)."""

    def find(self, host: str, path: str) -> str | None:
        """The hub's id, None where no hub lives; exact names only."""
        ...

    def is_portal(self, host: str) -> bool:
        """Whether the portal answers under this host."""
        ...


class Waker(Protocol):
    """Wakes hubs (`queue.WakeQueue`). Cancelling who waits must not cancel the wake."""

    async def wake(self, hub_id: str) -> queue.HubSocket:
        """After: the hub is awake and listens there. Raises CommonhubError when it cannot be woken."""
        ...

    def place(self, hub_id: str) -> queue.Place | None:
        """The hub's place in the queue, None when it is not in it."""
        ...

    def failing(self, hub_id: str) -> bool:
        """Whether the hub's last wake failed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many and how long; times in seconds."""

    connections: int = 4000  # in all; each that is handed over holds two file descriptors
    waiting: int = 1000  # not yet handed over to a hub
    waiting_per_hub: int = 200
    patience: float = 2.0  # before a browser is shown the waiting page
    long_patience: float = 60.0  # before a program is told to come back
    head: float = 30.0  # to send the head: the proxy sends it at once, only a slow attacker needs longer


class _NoAnswer(Exception):  # noqa: N818 - it is how an attempt ends, not a fault to show
    """The hub gave no answer; `again`: nothing was lost, so another attempt may be made."""

    def __init__(self, notice: pages.Notice, *, again: bool = False) -> None:
        super().__init__(notice)
        self.notice = notice
        self.again = again


class Reception:
    """Receives requests whose head is read. `directory` may be replaced at any time.

    `portal`: the portal's own socket, for requests that the proxy has no route for.
    """

    def __init__(self, *, directory: Directory, waker: Waker, portal: Path | None, limits: Limits) -> None:
        self.directory = directory
        self._waker = waker
        self._portal = portal
        self._limits = limits
        self._waiting_for: collections.Counter[str] = collections.Counter()

    async def answer(self, request: relay.Request, waiting: contextlib.ExitStack) -> None:
        """Answer the request wholly. `waiting` is closed as soon as a hub has taken it."""
        head = request.head
        hub_id = self.directory.find(head.host, head.path)
        if hub_id is None and not self.directory.is_portal(head.host):
            await relay.say(request.client, answers.notice(pages.Notice.UNKNOWN, head))
        elif head.authority != head.canonical_authority:
            await relay.say(request.client, answers.moved(head))
        elif hub_id is None:
            await self._hand_to_portal(request, waiting)
        elif (text := self._without_waking(hub_id, head)) is not None:
            await relay.say(request.client, text)
        elif self._waiting_for[hub_id] >= self._limits.waiting_per_hub:
            await relay.say(request.client, answers.notice(pages.Notice.BUSY, head))
        else:
            waiting.enter_context(self._counted(hub_id))
            await self._hand_to_hub(hub_id, request, waiting)

    @contextlib.contextmanager
    def _counted(self, hub_id: str) -> Iterator[None]:
        self._waiting_for[hub_id] += 1
        try:
            yield
        finally:
            self._waiting_for[hub_id] -= 1
            if not self._waiting_for[hub_id]:
                del self._waiting_for[hub_id]

    def _without_waking(self, hub_id: str, head: heads.Head) -> bytes | None:
        if head.method not in {HTTPMethod.GET, HTTPMethod.HEAD} or head.websocket:
            return None
        if _ROBOTS.fullmatch(head.path):
            return answers.plain(head, answers.NO_ROBOTS)
        if _ICON.fullmatch(head.path):
            return answers.plain(head, b"")
        if _HEALTH.fullmatch(head.path):
            failing = self._waker.failing(hub_id)
            return answers.notice(pages.Notice.FAILED, head) if failing else answers.plain(head, answers.HEALTHY)
        return None

    async def _hand_to_hub(self, hub_id: str, request: relay.Request, waiting: contextlib.ExitStack) -> None:
        # Twice: a hub may fall asleep between being found awake and being asked.
        for last in (False, True):
            try:
                found = await self._awake(hub_id, request.head)
                await self._hand_over(found, request, waiting)
            except _NoAnswer as none:
                if none.again and not last:
                    continue
                if none.notice in {pages.Notice.LATE, pages.Notice.STOPPED}:
                    log.warning("A request to %s had no answer: %s", hub_id, none.notice)
                answer = answers.notice(none.notice, request.head, place=self._waker.place(hub_id))
                await relay.say(request.client, answer)
            return

    async def _awake(self, hub_id: str, head: heads.Head) -> queue.HubSocket:
        patience = self._limits.patience if head.may_be_reloaded else self._limits.long_patience
        try:
            async with asyncio.timeout(patience):
                return await self._waker.wake(hub_id)
        except TimeoutError:
            raise _NoAnswer(pages.Notice.WAITING if head.may_be_reloaded else pages.Notice.LATE) from None
        except errors.CommonhubError:  # the queue has logged it; the reason is for administrators, not for strangers
            raise _NoAnswer(pages.Notice.FAILED) from None

    async def _hand_to_portal(self, request: relay.Request, waiting: contextlib.ExitStack) -> None:
        try:
            if self._portal is not None:
                await self._hand_over(queue.HubSocket(path=self._portal), request, waiting)
                return
        except _NoAnswer as none:
            log.warning("A request to the portal had no answer: %s", none.notice)
        await relay.say(request.client, answers.notice(pages.Notice.PORTAL, request.head))

    async def _hand_over(self, found: queue.HubSocket, request: relay.Request, waiting: contextlib.ExitStack) -> None:
        try:
            hub = await relay.connect(found)
        except relay.WrongListenerError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence is all there is to say
            raise _NoAnswer(pages.Notice.FAILED) from None
        except OSError as error:
            log.warning("Nothing takes connections on %s: %s", found.path, error)
            raise _NoAnswer(pages.Notice.FAILED, again=True) from None
        with hub:
            waiting.close()
            try:
                await relay.converse(request, hub)
            except relay.HungUp:
                raise _NoAnswer(pages.Notice.STOPPED, again=request.head.may_be_repeated) from None
        if request.head.has_body:
            await relay.finish(request.client)
