"""Who is told of a change, and what: the one who proposed it, and those whose consent it waits for."""

from datetime import datetime

from commonhub.changes import book, models
from commonhub.communities import charters, notices
from commonhub.communities import models as community_models
from commonhub.responsibility.permissions import Permission


def url(change: models.Change) -> str:
    """Where a change stands in the portal."""
    return f"/changes/{change.pk}"


def tell(person: community_models.Person, change: models.Change, words: str, *, now: datetime) -> None:
    """Tell somebody of a change."""
    notices.tell(person, words, url=url(change), now=now)


def author(change: models.Change, words: str, *, now: datetime) -> None:
    """Tell whoever proposed it."""
    if change.person is not None:
        tell(change.person, change, words, now=now)


def committed(change: models.Change, *, now: datetime) -> None:
    """Its author, where it had to wait for others; and those who can review it, where it was an emergency."""
    if change.consents.exclude(handle=change.author).exists():
        author(change, f"Your change {change.pk} is made: {change.title}.", now=now)
    if change.emergency and change.review_due is not None:
        words = f"{change.title} was made in an emergency: {change.because} Please review it by {change.review_due:%Y-%m-%d}."
        for person in people(reviewers(change, now=now)):
            tell(person, change, words, now=now)


def reviewers(change: models.Change, *, now: datetime) -> tuple[str, ...]:
    """The handles of those who can review it everywhere that it touches, and had no part in it."""
    where = book.places(change)
    part = {change.author, *change.consents.values_list("handle", flat=True)}
    charter = charters.near(where, now=now)
    found = [{who.id for who in charter.holders(Permission.CHANGE_REVIEW, place)} for place in where]
    return tuple(sorted(set.intersection(*found) - part))


def waited_for(change: models.Change, *, now: datetime) -> tuple[str, ...]:
    """The handles of those whose consent it waits for, each once."""
    return tuple(
        dict.fromkeys(
            person.id
            for each in book.standings(change, now=now)
            if each.given_by is None
            for person in each.holders
            if person.id != change.author
        )
    )


def people(handles: tuple[str, ...]) -> list[community_models.Person]:
    """Those of them who have an account."""
    return list(community_models.Person.objects.filter(handle__in=handles))
