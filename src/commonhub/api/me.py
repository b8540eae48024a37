"""Who am I, what may I, what waits for me: a person's own things. They take no permission."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import own_duties, shapes
from commonhub.api.door import caller, operation
from commonhub.api.shapes import Said, Spot, Told
from commonhub.communities import asks, charters, models, notices
from commonhub.identity import models as identity_models
from commonhub.identity import tokens

router = Router(tags=["me"])


class TokenTold(Told):
    """A token of one's own. Its text is shown once, when it is made, and never again."""

    number: int = Field(examples=[3])
    name: str = Field(examples=["Nightly report"])
    begins: str = Field(examples=["ch_k3Vq9x"])
    scopes: list[str] = Field(examples=[["hub:see", "hub:wake"]])
    made: datetime
    expires: datetime
    last_used: datetime | None


class Role(Told):
    """A role of one's own."""

    role: str = Field(examples=["hub-administrator"])
    title: str = Field(examples=["Hub Administrator"])
    side: str = Field(examples=["community"])
    place: Spot
    since: datetime | None
    until: datetime | None


class Me(Told):
    """The person, and the token that they came with."""

    handle: str = Field(examples=["dan"])
    name: str = Field(examples=["Dan Rahman"])
    email: str = Field(examples=["dan@example.org"])
    time_zone: str = Field(examples=["Africa/Nairobi"])
    language: str = Field(examples=["en"])
    roles: list[Role]
    token: TokenTold


class Permissions(Told):
    """Everything that one may do at a place, within the token's scopes."""

    place: Spot
    permissions: list[str] = Field(examples=[["access:see", "person:add"]])


class DutyTold(Told):
    """One thing that waits. `count`: how many such things this line stands for."""

    kind: str = Field(examples=["join"])
    sentence: str = Field(examples=["Eve Banda asks to use Reef analysis."])
    since: datetime | None
    place: Spot
    url: str = Field(description="The page of the next step.")
    label: str = Field(examples=["Let them in, or say why not"])
    number: int = Field(description="Of the record behind it; 0 where there is none.")
    count: int


class Duties(Told):
    """What waits for one: the oldest, and how many there are."""

    count: int
    more: bool
    duties: list[DutyTold]


class NoticeTold(Told):
    """Something that one has to know."""

    number: int
    at: datetime
    words: str = Field(examples=["Dan Rahman let you use Reef analysis."])
    url: str


class AskTold(Told):
    """A request that one made."""

    number: int
    permission: str = Field(examples=["hub:restart"])
    place: Spot
    subject: str
    words: str
    at: datetime
    answered: datetime | None
    answered_by: str
    done: bool | None
    answer: str


class Wish(Told):
    """A hub that one asked to join."""

    number: int
    hub: str = Field(examples=["reef/main"])
    words: str
    at: datetime
    answered: datetime | None
    accepted: bool | None
    answer: str


@operation(router, "GET", "/me", verb="me.see", gives=Me)
def see(request: HttpRequest) -> Me:
    """Who you are, your roles, and the token that you came with."""
    who = caller(request)
    charter = charters.of_people([who.person.handle], now=who.now)
    held = [each for each in charter.assignments.of(who.person.handle) if each.holds_at(who.now)]
    row = identity_models.ApiToken.objects.get(digest=who.key)
    return Me(
        handle=who.person.handle,
        name=who.person.name,
        email=who.person.email,
        time_zone=who.person.time_zone,
        language=who.person.language,
        roles=[
            Role(
                role=each.role,
                title=charter.model.role_by_id[each.role].title,
                side=str(each.side),
                place=shapes.spot(each.place),
                since=each.since,
                until=each.until,
            )
            for each in held
            if each.role in charter.model.role_by_id
        ],
        token=_token(row),
    )


