"""The house of `people.py`: so many people, hubs and entries of the audit; and what is done there without a page.

usage: people_house.py fill <people> <hubs> <entries>     the password of everybody is read from standard input
       people_house.py write-day | verify | import <people>     tells in JSON what it took

It runs in processes of its own with the environment of the portal, so that nothing finds the caches of another.
Community c000 has the hub of all people, `c000/h0`, and the course of a tenth of them, `c000/h1`. Everybody is on one
hub of every tenth more. Each community has two representatives, each hub an administrator, the fleet three engineers.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 - after the setup that they need
from django.db import connection, transaction  # noqa: E402

from commonhub.audit import chain, entries, guards  # noqa: E402
from commonhub.audit import models as audit  # noqa: E402
from commonhub.audit import records as audit_records  # noqa: E402
from commonhub.communities import coverage_history, importing, models  # noqa: E402
from commonhub.communities.allowing import Asker  # noqa: E402
from commonhub.hubs import models as hub_models  # noqa: E402
from commonhub.identity import clients  # noqa: E402

NOW = datetime.now(UTC)
THEN = NOW - timedelta(days=100)
BATCH = 500
HUBS_EACH = 10  # of a community
REPRESENTATIVES = 2  # of a community
PERMISSIONS = ("person:add", "person:remove", "access:set", "join:answer", "hub:restart", "session:end")
WORDS = ("Ada", "Bela", "Chidi", "Dalia", "Emeka", "Farah", "Goran", "Hana", "Imani", "Jun", "Kofi", "Lena", "Malik")


def handle(number: int) -> str:
    """The handle of the person with this number; 0 to 2 are the fleet's engineers."""
    return f"p{number:05d}"


def name(number: int) -> str:
    """A name that a search can find."""
    return f"{WORDS[number % len(WORDS)]} {WORDS[number // 13 % len(WORDS)]}son {number}"


def hub_id(number: int) -> str:
    """The hub with this number."""
    return f"c{number // HUBS_EACH:03d}/h{number % HUBS_EACH}"


def representative(community: int, which: int) -> str:
    """Who speaks for a community: the people after the engineers."""
    return handle(3 + community * REPRESENTATIVES + which)


