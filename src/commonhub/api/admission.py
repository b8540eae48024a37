"""Ways into a hub that somebody opens: invitations, requests to join, and leave to open a person's server."""

from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import rosters, shapes
from commonhub.api.door import caller, operation
from commonhub.api.shapes import Given, Said, Somebody, Told
from commonhub.communities import allowing, finding, invitations, joining, leaves, models
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

router = Router(tags=["admission"])
HUB = "/hubs/{community}/{hub}"


class Inviting(Given):
    """A link for some people until a day."""

    words: Annotated[str, Field(max_length=200, pattern=shapes.PLAIN)] = Field(default="", examples=["Autumn course"])
    days: Annotated[int, Field(ge=1, le=invitations.LONGEST.days)] = invitations.USUAL.days
    most: Annotated[int, Field(ge=1, le=invitations.MOST)] = 1


class InvitationTold(Told):
    """An open link. Its code is shown once, when it is made."""

    number: int = Field(examples=[17])
    words: str = Field(examples=["Autumn course"])
    by: str = Field(examples=["dan"])
    at: datetime
    expires: datetime
    most: int = Field(examples=[30])
    used: int
    person: str = Field(description="Whose account it opens; empty where anybody may use it.")


class Invited(InvitationTold):
    """A fresh link, with the address that opens it."""

    link: str = Field(examples=["http://localhost:8000/invitations/..."])


class Joining(Given):
    """Why one would like to use a hub."""

    words: Annotated[str, Field(max_length=joining.LONGEST, pattern=shapes.PLAIN)] = ""


class JoinAnswer(Given):
    """In or not, and a word why."""

    accept: bool
    words: Annotated[str, Field(max_length=joining.LONGEST, pattern=shapes.PLAIN)] = ""


class JoinTold(Told):
    """Somebody would like to use a hub."""

    number: int = Field(examples=[17])
    person: Somebody
    words: str
    at: datetime
    accepted: bool | None


class Leaving(Given):
    """Leave for one person to open another's server, for some hours and a reason that the other will read."""

    to: shapes.Handle = Field(examples=["dan"])
    about: shapes.Handle = Field(examples=["eve"])
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=shapes.PLAIN)]
    hours: Annotated[int, Field(ge=1, le=24)] = 1


class LeaveTold(Told):
    """Leave that holds now."""

    number: int = Field(examples=[17])
    person: Somebody
    about: str = Field(examples=["eve"])
    reason: str
    given_by: str = Field(examples=["carol"])
    at: datetime
    until: datetime


