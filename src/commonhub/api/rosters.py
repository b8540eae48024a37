"""Who may use a hub: its policy, its roster, lists that are brought in and taken out, and looking through it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from commonhub.api import shapes
from commonhub.api.door import caller, keeper, operation
from commonhub.api.shapes import Given, Said, Told
from commonhub.communities import class_lists, finding, importing, invitations, roster, showing
from commonhub.responsibility.permissions import Permission

router = Router(tags=["access"])
HUB = "/hubs/{community}/{hub}"


class Policy(Given):
    """By which rule people may use a hub, besides those on its roster and those who carry something there."""

    everyone: bool = Field(default=False, description="Everybody with an account.")
    domains: list[shapes.Line] = Field(
        default=[], max_length=200, description="Of verified e-mail addresses.", examples=[["reef.example.org"]]
    )
    groups: list[shapes.Name] = Field(
        default=[], max_length=200, description="Of the community.", examples=[["advanced"]]
    )
    requests: bool = Field(default=True, description="People may ask to join.")


class PolicyTold(Told):
    """The policy of a hub, as its file says it."""

    everyone: bool
    domains: list[str] = Field(examples=[["reef.example.org"]])
    groups: list[str] = Field(examples=[["advanced"]])
    requests: bool


class Member(Told):
    """Somebody on a roster. `claimed`: they hold their account; else it waits for them."""

    handle: str = Field(examples=["eve"])
    name: str = Field(examples=["Eve Banda"])
    email: str = Field(examples=["eve@example.org"])
    claimed: bool
    since: datetime
    via: str = Field(examples=["added"])
    by: str = Field(examples=["dan"])
    removed: datetime | None
    removed_by: str
    removed_because: str


class Roster(Told):
    """Some people of a hub by handle. `after`: hand it over for the next ones; empty at the end."""

    people: list[Member]
    after: str


class NewPerson(Given):
    """Somebody to be let in. An account that is not there yet is made, and waits for them."""

    handle: shapes.Handle
    name: shapes.Line = Field(default="", examples=["Eve Banda"])
    email: Annotated[str, Field(max_length=254, pattern=r"^([^\s@]+@[^\s@]+)?$")] = Field(
        default="", examples=["eve@example.org"]
    )


class Added(Told):
    """They may use the hub now. `link` opens their account, once; empty where they hold one already."""

    handle: str = Field(examples=["eve"])
    name: str = Field(examples=["Eve Banda"])
    link: str


class Because(Given):
    """Why, in a word that is kept."""

    because: Annotated[str, Field(max_length=500, pattern=shapes.PLAIN)] = ""


class Listed(Given):
    """A list as CSV: columns handle, name, email, groups in any order, or the export of a common system."""

    text: Annotated[str, Field(max_length=class_lists.MOST_BYTES)] = Field(
        examples=["handle,name,email\neve,Eve Banda,eve@example.org\n"]
    )


class Confirmed(Listed):
    """A list with the digest of its preview."""

    digest: shapes.Line


class RowTold(Told):
    """What would be done with one row."""

    line: int
    handle: str = Field(examples=["eve"])
    name: str
    email: str
    groups: list[str]
    state: str = Field(examples=["new"])
    reason: str


class PreviewTold(Told):
    """What an import would do, or did. `digest` stands for the list and for what is known."""

    digest: str
    counts: dict[str, int] = Field(examples=[{"new": 1}])
    rows: list[RowTold]


class Link(Told):
    """A link that is shown once."""

    link: str


class Looked(Given):
    """What was found, if anything."""

    words: shapes.Line = ""


@operation(router, "GET", f"{HUB}/access", verb="access.see", gives=PolicyTold, permission=Permission.ACCESS_SEE)
def policy(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> PolicyTold:
    """The access policy of a hub."""
    caller(request).need(Permission.ACCESS_SEE, shapes.place(community, hub))
    of = finding.hub(f"{community}/{hub}")
    return PolicyTold(everyone=of.everyone, domains=of.domains, groups=of.groups, requests=of.requests)


@operation(router, "PUT", f"{HUB}/access", verb="access.set", permission=Permission.ACCESS_SET, gives=Said)
def set_policy(request: HttpRequest, community: shapes.Name, hub: shapes.Name, wanted: Policy) -> Said:
    """Decide by which rule people may use a hub: a commit to its file."""
    values = {"hub_id": f"{community}/{hub}"} | wanted.model_dump()
    return Said(said=keeper().change_charter("access.set", caller(request).asker, values))


@operation(router, "POST", f"{HUB}/access/review", verb="access.review", gives=Said)
def review(request: HttpRequest, community: shapes.Name, hub: shapes.Name, found: Looked) -> Said:
    """Say that you have looked through the people of a hub and found the list right."""
    who = caller(request)
    showing.review_access(who.asker, f"{community}/{hub}", words=found.words, now=who.now)
    return Said(said="It is noted.")


@operation(router, "GET", f"{HUB}/people", verb="membership.list", gives=Roster, permission=Permission.ACCESS_SEE)
def people(
    request: HttpRequest,
    community: shapes.Name,
    hub: shapes.Name,
    q: Annotated[str, Query(max_length=100, description="How a handle, a name or an address begins.")] = "",
    after: shapes.NameOrNone = "",
    removed: bool = False,
) -> Roster:
    """The people of a hub by handle, some at a time; or those who were removed from it."""
    caller(request).need(Permission.ACCESS_SEE, shapes.place(community, hub))
    of = finding.hub(f"{community}/{hub}")
    page = roster.page(of.hub_id, words=q, removed=removed, handle=after)
    return Roster(
        people=[
            Member(
                handle=row.person.handle,
                name=row.person.name,
                email=roster.address_on(row),
                claimed=row.person.claimed is not None,
                since=row.since,
                via=row.via,
                by=row.by,
                removed=row.removed,
                removed_by=row.removed_by,
                removed_because=row.removed_because,
            )
            for row in page[: roster.PAGE]
        ],
        after=page[roster.PAGE - 1].person.handle if len(page) > roster.PAGE else "",
    )


@operation(router, "POST", f"{HUB}/people", verb="membership.add", gives=Added)
def add(request: HttpRequest, community: shapes.Name, hub: shapes.Name, new: NewPerson) -> Added:
    """Let a person use a hub. Somebody without an account gets a link to it, shown once."""
    who, hub_id = caller(request), f"{community}/{hub}"
    wanted = roster.NewPerson(handle=roster.check_handle(new.handle), name=new.name, email=new.email)
    person = roster.add(who.asker, hub_id, wanted, now=who.now)
    link = ""
    if person.claimed is None:
        link = link_of(invitations.invite_person(who.asker, hub_id, person.handle, now=who.now))
    return Added(handle=person.handle, name=person.name, link=link)


@operation(router, "POST", f"{HUB}/people/{{handle}}/remove", verb="membership.remove", gives=Said)
def remove(request: HttpRequest, community: shapes.Name, hub: shapes.Name, handle: shapes.Handle, why: Because) -> Said:
    """End a person's use of a hub: what they have open there ends within seconds, their files stay."""
    who = caller(request)
    return Said(said=roster.remove(who.asker, f"{community}/{hub}", handle, because=why.because, now=who.now))


