"""Entries for tests: a short chain, and one entry noted in the database."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import cast
from commonhub.audit import chain, entries, records

MORNING = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def entry(number: int, previous: str, **changes: Any) -> entries.Entry:
    """One entry with its digest."""
    made = entries.Entry(
        number=number,
        at=MORNING + timedelta(minutes=number),
        actor=cast.DAN.user,
        actor_name=cast.DAN.name,
        via=entries.Via.PORTAL,
        verb="membership.add",
        permission="person:add",
        community="reef",
        hub="main",
        subject=cast.EVE.user,
        words=f"Added Eve Banda to reef/main for the {number}th time.",
        reasons=("Dan Rahman carries 'Look after people'.",),
        details={"number": number, "groups": ["first years", "zoë"]},
        previous=previous,
    )
    return chain.sealed(dataclasses.replace(made, **changes))


def entries_of(length: int) -> list[entries.Entry]:
    """A whole chain."""
    made: list[entries.Entry] = []
    for number in range(1, length + 1):
        made.append(entry(number, made[-1].digest if made else chain.GENESIS))
    return made


def head_of(rows: list[entries.Entry]) -> chain.Head:
    """The end of a chain."""
    return chain.Head(number=rows[-1].number, digest=rows[-1].digest, at=rows[-1].at) if rows else chain.Head()


def note(**changes: Any) -> entries.Entry:
    """Note an act of Dan's, but for what is said otherwise."""
    said: dict[str, Any] = {
        "at": MORNING,
        "actor": cast.DAN.user,
        "actor_name": cast.DAN.name,
        "via": "portal",
        "verb": "membership.add",
        "words": "Added Eve Banda to reef/main.",
        "permission": "person:add",
        "community": "reef",
        "hub": "main",
        "subject": cast.EVE.user,
    }
    return records.note(**{**said, **changes})
