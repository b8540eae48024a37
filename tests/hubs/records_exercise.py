"""Run as a process of its own: uses the records on the database that the environment names, and prints what it saw.

A process of its own, because Django's settings choose the database once.
"""

import io
import json
import sys
from datetime import UTC, datetime, timedelta

import django
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction

django.setup()

from commonhub.changes import gathering  # noqa: E402 - after Django is set up, as all of ours
from commonhub.engines import engine  # noqa: E402
from commonhub.fleet import desired  # noqa: E402
from commonhub.ground import clock  # noqa: E402
from commonhub.hubs import models, records  # noqa: E402

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
SETTINGS = {"admins": ["zoë", "李"], "memory_limit": None, "cpu_limit": 1.5, "extra": {"a.b": [1, {"c": "</script>"}]}}
FAR = 5 * 2**40  # bytes: more than 32 bits hold


def hub(hub_id: str, **changes: object) -> models.HubRecord:
    community, name = hub_id.split("/")
    words = {
        "hub_id": hub_id,
        "community": community,
        "community_title": community.title(),
        "name": name,
        "title": f"Hub of {community}",
        "engine": "local",
        "url": f"http://{community}.localhost:8000",
        "state": "asleep",
        "since": NOON,
        "seen": NOON,
        "settings": SETTINGS,
    }
    return models.HubRecord.objects.create(**{**words, **changes})


def refused(*, hub_id: str = "weather/refused", **changes: object) -> bool:
    """Whether the database itself refuses such a hub."""
    try:
        with transaction.atomic():
            hub(hub_id, **changes)
    except (IntegrityError, DataError):
        return True
    models.HubRecord.objects.filter(pk="weather/refused").delete()
    return False


def second_server_refused(reef: models.HubRecord) -> bool:
    try:
        with transaction.atomic():
            models.ServerRecord.objects.create(hub=reef, user="eve", started=NOON)
    except IntegrityError:
        return True
    return False


def second_removal_refused() -> bool:
    """Whether a home can be asked to go once at a time, and again when that has ended."""
    asked = {"hub_id": "reef/hub", "handle": "eve", "at": NOON, "by": "carol", "goes": NOON}
    for _ in range(2):
        models.HomeRemoval.objects.create(**asked, ended=NOON)
    models.HomeRemoval.objects.create(**asked)
    try:
        with transaction.atomic():
            models.HomeRemoval.objects.create(**asked)
    except IntegrityError:
        return True
    return False


def sight(name: str) -> records.Sight:
    """An awake hub with one server, as the keeper sees it."""
    wanted = desired.DesiredHub(
        id=f"glacier/{name}",
        community="glacier",
        community_title="Gletscher-Archiv Zürich",
        name=name,
        title=f"Hub {name}",
        addresses=(f"{name}.localhost",),
        cpu_limit=0.1 + 0.2,  # a number that JSON must carry to its last digit
    )
    server = engine.ServerSeen(user="eve", name="", started=NOON, last_activity=NOON, memory=FAR)
    seen = engine.HubSeen(
        id=wanted.id,
        state=engine.HubState.AWAKE,
        since=NOON,
        message="",
        digest=wanted.digest,
        memory=40_000_000,
        servers=(server,),
        last_activity=NOON,
        home_bytes=FAR,
    )
    return records.Sight(seen=seen, wanted=wanted, url=f"http://{name}.localhost:8000/")


def looks() -> list[int]:
    """How many hubs the keeper writes at its first look, its second, and its first after a restart."""
    sights = [sight("a"), sight("b")]
    keeper = records.Records(lambda: NOON)
    return [keeper.observe(sights), keeper.observe(sights), records.Records(lambda: NOON).observe(sights)]


def hours() -> list[tuple[str, str, int]]:
    """Server seconds by hub and day: two keepers, one after the other, that look for two minutes around midnight."""
    for start in (NOON, NOON + timedelta(hours=11, minutes=59)):
        now = clock.TurnedClock(start)
        keeper = records.Records(now)
        for _ in range(13):
            keeper.observe([sight("a"), sight("b")])
            now.turn(timedelta(seconds=10))
        now.turn(timedelta(minutes=6))  # a gap: nothing more is counted, and the rest is written
        keeper.observe([])
    rows = models.ServerDay.objects.order_by("hub_id", "day")
    return [(row.hub_id, row.day.isoformat(), row.seconds) for row in rows]


def measured() -> list[float | None]:
    """The hours of a month by those days, where the hub is counted for long, for eight days, and for three."""
    found = []
    for days in (100, 8, 3):
        models.HubRecord.objects.filter(pk="glacier/a").update(counted_since=NOON - timedelta(days=days))
        models.ServerDay.objects.all().delete()
        models.ServerDay.objects.bulk_create(
            models.ServerDay(hub_id="glacier/a", day=(NOON - timedelta(days=number)).date(), seconds=FAR)
            for number in range(60)
        )
        used = gathering.use(["glacier/a"], hours_each=1, now=NOON).get("glacier/a")
        found.append(used and used.server_hours)
    return found


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=io.StringIO())
    reef = hub("reef/hub", memory=FAR, home_bytes=None)
    hub("college/statistics", state="awake", people=3)
    hub("weather/hub")
    models.ServerRecord.objects.create(hub=reef, user="eve", started=NOON, memory=FAR)
    models.ServerRecord.objects.create(hub=reef, user="eve", name="second", started=NOON)
    for minutes, words in ((0, "woken"), (1, "asleep again"), (2, "woken again")):
        at = NOON + timedelta(minutes=minutes)
        models.HubEvent.objects.create(hub_id="reef/hub", at=at, kind="awake", words=words)
    found = models.HubRecord.objects.get(pk="reef/hub")
    facts: dict[str, object] = {
        "vendor": connection.vendor,
        "settings": found.settings,
        "since": found.since.isoformat(),
        "memory": found.memory,
        "home_bytes": found.home_bytes,
        "titles": [record.title for record in models.HubRecord.objects.all()],
        "asleep": models.HubRecord.objects.filter(state="asleep").count(),
        "search": [record.hub_id for record in models.HubRecord.objects.filter(title__icontains="HUB OF COLL")],
        "servers": [str(server) for server in reef.servers.all()],
        "events": [event.words for event in models.HubEvent.objects.all()],
        "second server refused": second_server_refused(reef),
        "second removal refused": second_removal_refused(),
        "same hub refused": refused(hub_id="reef/hub"),
        "negative memory refused": refused(memory=-1),
        "no state refused": refused(state=None),
    }
    facts["hubs written at each look"] = looks()
    facts["server seconds"] = hours()
    facts["hours of a month"] = measured()
    models.HubRecord.objects.filter(community="glacier").delete()
    reef.delete()
    facts["servers after their hub went"] = models.ServerRecord.objects.count()
    facts["events after their hub went"] = models.HubEvent.objects.count()
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
