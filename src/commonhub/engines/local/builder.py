"""Builds one box around one command, from what is asked for to a process that runs.

The order is the safety: nothing that lasts without the keeper exists before it is recorded.
"""

import asyncio
import contextlib
import dataclasses
import os
import platform
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import allowlist, box, egress, furnish, launch, ledger, places, reach, seccomp
from commonhub.engines.local.limits import group
from commonhub.engines.local.running import Running
from commonhub.engines.local.wish import ServerWish
from commonhub.fleet import desired
from commonhub.ground import clock as clocks
from commonhub.ground import errors, process

PROCESSES = 600  # processes and threads of one server: a kernel with numerical libraries has dozens
BACKLOG = 128  # connections that wait while the server starts
INFO_WITHIN = 10.0  # seconds for bwrap to build a box
INFO_PAUSE = 0.005  # seconds between looks at what it wrote


class Handles:
    """The open files that tie one box, its way out and the keeper together while it is built."""

    def __init__(self, opened: contextlib.ExitStack, log: Path) -> None:
        self.listening = opened.enter_context(socket.socket())
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(BACKLOG)
        self.log = furnish.open_log(log)
        self.ended, self.alive = os.pipe()  # the box holds `alive`; whoever holds `ended` learns of its end
        self.info = furnish.open_info(log.with_name(furnish.INFO))
        self._open = {self.log, self.ended, self.alive, self.info}
        self.filter = _filter()
        if self.filter is not None:
            self._open.add(self.filter)
        opened.callback(self._close_all)

    @property
    def for_the_box(self) -> tuple[int, ...]:
        """What the box inherits."""
        some = (self.listening.fileno(), self.alive, self.info)
        return some if self.filter is None else (*some, self.filter)

    def fitted(self, furniture: box.Furniture) -> box.Furniture:
        """The furniture with these handles in it."""
        return dataclasses.replace(furniture, sync_fd=self.alive, info_fd=self.info, seccomp_fd=self.filter)

    def leave(self) -> None:
        """Keep no end that only the box should hold."""
        self._close(self.alive)
        self._close(self.info)

    def _close(self, handle: int) -> None:
        if handle in self._open:
            self._open.discard(handle)
            os.close(handle)

    def _close_all(self) -> None:
        for handle in list(self._open):
            self._close(handle)


@dataclass(frozen=True, kw_only=True)
class Builder:
    """What all boxes of one keeper have in common."""

    places: places.Places
    ledger: ledger.Ledger
    limits: group.Limits
    environment: Path
    clock: clocks.Clock
    as_root: bool
    networks: Callable[[], frozenset[reach.Network]]

    async def build(
        self, wish: ServerWish, command: Sequence[str], extra: dict[str, str], *, record: Callable[[Running], None]
    ) -> Running:
        """A running box. `record` is called before it may last without us, and again when there is more to know.

        After an error, what was recorded is the caller's to end.
        """
        account, prepared = await self._prepare(wish, extra)
        sockets = furnish.check_hub_sockets(wish.hub_socket_folder)
        caps = group.Caps(
            memory=wish.memory_limit, memory_guarantee=wish.memory_guarantee, cpu=wish.cpu_limit, processes=PROCESSES
        )
        held = await asyncio.to_thread(self.limits.prepare, wish.key.digest, caps)
        with contextlib.ExitStack() as opened:
            made = Handles(opened, prepared.log)
            waiting = launch.start(
                box.argv(made.fitted(prepared.furniture), (*self.limits.inside(caps), *command)),
                account=account,
                variables=box.environment(wish, folder=self.environment, listen_fd=made.listening.fileno()),
                routes=prepared.routes,
                log=made.log,
                fds=made.for_the_box,
            )
            opened.callback(waiting.drop)
            known = Running(
                key=wish.key,
                outer=waiting.process,
                port=made.listening.getsockname()[1],
                uid=os.getuid() if account.uid is None else account.uid,
                since=self.clock().timestamp(),
                group=held,
                wish={**wish.kept(), "subnet": prepared.subnet},
                popen=waiting.popen,
                networks=frozenset(prepared.networks),
            )
            record(known)
            held.join(known.outer.pid)
            await waiting.ready()
            await self._connect(known, made, account, record)
            await waiting.go()
            made.leave()
            await _check_inside(known, prepared.log.with_name(furnish.INFO), sockets)
            record(known)
        return known

    async def open_packages(self, known: Running) -> None:
        """Serve package sources inside the box, when its hub allows them; for new boxes and adopted ones alike."""
        if known.egress is not desired.Egress.PACKAGES:
            return
        listening = await egress.listen_inside(known.outer, box.PROXY_PORT, as_root=self.as_root)
        sources = known.wish.get("package_sources")
        names = [str(name) for name in sources] if isinstance(sources, list) else []
        known.proxy = allowlist.AllowList(names, self.networks)
        await known.proxy.serve(listening)

    async def _prepare(self, wish: ServerWish, extra: dict[str, str]) -> tuple[launch.Account, furnish.Prepared]:
        """As root each person has a user id on each hub, and a hub's administrators share its group."""
        uid = self.ledger.account(wish.key.hub, wish.key.user) if self.as_root else None
        shared = self.ledger.account(wish.key.hub, None) if self.as_root else None
        prepared = await asyncio.to_thread(
            furnish.prepare,
            *(self.places, wish),
            uid=uid,
            shared_group=shared,
            environment=self.environment,
            networks=self.networks(),
            extra=extra,
        )
        if wish.admin and wish.shared_folder is not None and shared is not None:
            return launch.Account(uid=uid, groups=(shared,), umask=0o002), prepared
        return launch.Account(uid=uid), prepared

    async def _connect(
        self, known: Running, made: Handles, account: launch.Account, record: Callable[[Running], None]
    ) -> None:
        await self.open_packages(known)
        if known.egress is not desired.Egress.INTERNET:
            return
        known.slirp_popen = await egress.connect(
            known.outer,
            account=account,
            subnet=str(known.wish["subnet"]),
            ended=made.ended,
            as_root=self.as_root,
            log=made.log,
        )
        known.slirp = process.Process.of(known.slirp_popen.pid)
        self.limits.join_aside(known.slirp_popen.pid)
        record(known)


def _filter() -> int | None:
    """The system call filter in an open file of its own, read from its beginning; None where this machine has none."""
    program = seccomp.program(platform.machine())
    if program is None:
        return None
    held = os.memfd_create("filter")
    os.write(held, program)
    os.lseek(held, 0, os.SEEK_SET)
    return held


async def _check_inside(known: Running, info: Path, sockets: os.stat_result) -> None:
    """The box must show the very socket folder that was checked: a hub may have exchanged it in between."""
    async with asyncio.timeout(INFO_WITHIN):
        while known.inner is None and known.outer.alive():
            known.inner = furnish.first_inside(info)
            await asyncio.sleep(INFO_PAUSE)
    if known.inner and not furnish.same_folder(sockets, Path(f"/proc/{known.inner.pid}/root{box.HUB_SOCKETS}")):
        raise errors.RefusedError(
            "The hub's socket folder was exchanged while a server was started.",
            "The server was ended; look at what the hub did.",
        )
