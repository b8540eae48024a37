"""Changes: what is proposed for the fleet, what it does, costs and needs, and who agrees. The keeper writes, reading is here."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router

from commonhub.api import shapes
from commonhub.api.change_shapes import (
    ChangePreview,
    Changes,
    ChangeSaid,
    ChangesAsked,
    ChangeShort,
    ChangeTold,
    Going,
    Number,
    Reason,
    ReasonAndName,
    Wanted,
    Word,
)
from commonhub.api.door import Caller, caller, keeper, operation
from commonhub.api.shapes import Said
from commonhub.changes import book, comparing, models, showing, trying, viewing
from commonhub.changes.states import OPEN, State
from commonhub.communities import allowing, verbs
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

ROOM: Final = "changes"
ONE: Final = "/changes/{number}"

router = Router(tags=["changes"])


@operation(router, "GET", "/changes", verb="change.list", gives=Changes, permission=Permission.CHANGE_SEE)
def listed(request: HttpRequest, asked: Annotated[ChangesAsked, Query()]) -> Changes:
    """The newest changes that you may see and asked for: your own, and those of your places."""
    who = caller(request)
    rows = list(_asked(who, asked).prefetch_related("places")[: asked.limit + 1])
    shown = rows[: asked.limit]
    return Changes(
        changes=[ChangeShort(**showing.row(each)) for each in shown],
        older=shown[-1].pk if len(rows) > asked.limit else None,
    )


def _asked(who: Caller, asked: ChangesAsked) -> QuerySet[models.Change]:
    rows = book.visible(who.asker, now=who.now).order_by("-id")
    if asked.community or asked.hub:
        rows = rows.filter(pk__in=book.at(shapes.place(asked.community, asked.hub)).values("pk"))
    if asked.author:
        rows = rows.filter(author=asked.author)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.open:
        rows = rows.filter(state__in=[*OPEN, State.COMMITTING])
    return rows.filter(pk__lt=asked.before) if asked.before else rows


@operation(
    router, "POST", "/changes/preview", verb="change.preview", permission=Permission.CHANGE_PROPOSE, gives=ChangePreview
)
def preview(request: HttpRequest, wanted: Wanted) -> ChangePreview:
    """What a change would do, cost and need; nothing is kept."""
    return ChangePreview(**_wished(caller(request), "change.preview", wanted))


@operation(router, "POST", "/changes", verb="change.propose", permission=Permission.CHANGE_PROPOSE, gives=ChangeSaid)
def propose(request: HttpRequest, wanted: Wanted) -> ChangeSaid:
    """Propose a change. It is committed at once where you hold all that it needs, and waits for others else."""
    return ChangeSaid(**_wished(caller(request), "change.propose", wanted))


def _wished(who: Caller, verb: str, wanted: Wanted) -> Mapping[str, Any]:
    """What the keeper answers to those who may propose there; nobody else learns what the files hold."""
    for place in _places(who, wanted):
        try:
            who.need(Permission.CHANGE_PROPOSE, place)
        except allowing.NotAllowedError as refused:
            verbs.note_refusal(who.asker, refused, verb=verb, now=who.now)
            raise
    values = wanted.model_dump(exclude_unset=True)
    if wanted.hub:
        values["hub"] = f"{wanted.community}/{wanted.hub}"
    return keeper().ask_room(ROOM, verb, who.asker, values)


def _places(who: Caller, wanted: Wanted) -> list[Place]:
    """The places that it is about: those of its files, or the one that is named."""
    files = viewing.met(who.asker, wanted.anew, now=who.now).edits if wanted.anew else wanted.files
    if files:
        trying.check_paths(files)
        return sorted({shapes.place(*comparing.place_of_file(path)) for path in files}, key=str)
    return [shapes.place(wanted.community, wanted.hub)] if wanted.community or wanted.hub else []


@operation(router, "GET", ONE, verb="change.show", gives=ChangeTold, permission=Permission.CHANGE_SEE)
def show(request: HttpRequest, number: Number) -> ChangeTold:
    """One change with its words, files, plan, price, risks and consents, and what you can do about it."""
    who = caller(request)
    return ChangeTold(**showing.whole(who.asker, book.find(who.asker, number, now=who.now), now=who.now))


@operation(router, "GET", "/what-goes", verb="change.what-goes", permission=Permission.CHANGE_PROPOSE, gives=Going)
def what_goes(request: HttpRequest, community: shapes.Name, hub: shapes.NameOrNone = "") -> Going:
    """What would go with a hub, or without one with its community, and until when it could be had back."""
    values = {"place": str(shapes.place(community, hub))}
    return Going(**keeper().ask_room(ROOM, "change.what-goes", caller(request).asker, values))


@operation(router, "POST", f"{ONE}/agree", verb="change.agree", gives=ChangeSaid)
def agree(request: HttpRequest, number: Number, given: Word) -> ChangeSaid:
    """Consent to a change. It takes one of the permissions that it waits for; with the last consent it is committed."""
    return _answer(caller(request), "change.agree", number, given)


@operation(router, "POST", f"{ONE}/decline", verb="change.decline", gives=ChangeSaid)
def decline(request: HttpRequest, number: Number, given: Reason) -> ChangeSaid:
    """Decline a change with a reason, which ends it. It takes one of the permissions that it needs."""
    return _answer(caller(request), "change.decline", number, given)


@operation(router, "POST", f"{ONE}/withdraw", verb="change.withdraw", gives=ChangeSaid)
def withdraw(request: HttpRequest, number: Number) -> ChangeSaid:
    """Take back a change of your own that is not made yet."""
    return _answer(caller(request), "change.withdraw", number)


@operation(router, "POST", f"{ONE}/bypass", verb="change.bypass", permission=Permission.CHANGE_BYPASS, gives=ChangeSaid)
def bypass(request: HttpRequest, number: Number, given: Reason) -> ChangeSaid:
    """Make a change at once in an emergency, with a reason; somebody else reviews it afterwards."""
    return _answer(caller(request), "change.bypass", number, given)


@operation(router, "POST", f"{ONE}/review", verb="change.review", permission=Permission.CHANGE_REVIEW, gives=ChangeSaid)
def review(request: HttpRequest, number: Number, given: Word) -> ChangeSaid:
    """Say what you found on reviewing an emergency change."""
    return _answer(caller(request), "change.review", number, given)


@operation(router, "POST", f"{ONE}/undo", verb="change.undo", permission=Permission.CHANGE_UNDO, gives=ChangeSaid)
def undo(request: HttpRequest, number: Number, given: ReasonAndName) -> ChangeSaid:
    """Set back exactly what a change touched, within thirty days; it is a change too. What others did since stays."""
    return _answer(caller(request), "change.undo", number, given)


def _answer(who: Caller, verb: str, number: int, given: Word | Reason | None = None) -> ChangeSaid:
    values = {"number": number} | (given.model_dump() if given else {})
    try:
        return ChangeSaid(**keeper().ask_room(ROOM, verb, who.asker, values))
    except errors.RefusedError:
        book.find(who.asker, number, now=who.now)  # a refusal tells of the change: who may not see it, finds nothing
        raise


@operation(
    router, "POST", "/history/accept", verb="change.accept-history", permission=Permission.FLEET_SYNC, gives=Said
)
def accept_history(request: HttpRequest, given: Reason) -> Said:
    """Follow a history of the fleet that was written anew, such as by a forced push."""
    told = keeper().ask_room(ROOM, "change.accept-history", caller(request).asker, given.model_dump())
    return Said(said=str(told["said"]))