@operation(router, "GET", "/me/permissions", verb="me.permissions", gives=Permissions)
def permissions(request: HttpRequest, community: shapes.NameOrNone = "", hub: shapes.NameOrNone = "") -> Permissions:
    """Everything that you may do at a place with this token; without a place, at the fleet."""
    who, place = caller(request), shapes.place(community, hub)
    return Permissions(place=shapes.spot(place), permissions=sorted(str(each) for each in who.may(place)))


@operation(router, "GET", "/me/duties", verb="me.duties", gives=Duties)
def duties(request: HttpRequest) -> Duties:
    """What waits for you across communities: first who waits, then what is amiss.

    A token sees of these what its scopes have to do with: join requests by `join:answer`, agreements by `agreement:see`,
    findings by `coverage:see`, changes by `change:see`, requests of others by what they ask for, access that has not ended by `session:end`,
    invitations by `invitation:create`.
    """
    who = caller(request)
    found = own_duties.of(who)
    return Duties(
        count=found.count,
        more=found.more,
        duties=[
            DutyTold(
                kind=str(each.kind),
                sentence=each.sentence,
                since=each.since,
                place=shapes.spot(each.place),
                url=f"{settings.COMMONHUB_URL}{each.url}",
                label=each.label,
                number=each.number,
                count=each.count,
            )
            for each in found.duties
        ],
    )


@operation(router, "GET", "/me/notices", verb="me.notices", gives=list[NoticeTold])
def unseen(request: HttpRequest) -> list[NoticeTold]:
    """What you have to know and have not seen yet, the newest first."""
    return [
        NoticeTold(
            number=row.pk, at=row.at, words=row.words, url=f"{settings.COMMONHUB_URL}{row.url}" if row.url else ""
        )
        for row in notices.unseen(caller(request).person)
    ]


@operation(router, "POST", "/me/notices/{number}/seen", verb="notice.see", gives=Said)
def notice_seen(request: HttpRequest, number: shapes.Number) -> Said:
    """Say that you have seen a notice; another's is left alone."""
    who = caller(request)
    notices.see(who.person, number, now=who.now)
    return Said(said="It is off your list.")


@operation(router, "GET", "/me/asks", verb="me.asks", gives=list[AskTold])
def my_asks(request: HttpRequest) -> list[AskTold]:
    """What you asked others for, the newest first."""
    return [
        AskTold(
            number=row.pk,
            permission=row.permission,
            place=Spot(community=row.community, hub=row.hub),
            subject=row.subject,
            words=row.words,
            at=row.at,
            answered=row.answered,
            answered_by=row.answered_by,
            done=row.done,
            answer=row.answer,
        )
        for row in asks.of(caller(request).person)
    ]


@operation(router, "GET", "/me/join-requests", verb="me.join-requests", gives=list[Wish])
def wishes(request: HttpRequest) -> list[Wish]:
    """Hubs that you asked to join, the newest first."""
    rows = models.JoinRequest.objects.filter(person=caller(request).person).order_by("-at")[:50]
    return [
        Wish(
            number=row.pk,
            hub=row.hub_id,
            words=row.words,
            at=row.at,
            answered=row.answered,
            accepted=row.accepted,
            answer=row.answer,
        )
        for row in rows
    ]


@operation(router, "GET", "/me/tokens", verb="me.tokens", gives=list[TokenTold])
def my_tokens(request: HttpRequest) -> list[TokenTold]:
    """Your tokens that still open something, the newest first. A token can't make another one."""
    who = caller(request)
    return [_token(row) for row in tokens.open_ones(who.person, who.now)]


@operation(router, "DELETE", "/me/tokens/{number}", verb="token.revoke", gives=Said)
def revoke(request: HttpRequest, number: shapes.Number) -> Said:
    """End one of your own tokens, also this one."""
    who = caller(request)
    tokens.revoke(who.asker, number, now=who.now)
    return Said(said="The token opens nothing any more.")


def _token(row: identity_models.ApiToken) -> TokenTold:
    return TokenTold(
        number=row.pk,
        name=row.name,
        begins=row.begins,
        scopes=list(row.scopes),
        made=row.made,
        expires=row.expires,
        last_used=row.last_used,
    )
