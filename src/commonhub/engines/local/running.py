"""One running server as the keeper holds it, and how its processes are found and ended."""

import asyncio
import signal
import subprocess
import time
from dataclasses import dataclass, field

from commonhub.engines.local import allowlist, ledger, reach
from commonhub.engines.local.limits import group
from commonhub.engines.local.wish import ServerKey
from commonhub.fleet import desired
from commonhub.ground import process

WRAPPERS = frozenset({"bwrap", "unshare", "sh", "dash", "prlimit"})  # what stands around the server itself
NOBODY = process.Process(0, 0)
GRACE = 10.0  # seconds a server has to write its files after it was asked to end
REAP_WITHIN = 2.0  # seconds for a box to end by itself after its first process
KILL_WITHIN = 5.0  # seconds for the kernel to end what was killed
REMOVE_TRIES, REMOVE_PAUSE = 50, 0.01  # seconds between
PSS_FOR = 20.0  # seconds that a measured memory is good for: reading it costs the kernel a walk through all pages


@dataclass(kw_only=True)
class Running:
    """A server that is up. `outer` is the box's own process outside, `inner` the first process inside."""

    key: ServerKey
    outer: process.Process
    port: int
    uid: int
    since: float
    group: group.Group
    wish: dict[str, object]
    inner: process.Process | None = None
    slirp: process.Process | None = None
    popen: subprocess.Popen[bytes] | None = None  # None when it was started by an earlier keeper
    slirp_popen: subprocess.Popen[bytes] | None = None
    proxy: allowlist.AllowList | None = None
    networks: frozenset[reach.Network] = field(default_factory=frozenset)  # for which its roads are shut
    watch: asyncio.Task[None] | None = None
    stopping: bool = False
    _memory: tuple[float, int | None] = (float("-inf"), None)

    @property
    def egress(self) -> desired.Egress:
        """How far it reaches."""
        return desired.Egress(str(self.wish.get("egress", desired.Egress.NONE)))

    def row(self) -> ledger.ServerRow:
        """As the ledger keeps it."""
        slirp, inner = self.slirp or NOBODY, self.inner or NOBODY
        return ledger.ServerRow(
            hub=self.key.hub,
            user=self.key.user,
            name=self.key.name,
            pid=self.outer.pid,
            started_ticks=self.outer.started_ticks,
            port=self.port,
            uid=self.uid,
            slirp_pid=slirp.pid,
            slirp_ticks=slirp.started_ticks,
            inner_pid=inner.pid,
            inner_ticks=inner.started_ticks,
            cgroup=self.group.path,
            since=self.since,
            wish=self.wish,
        )

    def memory(self, now: float) -> int | None:
        """Bytes in use, from its group or else from all its processes, at most `PSS_FOR` seconds old."""
        told = self.group.memory()
        if told is not None:
            return told
        if now - self._memory[0] > PSS_FOR:
            self._memory = (now, sum(process.memory_pss(pid) for pid in process.tree(self.outer.pid)))
        return self._memory[1]

    def reap(self) -> int:
        """Its exit code, once it ended: 0 where nobody can tell."""
        if self.slirp_popen is not None:
            self.slirp_popen.poll()
        if self.popen is None:
            return 0
        code = self.popen.poll()
        return 0 if code is None else code


def first_inside(outer: process.Process) -> process.Process | None:
    """The first process of the box's own process space: when it ends, the kernel ends all others inside."""
    for pid in process.children(outer.pid):
        if process.name(pid) == "bwrap":
            return process.Process.of(pid)
    return None


def server_itself(inner: process.Process | None) -> process.Process | None:
    """The server behind what wraps it. bwrap hands no signal on, so it is asked directly."""
    if inner is None or not inner.alive():
        return None
    for pid in process.tree(inner.pid)[1:]:
        if process.name(pid) not in WRAPPERS:
            return process.Process.of(pid)
    return None


async def ask_to_end(running: Running) -> bool:
    """SIGTERM to the server; True when the whole box ended within the grace."""
    running.inner = running.inner or first_inside(running.outer)
    server = server_itself(running.inner)
    if server is None or not server.signal(signal.SIGTERM):
        return False
    return await running.outer.wait(GRACE)


async def kill(running: Running) -> None:
    """End everything of the box: what is in its process space, the box, its group, its way out."""
    running.inner = running.inner or first_inside(running.outer)
    if running.inner is not None and running.inner.signal(signal.SIGKILL):
        await running.outer.wait(REAP_WITHIN)  # it reaps the one inside; killed first, it would leave it to others
        await running.inner.wait(KILL_WITHIN)  # and that one is gone only when all others inside are
    for one in (running.outer, running.slirp):
        if one is not None:
            one.signal(signal.SIGKILL)
            await one.wait(KILL_WITHIN)
    await asyncio.to_thread(running.group.kill)
    await asyncio.to_thread(_remove, running.group)


def _remove(spent: group.Group) -> None:
    """A group whose last process has just ended may stay busy for a moment."""
    for _ in range(REMOVE_TRIES):
        if spent.remove():
            return
        time.sleep(REMOVE_PAUSE)
