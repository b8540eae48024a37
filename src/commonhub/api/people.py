"""People: those of one's hubs, one of them as far as the caller may see, and their accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from commonhub.api import rosters, seeing, shapes
from commonhub.api.door import Caller, caller, operation
from commonhub.api.shapes import RoleHeld, Said, Somebody, Told
from commonhub.communities import charters, invitations, models, roster
from commonhub.ground import errors
from commonhub.identity import recovery, sessions
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

PAGE = 50
LOOKS = (Permission.PERSON_SEE, Permission.SESSION_END)  # either lets one look at somebody

router = Router(tags=["people"])


class People(Told):
    """Some people by handle. `after`: hand it over for the next ones; empty at the end."""

    people: list[Somebody]
    after: str


class OnHub(Told):
    """A hub on whose roster somebody is."""

    hub: str = Field(examples=["reef/main"])
    via: str = Field(examples=["added"])
    since: datetime
    removed: datetime | None


class PersonTold(Told):
    """A person, as far as the caller may see them. `email` is empty for those who may not see people."""

    handle: str = Field(examples=["eve"])
    name: str = Field(examples=["Eve Banda"])
    email: str = Field(examples=["eve@example.org"])
    time_zone: str = Field(examples=["Africa/Nairobi"])
    can_sign_in: bool
    roles: list[RoleHeld]
    hubs: list[OnHub]
    groups: list[str] = Field(examples=[["reef/advanced"]])


class Expected(Told):
    """Somebody who is expected, with the link to their account; it is shown once."""

    handle: str = Field(examples=["bob"])
    name: str = Field(examples=["Bob Lindqvist"])
    link: str


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """At which places the caller sees somebody."""

    places: frozenset[Place]
    everywhere: bool = False

    def shows(self, place: Place) -> bool:
        return self.everywhere or place in self.places


def _sight(who: Caller, person: models.Person) -> _Sight:
    if person == who.person:
        return _Sight(places=frozenset(), everywhere=True)
    reach = seeing.where(who, *LOOKS)
    spots = {charters.place_of(hub) for hub in person.memberships.values_list("hub_id", flat=True)}
    rows = models.Appointment.objects.filter(handle=person.handle, named=True).values_list("community", "hub")
    spots |= {Place(community=community, hub=hub) for community, hub in rows}
    seen = frozenset(spot for spot in spots if any(place.holds(spot) for place in reach))
    return _Sight(places=seen, everywhere=FLEET in reach)


@operation(router, "GET", "/people", verb="person.search", gives=People, permission=Permission.PERSON_SEE)
def search(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=100, pattern=shapes.PLAIN)] = "",
    after: shapes.NameOrNone = "",
) -> People:
    """The people of the hubs whose people you may see, found by how a handle or an address begins, or part of a name."""
    who = caller(request)
    reach = seeing.where(who, *LOOKS)
    if not reach:
        who.need(Permission.PERSON_SEE, FLEET)
    here = seeing.within(reach, community="hub__community", hub="hub__name")
    rows = models.Person.objects.filter(handle__gt=after)
    if here:
        inside = models.Membership.objects.filter(here, removed=None)
        rows = rows.filter(pk__in=inside.values("person"))
    if q:
        rows = rows.filter(Q(handle__startswith=q.lower()) | Q(email__istartswith=q) | Q(name__icontains=q))
    page = list(rows.order_by("handle")[: PAGE + 1])
    return People(
        people=[Somebody(handle=row.handle, name=row.name) for row in page[:PAGE]],
        after=page[PAGE - 1].handle if len(page) > PAGE else "",
    )


@operation(router, "GET", "/people/{handle}", verb="person.see", gives=PersonTold, permission=Permission.PERSON_SEE)
def see(request: HttpRequest, handle: shapes.Handle) -> PersonTold:
    """One person, at the places where you may see them. Whom you may not see looks like somebody who is not there."""
    who = caller(request)
    person = models.Person.objects.filter(handle=handle).first()
    sight = _sight(who, person) if person else _Sight(places=frozenset())
    if person is None or not (sight.places or sight.everywhere):
        # The same refusal for somebody who is there and somebody who is not.
        who.need(Permission.PERSON_SEE, FLEET)
        raise errors.NotFoundError(f"Nobody here has the handle {handle}.", "Look for them by name.")
    return _told(who, person, sight)


def _sees_address(who: Caller, person: models.Person, sight: _Sight, powers: Collection[Permission]) -> bool:
    if person == who.person:
        return True
    return Permission.PERSON_SEE in powers and (sight.everywhere or roster.is_told_address(person, sight.places))


def _told(who: Caller, person: models.Person, sight: _Sight) -> PersonTold:
    charter = charters.of_people([person.handle], now=who.now)
    memberships = models.Membership.objects.filter(person=person, hub__in_fleet=True).order_by("hub_id")[:200]
    groups = models.Group.objects.filter(people=person).order_by("community", "name")
    own = {place.community for place in sight.places}
    powers = {power for place in sight.places for power in who.may(place)} | (
        who.may(FLEET) if sight.everywhere else frozenset()
    )
    return PersonTold(
        handle=person.handle,
        name=person.name,
        email=person.email if _sees_address(who, person, sight, powers) else "",
        time_zone=person.time_zone,
        can_sign_in=person.can_sign_in,
        roles=[
            RoleHeld(
                handle=person.handle,
                name=person.name,
                role=each.role,
                title=charter.model.role_by_id[each.role].title,
                side=str(each.side),
                place=shapes.spot(each.place),
                since=each.since,
                until=each.until,
            )
            for each in charter.assignments.of(person.handle)
            if each.holds_at(who.now) and each.role in charter.model.role_by_id and sight.shows(each.place)
        ],
        hubs=[
            OnHub(hub=row.hub_id, via=row.via, since=row.since, removed=row.removed)
            for row in memberships
            if sight.shows(charters.place_of(row.hub_id))
        ],
        groups=[f"{row.community_id}/{row.name}" for row in groups if sight.everywhere or row.community_id in own],
    )


@operation(router, "POST", "/people", verb="account.invite", gives=Expected)
def invite(request: HttpRequest, new: rosters.NewPerson) -> Expected:
    """Expect somebody of the service, or a first representative, and make the link to their account; shown once."""
    who = caller(request)
    wanted = roster.NewPerson(handle=roster.check_handle(new.handle), name=new.name, email=new.email)
    person, code = invitations.invite_colleague(who.asker, wanted, now=who.now)
    return Expected(handle=person.handle, name=person.name, link=rosters.link_of(code))


@operation(router, "POST", "/people/{handle}/recovery-link", verb="account.open-again", gives=rosters.Link)
def open_again(request: HttpRequest, handle: shapes.Handle) -> rosters.Link:
    """Make a recovery link for somebody, shown once. They are told.

    For somebody with a role, or on no hub of yours, it takes `session:end` for the whole fleet.
    """
    who = caller(request)
    return rosters.Link(link=rosters.link_of(recovery.open_for(who.asker, handle, now=who.now)))


@operation(router, "POST", "/people/{handle}/forget-second-step", verb="account.forget-second-step", gives=Said)
def forget_second_step(request: HttpRequest, handle: shapes.Handle) -> Said:
    """Forget the passkeys, authenticator and codes of somebody who lost them all; what they have open ends."""
    who = caller(request)
    count = recovery.forget_second_step(who.asker, handle, now=who.now)
    return Said(said=f"{count} of them were forgotten. They sign in by their password until they set up another.")


@operation(router, "POST", "/people/{handle}/end-sessions", verb="session.end-person", gives=Said)
def end_sessions(request: HttpRequest, handle: shapes.Handle) -> Said:
    """End all that a person has open: sessions, tokens, hubs."""
    who = caller(request)
    count = sessions.end_of(who.asker, handle, now=who.now)
    return Said(said=f"They are signed out of the portal, and {count} hubs are told.")
