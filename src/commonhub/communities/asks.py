"""Somebody was refused and asks those who can. The request is kept and lands on their list."""

from collections.abc import Iterable
from datetime import datetime

from commonhub.communities import allowing, charters, finding, models, notices
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import deciding, model
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

LONGEST = 1_000  # characters of a request or an answer
LONGEST_SUBJECT = 200
MOST_OPEN = 10  # of one person's requests: more would bury those of others


@verb("ask.make")
def make(
    asker: Asker,
    person: models.Person,
    permission: Permission,
    place: Place,
    *,
    words: str = "",
    subject: str = "",
    now: datetime,
) -> models.Ask:
    """Ask those who hold a permission at a place to do what one may not do oneself. Asking again changes nothing."""
    if place.hub:
        finding.hub(str(place))
    elif place.community:
        finding.community(place.community)
    subject = subject.strip()[:LONGEST_SUBJECT]
    found = allowing.decision(asker, permission, place, now=now, about=subject)
    if found.allowed:
        raise errors.RefusedError("You may do this yourself.", "Do it: nobody needs to be asked.")
    models.Person.objects.select_for_update().get(pk=person.pk)  # what one person asks at once is counted in turn
    mine = models.Ask.objects.filter(person=person, answered=None)
    waiting = mine.filter(permission=permission, community=place.community, hub=place.hub, subject=subject).first()
    if waiting is not None:
        return waiting
    if mine.count() >= MOST_OPEN:
        raise errors.RefusedError(
            f"{MOST_OPEN} of your requests wait for an answer, and more can't.",
            "Wait until some are answered, or speak to somebody of the community.",
        )
    made = models.Ask.objects.create(
        person=person,
        permission=permission,
        responsibility=found.responsibility.id,
        community=place.community,
        hub=place.hub,
        subject=subject,
        words=words.strip()[:LONGEST],
        at=now,
    )
    phrase = permission.phrase.format(place=place)
    allowing.note(
        asker, None, verb="ask.make", words=f"{person.name} asked to {phrase}.", place=place, subject=subject, now=now
    )
    return made


def place_of(ask: models.Ask) -> Place:
    """Where it is asked for."""
    return Place(community=ask.community, hub=ask.hub)


def asked_instead(of: model.Model, permission: Permission) -> Permission:
    """What one must hold to answer: the permission itself, or that to give leave where it comes with no role."""
    return Permission.LEAVE_GIVE if permission in of.exceptional else permission


def phrase_for(of: model.Model, permission: Permission, place: Place) -> str:
    """What those who can answer are asked to do: the act itself, or to give leave for it."""
    phrase = permission.phrase.format(place=place)
    return f"give leave to {phrase}" if permission in of.exceptional else phrase


def asked_of(charter: deciding.Charter, ask: models.Ask) -> Permission:
    """What one must hold to answer a request."""
    return asked_instead(charter.model, Permission.named(ask.permission))


def answers(charter: deciding.Charter, handle: str, ask: models.Ask) -> bool:
    """Whether this person can answer: who holds the permission, gives leave for it, or else can appoint somebody."""
    asked, place = asked_of(charter, ask), place_of(ask)
    holders = charter.holders(asked, place) or charter.appointers(charter.model.responsibility_of(asked), place)
    return any(holder.id == handle for holder in holders)


@verb("ask.answer")
def answer(asker: Asker, number: int, *, done: bool, words: str = "", now: datetime) -> models.Ask:
    """Say that it was done, or why not; the one who asked is told. Only for those who could do it."""
    rows = models.Ask.objects.select_for_update(of=("self",)).filter(pk=number)
    row = rows.select_related("person").first()
    place = Place(community=row.community, hub=row.hub) if row else Place()
    charter = charters.near([place], people=[asker.handle], now=now)
    if row is None or not (asker.owns or answers(charter, asker.handle, row)):
        raise errors.NotFoundError(f"There is no request {number} that you can answer.", "Look at your duties.")
    if row.answered is not None:
        raise errors.RefusedError(
            f"{row.answered_by} has answered it on {row.answered:%Y-%m-%d}.", "Nothing is left to do."
        )
    asked = asked_of(charter, row)
    if asker.scopes is not None and asked not in asker.scopes:
        raise errors.RefusedError(
            f"This token was made without {asked}, so it can't say that it was done.", "Come yourself."
        )
    row.answered, row.answered_by, row.done, row.answer = now, asker.handle, done, words.strip()[:LONGEST]
    row.save()
    phrase = Permission.named(row.permission).phrase.format(place=place)
    said = "did what you asked for" if done else "did not do what you asked for"
    notices.tell(row.person, f"{asker.name} {said}: {phrase}." + (f" {row.answer}" if row.answer else ""), now=now)
    allowing.note(
        asker,
        None,
        verb="ask.answer",
        words=f"Answered {row.person.name}, who asked to {phrase}.",
        place=place,
        subject=row.person.handle,
        now=now,
    )
    return row


def open_in(communities: Iterable[str]) -> list[models.Ask]:
    """Requests that nobody has answered, oldest first; the fleet's own are those of community ""."""
    rows = models.Ask.objects.filter(community__in=list(communities), answered=None)
    return list(rows.select_related("person")[:500])


def of(person: models.Person) -> list[models.Ask]:
    """What this person asked for, newest first."""
    return list(models.Ask.objects.filter(person=person).order_by("-at")[:50])
