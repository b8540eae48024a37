"""What shows that responsibilities are carried: use of their powers, and things that the model names as evidence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from commonhub.communities import charters, models
from commonhub.responsibility import deciding, model
from commonhub.responsibility.assignments import Place

SHOWS: Final[Mapping[str, str]] = {
    "access.set": "access-reviewed",
    "access.review": "access-reviewed",
    "agreement.accept": "agreement-accepted",
    "agreement.offer": "decision-made",
    "ask.answer": "request-answered",
    "ask.make": "decision-made",
    "appointment.make": "decision-made",
    "change.agree": "decision-made",
    "change.bypass": "incident-answered",
    "change.decline": "decision-made",
    "change.review": "change-applied",
    "fleet.apply": "change-applied",
    "hub.restart": "incident-answered",
    "doctor.run": "protections-examined",
    "audit.verify": "alert-examined",
}
"""Verbs that leave evidence, with the kind that the model knows. A model without that kind is shown nothing by it."""


def practised(handle: str, responsibility: str, place: Place, now: datetime) -> None:
    """Somebody used a power of this responsibility, or rehearsed it; what was noted later stays."""
    row, made = models.Practised.objects.get_or_create(
        community=place.community,
        hub=place.hub,
        handle=handle,
        responsibility=responsibility,
        defaults={"at": now},
    )
    if not made and row.at < now:
        row.at = now
        row.save(update_fields=["at"])


def shown_by(
    verb: str, place: Place, *, by: str, words: str, now: datetime, charter: deciding.Charter | None = None
) -> None:
    """A verb was done that leaves evidence, for each responsibility that accepts it and that who did it carries here.

    Without a charter the owner of the machine did it, who stands in for everybody.
    """
    kind = SHOWS.get(verb)
    if kind is None:
        return
    of = charter.model if charter else charters.current_model()
    for duty in of.responsibilities:
        if kind in duty.evidence and (charter is None or carries(charter, by, duty, place)):
            shown(duty, kind, place, by=by, words=words, at=now)


def carries(charter: deciding.Charter, handle: str, duty: model.Responsibility, place: Place) -> bool:
    """Whether somebody carries a responsibility at a place."""
    return any(person.id == handle for person in charter.carriers(duty, place))


def shown(duty: model.Responsibility, kind: str, place: Place, *, by: str, words: str, at: datetime) -> models.Shown:
    """Keep one thing that shows that a responsibility is carried."""
    return models.Shown.objects.create(
        responsibility=duty.id, kind=kind, community=place.community, hub=place.hub, at=at, by=by, words=words
    )