@operation(router, "POST", f"{HUB}/people/{{handle}}/link", verb="invitation.person", gives=Link)
def person_link(request: HttpRequest, community: shapes.Name, hub: shapes.Name, handle: shapes.Handle) -> Link:
    """A new link with which an expected person takes their account; shown once."""
    who = caller(request)
    return Link(link=link_of(invitations.invite_person(who.asker, f"{community}/{hub}", handle, now=who.now)))


def link_of(code: str) -> str:
    """The address that an invitation's code opens."""
    return f"{settings.COMMONHUB_URL}/invitations/{code}"


@operation(router, "POST", f"{HUB}/import/preview", verb="person.preview-import", gives=PreviewTold)
def preview(request: HttpRequest, community: shapes.Name, hub: shapes.Name, given: Listed) -> PreviewTold:
    """What an import would do with each row of a list; nothing is written."""
    who = caller(request)
    return _told(importing.preview(who.asker, f"{community}/{hub}", given.text, now=who.now))


@operation(router, "POST", f"{HUB}/import", verb="person.import", gives=PreviewTold)
def apply(request: HttpRequest, community: shapes.Name, hub: shapes.Name, given: Confirmed) -> PreviewTold:
    """Do what the preview with this digest showed, all of it or nothing."""
    who = caller(request)
    return _told(importing.apply(who.asker, f"{community}/{hub}", given.text, digest=given.digest, now=who.now))


def _told(found: importing.Preview) -> PreviewTold:
    return PreviewTold(
        digest=found.digest,
        counts={str(state): found.count(state) for state in importing.State if found.count(state)},
        rows=[
            RowTold(
                line=row.entry.line,
                handle=row.entry.handle,
                name=row.entry.name,
                email=row.entry.email,
                groups=list(row.entry.groups),
                state=str(row.state),
                reason=row.reason,
            )
            for row in found.rows
        ],
    )


@operation(router, "GET", f"{HUB}/people.csv", verb="roster.export", gives=str, content="text/csv")
def export(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> StreamingHttpResponse:
    """The people on a hub's roster as CSV, which an import takes back; that it was taken out is noted."""
    who = caller(request)
    lines: Iterator[str] = importing.export_roster(who.asker, f"{community}/{hub}", now=who.now)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{community}-{hub}.csv"'
    return response
