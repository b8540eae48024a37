"""The audit for those whom it concerns: their own acts and those about them, and the places whose audit they may see."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from commonhub.api import seeing, shapes
from commonhub.api.door import Caller, caller, operation
from commonhub.api.shapes import Given, Spot, Told
from commonhub.audit import entries, records
from commonhub.communities import auditing
from commonhub.responsibility.permissions import Permission

router = Router(tags=["audit"])


class Filters(Given):
    """Which entries; what is empty does not narrow. From `since` on, and before `until`."""

    community: shapes.NameOrNone = ""
    hub: shapes.NameOrNone = ""
    person: shapes.Line = Field(default="", description="Who did it, or whom it is about.")
    actor: shapes.Line = ""
    subject: shapes.Line = ""
    permission: shapes.Line = ""
    verb: shapes.Line = Field(default="", examples=["membership.add"])
    outcome: Literal["", "done", "refused"] = ""
    text: shapes.Line = Field(default="", description="Words that all occur.")
    since: datetime | None = None
    until: datetime | None = None


class Page(Filters):
    """Which entries, and from where on: `before` is the `older` of the page before."""

    before: shapes.Number | None = None
    limit: shapes.Limit = 50


class EntryTold(Told):
    """Somebody did something, or was refused it."""

    number: int = Field(examples=[4711])
    at: datetime
    actor: str = Field(examples=["dan"])
    actor_name: str = Field(examples=["Dan Rahman"])
    via: str = Field(examples=["api"])
    verb: str = Field(examples=["membership.add"])
    permission: str = Field(examples=["person:add"])
    place: Spot
    subject: str = Field(examples=["eve"])
    outcome: str = Field(examples=["done"])
    words: str = Field(examples=["Let Eve Banda use reef/main."])
    reasons: list[str]
    details: dict[str, Any]
    previous: str
    digest: str


class Entries(Told):
    """Some entries, the newest first. `older`: hand it over as `before` for the next ones; null at the end."""

    entries: list[EntryTold]
    older: int | None


def _reader(who: Caller) -> entries.Reader:
    return entries.Reader(places=seeing.where(who, Permission.AUDIT_SEE), person=who.asker.handle)


def _search(asked: Filters) -> entries.Search:
    return entries.Search(
        place=shapes.place(asked.community, asked.hub),
        person=asked.person,
        actor=asked.actor,
        subject=asked.subject,
        permission=asked.permission,
        verb=asked.verb,
        outcome=asked.outcome,
        text=asked.text,
        since=_zoned(asked.since),
        until=_zoned(asked.until),
    )


def _zoned(at: datetime | None) -> datetime | None:
    """A time without its zone is in UTC."""
    return at if at is None or at.utcoffset() is not None else at.replace(tzinfo=UTC)


@operation(router, "GET", "/audit", verb="audit.see", gives=Entries, permission=Permission.AUDIT_SEE)
def see(request: HttpRequest, asked: Annotated[Page, Query()]) -> Entries:
    """The newest entries that you may read and asked for: your own acts, those about you, and those of your places."""
    page = records.newest(_search(asked), reader=_reader(caller(request)), before=asked.before, limit=asked.limit)
    return Entries(entries=[_told(each) for each in page.entries], older=page.older)


def _told(entry: entries.Entry) -> EntryTold:
    values = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    place = shapes.spot(entry.place)
    kept = {name: value for name, value in values.items() if name not in {"community", "hub", "reasons", "details"}}
    return EntryTold(**kept, place=place, reasons=list(entry.reasons), details=dict(entry.details))


@operation(
    router,
    "GET",
    "/audit.jsonl",
    verb="audit.export",
    gives=str,
    permission=Permission.AUDIT_EXPORT,
    content="application/jsonl",
)
def export(request: HttpRequest, asked: Annotated[Filters, Query()]) -> StreamingHttpResponse:
    """All entries that were asked for at a place, the oldest first, as JSON Lines; that they were taken out is noted."""
    who = caller(request)
    lines = auditing.export(who.asker, _search(asked), now=who.now)
    response = StreamingHttpResponse(_ended(lines), content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return response


def _ended(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"{line}\n"
