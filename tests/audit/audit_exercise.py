"""Run as a process of its own: notes, attacks and verifies on the database that the environment names; prints what it saw."""

import dataclasses
import io
import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

django.setup()

from audit import noted  # noqa: E402 - after Django is set up, as all of ours
from commonhub.audit import chain, entries, guards, models, records  # noqa: E402

ODD = "zoë 李 \u2028 a\0b \ud800 \U0001f41f \x7f \"'\\"
WRITERS, EACH = 4, 15


def sql(*statements: str) -> None:
    """As somebody who has the database's password."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def refused(statement: str) -> str:
    try:
        sql(statement)
    except DatabaseError as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "allowed"


def without_guards(*statements: str) -> None:
    """The same, who first takes the guards away and in the end lays them again."""
    sql(*guards.lifting(connection.vendor), *statements, *guards.laying(connection.vendor))


def broken(*statements: str, undo: tuple[str, ...]) -> list[Any]:
    """What a verification finds after somebody did this, and that it finds nothing once it is undone."""
    without_guards(*statements)
    found = records.verify()
    without_guards(*undo)
    return [found.how, found.number, found.entries, records.verify().sound]


def note(**changes: Any) -> entries.Entry:
    with transaction.atomic():
        return noted.note(**changes)


def write_many(who: int, ready: threading.Barrier) -> None:
    for number in range(EACH):
        ready.wait()  # all at once, each time: else one may be done before the next begins
        note(actor=f"writer{who}", words=f"Wrote {number}.")
    connection.close()


def forks() -> dict[str, Any]:
    """Several writers at once."""
    ready = threading.Barrier(WRITERS, timeout=60)
    before = records.head().number
    writers = [threading.Thread(target=write_many, args=(who, ready)) for who in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    of_each = [models.AuditEntry.objects.filter(actor=f"writer{who}").count() for who in range(WRITERS)]
    turns = list(models.AuditEntry.objects.filter(number__gt=before).order_by("number").values_list("actor", flat=True))
    return {"of each": of_each, "took turns": turns != sorted(turns), "sound": records.verify().sound}


def growing() -> list[Any]:
    """A verification during which somebody goes on noting."""
    seen = iter(range(3))

    def anchors() -> Any:
        for row in list(models.AuditEntry.objects.order_by("number")[:3]):
            if next(seen, None) is not None:
                note(words="Meanwhile.")
            yield chain.Anchor(number=row.number, digest=row.digest, at="")

    before = records.head().number
    found = records.verify(anchors())
    return [found.sound, found.anchors, found.entries - before]


def half_done() -> list[Any]:
    """An act that fails after its note takes the note back."""
    before = records.head()
    try:
        with transaction.atomic():
            noted.note(words="Was taken back.")
            raise ZeroDivisionError  # noqa: TRY301 - the act itself fails
    except ZeroDivisionError:
        return [records.head() == before, records.verify().sound]


def outside() -> str:
    try:
        noted.note()
    except transaction.TransactionManagementError:
        return "refused"
    return "noted"


def round_trip() -> dict[str, Any]:
    nepal = datetime(2026, 3, 2, 14, 45, 0, 7, tzinfo=UTC)
    made = note(
        at=nepal, words=ODD, actor_name=ODD, reasons=(ODD, "b"), details={ODD: [1, None, True, {"x": ODD}], "n": -7}
    )
    (kept,) = records.newest(reader=entries.EVERYTHING, limit=1).entries
    long = note(subject="x" * 500, actor="y" * 500, words="z" * 50_000, community="c" * 500, verb="v" * 500)
    return {
        "same": dataclasses.asdict(kept) == dataclasses.asdict(made) | {"details": dict(made.details)},
        "digest": chain.digest(kept) == made.digest,
        "words": kept.words,
        "lengths": [len(long.subject), len(long.actor), len(long.words), len(long.community), len(long.verb)],
        "sound": records.verify().sound,
    }


def head_gone() -> list[Any]:
    """The head is taken away: it is found, and noting goes on from the last row."""
    last = records.head()
    without_guards("DELETE FROM audit_audithead")
    found = records.verify()
    made = note()
    return [found.how, made.number == last.number + 1, records.verify().sound]


def unreadable() -> list[Any]:
    """Values that the database takes, and that no entry can hold."""
    was = noted.MORNING.strftime("%Y-%m-%d %H:%M:%S.%f")
    changes = [("details = '{\"share\": 0.5}'", "details = '{}'")]
    if connection.vendor == "postgresql":
        changes += [(f"at = '{when}'", f"at = '{was}+00'") for when in ("infinity", "0044-03-15 BC")]
    else:
        said = "words = 'Added Eve Banda to reef/main.'"
        changes += [
            ("at = 'never'", f"at = '{was}'"),
            ("words = x'ff00'", said),
            ("words = CAST(x'ff00' AS TEXT)", said),
        ]
    table = "UPDATE audit_auditentry SET"
    return [
        broken(f"{table} {change} WHERE number = 2", undo=(f"{table} {undo} WHERE number = 2",))
        for change, undo in changes
    ]


REFUSED: dict[str, str] = {
    "an update": "UPDATE audit_auditentry SET words = 'Nothing.' WHERE number = 3",
    "a deletion": "DELETE FROM audit_auditentry WHERE number = 3",
    "a gap": "INSERT INTO audit_auditentry SELECT 999, at, actor, actor_name, via, verb, permission, community, hub, subject, outcome, words, reasons, details, previous, digest FROM audit_auditentry WHERE number = 3",
    "a head that falls back": "UPDATE audit_audithead SET number = 1",
    "a head that goes": "DELETE FROM audit_audithead",
}
REPLACED = (
    "INSERT OR REPLACE INTO audit_auditentry SELECT number, at, actor, actor_name, via, verb, permission, community, hub, "
    "subject, outcome, 'Nothing.', reasons, details, previous, digest FROM audit_auditentry WHERE number = 3"
)


def attacks() -> dict[str, Any]:
    swap = (
        "UPDATE audit_auditentry SET number = -1 WHERE number = 3",
        "UPDATE audit_auditentry SET number = 3 WHERE number = 4",
        "UPDATE audit_auditentry SET number = 4 WHERE number = -1",
    )
    aside = ("UPDATE audit_auditentry SET number = 5000 WHERE number = 3",)
    back = ("UPDATE audit_auditentry SET number = 3 WHERE number = 5000",)
    was = noted.MORNING.strftime("%Y-%m-%d %H:%M:%S.%f") + ("+00" if connection.vendor == "postgresql" else "")
    return {
        "edited": broken(
            "UPDATE audit_auditentry SET actor = 'eve' WHERE number = 3",
            undo=("UPDATE audit_auditentry SET actor = 'dan' WHERE number = 3",),
        ),
        "edited time": broken(
            "UPDATE audit_auditentry SET at = '2026-03-02 09:00:01' WHERE number = 3",
            undo=(f"UPDATE audit_auditentry SET at = '{was}' WHERE number = 3",),
        ),
        "edited details": broken(
            """UPDATE audit_auditentry SET details = '{"role": "engineer"}' WHERE number = 3""",
            undo=("UPDATE audit_auditentry SET details = '{}' WHERE number = 3",),
        ),
        "swapped": broken(*swap, undo=swap),
        "gone": broken(*aside, undo=back),
    }


FACTS: dict[str, Callable[[], Any]] = {
    "noted outside a transaction": outside,
    "several writers": forks,
    "half done": half_done,
    "round trip": round_trip,
    "refused": lambda: {name: refused(statement) for name, statement in REFUSED.items()},
    "emptied": lambda: refused("TRUNCATE audit_auditentry" if connection.vendor == "postgresql" else REPLACED),
    "attacks": attacks,
    "unreadable": unreadable,
    "growing": growing,
    "exported": lambda: (
        [json.loads(line)["number"] for line in records.export(reader=entries.EVERYTHING)]
        == list(range(1, records.head().number + 1))
    ),
    "last use": lambda: [
        (use.permission, str(use.place), use.at.isoformat())
        for use in records.last_uses(since=noted.MORNING - timedelta(days=1))
        if use.actor == "writer1"
    ],
    "head gone": head_gone,
}


def main() -> None:
    call_command("migrate", "audit", verbosity=0)
    call_command("makemigrations", "audit", check_changes=True, dry_run=True, stdout=io.StringIO())
    for _ in range(5):
        note()
    facts: dict[str, Any] = {"vendor": connection.vendor} | {name: look() for name, look in FACTS.items()}
    call_command("migrate", "audit", "zero", verbosity=0)
    facts["tables after going back"] = [name for name in connection.introspection.table_names() if "audit" in name]
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
