"""Processes of this machine by an identity that a reused process id cannot take over.

A process is its id together with the moment it started. Signals go through a pidfd, so that between looking
and acting the id cannot come to mean another process.
"""

import asyncio
import os
import signal as signals
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process: its id and when it started, in clock ticks since the machine did."""

    pid: int
    started_ticks: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this id now; None when there is none or it is a zombie."""
        seen = _stat(pid)
        return None if seen is None or seen[0] in "ZX" else cls(pid, seen[1])

    def alive(self) -> bool:
        """Whether this very process runs. A zombie does not."""
        return self.pid > 0 and Process.of(self.pid) == self

    def signal(self, number: signals.Signals) -> bool:
        """Send a signal to this very process. False when it is gone."""
        handle = self._open()
        if handle is None:
            return False
        try:
            signals.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - the answer says whether it ended, no error does
        """Wait until it ended, a child of ours or not, at most `timeout` seconds. True when it has ended.

        A child of ours that ended is left a zombie for its owner to reap.
        """
        handle = self._open()
        if handle is None:
            return True
        try:
            return await readable(handle, timeout)
        finally:
            os.close(handle)

    def _open(self) -> int | None:
        """A pidfd of this very process; None when it is gone. Looked at again once the pidfd is held."""
        if self.pid <= 0:
            return None
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return None
        if self.alive():
            return handle
        os.close(handle)
        return None


async def readable(handle: int, seconds: float) -> bool:
    """Wait until an open file has something to read, or its other end is closed. False when the time is over."""
    loop = asyncio.get_running_loop()
    come = asyncio.Event()
    loop.add_reader(handle, come.set)
    try:
        await asyncio.wait_for(come.wait(), seconds)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(handle)
    return True


def memory_pss(pid: int) -> int:
    """Bytes of memory of one process, shared pages counted in parts; 0 where it cannot be read."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def children(pid: int) -> tuple[int, ...]:
    """Ids of the direct children of a process, of all its threads."""
    found: list[int] = []
    try:
        threads = list((PROC / str(pid) / "task").iterdir())
    except OSError:
        return ()
    for thread in threads:
        try:
            found += [int(word) for word in (thread / "children").read_text().split()]
        except (OSError, ValueError):
            continue
    return tuple(found)


def tree(pid: int) -> tuple[int, ...]:
    """The id itself and those of all that descend from it, parents first."""
    return tuple(_walk(pid))


def name(pid: int) -> str:
    """The short name that the kernel knows a process by; "" when it is gone."""
    try:
        return (PROC / str(pid) / "comm").read_text().rstrip("\n")
    except OSError:
        return ""


def boot_id() -> str:
    """A name of this start of the machine: process ids mean nothing across two of them."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def _walk(pid: int) -> Iterator[int]:
    yield pid
    for child in children(pid):
        yield from _walk(child)


def _stat(pid: int) -> tuple[str, int] | None:
    """State letter and start of a process (proc(5), fields 3 and 22); its name may hold spaces and brackets."""
    try:
        text = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return fields[0].decode(), int(fields[19])
