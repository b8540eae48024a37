"""What a community and the service have agreed on: its words, its versions, and the acceptance of both sides.

`Community.version` tells one state of the agreement from the next; whatever changes it asks both sides again. What a
community's file says about departures holds only once both have accepted it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from commonhub.communities import allowing, charters, finding, mirror, models, notices
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import deciding, model
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.model import Share, Side
from commonhub.responsibility.permissions import Permission

_CARRIED: Final[Mapping[Share, str]] = {
    Share.SERVICE: "the service",
    Share.COMMUNITY: "the community",
    Share.SHARED: "both together",
}


class State(StrEnum):
    """How far an agreement has come."""

    IN_FORCE = "in-force"  # both sides accepted it as it is
    WAITS_FOR_SERVICE = "waits-for-service"  # the service has still to offer it
    WAITS_FOR_COMMUNITY = "waits-for-community"  # it is offered, and the community has still to accept it


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One side accepted one version: who, by the name of that day, and when."""

    side: Side
    version: str
    name: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the agreement stands.

    `since`: from when on it is in force, None while it is not. `changed_since`: when the last version that was in force
    came into force, where another has taken its place that is not; None where none ever was, or nothing changed.
    """

    version: str
    state: State
    signed: Mapping[Side, Signed]
    since: datetime | None
    changed_since: datetime | None

    @property
    def waits_for(self) -> tuple[Side, ...]:
        """The sides that have not accepted it."""
        return tuple(side for side in Side if side not in self.signed)


def text(community: models.Community, of: model.Model) -> str:
    """The agreement in words: who carries what, where that is not the usual and why, and the terms."""
    departures = _by_responsibility(community)
    lines = [f"Agreement between the service and {community.title}"]
    for area in of.areas:
        lines += ["", area.title, f"Goal: {area.goal}"]
        if area.without_roles:
            lines.append(area.without_roles)
            continue
        for duty in of.responsibilities_of(area):
            lines.append(f"- {duty.title}: {_CARRIED[of.share_of(duty)]}.")
            lines += _departed(departures.get(duty.id, ()))
    terms = community.terms.strip() or "There are no terms besides."
    return "\n".join([*lines, "", "Terms", terms, ""])


def _by_responsibility(community: models.Community) -> Mapping[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for each in community.departures:
        found.setdefault(each["responsibility"], []).append(each)
    return found


def _departed(departures: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for each in departures:
        where = f"for the hub {each['hub']}" if each["hub"] else "here"
        because = f", because: {each['because']}" if each["because"] else "."
        yield f"  Otherwise {where}: {_CARRIED[Share(each['carried_by'])]}{because}"


def current_text(community: models.Community) -> str:
    """The agreement in words, as it is offered now."""
    return text(community, charters.current_model())


def versions(community: models.Community) -> list[Signed]:
    """Everything that was ever accepted, newest first, with its words."""
    return [_signed(row) for row in models.Acceptance.objects.filter(community=community)]


def _signed(row: models.Acceptance) -> Signed:
    return Signed(side=Side(row.side), version=row.version, name=row.name, at=row.at, text=row.text)


def standing(community: models.Community) -> Standing:
    """How a community's agreement stands."""
    return stands(community, versions(community))


def stands(community: models.Community, signed: Iterable[Signed]) -> Standing:
    """How it stands, by all that was accepted of it."""
    by_version: dict[str, dict[Side, Signed]] = {}
    for each in signed:
        by_version.setdefault(each.version, {})[each.side] = each
    now = by_version.pop(community.version, {})
    before = [max(each.at for each in of.values()) for of in by_version.values() if len(of) == len(Side)]
    if len(now) == len(Side):
        state = State.IN_FORCE
    else:
        state = State.WAITS_FOR_COMMUNITY if Side.SERVICE in now else State.WAITS_FOR_SERVICE
    in_force = state is State.IN_FORCE
    return Standing(
        version=community.version,
        state=state,
        signed=now,
        since=max(each.at for each in now.values()) if in_force else None,
        changed_since=None if in_force else max(before, default=None),
    )


@verb("agreement.offer", Permission.AGREEMENT_OFFER)
def offer(asker: Asker, community: str, version: str, *, now: datetime) -> Standing:
    """Offer the agreement in the service's name, which is how the service accepts it; twice is once."""
    return _sign(asker, community, version, side=Side.SERVICE, permission=Permission.AGREEMENT_OFFER, now=now)


@verb("agreement.accept", Permission.AGREEMENT_ACCEPT)
def accept(asker: Asker, community: str, version: str, *, now: datetime) -> Standing:
    """Accept the agreement in the community's name; twice is once. It is in force once both sides have."""
    return _sign(asker, community, version, side=Side.COMMUNITY, permission=Permission.AGREEMENT_ACCEPT, now=now)


def speaks_for(side: Side, allowed: deciding.Decision) -> bool:
    """Whether whoever may sign does so from that side: people of either may share the responsibility."""
    return any(
        reason.ground is deciding.Ground.CARRIES and reason.assignment is not None and reason.assignment.side is side
        for reason in allowed.reasons
    )


def _sign(asker: Asker, community: str, version: str, *, side: Side, permission: Permission, now: datetime) -> Standing:
    allowed = allowing.allow(asker, permission, Place(community=community), now=now)
    of = finding.community(community)
    if asker.owns:
        raise errors.RefusedError(
            "An agreement is accepted by a person, in their name.", "Sign in to the portal, and accept it there."
        )
    if not speaks_for(side, allowed):
        other = next(each for each in Side if each is not side)
        raise errors.RefusedError(
            f"You stand on the side of the {other}, and can't sign for the {side}.",
            f"Ask somebody of the {side} to sign: an agreement takes both sides.",
        )
    person = finding.person(asker.handle)
    if version != of.version:
        raise errors.RefusedError(
            f"The agreement of {of.title} has changed since you read it.", "Read it again, and then decide."
        )
    _, made = models.Acceptance.objects.get_or_create(
        community=of,
        version=version,
        side=str(side),
        defaults={"person": person, "name": person.name, "at": now, "text": current_text(of)},
    )
    found = standing(of)
    if made:
        name = "agreement.offer" if side is Side.SERVICE else "agreement.accept"
        act = "Offered" if side is Side.SERVICE else "Accepted"
        words = f"{act} the agreement of {of.title}, version {version}."
        allowing.note(asker, allowed, verb=name, words=words, details={"version": version}, now=now)
        if found.state is State.IN_FORCE:
            _come_into_force(of, person, now)
    return found


def _come_into_force(community: models.Community, signer: models.Person, now: datetime) -> None:
    """Let the departures hold; who loses by them what let them in, loses it now; the other side is told."""
    if mirror.settle(community):
        mirror.end_departed(community.name, now=now)
    signed = models.Acceptance.objects.filter(community=community, version=community.version)
    for row in signed.exclude(person=signer).select_related("person"):
        notices.tell(
            row.person,
            f"{signer.name} accepted the agreement of {community.title}: it is in force.",
            url=f"/communities/{community.name}",
            now=now,
        )
