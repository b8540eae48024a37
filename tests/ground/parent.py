"""A real supervisor of small real programs, for the tests; nothing of it is left when the test is over."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commonhub.ground import process, supervise

PATIENCE = 120.0  # seconds: a limit against hanging, not a measure
GROUPS = [0, 4, 24]  # what a root who signed in has; no part of another user may inherit them
STUBBORN = "from commonhub.ground import supervise; supervise.STOP_SECONDS = 0.3; supervise.main()"


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something that must come true; gives what came."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain: {what}")


class Parent:
    """One folder with the parts that should run in it, and its supervisors, one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[str, dict[str, Any]] = {}
        self.on_interrupt: list[str] = []
        self.child: subprocess.Popen[bytes] | None = None
        self._seen: set[process.Process] = set()

    def part(self, name: str, *argv: str, **more: Any) -> None:
        """Say that this should run; a second time under one name changes it."""
        whole = {"environment": {"PATH": os.defpath}, "user": None, "leavings": [], **more}
        self.parts[name] = {"name": name, "argv": list(argv), "log": str(self.log(name)), **whole}

    def shell(self, name: str, text: str, **more: Any) -> None:
        """A part that is a shell script."""
        self.part(name, "/bin/sh", "-c", text, **more)

    def write(self) -> None:
        """Write parts.json, as assembly does."""
        text = json.dumps({"parts": list(self.parts.values()), "on_interrupt": self.on_interrupt})
        beside = self.folder / "parts.new"
        beside.write_text(text)
        beside.replace(self.folder / "parts.json")

    def start(self, program: str = "") -> process.Process:
        """Start a supervisor; gives it once it has written down what runs."""
        self.begin(program)
        return self.await_start()

    def begin(self, program: str = "") -> None:
        """Start a supervisor."""
        self.write()
        how = ["-c", program] if program else ["-m", supervise.__name__]
        with (self.folder / "supervisor.err").open("ab") as said:
            self.child = subprocess.Popen(
                [sys.executable, *how, str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                extra_groups=GROUPS if os.geteuid() == 0 else None,
            )

    def await_start(self) -> process.Process:
        """The supervisor, once it has written down what runs."""
        until(lambda: self._writes() and process.Process.of(self.child.pid), "the supervisor wrote down what runs")
        return process.Process.of(self.child.pid)

    def _writes(self) -> bool:
        code = self.child.poll()
        assert code is None, f"the supervisor ended with {code}: {self.said()}"
        return self.kept().get("pid") == self.child.pid

    def log(self, name: str) -> Path:
        """Where a part writes."""
        return self.folder / f"{name}.log"

    def kept(self) -> dict[str, Any]:
        """running.json; {} before the first one. A torn file fails the test."""
        try:
            text = (self.folder / "running.json").read_text()
        except FileNotFoundError:
            return {}
        kept = json.loads(text)
        self._seen |= {process.Process(entry["pid"], entry["started_ticks"]) for entry in kept["parts"].values()}
        return kept

    def running(self, name: str) -> process.Process | None:
        """The process of a part, where it lives."""
        entry = self.kept().get("parts", {}).get(name)
        found = process.Process(entry["pid"], entry["started_ticks"]) if entry else None
        return found if found and found.alive() else None

    def await_part(self, name: str, *, other_than: process.Process | None = None) -> process.Process:
        """The process of a part, once it runs: it is written down and has had its word to begin."""
        return until(
            lambda: (found := self.running(name)) and found != other_than and _begun(found) and found,
            f"{name} runs: {self.said()}",
        )

    def said(self) -> str:
        """What supervisors wrote about their own faults."""
        return (self.folder / "supervisor.err").read_text()

    def close(self) -> None:
        """End the supervisor and everything that it ever ran."""
        left = set(self._seen)
        if self.child:
            left |= {one for pid in process.tree(self.child.pid)[1:] if (one := process.Process.of(pid))}
            self.child.kill()
            self.child.wait()
        self.kept()
        for one in left | self._seen:
            one.signal(9)


def _begun(one: process.Process) -> bool:
    """Until it has had its word, a part waits with a pipe for its input."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{one.pid}/fd/0") == os.devnull
    return False
