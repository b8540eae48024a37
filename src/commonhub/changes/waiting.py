"""What of changes waits for one person: their consent, the review of an emergency, or a secret that ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from commonhub.changes import book, consents, expiring, models, telling
from commonhub.changes.states import State
from commonhub.communities import charters, duties
from commonhub.communities import models as community_models
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

LOOKED_AT: Final = 100  # things of each sort that are shown
_HEAVY: Final = ("was", "edits", "touches", "kinds", "findings", "plan", "price", "words", "conflicts")


@dataclass(frozen=True, kw_only=True)
class Waits:
    """One thing that waits, as My duties shows it. `review`: of an emergency; else a consent is asked for."""

    number: int
    review: bool
    sentence: str
    since: datetime
    due: datetime | None
    place: Place
    url: str
    label: str


def of(person: community_models.Person, *, now: datetime, charter: deciding.Charter | None = None) -> tuple[Waits, ...]:
    """What waits for a person, the oldest first. `charter` holds all that they carry, where it is at hand already."""
    own = charter or charters.of_people([person.handle], now=now)
    rows = _within(_where(person, own, now))
    if rows is None:
        return ()
    return (*_consents(person, rows, own, now), *reviews_due(person, now=now, charter=own))


def lines(
    person: community_models.Person, *, now: datetime, charter: deciding.Charter | None = None
) -> tuple[duties.Duty, ...]:
    """The same as lines of My duties, and the secrets that end in what they carry."""
    own = charter or charters.of_people([person.handle], now=now)
    asked = (
        duties.Duty(
            kind=duties.Kind.REVIEW if each.review else duties.Kind.CHANGE,
            sentence=each.sentence,
            since=each.since,
            place=each.place,
            url=each.url,
            label=each.label,
            number=each.number,
        )
        for each in of(person, now=now, charter=own)
    )
    return (*asked, *expiring.lines(person.handle, _where(person, own, now), own, now=now, most=LOOKED_AT))


def _where(person: community_models.Person, own: deciding.Charter, now: datetime) -> list[Place]:
    """The places at which they are appointed now."""
    return [each.place for each in own.assignments.of(person.handle) if each.holds_at(now)]


def _within(where: list[Place]) -> QuerySet[models.Change] | None:
    """The changes at these places, and those around them whose consent is asked for at a hub."""
    if not where:
        return None
    rows = models.Change.objects.all()
    if FLEET in where:
        return rows
    arms = reduce(or_, (Q(places__community=place.community) for place in where))
    return rows.filter(arms).distinct()


def _light(rows: QuerySet[models.Change]) -> Iterator[models.Change]:
    """The oldest first, one after the other and without their texts: who is asked is only known of each by itself."""
    return rows.defer(*_HEAVY).prefetch_related("places").order_by("at", "pk").iterator(chunk_size=LOOKED_AT)


def _consents(
    person: community_models.Person, rows: QuerySet[models.Change], own: deciding.Charter, now: datetime
) -> list[Waits]:
    found: list[Waits] = []
    for change in _light(rows.filter(state=State.WAITING)):
        if len(found) == LOOKED_AT:
            break
        asked = [consents.heard(each) for each in change.needs]
        mine = [
            need
            for need in asked
            if any(each in own.permissions(person.handle, need.place) for each in need.permissions)
        ]
        open_ones = [each for each in book.standings(change, now=now) if each.given_by is None] if mine else []
        meant = next((each for each in open_ones if any(who.id == person.handle for who in each.holders)), None)
        if meant is not None:
            found.append(
                Waits(
                    number=change.pk,
                    review=False,
                    sentence=f"{change.author_name} proposes: {change.title}. {meant.need.because}",
                    since=change.at,
                    due=None,
                    place=meant.need.place,
                    url=telling.url(change),
                    label="Agree, or say why not",
                )
            )
    return found


def reviews_due(
    person: community_models.Person, *, now: datetime, charter: deciding.Charter | None = None
) -> tuple[Waits, ...]:
    """The emergency changes that a person can review, the oldest first."""
    own = charter or charters.of_people([person.handle], now=now)
    rows = models.Change.objects.filter(emergency=True, reviewed=None, state__in=[State.COMMITTED, State.UNDONE])
    found: list[Waits] = []
    for change in _light(rows.exclude(consents__handle=person.handle)):
        if len(found) == LOOKED_AT:
            break
        where = book.places(change)
        if all(Permission.CHANGE_REVIEW in own.permissions(person.handle, place) for place in where):
            late = change.review_due is not None and change.review_due < now
            found.append(
                Waits(
                    number=change.pk,
                    review=True,
                    sentence=(
                        f"{change.title} was made in an emergency: {change.because} "
                        f"Its review {'was' if late else 'is'} due on {change.review_due:%Y-%m-%d}."
                    ),
                    since=change.at,
                    due=change.review_due,
                    place=where[0],
                    url=telling.url(change),
                    label="Review it",
                )
            )
    return tuple(found)
