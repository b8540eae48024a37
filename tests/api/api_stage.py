"""The house of the cast behind the API: their tokens, the records of hubs, and a real keeper over a real fleet folder.

The keeper has a loop in a thread of its own and answers on its socket; it shares the database connection of the test,
so that what a test takes back at its end was never there.
"""

import asyncio
import json
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.test import Client

import cast
import charter_stage
from commonhub.changes import change_words
from commonhub.fleet import history
from commonhub.hubs import homes, keeper, keeper_socket, records, tending, wishes
from commonhub.hubs import models as hub_models
from commonhub.identity import askers, tokens
from commonhub.rollouts import words as rollout_words
from hubs import acted

API = "/api/v1"
TITLES = {"reef": "Coral Reef Observatory", "mtengo": "Mtengo Teachers' College"}
PLACES = {
    "reef": ("research", "Zanzibar", "Africa/Dar_es_Salaam"),
    "mtengo": ("education", "Malawi", "Africa/Blantyre"),
}


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, Any]:
        """The error, in its one shape."""
        found = self.json
        assert set(found) == {"error"}, found
        error: dict[str, Any] = found["error"]
        assert error["message"].endswith((".", "?", "!")), error
        assert error["mend"], error
        assert set(error) <= {"message", "mend", "asked", "responsibility", "holders", "ask"}
        return error


def token(handle: str, *scopes: str, now: datetime, all_of_them: bool = True) -> str:
    """A token of one of the cast: with these scopes, or with all that they may have."""
    granted = tokens.grantable(handle, now=now)
    wanted: Collection[Any] = (
        [each for each in granted if str(each) in scopes] if scopes or not all_of_them else granted
    )
    _, text = tokens.make(askers.of(charter_stage.person(handle)), name="Test", scopes=wanted, days=1, now=now)
    return text


class Caller:
    """`api(handle, method, path, body)`: one request by one of the cast; "" comes without a token."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._texts: dict[str, str] = {"": ""}

    def token(self, handle: str) -> str:
        if handle not in self._texts:
            self._texts[handle] = token(handle, now=self._now)
        return self._texts[handle]

    def __call__(self, handle: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.by(self.token(handle), method, path, body, **headers)

    @staticmethod
    def by(text: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """The same with a token's text."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if text:
            headers["Authorization"] = f"Bearer {text}"
        got = Client().generic(method, f"{API}{path}", data=sent, content_type="application/json", headers=headers)
        said = b"".join(got.streaming_content) if got.streaming else got.content
        return Answer(got.status_code, said.decode(), dict(got.headers))


def hubs_seen(now: datetime) -> None:
    """Records of hubs, as the keeper would write them."""
    for hub_id, title in charter_stage.HUBS.items():
        community, name = hub_id.split("/")
        hub_models.HubRecord.objects.create(
            hub_id=hub_id,
            community=community,
            community_title=TITLES[community],
            name=name,
            title=title,
            engine="local",
            url=f"http://{name}-{community}.localhost:8000",
            state="asleep",
            since=now,
            seen=now,
        )


def fleet_files() -> dict[str, str]:
    """The fleet folder that says what `charter_stage` fills in."""
    files = {
        "fleet.yaml": {
            "name": "Tidewater fleet",
            "roles": {
                "site-reliability-engineer": [_entry("alice")],
                "community-guide": [_entry("bob")],
            },
        }
    }
    for name, (kind, place, zone) in PLACES.items():
        roles = {
            "reef": {
                "community-representative": [_entry("carol")],
                "hub-administrator": [{**_entry("dan"), "hub": "main"}],
            },
            "mtengo": {"community-representative": [_entry("zuri")]},
        }[name]
        files[f"communities/{name}/community.yaml"] = {
            "title": TITLES[name],
            "kind": kind,
            "place": place,
            "time_zone": zone,
            "roles": roles,
        }
    for hub_id, title in charter_stage.HUBS.items():
        community, name = hub_id.split("/")
        files[f"communities/{community}/hubs/{name}.yaml"] = {"title": title}
    return {path: json.dumps(value) + "\n" for path, value in files.items()}


def _entry(handle: str) -> dict[str, str]:
    found = {"login": handle, "name": charter_stage.NAMES[handle]}
    zone = charter_stage.ZONES.get(handle)
    return {**found, "time_zone": zone} if zone else found


class Keeping:
    """A keeper that answers at `socket` over the fleet in `folder`; `on` is its engine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder / "fleet", folder / "keeper.sock"
        for path, text in fleet_files().items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        alice = history.Person(name=cast.ALICE.name, email=cast.ALICE.email)
        self.git = history.FleetRepository.create(self.folder, who=alice, why="Begin")
        self.on = acted.TroubledEngine()

    def _keeper(self) -> keeper.Keeper:
        return keeper.Keeper(
            engines={"local": self.on},
            wanted=wishes.Wishes(folder=self.folder),
            book=records.Records(_clock),
            around=keeper.Surroundings(
                url="http://localhost:8000",
                listing=dict,
                memory=lambda: 0,
                rooms={
                    "changes": change_words.do,
                    "rollouts": rollout_words.do,
                    homes.ROOM: homes.Homes(engines={"local": self.on}, grace=timedelta(days=30)).do,
                },
            ),
            tending=tending.Tending(engines={"local": self.on}, now=_clock),
            now=_clock,
        )

    async def serve(self, ready: threading.Event, over: asyncio.Event, share: Any) -> None:
        await sync_to_async(share.take)()
        made = self._keeper()
        door = keeper_socket.KeeperSocket(made, stop_all=_stop_all, portal_account=None)
        try:
            await made.follow()
            await door.open(self.socket)
            ready.set()
            await over.wait()
            await door.close()
        finally:
            await sync_to_async(share.give_back)()

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()


async def _stop_all() -> tuple[int, int]:
    return 0, 0


def _clock() -> datetime:
    return datetime.now().astimezone()


class Shared:
    """One connection for two threads: the test's, lent to the keeper's."""

    def __init__(self) -> None:
        self._lent = connections["default"]
        self._own: Any = None

    def take(self) -> None:
        self._own = connections["default"]
        connections["default"] = self._lent

    def give_back(self) -> None:
        connections["default"] = self._own


@contextmanager
def keeping(folder: Path) -> Iterator[Keeping]:
    """A keeper at work until the block ends."""
    made, ready, share = Keeping(folder), threading.Event(), Shared()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()
    failed: list[BaseException] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(made.serve(ready, over, share))
        except BaseException as error:  # noqa: BLE001 - told to the test, which waits
            failed.append(error)
            ready.set()
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    connection = connections["default"]
    connection.inc_thread_sharing()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        if failed:
            raise failed[0]
        assert os.path.exists(made.socket)
        yield made
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(over.set)
        thread.join()
        connection.dec_thread_sharing()
