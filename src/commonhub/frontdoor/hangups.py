"""Notices peers that have left, without reading what they sent before."""

import asyncio
import select
import socket
from types import TracebackType
from typing import Self


class HangUps:
    """Tells when a peer has closed its unix socket wholly, without reading what it sent before.

    A half-closed peer still waits for its answer and is not told of. The kernel tells: EPOLLHUP.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def __enter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._notice)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._epoll.fileno())
        self._epoll.close()

    async def wait(self, peer: socket.socket) -> None:
        """Return when the peer has hung up. One waits for one socket; cancel it before the socket is closed."""
        number = peer.fileno()
        hung_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = hung_up
        self._epoll.register(number, 0)  # 0: nothing but the hang-up, which the kernel always reports
        try:
            await hung_up
        finally:
            if self._waiting.pop(number, None) is not None and not self._epoll.closed:
                self._epoll.unregister(number)

    def _notice(self) -> None:
        for number, _ in self._epoll.poll(0):
            waiting = self._waiting.pop(number, None)
            self._epoll.unregister(number)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
