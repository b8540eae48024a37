"""A small HTTPS proxy that connects servers to package sources and to nothing else.

It speaks CONNECT alone, to port 443 of names on a list, at public addresses only: what a name resolves to is checked
and then used, so that a name cannot be turned into an address of this machine between the two.
A listed host may also accept uploads: a list of names keeps servers from roaming, not data from leaving.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping

from commonhub.engines.local import reach

SOURCES: Mapping[str, tuple[str, ...]] = {
    "pypi": ("pypi.org", "files.pythonhosted.org"),
    "conda-forge": ("conda.anaconda.org", "binstar-cio-packages-prod.s3.amazonaws.com"),
    "cran": ("cloud.r-project.org", "cran.r-project.org", "cran.rstudio.com", "packagemanager.posit.co"),
}
PORT = 443
HEAD_MAX = 8192  # bytes of a request's head
HEAD_WITHIN = 15.0  # seconds
CONNECT_WITHIN = 15.0  # seconds
IDLE_MAX = 120.0  # seconds without a byte in either direction
PIECE = 65536  # bytes read at once
PER_BOX = 32  # connections at once; pip and conda open about ten
ANSWER = "HTTP/1.1 {code} {text}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def hosts(sources: Iterable[str]) -> frozenset[str]:
    """The host names behind a hub's package sources: names of the table, or hosts. None named: the whole table."""
    named = tuple(sources) or tuple(SOURCES)
    return frozenset(host.lower().rstrip(".") for name in named for host in SOURCES.get(name, (name,)))


def target(head: bytes, allowed: frozenset[str]) -> str | None:
    """The host that a request may be connected to; None when it may not."""
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) != 3 or words[0] != b"CONNECT":
        return None
    host, _, port = words[1].decode("latin-1").rpartition(":")
    host = host.lower().rstrip(".")
    return host if port == str(PORT) and host in allowed else None


class AllowList:
    """Serves one box's requests."""

    def __init__(self, sources: Iterable[str], own: Callable[[], frozenset[reach.Network]]) -> None:
        self._allowed = hosts(sources)
        self._own = own
        self._room = asyncio.Semaphore(PER_BOX)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, listening: socket.socket) -> None:
        """Serve on a listening socket until `close`."""
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=PIECE)

    def close(self) -> None:
        """Serve no more; open connections are cut."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            if self._room.locked():
                writer.write(_answer(503, "Too Many Connections"))
            else:
                async with self._room:
                    await self._answer(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a broken connection concerns its two ends alone
        finally:
            if task is not None:
                self._open.discard(task)
            await _end(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_WITHIN):
            head = await reader.readuntil(b"\r\n\r\n")
        host = target(head, self._allowed) if len(head) <= HEAD_MAX else None
        if host is None:
            writer.write(_answer(403, "Not A Package Source Of This Hub"))
            return
        address = await self._public_address(host)
        if address is None:
            writer.write(_answer(502, "No Public Address"))
            return
        async with asyncio.timeout(CONNECT_WITHIN):
            far_reader, far_writer = await asyncio.open_connection(address, PORT)
        try:
            writer.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            await writer.drain()
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, far_writer))
                both.create_task(_pump(far_reader, writer))
        except* (OSError, TimeoutError):
            pass
        finally:
            await _end(far_writer)

    async def _public_address(self, host: str) -> str | None:
        """One address of the host. Any that is not public makes all of them suspect."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                found = await loop.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
        except OSError:
            return None
        addresses = [str(entry[4][0]) for entry in found]
        own = self._own()
        good = [address for address in addresses if reach.public(address, own)]
        return good[0] if good and len(good) == len(addresses) else None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(IDLE_MAX):
            piece = await reader.read(PIECE)
        if not piece:
            break
        writer.write(piece)
        async with asyncio.timeout(IDLE_MAX):
            await writer.drain()
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


def _answer(code: int, text: str) -> bytes:
    return ANSWER.format(code=code, text=text).encode()
