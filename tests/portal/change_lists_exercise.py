"""Run as a process of its own: narrows lists of changes on the database that the environment names; prints what it saw."""

import json
import sys
from datetime import UTC, datetime

import django
from django.core.management import call_command
from django.db import connection

django.setup()

import charter_stage  # noqa: E402 - after Django is set up, as all of ours
from commonhub.changes import models  # noqa: E402
from commonhub.identity import askers  # noqa: E402
from commonhub.portal import changes, reader  # noqa: E402

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTHING = dict.fromkeys(changes.FIELDS, "")


def titles(reads: str, community: str = "", hub: str = "", **asked: str) -> list[str]:
    person = charter_stage.person(reads)
    of = reader.Reader(person=person, asker=askers.of(person), now=NOON)
    place = reader.place(community, hub)
    return [row.title for row in changes.narrowed(of, place, NOTHING | asked)]


def main() -> None:
    call_command("migrate", verbosity=0)
    charter_stage.fill(NOON)
    for title, handle, kinds, community, hub in (
        ("Tag", "dan", ["image-tag"], "reef", "main"),
        ("Bigger", "carol", ["bigger-sizes", "image-tag"], "reef", ""),
        ("Theirs", "zuri", ["image_tag", "image-tags"], "mtengo", "main"),
    ):
        values = {"state": "committed", "via": "portal", "base": "b" * 40, "at": NOON, "key": title}
        row = models.Change.objects.create(
            title=title,
            author=handle,
            author_name=charter_stage.NAMES[handle],
            kinds=[{"id": each, "title": "A kind"} for each in kinds],
            **values,
        )
        row.places.create(community=community, hub=hub)
    found = {
        "vendor": connection.vendor,
        "all": titles("alice"),
        "kind": titles("alice", kind="image-tag"),
        "who": titles("alice", who="MENDES"),
        "state": titles("alice", state="open"),
        "community": titles("carol", community="reef"),
        "hub": titles("carol", community="reef", hub="main"),
    }
    json.dump(found, sys.stdout)


main()
