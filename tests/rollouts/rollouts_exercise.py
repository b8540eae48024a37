"""Run as a process of its own: a bad and a good roll-out on the database that the environment names; prints what it saw."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

django.setup()

from commonhub.audit import records as audit  # noqa: E402 - after Django is set up, as all of ours
from commonhub.ground import clock  # noqa: E402
from commonhub.rollouts import models, records, showing  # noqa: E402
from rollouts import under_way  # noqa: E402

NAMES = ("main", "second", "staging")


def twice_refused() -> bool:
    """Whether the database itself refuses a hub twice in one roll-out."""
    hub = models.RolloutHub.objects.order_by("id")[0]
    try:
        with transaction.atomic():
            models.RolloutHub.objects.create(rollout=hub.rollout, hub_id=hub.hub_id, cohort=9)
    except IntegrityError:
        return True
    return False


def moved_by_two() -> list[bool]:
    """Two who move a roll-out from the same stage: one of them does."""
    rollout = models.Rollout.objects.order_by("id")[0]
    stage = (rollout.state, rollout.phase)
    return [records.move(rollout, *stage, phase="watching"), records.move(rollout, *stage, phase="watching")]


async def exercise(folder: Path) -> dict[str, Any]:
    fleet = under_way.Fleet(folder, clock.TurnedClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)), NAMES)
    await fleet.follow()
    fleet.breaks_from(100 * 10**9)
    fleet.change_all("Ünsinn 李", "100G")
    await fleet.follow()
    await fleet.through()
    fleet.change_all("Better", "3G")
    await fleet.follow()
    await fleet.through()
    found = await under_way.rollouts()
    return {
        "told": await sync_to_async(lambda: [showing.told(each, fleet.now()) for each in found])(),
        "limits": fleet.limits(),
        "head": fleet.git.head().subject,
    }


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "rollouts", check=True, dry_run=True, verbosity=0)
    seen = asyncio.run(exercise(Path(sys.argv[1]) / "fleet"))
    seen |= {
        "vendor": connection.vendor,
        "audit is whole": audit.verify().sound,
        "a hub twice refused": twice_refused(),
        "moved by two": moved_by_two(),
    }
    json.dump(seen, sys.stdout)


main()
