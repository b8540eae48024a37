"""A keeper and a conductor that are killed: run by `test_killed_rollouts.py` as a process of its own.

It reads a number of seconds a line, forks a child that keeps the fleet until nothing is under way, kills it after these
seconds unless it has ended, and tells how it ended. Forked from a process that has read everything, a child is at work in milliseconds.
"""

import asyncio
import os
import signal
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

django.setup()

from django import db  # noqa: E402 - models come after the setup

from commonhub.engines import engine, probing  # noqa: E402
from commonhub.fleet import desired  # noqa: E402
from commonhub.ground import clock, errors  # noqa: E402
from commonhub.hubs import keeper, records, tending, wishes  # noqa: E402
from commonhub.rollouts import conducting, planning  # noqa: E402
from commonhub.rollouts import records as kept  # noqa: E402
from rollouts.lasting import BAD, LastingEngine  # noqa: E402

PACING = planning.Pacing(soak=timedelta(0))


def breaks(hub: desired.DesiredHub) -> probing.Part | None:
    return probing.Part.START if (hub.memory_limit or 0) >= BAD else None


def child(folder: Path) -> None:
    on = LastingEngine(folder / "engine.json", lambda: datetime.now(UTC))
    on.inside.breaks = breaks
    engines: dict[str, engine.Engine] = {"local": on}
    wanted = wishes.Wishes(folder=folder / "fleet")
    conductor = conducting.Conductor(
        engines=engines, wanted=wanted, door=lambda _hub: probing.Door(url="http://hub/"), pacing=PACING
    )
    one = keeper.Keeper(
        engines=engines,
        tending=tending.Tending(engines=engines),
        wanted=wanted,
        pace=conductor,
        book=records.Records(clock.system_clock),
        around=keeper.Surroundings(url="http://localhost:8000", listing=dict, memory=lambda: 0),
    )
    asyncio.run(keep(one, conductor))


async def keep(one: keeper.Keeper, conductor: conducting.Conductor) -> None:
    async def follow() -> Any:
        return await one.follow(now=True)

    await follow()
    for _ in range(200):
        if not await conductor.turn(follow) and not await asyncio.to_thread(kept.active):
            return
    raise errors.CommonhubError("It does not end.", "Look at what is under way.")


def serve(folder: Path) -> None:
    call_command("migrate", verbosity=0)
    db.connections.close_all()
    for line in sys.stdin:
        until = time.monotonic() + float(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                child(folder)
                code = 0
            except BaseException:  # noqa: BLE001 - it is a process of its own: whatever it is must be seen
                traceback.print_exc()
            finally:
                os._exit(code)
        print(ended(pid, until), flush=True)


def ended(pid: int, until: float) -> int:
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)  # nobody else waits for it, so its number is still its own
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
