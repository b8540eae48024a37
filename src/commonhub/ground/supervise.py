"""A small parent that keeps a few programs running: starts them, starts them again, adopts them after its own death.

It knows nothing of what the programs are. What should run stands in a JSON file; what runs is kept in
another one beside it, so that a parent that was killed finds its children again. It imports only the
standard library, because it lives as long as the service and should weigh little.

usage: python -m commonhub.ground.supervise FOLDER     (FOLDER/parts.json, FOLDER/running.json)
SIGTERM ends the programs. SIGINT (Ctrl-C) first runs `on_interrupt`. SIGHUP reads parts.json again.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from commonhub.ground import files, process

PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans below us become our children, so that somebody reaps them
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds before the first, second, ... start after a death
QUIET = 60.0  # seconds of running after which a death counts as the first again
STOP_SECONDS = 10.0  # between asking a program to end and ending it
LOCK_SECONDS = 5.0  # for which the lock of a parent that is gone is waited for
WAIT_FOR_WORD = 'read -r word && [ "$word" = go ] && exec "$@" </dev/null'
LOG_MAX = 5 * 1024 * 1024  # bytes; a longer log is moved aside when its program starts


@dataclass(kw_only=True)
class Part:
    """One program: how it is started, and the process that runs it now."""

    name: str
    argv: list[str]
    environment: dict[str, str]
    user: int | None
    log: str
    leavings: list[str]  # sockets that a killed predecessor leaves and that keep a successor from starting
    running: process.Process | None = None
    handle: int | None = None  # pidfd of the process
    since: float = 0.0
    restarts: int = 0
    digest: str = ""
    deaths: list[float] = field(default_factory=list)
    start_at: float | None = 0.0  # monotonic; None: do not start

    @classmethod
    def read(cls, entry: dict[str, Any]) -> "Part":
        """From one entry of parts.json."""
        digest = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]
        return cls(
            name=entry["name"],
            argv=entry["argv"],
            environment=entry["environment"],
            user=entry["user"],
            log=entry["log"],
            leavings=entry["leavings"],
            digest=digest,
        )


class Supervisor:
    """Holds the parts of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[str, Part] = {}
        self._on_interrupt: list[str] = []
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._poll = select.poll()
        self._signals: list[int] = []

    def run(self) -> None:
        """Keep the parts running until a signal ends it."""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with self._alone(), self._signal_pipe() as pipe:
            self._poll.register(pipe, select.POLLIN)
            self._load()
            while True:
                self._start_due()
                self._poll.poll(self._patience())
                with contextlib.suppress(BlockingIOError):
                    os.read(pipe, 512)
                self._reap()
                while self._signals:
                    if self._act_on(self._signals.pop(0)):
                        return

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "supervisor.lock").open("a") as lock:
            until = time.monotonic() + LOCK_SECONDS
            while not _locked(lock):
                if self._another_lives() or time.monotonic() > until:
                    sys.exit(3)
                # A child that a killed parent was just starting holds its lock until it is another program.
                time.sleep(0.02)
            yield

    def _another_lives(self) -> bool:
        """Whether the parent that wrote down last what runs is still there."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads((self._folder / "running.json").read_text())
            return process.Process(kept["pid"], kept["started_ticks"]).alive()
        return False

    @contextlib.contextmanager
    def _signal_pipe(self) -> Iterator[int]:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda got, _frame: self._signals.append(got))
        yield reading

    def _load(self) -> None:
        """Read what should run; keep what runs as it should, end what should not."""
        wanted = json.loads((self._folder / "parts.json").read_text())
        self._on_interrupt = wanted["on_interrupt"]
        found: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads((self._folder / "running.json").read_text())
            found = kept["parts"] if kept["boot"] == process.boot_id() else {}
        before, self._parts = self._parts, {}
        for entry in wanted["parts"]:
            part = Part.read(entry)
            same = before.pop(part.name, None)
            if same and same.digest == part.digest:
                self._parts[part.name] = same
                continue
            if same:
                self._end([same])
            self._adopt(part, found.get(part.name))
            self._parts[part.name] = part
        self._end(list(before.values()))
        self._note()

    def _adopt(self, part: Part, running: dict[str, Any] | None) -> None:
        if not running:
            return
        child = process.Process(running["pid"], running["started_ticks"])
        if not child.alive():
            return
        part.running, part.since, part.restarts = child, running["since"], running["restarts"]
        if running["digest"] != part.digest:
            self._end([part])
        else:
            self._watch(part)

    def _watch(self, part: Part) -> None:
        if part.running is None:
            return
        try:
            part.handle = os.pidfd_open(part.running.pid)
        except OSError:
            return  # it ended just now: the next look sees it
        self._poll.register(part.handle, select.POLLIN)

    def _start_due(self) -> None:
        now = time.monotonic()
        for part in self._parts.values():
            if part.running is None and part.start_at is not None and part.start_at <= now:
                self._start(part)

    def _start(self, part: Part) -> None:
        try:
            child = self._begin(part)
        except OSError as error:
            _complain(f"could not open the log of {part.name}, or take away what its predecessor left: {error}")
            child = None
        if child is None:
            self._died(part)
            return
        self._children[child.pid] = child
        part.running = process.Process.of(child.pid)
        part.since = time.time()
        if part.running is None:
            self._died(part)  # it ended before we looked: the next start waits as after any death
            return
        self._watch(part)
        self._note()
        self._let_go(child)

    @staticmethod
    def _let_go(child: subprocess.Popen[bytes]) -> None:
        """It is written down: from now on it runs, whatever becomes of us."""
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin as word:
                word.write(b"go\n")

    def _begin(self, part: Part) -> subprocess.Popen[bytes] | None:
        """The program, waiting for its word; None where it could not be started, which its log tells.

        When we are killed before it is written down, its input ends, and it with it: nothing runs twice.
        """
        for path in part.leavings:
            Path(path).unlink(missing_ok=True)
        log = Path(part.log)
        if log.exists() and log.stat().st_size > LOG_MAX:
            log.replace(log.with_suffix(".log.1"))
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            return subprocess.Popen(
                ["/bin/sh", "-c", WAIT_FOR_WORD, "sh", *part.argv],
                env=part.environment,
                stdin=subprocess.PIPE,
                stdout=handle,
                stderr=handle,
                cwd="/",
                user=part.user,
                group=part.user,
                extra_groups=None if part.user is None else [],
                start_new_session=True,
            )
        except OSError as error:
            os.write(handle, f"could not start {part.argv[0]}: {error}\n".encode())
            return None
        finally:
            os.close(handle)

    def _died(self, part: Part) -> None:
        now = time.monotonic()
        part.deaths = [at for at in part.deaths if now - at < QUIET] + [now]
        part.restarts += 1
        part.start_at = now + PAUSES[min(len(part.deaths), len(PAUSES)) - 1]
        self._forget(part)

    def _forget(self, part: Part) -> None:
        part.running = None
        if part.handle is not None:
            self._poll.unregister(part.handle)
            os.close(part.handle)
            part.handle = None

    def _reap(self) -> None:
        """Collect the dead: our own children, and orphans that the kernel gave us."""
        for child in list(self._children.values()):
            if child.poll() is not None:
                del self._children[child.pid]
        with contextlib.suppress(ChildProcessError):
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
                pass
        changed = False
        for part in self._parts.values():
            if part.running is not None and not part.running.alive():
                self._died(part)
                changed = True
        if changed:
            self._note()

    def _patience(self) -> int:
        """Milliseconds until something may have to be done."""
        due = [part.start_at for part in self._parts.values() if part.running is None and part.start_at is not None]
        nearest = min(due, default=time.monotonic() + 30.0)
        return max(0, int((nearest - time.monotonic()) * 1000) + 1)

    def _act_on(self, number: int) -> bool:
        """True where the parent should end."""
        if number == signal.SIGHUP:
            self._load()
        if number == signal.SIGINT and self._on_interrupt:
            subprocess.run(self._on_interrupt, check=False)
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._end(list(self._parts.values()))
            self._parts = {}
            self._note()
            return True
        return False

    def _end(self, parts: list[Part]) -> None:
        """Ask every one to end, wait, end the rest."""
        living = [part for part in parts if part.running is not None]
        for part in living:
            self._signal(part, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and any(part.running and part.running.alive() for part in living):
            time.sleep(0.02)
            for child in self._children.values():
                child.poll()
        for part in living:
            self._signal(part, signal.SIGKILL)
            self._forget(part)

    def _signal(self, part: Part, number: signal.Signals) -> None:
        if part.running is not None:
            part.running.signal(number)

    def _note(self) -> None:
        """Write down what runs, for the next parent and for those who look."""
        running = {
            part.name: {
                "pid": part.running.pid,
                "started_ticks": part.running.started_ticks,
                "since": part.since,
                "restarts": part.restarts,
                "digest": part.digest,
            }
            for part in self._parts.values()
            if part.running is not None
        }
        me = process.Process.of(os.getpid())
        kept = {
            "boot": process.boot_id(),
            "pid": os.getpid(),
            "started_ticks": me.started_ticks if me else 0,
            "parts": running,
        }
        try:
            files.write(self._folder / "running.json", json.dumps(kept, indent=1) + "\n", mode=0o644)
        except OSError as error:  # a full disk must not end the one who starts everything again
            _complain(f"could not write down what runs: {error}")


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _complain(words: str) -> None:
    with contextlib.suppress(OSError):
        print(words, file=sys.stderr, flush=True)  # noqa: T201 - its own log


def main() -> None:
    """Supervise the folder that the command line names."""
    Supervisor(Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
