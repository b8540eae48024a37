"""The door: answers every request that has no route in the proxy, and wakes the hub it is meant for.

accepted -> head read -> hub found -> woken -> handed over -> done
             |            |            '-- slow: a page that waits (browsers), or patience (programs)
             |            '-- no hub: 404, nothing is woken
             '-- doubtful: 400
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

from commonhub.frontdoor import answers, hangups, pages, reception, relay
from commonhub.frontdoor import head as heads
from commonhub.ground import local_socket

log = logging.getLogger(__name__)

BACKLOG = 4096  # a full backlog would be a 503 of the proxy's own; the kernel caps it at net.core.somaxconn
READ_AT_ONCE = 16 * 1024  # bytes; heads are about 1 kB, and what is read beyond waits in our memory
NO_DESCRIPTOR_PAUSE = 0.2  # seconds until another accept is tried


class Door:
    """Serves on a unix socket. Use it inside one event loop: `open` it, `close` it."""

    def __init__(
        self,
        *,
        directory: reception.Directory,
        waker: reception.Waker,
        portal: Path | None = None,
        limits: reception.Limits | None = None,
    ) -> None:
        self._limits = limits or reception.Limits()
        self._reception = reception.Reception(directory=directory, waker=waker, portal=portal, limits=self._limits)
        self._stack = contextlib.ExitStack()
        self._closing: asyncio.Future[None] | None = None  # done when the door closes
        self._guests: set[asyncio.Task[None]] = set()
        self._waiting = 0

    @property
    def guests(self) -> int:
        """Connections that are open now."""
        return len(self._guests)

    @property
    def waiting(self) -> int:
        """Connections that no hub has taken yet."""
        return self._waiting

    def use(self, directory: reception.Directory) -> None:
        """Look addresses up in another directory from now on: the fleet has changed."""
        self._reception.directory = directory

    async def open(self, path: Path, *, owner: int | None = None) -> None:
        """Listen at `path` for `owner` (the proxy's user id) and this process's own user.

        Takes over from an older door at the same path without a gap.
        """
        listener = self._stack.enter_context(local_socket.listening(path, owner=owner, backlog=BACKLOG))
        hang_ups = self._stack.enter_context(hangups.HangUps())
        loop = asyncio.get_running_loop()
        self._closing = loop.create_future()
        loop.add_reader(listener, self._accept, listener, hang_ups)
        self._stack.callback(loop.remove_reader, listener)

    async def close(self) -> None:
        """Stop listening and end all conversations."""
        if self._closing is not None and not self._closing.done():
            self._closing.set_result(None)
        await asyncio.gather(*self._guests)
        self._stack.close()

    def _accept(self, listener: socket.socket, hang_ups: hangups.HangUps) -> None:
        loop = asyncio.get_running_loop()
        try:
            client, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # No file descriptor is left: those in the backlog are served when one is free.
            log.warning("The front door cannot accept: %s", error.strerror)
            loop.remove_reader(listener)
            loop.call_later(NO_DESCRIPTOR_PAUSE, self._accept_again, listener, hang_ups)
            return
        client.setblocking(False)
        guest = asyncio.create_task(self._receive(client, hang_ups), name="front door's guest")
        self._guests.add(guest)
        guest.add_done_callback(self._guests.discard)

    def _accept_again(self, listener: socket.socket, hang_ups: hangups.HangUps) -> None:
        if self._closing is not None and not self._closing.done():
            asyncio.get_running_loop().add_reader(listener, self._accept, listener, hang_ups)

    async def _receive(self, client: socket.socket, hang_ups: hangups.HangUps) -> None:
        """One connection from its first byte to its end; ends at once when the client hangs up or the door closes.

        Nobody cancels it, so that it always ends its parts before their socket.
        """
        gone = asyncio.create_task(hang_ups.wait(client))
        work = asyncio.create_task(self._serve(client))
        with client:
            await asyncio.wait({gone, work, *self._end()}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            work.cancel()
            results = await asyncio.gather(gone, work, return_exceptions=True)
        for result in results:
            # OSError: a peer went away while we wrote to it, which is its right.
            if isinstance(result, Exception) and not isinstance(result, OSError):
                log.error("The front door failed on a request", exc_info=result)

    def _end(self) -> set[asyncio.Future[None]]:
        return {self._closing} if self._closing is not None else set()

    async def _serve(self, client: socket.socket) -> None:
        if len(self._guests) > self._limits.connections or self._waiting >= self._limits.waiting:
            await relay.say(client, answers.notice(pages.Notice.BUSY, None))
            return
        with contextlib.ExitStack() as waiting:
            waiting.enter_context(self._counted())
            try:
                async with asyncio.timeout(self._limits.head):
                    request = await _read(client)
            except heads.BadRequestError as error:
                log.info("Refused a request: %s", error.message)
                await relay.say(client, answers.notice(pages.Notice.MALFORMED, None))
                return
            except TimeoutError:
                return  # who says nothing in time is told nothing
            if request is not None:
                await self._reception.answer(request, waiting)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


async def _read(client: socket.socket) -> relay.Request | None:
    """The request's head, and what came with it; None when the client ends before its head does."""
    loop = asyncio.get_running_loop()
    came = b""
    while (end := came.find(heads.END_OF_HEAD)) < 0:
        if len(came) > heads.MAX_HEAD:
            raise heads.BadRequestError("The request's head is too long.")
        piece = await loop.sock_recv(client, READ_AT_ONCE)
        if not piece:
            return None
        came += piece
    end += len(heads.END_OF_HEAD)
    return relay.Request(head=heads.parse(came[:end]), client=client, early=came[end:])
