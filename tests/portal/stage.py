"""What the portal's tests show: a small fleet with one hub in each state that matters, and a real keeper to ask.

The keeper here is a plain HTTP server on a unix socket that speaks the keeper's protocol and remembers what was asked.
Its rooms are the real verbs of changes and roll-outs, on a fleet folder and on the test's own database.
"""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from django.db import connections

from commonhub.communities import asker as askers
from commonhub.communities import models as people_models
from commonhub.ground import errors
from commonhub.hubs import keeper_socket, models

MB = 1024 * 1024
SETTINGS = {
    "login": "shared-password",
    "admins": ["dan"],
    "memory_limit": 1024 * MB,
    "memory_guarantee": 256 * MB,
    "cpu_limit": 2.0,
    "interface": "/lab",
    "sleep_after": 600,
    "cull_idle": 3600,
    "cull_max_age": 0,
    "egress": "packages",
    "package_sources": ["pypi.org", "conda.anaconda.org"],
    "extra": {},
}


def hub(now: datetime, hub_id: str, **other) -> models.HubRecord:
    """A record of one hub, asleep since yesterday unless the test says otherwise."""
    community, name = hub_id.split("/")
    values = {
        "hub_id": hub_id,
        "community": community,
        "community_title": community.capitalize(),
        "name": name,
        "title": f"{community.capitalize()} {name}",
        "engine": "local",
        "url": f"http://{name}.localhost:8000/",
        "state": "asleep",
        "since": now - timedelta(days=1),
        "digest": "d" * 16,
        "wanted_digest": "d" * 16,
        "settings": SETTINGS,
        "seen": now,
    }
    record = models.HubRecord.objects.create(**values | other)
    charter_of(record)
    return record


def charter_of(record: models.HubRecord) -> None:
    """What the mirror of the fleet's files says of a hub and its community, where nobody wrote it yet."""
    community, _ = people_models.Community.objects.get_or_create(
        name=record.community,
        defaults={"title": record.community_title, "kind": "research", "version": "1111111111111111"},
    )
    people_models.Hub.objects.get_or_create(
        hub_id=record.hub_id,
        defaults={
            "community": community,
            "name": record.name,
            "title": record.title,
            "url": record.url,
            "login": record.settings.get("login", ""),
            "in_fleet": record.state != "retired",
        },
    )


def small_fleet(now: datetime) -> None:
    """Three communities with four hubs: one awake with two people on it, two asleep, one failed."""
    reef = hub(
        now,
        "reef/main",
        community_title="Coral Reef Observatory",
        title="Reef hub",
        description="Notebooks for the people who count corals on the southern reefs.",
        url="http://reef.localhost:8000/",
        state="awake",
        since=now - timedelta(minutes=4),
        people=2,
        memory=214 * MB,
        hub_memory=35 * MB,
        home_bytes=3_400 * MB,
        last_activity=now - timedelta(minutes=1),
    )
    hub(
        now,
        "reef/course",
        community_title="Coral Reef Observatory",
        title="Statistics for divers",
        url="http://divers.localhost:8000/",
        last_activity=now - timedelta(days=3),
    )
    hub(
        now,
        "upland/soil",
        community_title="Upland Soil School",
        title="Soil school",
        url="http://soil.localhost:8000/",
        last_activity=now - timedelta(hours=20),
    )
    hub(
        now,
        "delta/water",
        community_title="Delta Water Archive",
        title="Water archive",
        url="http://water.localhost:8000/",
        state="failed",
        since=now - timedelta(minutes=12),
        message="Its environment has no jupyterhub-singleuser. Add jupyterhub to the environment's packages.",
        last_activity=now - timedelta(hours=2),
    )
    reef.servers.create(
        user="eve", started=now - timedelta(hours=2), last_activity=now - timedelta(minutes=1), memory=120 * MB
    )
    reef.servers.create(user="dan", name="big", started=now - timedelta(minutes=3), last_activity=now, memory=59 * MB)
    for minutes, kind, actor, words in (
        (4, "awake", "", "It woke in 0.2 seconds, for a visitor."),
        (190, "asleep", "", "It fell asleep after 10 minutes without a visitor."),
        (500, "restarted", "operator", "It was restarted."),
    ):
        models.HubEvent.objects.create(
            hub_id="reef/main", at=now - timedelta(minutes=minutes), kind=kind, actor=actor, words=words
        )
    models.FleetRecord.objects.create(
        name="Tidewater fleet",
        revision="4f2c91e0b7",
        newest="9ab01d77c2",
        subject="Give the reef hub more memory",
        author="Alice Okafor",
        committed=now - timedelta(hours=3),
        faults=[
            {
                "file": "communities/upland/hubs/soil.yaml",
                "line": 7,
                "problem": "There is no setting called “memroy”.",
                "mend": "Did you mean “memory”?",
                "warning": False,
            },
            {
                "file": "fleet.yaml",
                "line": 0,
                "problem": "No contact is named.",
                "mend": "Add a line such as “contact: help@example.org”.",
                "warning": True,
            },
        ],
        url="http://localhost:8000",
        seen=now,
        memory=342 * MB,
    )
    for name, state, megabytes, restarts in (
        ("keeper", "running", 61, 0),
        ("nursery", "running", 48, 0),
        ("proxy", "running", 33, 1),
        ("web", "running", 82, 0),
    ):
        models.PartRecord.objects.create(
            name=name, state=state, since=now - timedelta(hours=5), restarts=restarts, memory=megabytes * MB
        )


