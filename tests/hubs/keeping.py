"""A keeper with everything around it but real hubs: a git folder, the rehearsal engine, and records."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import cast
from commonhub.communities import charter_acts
from commonhub.communities.asker import Asker, machine_owner
from commonhub.fleet import history
from commonhub.ground import clock
from commonhub.hubs import exchanging, homes, keeper, leaving, parting, records, tending, wishes
from hubs import acted

OWNER = machine_owner("alice")
ALICE = history.Person(name=cast.ALICE.name, email=cast.ALICE.email)
MAIN = "communities/reef/hubs/main.yaml"
PARTS = {"web": {"state": "running", "since": acted.NOON, "restarts": 2, "memory": 5}}


def person(handle: str) -> Asker:
    """One of the cast, coming by the portal."""
    name = next(each.name for each in cast.EVERYBODY if each.user == handle)
    return Asker(handle=handle, name=name, via="portal")


def hub_text(title: str = "Reef hub", **settings) -> str:
    return json.dumps({"title": title, "admins": ["dan"], "login": {"kind": "shared-password"}, **settings}) + "\n"


class Kept:
    """A fleet folder under git, an engine, and a keeper between them."""

    def __init__(self, folder: Path, on: acted.TroubledEngine, now: clock.Clock) -> None:
        self.folder, self.on, self.now = folder, on, now
        for path, text in {
            "fleet.yaml": json.dumps({"name": "Our hubs"}),
            "communities/reef/community.yaml": json.dumps({"title": "Coral reef"}),
            MAIN: hub_text(),
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self.git = history.FleetRepository.create(folder, who=ALICE, why="Begin")
        self.moves = 0
        self.rooms: dict[str, keeper.Room] = {}
        self.glance: Callable[[charter_acts.Folder, datetime], wishes.Glance] | None = None
        self.parting: parting.Parting | None = None
        self.homes = homes.Homes(engines={"local": on}, grace=timedelta(days=30))
        self.rooms[homes.ROOM] = self.homes.do
        self.exchange: exchanging.Exchange | None = None
        self.keeper = self.another()

    def another(self) -> keeper.Keeper:
        """The keeper after a restart: it remembers nothing."""
        if self.exchange:
            self.rooms["remote"] = self.exchange.do
        return keeper.Keeper(
            engines={"local": self.on},
            tending=tending.Tending(engines={"local": self.on}, now=self.now),
            wanted=wishes.Wishes(folder=self.folder),
            book=records.Records(self.now),
            around=keeper.Surroundings(
                url="http://localhost:8000",
                listing=lambda: PARTS,
                memory=lambda: 77,
                moved=self._moved,
                rooms=self.rooms,
                far={"remote"},
                exchange=self.exchange,
                farewell=self.parting,
                homes=leaving.Leaving(of=self.homes),
                glance=self.glance,
            ),
            now=self.now,
        )

    def _moved(self) -> None:
        self.moves += 1

    def commit(self, why: str, files: dict[str, str | None]) -> str:
        return self.git.change(files, who=ALICE, why=why).id

    def appoint(self, role: str, handle: str, *, community: str = "") -> None:
        """Put one of the cast into a role, by a commit."""
        name = person(handle).name
        roles = {"roles": {role: [{"login": handle, "name": name}]}}
        if community:
            self.commit(
                "Appoint", {f"communities/{community}/community.yaml": json.dumps({"title": "Coral reef", **roles})}
            )
        else:
            self.commit("Appoint", {"fleet.yaml": json.dumps({"name": "Our hubs", **roles})})

    async def states(self) -> dict[str, str]:
        return {hub_id: str(seen.state) for hub_id, seen in (await self.on.observe()).items()}