@operation(
    router,
    "GET",
    f"{HUB}/invitations",
    verb="invitation.list",
    gives=list[InvitationTold],
    permission=Permission.ACCESS_SEE,
)
def links(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> list[InvitationTold]:
    """Links to a hub that still let somebody in, the newest first."""
    who = caller(request)
    who.need(Permission.ACCESS_SEE, shapes.place(community, hub))
    return [_link(row) for row in invitations.open_to(finding.hub(f"{community}/{hub}").hub_id, who.now)]


@operation(router, "POST", f"{HUB}/invitations", verb="invitation.create", gives=Invited)
def invite(request: HttpRequest, community: shapes.Name, hub: shapes.Name, wanted: Inviting) -> Invited:
    """Make a link with which a number of people can join a hub until a day; it is shown once."""
    who = caller(request)
    row, code = invitations.invite(
        who.asker, f"{community}/{hub}", words=wanted.words, days=wanted.days, most=wanted.most, now=who.now
    )
    return Invited(**_link(row).model_dump(), link=rosters.link_of(code))


def _link(row: models.Invitation) -> InvitationTold:
    return InvitationTold(
        number=row.pk,
        words=row.words,
        by=row.by,
        at=row.at,
        expires=row.expires,
        most=row.most,
        used=row.used,
        person=row.person.handle if row.person else "",
    )


@operation(router, "DELETE", f"{HUB}/invitations/{{number}}", verb="invitation.revoke", gives=Said)
def revoke(request: HttpRequest, community: shapes.Name, hub: shapes.Name, number: shapes.Number) -> Said:
    """End an invitation to a hub before its time; who came by it stays."""
    who = caller(request)
    invitations.revoke(who.asker, f"{community}/{hub}", number, now=who.now)
    return Said(said="The link opens nothing any more. Who came by it stays.")


@operation(router, "POST", f"{HUB}/join", verb="join.ask", gives=Said)
def ask(request: HttpRequest, community: shapes.Name, hub: shapes.Name, wish: Joining) -> Said:
    """Ask to use a hub. One that takes no requests looks like one that is not there."""
    who, hub_id = caller(request), f"{community}/{hub}"
    if not models.Hub.objects.filter(hub_id=hub_id, in_fleet=True, requests=True).exists():
        raise errors.NotFoundError(
            f"There is no hub {hub_id} that takes requests.",
            "Its people are invited: ask somebody who leads the community.",
        )
    joining.ask(who.asker, hub_id, who.person, words=wish.words, now=who.now)
    return Said(said="Your request is kept. You are told when somebody has answered it.")


@operation(
    router,
    "GET",
    f"{HUB}/join-requests",
    verb="join.list",
    gives=list[JoinTold],
    permission=Permission.JOIN_ANSWER,
)
def waiting(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> list[JoinTold]:
    """Requests to join a hub that nobody has answered, the oldest first."""
    caller(request).need(Permission.JOIN_ANSWER, shapes.place(community, hub))
    return [_join(row) for row in joining.waiting([finding.hub(f"{community}/{hub}").hub_id])]


@operation(router, "POST", f"{HUB}/join-requests/{{number}}", verb="join.answer", gives=JoinTold)
def answer(
    request: HttpRequest, community: shapes.Name, hub: shapes.Name, number: shapes.Number, said: JoinAnswer
) -> JoinTold:
    """Let somebody in who asked, or decline with a word why; they are told."""
    who = caller(request)
    row = joining.answer(who.asker, f"{community}/{hub}", number, accept=said.accept, words=said.words, now=who.now)
    return _join(row)


def _join(row: models.JoinRequest) -> JoinTold:
    return JoinTold(
        number=row.pk,
        person=Somebody(handle=row.person.handle, name=row.person.name),
        words=row.words,
        at=row.at,
        accepted=row.accepted,
    )


@operation(router, "GET", f"{HUB}/leaves", verb="leave.list", gives=list[LeaveTold], permission=Permission.ACCESS_SEE)
def in_force(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> list[LeaveTold]:
    """Leaves at a hub that hold now."""
    who = caller(request)
    who.need(Permission.ACCESS_SEE, shapes.place(community, hub))
    return [_leave(row) for row in leaves.in_force(finding.hub(f"{community}/{hub}").hub_id, who.now)]


@operation(router, "POST", f"{HUB}/leaves", verb="leave.give", gives=LeaveTold)
def give(request: HttpRequest, community: shapes.Name, hub: shapes.Name, wanted: Leaving) -> LeaveTold:
    """Let one person open one other person's server for a time and a reason; the one concerned is told at once."""
    who = caller(request)
    row = leaves.give(
        who.asker,
        f"{community}/{hub}",
        to=wanted.to,
        about=wanted.about,
        reason=wanted.reason,
        lasts=timedelta(hours=wanted.hours),
        now=who.now,
    )
    return _leave(row)


@operation(router, "DELETE", "/leaves/{number}", verb="leave.end", gives=Said)
def end(request: HttpRequest, number: shapes.Number) -> Said:
    """End a leave: for those who give them, the one who has it, and the one whom it concerns."""
    who = caller(request)
    try:
        leaves.end(who.asker, number, now=who.now)
    except allowing.NotAllowedError as error:
        # The refusal would tell at which hub that leave is.
        raise errors.NotFoundError(f"There is no leave {number} in force.", "Look at the list.") from error
    return Said(said="The leave has ended.")


def _leave(row: models.Leave) -> LeaveTold:
    return LeaveTold(
        number=row.pk,
        person=Somebody(handle=row.person.handle, name=row.person.name),
        about=row.about,
        reason=row.reason,
        given_by=row.given_by,
        at=row.at,
        until=row.until,
    )
