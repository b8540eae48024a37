"""Runs `commonhub` as a process of its own for each command line, and tells what it said.

One process has everything imported and forks for each command: a test of the terminal takes no second for it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER = """
import json, os, sys, traceback
from commonhub.cli import main

def run(ask):
    os.chdir(ask["cwd"])
    os.environ.clear()
    os.environ.update(ask["env"])
    for number, (place, flags) in enumerate(ask["files"]):
        os.dup2(os.open(place, flags, 0o600), number)
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", errors="surrogateescape", closefd=False)  # as Python does by itself with LANG=C.UTF-8
    sys.stderr = open(2, "w", errors="backslashreplace", closefd=False)
    sys.argv = ["commonhub", *ask["argv"]]
    try:
        main.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 70
        try:
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def failed(self, code: int) -> str:
        """Check that it failed in words; gives the message."""
        assert "Traceback" not in self.err + self.out, self.err
        assert self.code == code, self
        error, mend = self.err.splitlines()[-2:]
        assert error.startswith("error: ")
        assert mend.startswith("  next: ")
        assert len(mend) > len("  next: x")
        return error.removeprefix("error: ")


class Terminal:
    """A person's terminal: a folder they stand in, and a home of their own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cht-", dir="/tmp"))
        (self.folder / "home").mkdir()
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "COMMONHUB_STATE_ROOT": str(self.folder / "state"),
        }

    def __call__(self, *words: object, typed: str = "", cwd: Path | None = None, **environment: str) -> Said:
        """Type `commonhub WORDS`, and `typed` after it."""
        (self.folder / "stdin").write_text(typed)
        for name in ("stdout", "stderr"):
            (self.folder / name).write_text("")
        flags = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)
        names = ("stdin", "stdout", "stderr")
        ask = {
            "argv": [str(word) for word in words],
            "cwd": str(cwd or self.folder),
            "env": {**self.environment(), **environment},
            "files": [(str(self.folder / name), flag) for name, flag in zip(names, flags, strict=True)],
        }
        self._server.stdin.write(json.dumps(ask) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return Said(code, (self.folder / "stdout").read_text(errors="replace"), (self.folder / "stderr").read_text())

    def process(self, *words: object, user: int | None = None, **environment: str) -> Said:
        """The same from the beginning, by the installed program; as another user of this machine where asked."""
        program = Path(sys.executable).with_name("commonhub")
        who: Mapping[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        done = subprocess.run(
            [program, *map(str, words)],
            env={**self.environment(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **who,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def close(self) -> None:
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()
