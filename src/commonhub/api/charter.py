"""Who is in which role, and what is agreed on: each change is a commit to the fleet's files, made by the keeper."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import shapes
from commonhub.api.door import caller, keeper, operation
from commonhub.api.shapes import Given, Said, Told
from commonhub.communities import agreements, finding, models, showing
from commonhub.responsibility.permissions import Permission

router = Router(tags=["roles and agreements"])


class Appointment(Given):
    """Somebody in a role. Without a community for the whole fleet; without a hub for the whole community."""

    role: shapes.Name = Field(examples=["hub-administrator"])
    community: shapes.NameOrNone = Field(default="", examples=["reef"])
    hub: shapes.NameOrNone = Field(default="", examples=["main"])
    handle: shapes.NameOrNone = Field(
        default="", description="Empty for somebody without an account.", examples=["dan"]
    )
    name: shapes.Line = Field(default="", examples=["Dan Rahman"])
    email: shapes.Line = ""
    time_zone: shapes.Line = ""
    side: Literal["", "service", "community"] = ""
    only: list[shapes.Name] = Field(default=[], max_length=100, description="These responsibilities of the role alone.")
    since: date | None = None
    until: date | None = None
    because: shapes.Text = ""


class Ended(Given):
    """An appointment that ends. Somebody without an account goes by name."""

    role: shapes.Name = Field(examples=["hub-administrator"])
    community: shapes.NameOrNone = Field(default="", examples=["reef"])
    hub: shapes.NameOrNone = Field(default="", examples=["main"])
    handle: shapes.NameOrNone = Field(default="", examples=["dan"])
    name: shapes.Line = ""


class Version(Given):
    """The version that was read: a newer one has to be read first."""

    version: shapes.Line = Field(examples=["3f9a1c0b7d2e4a68"])


class Terms(Given):
    """The terms besides who carries what, in words."""

    terms: shapes.Text


class Departing(Given):
    """A responsibility that is carried otherwise than usual. Without a hub for the whole community."""

    responsibility: shapes.Name = Field(examples=["run-workshops"])
    carried_by: Literal["service", "community", "shared"]
    hub: shapes.NameOrNone = ""
    because: shapes.Text = ""


class Returning(Given):
    """A responsibility that is to be carried as usual again."""

    responsibility: shapes.Name = Field(examples=["run-workshops"])
    hub: shapes.NameOrNone = ""


class SignedTold(Told):
    """One side accepted one version."""

    side: str = Field(examples=["community"])
    version: str = Field(examples=["3f9a1c0b7d2e4a68"])
    name: str = Field(examples=["Carol Mendes"])
    at: datetime
    text: str


class DepartureTold(Told):
    """Where it is not the usual breakdown, as the community's file says it."""

    responsibility: str = Field(examples=["run-workshops"])
    carried_by: str = Field(examples=["community"])
    hub: str
    because: str


class Agreement(Told):
    """What both sides agreed on, or are to agree on."""

    community: str = Field(examples=["reef"])
    version: str = Field(examples=["3f9a1c0b7d2e4a68"])
    state: str = Field(examples=["waits-for-community"])
    since: datetime | None
    changed_since: datetime | None
    text: str
    terms: str
    departures: list[DepartureTold]
    signed: list[SignedTold] = Field(description="Everything that was ever accepted, the newest first.")


class Work(Given):
    """What somebody did, in their own words, and on which day; without one today."""

    responsibility: shapes.Name = Field(examples=["run-workshops"])
    community: shapes.NameOrNone = Field(default="", examples=["reef"])
    hub: shapes.NameOrNone = ""
    words: shapes.Text = Field(examples=["Showed eleven people how to share a folder."])
    day: date | None = None


class Evidence(Work):
    """Work of a kind that the model names as evidence."""

    kind: shapes.Name = Field(examples=["workshop-held"])


@operation(router, "POST", "/appointments", verb="appointment.make", gives=Said)
def appoint(request: HttpRequest, entry: Appointment) -> Said:
    """Appoint somebody to a role. It takes the permission with which the model appoints to that role."""
    return _changed(request, "appointment.make", entry.model_dump(mode="json"))