def large_fleet(now: datetime, hubs: int) -> None:
    """So many hubs in a tenth as many communities; every tenth awake, every hundredth failed."""
    records = []
    for number in range(hubs):
        community = f"c{number // 10:04d}"
        state = "failed" if number % 100 == 99 else "awake" if number % 10 == 0 else "asleep"
        records.append(
            models.HubRecord(
                hub_id=f"{community}/h{number:05d}",
                community=community,
                community_title=f"Community {number // 10}",
                name=f"h{number:05d}",
                title=f"Hub {number}",
                engine="local",
                url=f"http://h{number}.localhost/",
                state=state,
                since=now,
                people=number % 7 if state == "awake" else 0,
                memory=number * MB // 10 if state == "awake" else 0,
                last_activity=now - timedelta(minutes=number) if number % 3 else None,
                settings=SETTINGS,
                seen=now,
            )
        )
    models.HubRecord.objects.bulk_create(records, batch_size=500)
    models.FleetRecord.objects.create(name="Large fleet", seen=now)


class Keeper(socketserver.ThreadingUnixStreamServer):
    """Answers as the keeper does. `asked` holds (verb, hub or community, who), `told` what came with it; `refusal` says no."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Answer)
        self.path = str(path)
        self.asked: list[tuple[str, str, str]] = []
        self.told: list[dict] = []
        self.lines = ["[I 09:00:01] Hub is up", "[I 09:00:02] eve signed in"]
        self.steps: list[str] = []
        self.refusal: tuple[int, dict] | None = None
        self.rooms: dict[str, Callable] = {}  # (asker, verb, values) -> what is answered, by the room's name
        self.connection = connections["default"]


class Answer(BaseHTTPRequestHandler):
    """One request to the keeper."""

    server: Keeper

    def do_GET(self) -> None:
        what = self.path.partition("?")[0].rsplit("/", 1)[-1]
        self.reply({"log": {"lines": self.server.lines}, "plan": {"steps": self.server.steps}}[what])

    def do_POST(self) -> None:
        _, what, *place, verb = self.path.split("/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asker = json.loads(self.headers["Commonhub-Asker"])
        if what == "rooms":
            self.enter(place[0], verb, askers.heard(asker), body)
            return
        about = "/".join(place) if what == "hubs" else body.get("hub_id") or body.get("community")
        self.server.asked.append((verb, about, asker["handle"]))
        self.server.told.append(body)
        self.reply({} if what == "hubs" else {"said": "It is committed."})

    def enter(self, room: str, verb: str, asker: askers.Asker, body: dict) -> None:
        """Do a verb of a room as the keeper does, and refuse in its words."""
        self.server.asked.append((verb, room, asker.handle))
        self.server.told.append(body)
        connections["default"] = self.server.connection  # the portal waits for the answer meanwhile
        try:
            content = self.server.rooms[room](asker, verb, body)
        except errors.CommonhubError as error:
            answer = keeper_socket._refusal(error)
            self.reply(json.loads(answer.body), answer.status)
        else:
            self.reply(json.loads(json.dumps(content, default=str)))

    def reply(self, content: dict, usual: int = 200) -> None:
        status, said = self.server.refusal or (usual, content)
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_) -> None:
        """Tests read `asked`."""


@contextmanager
def running_keeper(path: Path) -> Iterator[Keeper]:
    """A keeper that listens at `path` until the block ends."""
    with Keeper(path) as keeper:
        keeper.connection.inc_thread_sharing()
        thread = threading.Thread(target=keeper.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield keeper
        finally:
            keeper.shutdown()
            thread.join()
            keeper.connection.dec_thread_sharing()