def administrator(hub: int, hubs: int) -> str:
    """Who looks after a hub: the people after the representatives."""
    return handle(3 + hubs // HUBS_EACH * REPRESENTATIVES + hub)


def fill(people: int, hubs: int, noted: int) -> None:
    """Everything, as it would have grown in a hundred days."""
    dice = random.Random(3)  # the same house in every run
    _people(people)
    _places(hubs)
    _roles(hubs)
    _rosters(people, hubs, dice)
    _waiting(hubs, dice)
    _clients(hubs)
    _audit(people, hubs, noted, dice)
    coverage_history.write_day(NOW)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _many(kind: Any, rows: Iterable[Any]) -> None:
    kind.objects.bulk_create(rows, batch_size=BATCH)


def _people(people: int) -> None:
    kept = make_password(sys.stdin.read())  # one digest for all: to check it costs as much as if each had their own
    with transaction.atomic():
        _many(
            models.Person,
            (
                models.Person(
                    handle=handle(number),
                    name=name(number),
                    email=f"{handle(number)}@example.org",
                    email_verified=THEN,
                    time_zone="Africa/Lagos",
                    password=kept,
                    made=THEN,
                    claimed=THEN,
                )
                for number in range(people)
            ),
        )


def _places(hubs: int) -> None:
    communities = [
        models.Community(
            name=f"c{number:03d}",
            title=f"Community {number}",
            kind="research",
            time_zone="Africa/Lagos",
            version="1" * 16,
        )
        for number in range(hubs // HUBS_EACH)
    ]
    _many(models.Community, communities)
    _many(
        models.Hub,
        (
            models.Hub(
                hub_id=hub_id(number),
                community=communities[number // HUBS_EACH],
                name=f"h{number % HUBS_EACH}",
                title=f"Hub {number}",
                url=f"http://h{number}.localhost/",
                login="commonhub",
                groups=["readers"],
            )
            for number in range(hubs)
        ),
    )
    _many(hub_models.HubRecord, (_hub_record(number) for number in range(hubs)))
    hub_models.FleetRecord.objects.create(name="Large fleet", seen=NOW)


def _hub_record(number: int) -> hub_models.HubRecord:
    awake = number % 10 == 0
    return hub_models.HubRecord(
        hub_id=hub_id(number),
        community=hub_id(number).partition("/")[0],
        community_title=f"Community {number // HUBS_EACH}",
        name=f"h{number % HUBS_EACH}",
        title=f"Hub {number}",
        engine="local",
        url=f"http://h{number}.localhost/",
        state="awake" if awake else "asleep",
        since=NOW,
        people=number % 7 if awake else 0,
        settings={"login": "commonhub"},
        seen=NOW,
    )


def _roles(hubs: int) -> None:
    rows = [_appointment(handle(number), "site-reliability-engineer", "service") for number in range(3)]
    for community in range(hubs // HUBS_EACH):
        rows += [
            _appointment(representative(community, which), "community-representative", place=f"c{community:03d}")
            for which in range(REPRESENTATIVES)
        ]
    rows += [_appointment(administrator(hub, hubs), "hub-administrator", place=hub_id(hub)) for hub in range(hubs)]
    _many(models.Appointment, rows)
    of = [(row, row.community, row.hub) for row in rows if row.hub]
    _many(
        models.Practised,
        (
            models.Practised(handle=row.handle, responsibility="manage-users", community=community, hub=hub, at=THEN)
            for row, community, hub in of
        ),
    )


def _appointment(who: str, role: str, side: str = "community", place: str = "") -> models.Appointment:
    community, _, hub = place.partition("/")
    return models.Appointment(handle=who, name=who, role=role, side=side, community=community, hub=hub, since=THEN)


def _rosters(people: int, hubs: int, dice: random.Random) -> None:
    numbers = dict(models.Person.objects.values_list("handle", "pk"))
    on = {(0, number) for number in range(people)} | {(1, number) for number in range(0, people, 10)}
    on |= {(dice.randrange(2, hubs), number) for number in range(people)}
    on |= {(hub, int(administrator(hub, hubs)[1:])) for hub in range(hubs)}
    with transaction.atomic():
        _many(
            models.Membership,
            (
                models.Membership(
                    hub_id=hub_id(hub),
                    person_id=numbers[handle(number)],
                    since=THEN + timedelta(minutes=number % 100_000),
                    via="import",
                    removed=THEN + timedelta(days=90) if number % 50 == 49 and hub > 1 else None,
                )
                for hub, number in sorted(on)
            ),
        )
    groups = [
        models.Group(community_id=f"c{community:03d}", name=word, title=word.title())
        for community in range(hubs // HUBS_EACH)
        for word in ("readers", "writers", "tutors")
    ]
    _many(models.Group, groups)
    _many(
        models.GroupMember,
        (
            models.GroupMember(group=group, person_id=number, at=THEN)
            for group in groups
            for number in dice.sample(sorted(numbers.values()), min(100, people))
        ),
    )


def _waiting(hubs: int, dice: random.Random) -> None:
    """Requests, questions and news."""
    numbers = sorted(models.Person.objects.values_list("pk", flat=True))
    wishes = [*range(hubs), *range(hubs), *([0] * 200)]
    _many(
        models.JoinRequest,
        (
            models.JoinRequest(hub_id=hub_id(hub), person_id=dice.choice(numbers), at=_ago(dice), words="For class.")
            for hub in wishes
        ),
    )
    _many(
        models.Ask,
        (
            models.Ask(
                person_id=dice.choice(numbers),
                permission="hub:restart",
                responsibility="respond-to-incidents",
                community=hub_id(hub).partition("/")[0],
                hub=hub_id(hub).partition("/")[2],
                words="It hangs.",
                at=_ago(dice),
            )
            for hub in range(hubs // 2)
        ),
    )
    _many(
        models.Notice,
        (
            models.Notice(person_id=number, at=_ago(dice), words="You may use Hub 0.", url="/hubs/c000/h0")
            for number in numbers
        ),
    )


def _ago(dice: random.Random) -> datetime:
    return NOW - timedelta(minutes=dice.randrange(1, 100_000))


def secret(of: str) -> str:
    """The secret of a hub's client; of a hub that is gone with the run."""
    return f"{of}-{'bench' * 8}"


def callback(number: int) -> str:
    """Where a hub's people come back to."""
    return f"http://h{number}.localhost:8000/hub/oauth_callback"


def _clients(hubs: int) -> None:
    clients.ensure_many(
        clients.HubClient(
            hub_id=hub_id(number),
            title=f"Hub {number}",
            redirect_uris=(callback(number),),
            secret=secret(hub_id(number)),
        )
        for number in range(hubs)
    )


def _audit(people: int, hubs: int, noted: int, dice: random.Random) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in guards.lifting(connection.vendor):  # they let the chain grow by one at a time
            cursor.execute(statement)
        last = audit_records.head() or chain.Head()
        for start in range(0, noted, 20 * BATCH):
            sealed = list(_entries(last, min(20 * BATCH, noted - start), people, hubs, dice))
            cursor.executemany(_INSERT, (_row(entry) for entry in sealed))
            last = chain.Head(number=sealed[-1].number, digest=sealed[-1].digest, at=sealed[-1].at)
        end = {"number": last.number, "digest": last.digest, "at": last.at}
        audit.AuditHead.objects.update_or_create(pk=1, defaults=end)
        for statement in guards.laying(connection.vendor):
            cursor.execute(statement)


def _entries(after: chain.Head, many: int, people: int, hubs: int, dice: random.Random) -> Iterator[entries.Entry]:
    previous = after.digest
    for number in range(after.number + 1, after.number + many + 1):
        hub = dice.randrange(hubs)
        community, _, named = hub_id(hub).partition("/")
        about = dice.randrange(people)
        entry = chain.sealed(
            entries.Entry(
                number=number,
                at=THEN + timedelta(seconds=number * 10),
                actor=administrator(hub, hubs),
                actor_name=administrator(hub, hubs),
                via="portal",
                verb="membership.add",
                permission=dice.choice(PERMISSIONS),
                community=community,
                hub=named,
                subject=handle(about),
                words=f"Let {name(about)} use {hub_id(hub)}.",
                reasons=("A Hub Administrator carries “Manage users” here.", "It was not departed from."),
                previous=previous,
            )
        )
        previous = entry.digest
        yield entry


_COLUMNS = [field.column for field in audit.AuditEntry._meta.concrete_fields]  # noqa: SLF001 - Django's way to ask
_INSERT = (
    f"INSERT INTO {audit.AuditEntry._meta.db_table} ({', '.join(_COLUMNS)}) "  # noqa: SLF001 - as above
    f"VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


def _row(entry: entries.Entry) -> list[str | int]:
    """As SQLite keeps it: half a million by way of Django's objects take minutes."""
    written = {"at": str(entry.at.replace(tzinfo=None)), "reasons": json.dumps(entry.reasons), "details": "{}"}
    return [written.get(column, getattr(entry, column)) for column in _COLUMNS]


def write_day() -> dict[str, float]:
    """What the keeper does once an hour, on a day that has its numbers already."""
    before = _peak()
    begun, cpu = time.perf_counter(), time.process_time()
    found = coverage_history.write_day(datetime.now(UTC))
    taken = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    if not found.hubs:
        raise RuntimeError("no hub was judged")
    return taken | {"hubs": len(found.hubs), "findings": models.Finding.objects.count(), "mb": _peak() - before}


def verify() -> dict[str, float]:
    """`commonhub audit verify`, without its anchors."""
    before = _peak()
    begun = time.perf_counter()
    found = audit_records.verify()
    taken = time.perf_counter() - begun
    if not found.sound:
        raise RuntimeError(found.words)
    return {"seconds": taken, "entries": found.entries, "mb": _peak() - before}


def bring(people: int) -> dict[str, float]:
    """A class list into a hub: looked at, then taken."""
    start = time.time_ns() // 1_000_000 % 100_000_000
    asker = Asker(handle=representative(1, 0), name="Bench", via="portal")
    lines = [f"n{start}-{number:05d},New {number},n{start}-{number:05d}@example.org" for number in range(people)]
    text = "\n".join(["handle,name,email", *lines])
    begun = time.perf_counter()
    found = importing.preview(asker, "c001/h0", text, now=NOW)
    looked = time.perf_counter() - begun
    importing.apply(asker, "c001/h0", text, digest=found.digest, now=NOW)
    taken = time.perf_counter() - begun
    if models.Person.objects.filter(handle__startswith=f"n{start}-").count() != people:
        raise RuntimeError("not all came in")
    return {"seconds": taken, "preview": looked, "people": people}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


ACTS: dict[str, Callable[..., dict[str, float] | None]] = {
    "fill": fill,
    "write-day": write_day,
    "verify": verify,
    "import": bring,
}

if __name__ == "__main__":
    told = ACTS[sys.argv[1]](*(int(word) for word in sys.argv[2:]))
    print(json.dumps(told or {}))
