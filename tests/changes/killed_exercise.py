"""Run by test_killed: children that recover, propose and commit are killed at random moments. Tells what it saw as JSON.

`python killed_exercise.py FOLDER TIMES SEED`. Each change sets the description of two hubs to its number.
"""

import functools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django
from django import db
from django.core.management import call_command

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

import charter_stage  # noqa: E402 - after Django is set up, as all of ours
from changes import folder_stage  # noqa: E402
from commonhub.changes import change_words, committing, models  # noqa: E402
from commonhub.ground import errors  # noqa: E402

FILES = ("communities/reef/hubs/main.yaml", "communities/reef/hubs/lab.yaml")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROOT = Path(sys.argv[1])
CAROL = charter_stage.asker("carol")


def recover() -> None:
    """As a new keeper does."""
    committing.turn(folder_stage.opened(ROOT), now=NOW, stale=0)


def work(tell: int, changes: int = 10**9) -> None:
    """Recover, then change after change until somebody kills us; a byte is told after each of them."""
    recover()
    folder = folder_stage.opened(ROOT)
    for _ in range(changes):
        os.write(tell, b".")
        word = f"{os.getpid()} at {time.monotonic_ns()}"
        edits = {}
        for file in FILES:
            edits |= folder_stage.put(folder, file, ["description"], word)
        change_words.do(CAROL, folder, "change.propose", {"files": edits, "why": word}, NOW)
    os.write(tell, b".")


def child(act: Callable[[], None]) -> int:
    """Do it in a process of its own; the number of that process."""
    db.connections.close_all()
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        act()
        code = 0
    except errors.CommonhubError as error:
        print(f"refused: {error}", file=sys.stderr)
    except BaseException as error:  # noqa: BLE001 - the child must end here, whatever happened
        print(f"failed: {error!r}", file=sys.stderr)
    finally:
        os._exit(code)


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=True).stdout


def amiss() -> list[str]:
    """Everything that is half: between records and history, between files, index and commit, between two files."""
    keys = re.findall(r"^Change-Key: (\w+)$", git("log", "--format=%B"), re.MULTILINE)
    rows = list(models.Change.objects.values_list("pk", "state", "commit", "key"))
    found = [f"change {pk} is {state}" for pk, state, _, _ in rows if state != "committed"]
    made = git("log", "--format=%H", "--grep=Change-Key").split()
    found += [
        f"{commit} is half a change"
        for commit in made
        if set(git("show", "--format=", "--name-only", commit).split()) != set(FILES)
    ]
    if sorted(keys) != sorted(key for _, _, commit, key in rows if commit):
        found.append("commits and records differ")
    if status := git("status", "--porcelain", "--untracked-files=all"):
        found.append(f"the folder is not clean: {status}")
    return found


def main() -> None:
    """Kill so many times, and look every tenth."""
    call_command("migrate", verbosity=0)
    charter_stage.fill(NOW)
    folder_stage.begin(ROOT)
    dice, found, meanwhile = random.Random(int(sys.argv[3])), [], 0
    hear, tell = os.pipe()
    child(lambda: work(tell, 3))
    os.read(hear, 1)
    begun = time.monotonic()
    os.wait()
    lasts = (time.monotonic() - begun) / 3  # seconds of one change on this machine, now
    for number in range(1, int(sys.argv[2]) + 1):
        os.close(hear)
        os.close(tell)
        hear, tell = os.pipe()
        worker = child(functools.partial(work, tell))
        if number % 4:  # one of four is killed while it recovers, the others while they change
            os.read(hear, 1)
        time.sleep(dice.random() * 1.5 * lasts)
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        meanwhile += models.Change.objects.filter(state="committing").exists()
        if number % 10 == 0:
            done = os.waitstatus_to_exitcode(os.waitpid(child(recover), 0)[1])
            found += [f"after {number}: {each}" for each in (*amiss(), *(["recovery failed"] if done else []))]
    told = {"amiss": found, "changes": models.Change.objects.count(), "died while committing": meanwhile}
    print(json.dumps(told))


main()
