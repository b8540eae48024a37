"""Requests of those who were refused, to those who can."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import shapes
from commonhub.api.door import Caller, caller, operation
from commonhub.api.shapes import Given, Said, Somebody, Spot, Told
from commonhub.communities import asks, charters, models
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

router = Router(tags=["asks"])


class Asking(Given):
    """What one asks others to do. `subject`: whom it concerns, where the place does not say it."""

    permission: shapes.PermissionWord
    community: shapes.NameOrNone = Field(default="", examples=["reef"])
    hub: shapes.NameOrNone = Field(default="", examples=["main"])
    subject: shapes.Line = ""
    words: Annotated[str, Field(max_length=asks.LONGEST, pattern=shapes.PLAIN)] = ""


class Answering(Given):
    """Whether it was done, and a word why not."""

    done: bool
    words: Annotated[str, Field(max_length=asks.LONGEST, pattern=shapes.PLAIN)] = ""


class AskKept(Told):
    """A request that is kept; it lies on the list of those who can."""

    number: int = Field(examples=[17])
    said: str


class AskToAnswer(Told):
    """A request that one can answer."""

    number: int = Field(examples=[17])
    person: Somebody
    permission: str = Field(examples=["hub:restart"])
    place: Spot
    subject: str
    words: str
    at: datetime
    answered: datetime | None


@operation(router, "POST", "/asks", verb="ask.make", gives=AskKept)
def make(request: HttpRequest, wanted: Asking) -> AskKept:
    """Ask those who hold a permission at a place to do what you may not do yourself. Asking again changes nothing."""
    who, place = caller(request), shapes.place(wanted.community, wanted.hub)
    row = asks.make(
        who.asker,
        who.person,
        Permission.named(wanted.permission),
        place,
        words=wanted.words,
        subject=wanted.subject,
        now=who.now,
    )
    return AskKept(number=row.pk, said="Your request is kept. You are told when somebody has answered it.")


@operation(router, "GET", "/asks/{number}", verb="ask.see", gives=AskToAnswer)
def see(request: HttpRequest, number: shapes.Number) -> AskToAnswer:
    """One request, for those who can do what it asks for, by a token that carries it."""
    row = _open(caller(request), number)
    return AskToAnswer(
        number=row.pk,
        person=Somebody(handle=row.person.handle, name=row.person.name),
        permission=row.permission,
        place=shapes.spot(asks.place_of(row)),
        subject=row.subject,
        words=row.words,
        at=row.at,
        answered=row.answered,
    )


@operation(router, "POST", "/asks/{number}/answer", verb="ask.answer", gives=Said)
def answer(request: HttpRequest, number: shapes.Number, said: Answering) -> Said:
    """Say that it was done, or why not; the one who asked is told. Only for those who could do it."""
    who = caller(request)
    _open(who, number)
    row = asks.answer(who.asker, number, done=said.done, words=said.words, now=who.now)
    return Said(said=f"{row.person.name} was told.")


def _open(who: Caller, number: int) -> models.Ask:
    """The request, where the caller can answer it with this token. Raises NotFoundError, which tells nothing more."""
    row = models.Ask.objects.filter(pk=number).select_related("person").first()
    if row is not None:
        charter = charters.near([asks.place_of(row)], people=[who.asker.handle], now=who.now)
        scopes = who.asker.scopes
        carried = scopes is None or asks.asked_of(charter, row) in scopes
        if carried and asks.answers(charter, who.asker.handle, row):
            return row
    raise errors.NotFoundError(f"There is no request {number} that you can answer.", "Look at your duties.")
