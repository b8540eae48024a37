"""May this be done? The one question that every verb asks first; a refusal names who can, and is noted."""

from collections.abc import Collection
from datetime import datetime

from commonhub.audit import records as audit
from commonhub.communities import charters, evidence
from commonhub.communities.asker import Asker, machine_owner
from commonhub.ground import errors
from commonhub.responsibility import deciding, wording
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

__all__ = [
    "Asker",
    "NotAllowedError",
    "allow",
    "decision",
    "machine_owner",
    "note",
    "permissions",
    "places_with",
]


class NotAllowedError(errors.RefusedError):
    """A refusal by the rules, with the decision, so that a door can offer to ask those who can."""

    def __init__(self, decision: deciding.Decision) -> None:
        super().__init__(wording.message(decision), wording.mend(decision))
        self.decision = decision

    @property
    def explained(self) -> tuple[str, ...]:
        """The whole reasoning, line by line."""
        return wording.explain(self.decision)


def decision(
    asker: Asker, permission: Permission, place: Place, *, now: datetime, about: str = ""
) -> deciding.Decision:
    """The answer with its reasons; nothing is noted."""
    charter = charters.near([place], people=[asker.handle], now=now)
    return deciding.decide(asker.actor, permission, place, charter=charter, about=about)


def permissions(asker: Asker, place: Place, *, now: datetime) -> frozenset[Permission]:
    """Everything the asker may do at a place by their roles and token: what a page offers."""
    if asker.owns:
        return frozenset(Permission)
    found = charters.of_people([asker.handle], now=now).permissions(asker.handle, place)
    return found if asker.scopes is None else found & asker.scopes


def places_with(asker: Asker, permission: Permission, places: Collection[Place], *, now: datetime) -> tuple[Place, ...]:
    """Those of the places at which the asker has a permission."""
    if asker.owns:
        return tuple(places)
    if asker.scopes is not None and permission not in asker.scopes:
        return ()
    charter = charters.of_people([asker.handle], now=now)
    return tuple(place for place in places if permission in charter.permissions(asker.handle, place))


def allow(asker: Asker, permission: Permission, place: Place, *, now: datetime, about: str = "") -> deciding.Decision:
    """The decision where it is yes. Raises NotAllowedError where it is no; call `note_refusal` outside of the act."""
    found = decision(asker, permission, place, now=now, about=about)
    if not found.allowed:
        raise NotAllowedError(found)
    return found


def note(
    asker: Asker,
    found: deciding.Decision | None,
    *,
    verb: str,
    words: str,
    now: datetime,
    subject: str = "",
    details: dict[str, object] | None = None,
    place: Place | None = None,
) -> None:
    """Write what was done into the audit, inside the transaction of the act. No decision: it was the person's own."""
    where = place or (found.place if found else Place())
    if found:
        evidence.practised(asker.handle, found.responsibility.id, found.place, now)
    if verb in evidence.SHOWS:
        charter = found.charter if found else charters.near([where], now=now)
        evidence.shown_by(verb, where, by=asker.handle, words=words, now=now, charter=None if asker.owns else charter)
    audit.note(
        at=now,
        actor=asker.handle,
        actor_name=asker.name,
        via=asker.via,
        verb=verb,
        permission=str(found.permission) if found else "",
        community=where.community,
        hub=where.hub,
        subject=subject,
        words=words,
        reasons=list(wording.explain(found)) if found else [],
        details=details or {},
    )
