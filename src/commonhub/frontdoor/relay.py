"""Bytes between a client and a hub: read as they come, written before more are read, never gathered.

Works on plain sockets, so that what waits stays in the kernel's bounded buffers: the sender feels it.
"""

import asyncio
import contextlib
import errno
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from commonhub.frontdoor import head as heads
from commonhub.frontdoor import queue
from commonhub.ground import local_socket

PIECE = 64 * 1024  # bytes read at once; the kernel's own buffer of a unix socket is about three times that
LINGER_SECONDS = 2  # how long a client that still sends may go on, so that it can read our answer
CONNECT_SECONDS = 5  # a hub whose backlog of connections stays full that long hangs
SWITCHING = b"HTTP/1.1 101"


class HungUp(Exception):  # noqa: N818 - it is how a conversation ends, not a fault to show
    """The hub went away before it answered anything."""


class WrongListenerError(Exception):
    """Something that is not the hub listens on the hub's socket."""

    def __init__(self, hub: queue.HubSocket, found: int) -> None:
        super().__init__(f"User {found} listens on {hub.path}, where only user {hub.uid} should.")


async def connect(hub: queue.HubSocket) -> socket.socket:
    """A connection to the hub's socket; OSError where nothing listens, WrongListenerError where somebody else does.

    The hub's user owns the socket's folder and could put a link to another socket there, to which this
    process may speak with more rights than the hub has. So the kernel is asked who listens at the other end.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await _reach(connection, hub.path)
        _check_listener(connection, hub)
    except BaseException:
        connection.close()
        raise
    return connection


async def _reach(connection: socket.socket, path: Path) -> None:
    # Not loop.sock_connect: on unix sockets EAGAIN means a full backlog, which it takes for success.
    while (code := connection.connect_ex(str(path))) != 0:
        if code not in {errno.EAGAIN, errno.EINTR}:
            raise OSError(code, os.strerror(code))
        await asyncio.sleep(0.01)


def _check_listener(connection: socket.socket, hub: queue.HubSocket) -> None:
    listener = local_socket.peer_user(connection)
    if hub.uid is not None and listener != hub.uid:
        raise WrongListenerError(hub, listener)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request on its way: its head, the client, and what of the body came together with the head."""

    head: heads.Head
    client: socket.socket
    early: bytes


async def converse(request: Request, hub: socket.socket) -> None:
    """Hand the request to the hub and the answer to the client, until the hub has ended it.

    Raises HungUp when the hub ends before the first byte of its answer: then the client has heard nothing.
    When the hub ends midway, the client's connection ends midway too, which every HTTP client notices.
    """
    loop = asyncio.get_running_loop()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # then its silence tells, or its early answer
        await loop.sock_sendall(hub, request.head.replayed())
    sending = None
    try:
        if request.head.has_body:
            sending = asyncio.create_task(_send_body(request, hub))
        first = await _first_answer(hub, enough=len(SWITCHING) if request.head.websocket else 1)
        await loop.sock_sendall(request.client, first)
        if request.head.websocket and first.startswith(SWITCHING):
            # Only now: a hub that refuses the upgrade would read these bytes as another request.
            sending = asyncio.create_task(_send_all(request, hub))
        await _pump(hub, request.client)
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def say(client: socket.socket, answer: bytes) -> None:
    """Give an answer of our own, wholly, and end the conversation."""
    await asyncio.get_running_loop().sock_sendall(client, answer)
    await finish(client)


async def finish(client: socket.socket) -> None:
    """Say that the answer is complete, and let a client that still sends come to read it."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, TimeoutError):
        client.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(LINGER_SECONDS):
            while await loop.sock_recv(client, PIECE):
                pass


async def _first_answer(hub: socket.socket, *, enough: int) -> bytes:
    loop = asyncio.get_running_loop()
    first = b""
    while len(first) < enough:
        try:
            piece = await loop.sock_recv(hub, PIECE)
        except ConnectionResetError:
            piece = b""
        if not piece:
            if not first:
                raise HungUp
            break
        first += piece
    return first


async def _pump(source: socket.socket, sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionResetError):
        while piece := await loop.sock_recv(source, PIECE):
            await loop.sock_sendall(sink, piece)


async def _send_body(request: Request, hub: socket.socket) -> None:
    """The request's body and nothing behind it: what follows a body of known length is not this request's."""
    loop = asyncio.get_running_loop()
    left = request.head.length
    piece = request.early
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the hub may refuse a body by not reading it
        while True:
            if left is not None:
                piece = piece[:left]
                left -= len(piece)
            if piece:
                await loop.sock_sendall(hub, piece)
            if left == 0:
                return
            piece = await loop.sock_recv(request.client, PIECE if left is None else min(PIECE, left))
            if not piece:
                hub.shutdown(socket.SHUT_WR)
                return


async def _send_all(request: Request, hub: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        if request.early:
            await loop.sock_sendall(hub, request.early)
        await _pump(request.client, hub)
        hub.shutdown(socket.SHUT_WR)