@operation(router, "POST", "/appointments/end", verb="appointment.end", gives=Said)
def end(request: HttpRequest, entry: Ended) -> Said:
    """End an appointment. It takes the permission that makes it; everybody may give up what is their own."""
    return _changed(request, "appointment.end", entry.model_dump(mode="json"))


@operation(
    router,
    "GET",
    "/communities/{community}/agreement",
    verb="agreement.see",
    gives=Agreement,
    permission=Permission.AGREEMENT_SEE,
)
def see(request: HttpRequest, community: shapes.Name) -> Agreement:
    """The agreement of a community: its words, how far it has come, and all its versions."""
    who = caller(request)
    who.need(Permission.AGREEMENT_SEE, shapes.place(community))
    return _agreement(finding.community(community))


def _agreement(of: models.Community) -> Agreement:
    signed = agreements.versions(of)
    standing = agreements.stands(of, signed)
    return Agreement(
        community=of.name,
        version=standing.version,
        state=str(standing.state),
        since=standing.since,
        changed_since=standing.changed_since,
        text=agreements.current_text(of),
        terms=of.terms,
        departures=[
            DepartureTold(**{name: str(each.get(name) or "") for name in DepartureTold.model_fields})
            for each in of.departures
        ],
        signed=[
            SignedTold(side=str(each.side), version=each.version, name=each.name, at=each.at, text=each.text)
            for each in signed
        ],
    )


@operation(router, "POST", "/communities/{community}/agreement/offer", verb="agreement.offer", gives=Agreement)
def offer(request: HttpRequest, community: shapes.Name, read: Version) -> Agreement:
    """Offer the agreement in the service's name, in the version that you read."""
    who = caller(request)
    agreements.offer(who.asker, community, read.version, now=who.now)
    return _agreement(finding.community(community))


@operation(router, "POST", "/communities/{community}/agreement/accept", verb="agreement.accept", gives=Agreement)
def accept(request: HttpRequest, community: shapes.Name, read: Version) -> Agreement:
    """Accept the agreement in the community's name, in the version that you read."""
    who = caller(request)
    agreements.accept(who.asker, community, read.version, now=who.now)
    return _agreement(finding.community(community))


@operation(router, "PUT", "/communities/{community}/agreement/terms", verb="agreement.terms", gives=Said)
def terms(request: HttpRequest, community: shapes.Name, wanted: Terms) -> Said:
    """Propose the terms of an agreement, for those who may offer or accept it."""
    return _changed(request, "agreement.terms", {"community": community} | wanted.model_dump())


@operation(router, "POST", "/communities/{community}/agreement/departures", verb="agreement.depart", gives=Said)
def depart(request: HttpRequest, community: shapes.Name, wanted: Departing) -> Said:
    """Propose that a responsibility is carried otherwise than usual, for those who may offer or accept the agreement."""
    return _changed(request, "agreement.depart", {"community": community} | wanted.model_dump())


@operation(router, "POST", "/communities/{community}/agreement/returns", verb="agreement.return", gives=Said)
def undo_departure(request: HttpRequest, community: shapes.Name, wanted: Returning) -> Said:
    """Propose that a responsibility is carried as usual again, for those who may offer or accept the agreement."""
    return _changed(request, "agreement.return", {"community": community} | wanted.model_dump())


@operation(router, "POST", "/evidence", verb="evidence.note", gives=Said)
def note_evidence(request: HttpRequest, work: Evidence) -> Said:
    """Note what shows that a responsibility is carried; only for those who carry it there."""
    who, place = caller(request), shapes.place(work.community, work.hub)
    done = showing.Done(words=work.words, day=work.day)
    showing.note_evidence(who.asker, work.responsibility, place, kind=work.kind, done=done, now=who.now)
    return Said(said="It is noted.")


@operation(router, "POST", "/practice", verb="practice.note", gives=Said)
def note_practice(request: HttpRequest, work: Work) -> Said:
    """Note that you have rehearsed a responsibility; only for those who carry it there."""
    who, place = caller(request), shapes.place(work.community, work.hub)
    done = showing.Done(words=work.words, day=work.day)
    showing.note_practice(who.asker, work.responsibility, place, done=done, now=who.now)
    return Said(said="It is noted.")


def _changed(request: HttpRequest, verb: str, values: Mapping[str, Any]) -> Said:
    return Said(said=keeper().change_charter(verb, caller(request).asker, values))
