"""What the keeper does by itself, at its time and asked by nobody that moment, as the audit keeps it."""

from datetime import datetime

from commonhub.audit import records as audit


def note(hub_id: str, verb: str, words: str, *, now: datetime, subject: str = "", **details: object) -> None:
    """Note an act at a hub. `subject`: the handle of whom it concerns, where it concerns one person."""
    community, _, hub = hub_id.partition("/")
    audit.note(
        at=now,
        actor="commonhub",
        actor_name="Commonhub",
        via="keeper",
        verb=verb,
        words=words,
        community=community,
        hub=hub,
        subject=subject,
        details=details,
    )
