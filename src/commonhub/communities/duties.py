"""My duties: what waits for one person across all communities, each with its next step.

What somebody waits for comes first, the oldest before the rest; what is amiss in what one carries follows.

Findings come from what coverage wrote last; nothing here judges a fleet. The number of queries is the same for somebody
with one hub and for an engineer of the whole fleet.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, Subquery, When

from commonhub.communities import agreements, asks, charters, coverage_history, models
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.findings import Kind as Amiss
from commonhub.responsibility.model import Side
from commonhub.responsibility.permissions import Permission

SHOWN: Final = 25  # of one person's duties: more than anybody does at one sitting, and a page of more weighs too much
LOOKED_AT: Final = 100  # of each kind
SOON: Final = timedelta(days=3)  # before its end, an unused invitation asks to be looked at
STUBBORN: Final = 3  # tries after which somebody should look why a hub can't be told
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Kind(StrEnum):
    """What waits."""

    NOTICE = "notice"  # something to know
    ASK = "ask"  # somebody was refused, and asks who can
    JOIN = "join"  # somebody would like to use a hub
    AGREEMENT = "agreement"  # an agreement waits for one's side
    FINDING = "finding"  # something is amiss in what one carries
    INVITATION = "invitation"  # an invitation of one's own ends unused
    CHANGE = "change"  # a change of hubs waits for one's consent
    REVIEW = "review"  # a change that was made in an emergency waits for its review
    SECRET = "secret"  # noqa: S105 - a word: a password, key or certificate ends that a hub needs
    ENDING = "ending"  # a hub could not be told that somebody's access ended
    OWN = "own"  # something of one's own account


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One thing that waits. `since` is None where nobody knows; `url` is a path of the portal; `label` names the step there.

    `number` is that of the record behind it, 0 where there is none. `count`: how many such things this line stands for.
    """

    kind: Kind
    sentence: str
    since: datetime | None
    place: Place
    url: str
    label: str
    number: int = 0
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits for somebody: the oldest, and how many there are; with `more`, at least so many."""

    duties: tuple[Duty, ...]
    count: int
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Whose duties are gathered, and what they may do where."""

    person: models.Person
    charter: deciding.Charter
    now: datetime

    @property
    def handle(self) -> str:
        return self.person.handle

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they are appointed now."""
        found = {each.place for each in self.charter.assignments.of(self.handle) if each.holds_at(self.now)}
        return tuple(sorted(found, key=str))

    def may(self, permission: Permission, place: Place) -> bool:
        return self._may_as_everywhere(permission, place) or permission in self.charter.permissions(self.handle, place)

    def _may_as_everywhere(self, permission: Permission, place: Place) -> bool:
        """Whether they may by a role for the whole fleet, and nothing was departed from there: quick, for many places."""
        of = self.charter.model
        return (
            permission in self.charter.permissions(self.handle, FLEET)
            and permission not in of.looks
            and self.charter.assignments.departure(of.responsibility_of(permission).id, place) is None
        )

    def may_sign(self, side: Side, permission: Permission, place: Place) -> bool:
        """Whether they may, and stand on the side that they would sign for."""
        if not self.may(permission, place):
            return False
        found = deciding.decide(deciding.Actor(id=self.handle), permission, place, charter=self.charter)
        return agreements.speaks_for(side, found)

    def where(self, permission: Permission) -> tuple[Place, ...]:
        """The places of theirs at which they have a permission."""
        return tuple(place for place in self.places if self.may(permission, place))


def of(
    person: models.Person,
    *,
    now: datetime,
    also: Iterable[Duty] = (),
    charter: deciding.Charter | None = None,
    only: Callable[[list[Duty]], list[Duty]] | None = None,
) -> Waiting:
    """What waits for a person. `also`: what other domains know of, such as tokens that end.

    `charter` holds all that the person carries, where it is at hand already. `only` leaves those that may be told: the
    rest is neither shown nor counted.
    """
    own = charter or charters.bare((), people=[person.handle], now=now)
    reader = _Reader(person=person, charter=own, now=now)
    gathered = [list(source(reader)) for source in _SOURCES]
    full = [each for each in gathered if len(each) >= LOOKED_AT]
    found = [*(duty for each in gathered for duty in each), *also]
    if only is not None:
        found, full = only(found), [each for each in full if only(each)]
    found.sort(key=lambda duty: (duty.kind is Kind.FINDING, duty.since or _LAST, duty.kind, duty.sentence))
    return Waiting(
        duties=tuple(found[:SHOWN]),
        count=sum(duty.count for duty in found),
        more=bool(full),
    )


def _within(places: Iterable[Place], *, community: str = "community", hub: str = "hub") -> Q | None:
    """Rows at these places or in them; None for no place at all."""
    arms = []
    for place in places:
        if place == FLEET:
            return Q()
        arms.append(Q(**{community: place.community, **({hub: place.hub} if place.hub else {})}))
    return reduce(or_, arms) if arms else None


def _notices(reader: _Reader) -> Iterator[Duty]:
    for row in models.Notice.objects.filter(person=reader.person, seen=None).order_by("at")[:LOOKED_AT]:
        yield Duty(
            kind=Kind.NOTICE,
            sentence=row.words,
            since=row.at,
            place=FLEET,
            url=row.url or "/",
            label="Look at it" if row.url else "I have read it",
            number=row.pk,
        )


# What the lines say, and no more: a person and a hub are wide rows, and there are many.
_OF_ASKS: Final = ("permission", "community", "hub", "words", "at", "person__handle", "person__name")
_OF_JOINS: Final = ("at", "person__handle", "person__name", "hub__title")
_OF_INVITATIONS: Final = ("at", "expires", "person__handle", "person__name", "hub__title")


def _asks(reader: _Reader) -> Iterator[Duty]:
    """Requests that they can answer: what they hold, and what nobody holds and they can appoint somebody to."""
    reach = _within(reader.places)
    if reach is None:
        return
    held, appointable = _answerable(reader)
    rows = models.Ask.objects.filter(reach, answered=None, permission__in=[*held, *appointable])
    first = Case(When(permission__in=held, then=0), default=1)  # others hold most of what they can but appoint to
    found = list(
        rows.exclude(person=reader.person).select_related("person").only(*_OF_ASKS).order_by(first, "at")[:LOOKED_AT]
    )
    holds = {row.pk: reader.may(asks.asked_of(reader.charter, row), asks.place_of(row)) for row in found}
    others = {asks.place_of(row) for row in found if not holds[row.pk]}
    near = reader.charter
    if others:
        near = charters.bare(others, people=[reader.handle], of=reader.charter.model, now=reader.now)
    for row in found:
        if holds[row.pk] or asks.answers(near, reader.handle, row):
            place = asks.place_of(row)
            phrase = asks.phrase_for(reader.charter.model, Permission.named(row.permission), place)
            said = f" “{row.words}”" if row.words else ""
            yield Duty(
                kind=Kind.ASK,
                sentence=f"{row.person.name} asks you to {phrase}.{said}",
                since=row.at,
                place=place,
                url=f"/asks/{row.pk}",
                label="Answer",
                number=row.pk,
            )


def _answerable(reader: _Reader) -> tuple[list[str], list[str]]:
    """What somebody may ask of them: what they hold at one of their places, and what they could appoint somebody to."""
    of = reader.charter.model
    had = frozenset[Permission]().union(*(reader.charter.permissions(reader.handle, place) for place in reader.places))
    held, appointable = [], []
    for permission in Permission:
        asked = asks.asked_instead(of, permission)
        if asked in had:
            held.append(str(permission))
        elif any(had & set(role.appointed_with) for role in of.carriers(of.responsibility_of(asked))):
            appointable.append(str(permission))
    return held, appointable


def _joins(reader: _Reader) -> Iterator[Duty]:
    """One line for each hub: a class that asks at once would hide all the rest."""
    reach = _within(reader.where(Permission.JOIN_ANSWER), community="hub__community", hub="hub__name")
    if reach is None:
        return
    rows = models.JoinRequest.objects.filter(reach, answered=None, hub__in_fleet=True)
    by_hub = rows.order_by().values_list("hub").annotate(many=Count("id"), first=Min("at"), example=Min("id"))
    found = list(by_hub.order_by("first")[:LOOKED_AT])
    examples = rows.select_related("person", "hub").only(*_OF_JOINS).in_bulk([number for *_, number in found])
    for hub_id, many, first, number in found:
        place, row = charters.place_of(hub_id), examples.get(number)
        if row is not None and reader.may(Permission.JOIN_ANSWER, place):
            others = "" if many == 1 else " So does one other." if many == 2 else f" So do {many - 1} others."
            yield Duty(
                kind=Kind.JOIN,
                sentence=f"{row.person.name} asks to use {row.hub.title}.{others}",
                since=first,
                place=place,
                url=f"/hubs/{hub_id}/access#requests",
                label="Let them in, or say why not",
                number=number,
                count=many,
            )


def _agreements(reader: _Reader) -> Iterator[Duty]:
    signers = {*reader.where(Permission.AGREEMENT_OFFER), *reader.where(Permission.AGREEMENT_ACCEPT)}
    reach = _within((place for place in signers if not place.hub), community="name")
    if reach is None:
        return
    signed = models.Acceptance.objects.filter(community=OuterRef("name"), version=OuterRef("version"))
    rows = models.Community.objects.filter(reach, in_fleet=True).annotate(
        offered=Subquery(signed.filter(side=str(Side.SERVICE)).values("at")[:1]),
        accepted=Exists(signed.filter(side=str(Side.COMMUNITY))),
    )
    for row in rows.filter(Q(offered=None) | Q(accepted=False)).order_by("offered", "name")[:LOOKED_AT]:
        place = Place(community=row.name)
        act = _agreement_step(reader, place, offered=row.offered is not None, accepted=row.accepted)
        if act:
            sentence, label = act
            yield Duty(
                kind=Kind.AGREEMENT,
                sentence=sentence.format(title=row.title),
                since=row.offered,
                place=place,
                url=f"/communities/{row.name}#agreement",
                label=label,
            )


def _agreement_step(reader: _Reader, place: Place, *, offered: bool, accepted: bool) -> tuple[str, str] | None:
    if not offered and reader.may_sign(Side.SERVICE, Permission.AGREEMENT_OFFER, place):
        return "The agreement of {title} waits for the service to offer it.", "Read it, and offer it"
    if offered and not accepted and reader.may_sign(Side.COMMUNITY, Permission.AGREEMENT_ACCEPT, place):
        return "The agreement of {title} waits for the community to accept it.", "Read it, and accept it"
    return None


_STEPS: Final = {
    Amiss.NOT_PRACTISED: "Note what you rehearsed",
    Amiss.NOT_SHOWN: "Note what you did",
    Amiss.NOBODY: "Appoint somebody",
    Amiss.TOO_FEW: "Appoint somebody",
    Amiss.DUTY_WITHOUT_POWER: "See what is missing",
    Amiss.NOBODY_AWAKE: "See who could help",
    Amiss.NOT_AGREED: "See the agreement",
    Amiss.TOO_MUCH: "See what could be shared out",
}
"""What is amiss, as far as those whom it concerns can mend it themselves; and the name of the step."""


def _findings(reader: _Reader) -> Iterator[Duty]:
    """What is amiss in what they carry, or could appoint to: one line for each kind, however much it is about."""
    wide = {place for place in reader.places if not place.hub}
    hubs = {place for place in reader.places if place.hub and not wide & {FLEET, Place(community=place.community)}}
    concerns = coverage_history.concerning(reader.handle, _STEPS, wide=_within(wide), hubs=_within(hubs))
    for concern in concerns:
        row, count = concern.example, concern.count
        rest = f" There are {count - 1} more like it." if count > 2 else " There is one more like it."
        yield Duty(
            kind=Kind.FINDING,
            sentence=_said_to(reader, row.sentence) + (rest if count > 1 else ""),
            since=concern.since,
            place=Place(community=row.community, hub=row.hub),
            url=f"/communities/{row.community}#amiss" if row.community else "/fleet",
            label=_STEPS[Amiss(row.kind)],
            number=row.pk,
            count=count,
        )


def _said_to(reader: _Reader, sentence: str) -> str:
    """A finding about the reader, as it is said to them (the sentences are those of `responsibility.findings`)."""
    about = f"{reader.person.name} carries "
    if not sentence.startswith(about):
        return sentence
    return f"You carry {sentence.removeprefix(about)}".replace(" and has ", " and have ")


def _invitations(reader: _Reader) -> Iterator[Duty]:
    rows = models.Invitation.objects.filter(
        by=reader.handle, used=0, revoked=None, expires__gt=reader.now, expires__lte=reader.now + SOON
    )
    for row in rows.select_related("hub", "person").only(*_OF_INVITATIONS).order_by("at")[:LOOKED_AT]:
        whom = f" for {row.person.name}" if row.person else ""
        where = f" to {row.hub.title}" if row.hub else ""
        yield Duty(
            kind=Kind.INVITATION,
            sentence=f"Your invitation{whom}{where} ends on {row.expires:%Y-%m-%d}, and nobody has used it.",
            since=row.at,
            place=charters.place_of(row.hub_id) if row.hub_id else FLEET,
            url=f"/hubs/{row.hub_id}/access#invitations" if row.hub_id else f"/people/{row.person or ''}",
            label="Send it again, or revoke it",
            number=row.pk,
        )


def _endings(reader: _Reader) -> Iterator[Duty]:
    """People whose access ended, which their hub could not be told: for those who can end sessions there."""
    places = reader.where(Permission.SESSION_END)
    arms = [
        Q() if place == FLEET else Q(hub_id=str(place)) if place.hub else Q(hub_id__startswith=f"{place.community}/")
        for place in places
    ]
    if not arms:
        return
    reach = Q() if FLEET in places else reduce(or_, arms)
    rows = models.Ending.objects.filter(reach, done=None, tries__gt=STUBBORN)
    for row in rows.order_by("at")[:LOOKED_AT]:
        place = charters.place_of(row.hub_id)
        if reader.may(Permission.SESSION_END, place):
            yield Duty(
                kind=Kind.ENDING,
                sentence=f"{row.hub_id} could not be told that the access of {row.handle} has ended; "
                f"it was tried {row.tries} times.",
                since=row.at,
                place=place,
                url=f"/hubs/{row.hub_id}",
                label="See how the hub does",
                number=row.pk,
            )


_SOURCES: Final[tuple[Callable[[_Reader], Iterator[Duty]], ...]] = (
    _notices,
    _asks,
    _joins,
    _agreements,
    _findings,
    _invitations,
    _endings,
)
