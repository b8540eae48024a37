"""A fleet with many rehearsed hubs, a keeper and a conductor: for whole roll-outs without a process."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async

import cast
from commonhub.communities import charter_acts
from commonhub.engines import probing, rehearsal
from commonhub.fleet import desired, history
from commonhub.ground import clock
from commonhub.hubs import keeper, records, tending, wishes
from commonhub.rollouts import conducting, models, planning
from commonhub.rollouts import records as rollout_records

ALICE = history.Person(name=cast.ALICE.name, email=cast.ALICE.email)
PACING = planning.Pacing(soak=timedelta(minutes=10))
PEOPLE = {
    "site-reliability-engineer": [{"login": "alice", "name": "Alice Okafor"}],
}
REPRESENTED = {"community-representative": [{"login": "carol", "name": "Carol Reyes"}]}


def hub_text(title: str, **settings: Any) -> str:
    return json.dumps({"title": title, "login": {"kind": "shared-password"}, **settings}, indent=1) + "\n"


def memory(limit: str) -> dict[str, Any]:
    """A change of settings that reaches every start of a server."""
    return {"server": {"memory": {"limit": limit}}}


class Fleet:
    """Hubs `reef/<name>` on a rehearsal engine."""

    def __init__(self, folder: Path, now: clock.TurnedClock, hubs: Sequence[str] = ("main",)) -> None:
        self.folder, self.now = folder, now
        self.on = rehearsal.RehearsalEngine(now)
        self.names = list(hubs)
        files = {
            "fleet.yaml": json.dumps({"name": "Our hubs", "roles": PEOPLE}, indent=1),
            "communities/reef/community.yaml": json.dumps(
                {"title": "Coral reef", "time_zone": "Europe/Berlin", "roles": REPRESENTED}, indent=1
            ),
        }
        files |= {self.file(name): hub_text(name) for name in hubs}
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self.git = history.FleetRepository.create(folder, who=ALICE, why="Begin")
        self.another()

    @staticmethod
    def file(name: str) -> str:
        return f"communities/reef/hubs/{name}.yaml"

    def another(self, engine: rehearsal.RehearsalEngine | None = None) -> None:
        """Keeper and conductor after a restart: they remember nothing."""
        self.on = engine or self.on
        engines = {"local": self.on}
        self.wanted = wishes.Wishes(folder=self.folder)
        self.conductor = conducting.Conductor(
            engines=engines,
            wanted=self.wanted,
            door=lambda _hub: probing.Door(url="http://hub.localhost/"),
            pacing=PACING,
            now=self.now,
        )
        self.keeper = keeper.Keeper(
            engines=engines,
            tending=tending.Tending(engines=engines, now=self.now),
            wanted=self.wanted,
            pace=self.conductor,
            book=records.Records(self.now),
            around=keeper.Surroundings(url="http://localhost:8000", listing=dict, memory=lambda: 0),
            now=self.now,
        )

    async def follow(self) -> None:
        await self.keeper.follow(now=True)

    async def turns(self, count: int = 12) -> None:
        """Turn until nothing moves, the clock standing still."""
        for _ in range(count):
            if not await self.conductor.turn(lambda: self.keeper.follow(now=True)):
                return

    async def through(self, count: int = 40) -> None:
        """Turn the clock on until no roll-out is under way."""
        for _ in range(count):
            await self.turns()
            if not await under_way():
                return
            self.now.turn(PACING.soak)
        raise AssertionError("the roll-out does not end")

    async def through_until(self, phase: str, count: int = 10) -> None:
        """Turn the clock on until the newest roll-out is in a phase."""
        for _ in range(count):
            await self.turns()
            if (await last()).phase == phase:
                return
            self.now.turn(PACING.soak)
        raise AssertionError(f"it is never {phase}")

    def commit(self, why: str, files: dict[str, str | None]) -> str:
        return self.git.change(files, who=ALICE, why=why).id

    def change_all(self, why: str = "More memory", limit: str = "3G", **more: Any) -> str:
        return self.commit(why, {self.file(name): hub_text(name, **memory(limit), **more) for name in self.names})

    def limit(self, name: str) -> int | None:
        """The memory limit that a hub was prepared with."""
        return self.on.settings[f"reef/{name}"].memory_limit

    def limits(self) -> dict[str, int | None]:
        return {name: self.limit(name) for name in self.names}

    def breaks_from(self, limit: int, part: probing.Part = probing.Part.START) -> None:
        """Hubs with this memory or more have a story that fails."""

        def breaks(hub: desired.DesiredHub) -> probing.Part | None:
            return part if (hub.memory_limit or 0) >= limit else None

        self.on.inside.breaks = breaks

    def written(self, name: str) -> dict[str, Any]:
        """What the fleet folder says of a hub in its newest commit."""
        tree = self.git.tree(self.git.head().id)
        text = next(entry for entry in tree.entries if entry.path == self.file(name)).load()
        found: dict[str, Any] = json.loads(text)
        return found

    def asked(self) -> charter_acts.Folder:
        return self.wanted.writable()


@sync_to_async
def under_way() -> int:

    return len(rollout_records.active())


@sync_to_async
def rollouts() -> list[models.Rollout]:
    return list(models.Rollout.objects.order_by("id").prefetch_related("hubs"))


@sync_to_async
def last() -> models.Rollout:
    return models.Rollout.objects.prefetch_related("hubs").order_by("-id")[0]


def moments(rollout: models.Rollout) -> dict[str, datetime | None]:
    return {hub.hub_id.partition("/")[2]: hub.reached for hub in rollout.hubs.all()}


MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # as the tests' clock


@sync_to_async
def moments_of(number: int) -> dict[str, datetime | None]:
    return moments(models.Rollout.objects.get(pk=number))
