"""Roll-outs: how changes reach hubs, cohort by cohort, and what can be done about it. The keeper acts, reading is here."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Final

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from commonhub.api import seeing, shapes
from commonhub.api.change_shapes import Number
from commonhub.api.door import Caller, caller, keeper, operation
from commonhub.api.shapes import Given, Said, Told
from commonhub.communities import allowing
from commonhub.ground import errors
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import models, showing, telling, words
from commonhub.rollouts.stages import State

ROOM: Final = "rollouts"
ONE: Final = "/rollouts/{number}"
HEAVY: Final = ("before", "after", "settings", "verdict", "back")  # of a hub: not for a list

router = Router(tags=["roll-outs"])


class RolloutsAsked(Given):
    """Which roll-outs; what is empty does not narrow. `before` is the `older` of the page before."""

    community: shapes.NameOrNone = ""
    hub: shapes.NameOrNone = ""
    state: State | None = None
    change: Number | None = Field(default=None, description="The change that it brings.")
    before: Number | None = None
    limit: shapes.Limit = 50


class RolloutShort(Told):
    """A roll-out in a list. `acts`: what makes sense now, whoever may do it."""

    number: int = Field(examples=[4])
    title: str = Field(examples=["A newer image for Reef analysis"])
    author: str = Field(examples=["Dan Rahman"])
    change: int | None = Field(description="Null where it did not come as a change.", examples=[17])
    commit: str
    state: str = Field(examples=["running"])
    phase: str = Field(examples=["probing"])
    words: str = Field(examples=["Probes: cohort 1 of 3, 1 of 12 hubs."])
    cohort: int = Field(description="The one under way, counted from 1.", examples=[1])
    cohorts: int = Field(examples=[3])
    reached: int = Field(description="Hubs that have it.", examples=[1])
    total: int = Field(description="All its hubs.", examples=[12])
    created: datetime
    ended: datetime | None
    reason: str = Field(description="Why it goes or went back, or was paused.")
    trouble: str = Field(description="Why it cannot go on by itself.")
    revert: str = Field(description="The commit that took it back.")
    acts: list[str] = Field(examples=[["pause", "stop"]])


class Rollouts(Told):
    """Some roll-outs, the newest first, and perhaps fewer than were asked for. `older`: hand it over as `before`; null at the end."""

    rollouts: list[RolloutShort]
    older: int | None


class ProbeTold(Told):
    """What came of trying a user's story. `failed`: the part that did not work; null where all did."""

    failed: str | None = Field(examples=["start"])
    who: str = Field(default="", description="The only guest for whom it failed; empty where it failed for both.")
    words: str = ""
    seconds: float = 0
    unknown: list[str] = Field(default=[], description="What could not be looked at.")


class RolloutHub(Told):
    """One hub of a roll-out. `verdict` with the new settings, `back` with the old ones again."""

    hub: str = Field(examples=["reef/main"])
    cohort: int = Field(examples=[1])
    because: str
    settings: list[str] = Field(description="Those that differ.", examples=[["image"]])
    expected: datetime | None
    reached: datetime | None
    probed: bool
    verdict: ProbeTold | None
    back: ProbeTold | None


class RolloutTold(RolloutShort):
    """A roll-out, hub by hub."""

    hubs: list[RolloutHub]


class Why(Given):
    """A reason, for those who read about it."""

    why: shapes.Text = Field(default="", max_length=1000, examples=["The course begins in an hour."])


@operation(router, "GET", "/rollouts", verb="rollout.list", gives=Rollouts)
def listed(request: HttpRequest, asked: Annotated[RolloutsAsked, Query()]) -> Rollouts:
    """The newest roll-outs of the hubs whose changes you may see."""
    who = caller(request)
    rows = list(_asked(who, asked)[: asked.limit + 1])
    looked_at = rows[: asked.limit]
    return Rollouts(
        rollouts=[RolloutShort(**each) for each in showing.all_told(_seen(who, looked_at), who.now)],
        older=looked_at[-1].pk if len(rows) > asked.limit else None,
    )


def _asked(who: Caller, asked: RolloutsAsked) -> QuerySet[models.Rollout]:
    light = models.RolloutHub.objects.defer(*HEAVY)
    rows = models.Rollout.objects.order_by("-id").prefetch_related(Prefetch("hubs", light))
    rows = _touching(rows, seeing.where(who, Permission.CHANGE_SEE))
    if asked.community or asked.hub:
        rows = _touching(rows, [shapes.place(asked.community, asked.hub)])
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.change:
        rows = rows.filter(change=asked.change)
    return rows.filter(pk__lt=asked.before) if asked.before else rows


def _touching(rows: QuerySet[models.Rollout], places: list[Place] | tuple[Place, ...]) -> QuerySet[models.Rollout]:
    """Those with a hub in one of these places."""
    if FLEET in places:
        return rows
    arms = [Q(hub_id=str(place)) if place.hub else Q(hub_id__startswith=f"{place.community}/") for place in places] or [
        Q(pk__in=[])
    ]
    return rows.filter(pk__in=models.RolloutHub.objects.filter(reduce(or_, arms)).values("rollout"))


def _seen(who: Caller, rows: list[models.Rollout]) -> list[models.Rollout]:
    """Those of which the rules say that the caller may see them."""
    places = {row.pk: telling.place_of(hub.hub_id for hub in row.hubs.all()) for row in rows}
    may = set(allowing.places_with(who.asker, Permission.CHANGE_SEE, list(set(places.values())), now=who.now))
    return [row for row in rows if places[row.pk] in may]


@operation(router, "GET", ONE, verb="rollout.show", gives=RolloutTold)
def show(request: HttpRequest, number: Number) -> RolloutTold:
    """One roll-out, hub by hub: when each gets it, and what its probe saw."""
    who = caller(request)
    return RolloutTold(**showing.told(_look(who, number), who.now))


def _look(who: Caller, number: int) -> models.Rollout:
    """The roll-out. One that they may not see looks like one that is not there."""
    try:
        return words.look(who.asker, number, who.now)
    except allowing.NotAllowedError as error:
        raise errors.NotFoundError(f"There is no roll-out {number}.", "See them: commonhub rollout list") from error


@operation(router, "POST", f"{ONE}/pause", verb="rollout.pause", permission=Permission.ROLLOUT_PAUSE, gives=Said)
def pause(request: HttpRequest, number: Number, given: Why) -> Said:
    """Hold a roll-out before its next cohort; the cohort under way is still probed."""
    return _act(caller(request), "pause", number, given)


@operation(router, "POST", f"{ONE}/resume", verb="rollout.resume", permission=Permission.ROLLOUT_RESUME, gives=Said)
def resume(request: HttpRequest, number: Number, given: Why) -> Said:
    """Let a paused roll-out go on."""
    return _act(caller(request), "resume", number, given)


@operation(router, "POST", f"{ONE}/start", verb="rollout.start", permission=Permission.ROLLOUT_START, gives=Said)
def start(request: HttpRequest, number: Number, given: Why) -> Said:
    """Let the next cohort begin now, whatever it waits for; probes are never left out."""
    return _act(caller(request), "start", number, given)


@operation(router, "POST", f"{ONE}/stop", verb="rollout.stop", permission=Permission.ROLLOUT_UNDO, gives=Said)
def stop(request: HttpRequest, number: Number, given: Why) -> Said:
    """Stop a roll-out that is under way and take it back, in its hubs and in the fleet folder."""
    return _act(caller(request), "stop", number, given)


@operation(router, "POST", f"{ONE}/undo", verb="rollout.undo", permission=Permission.ROLLOUT_UNDO, gives=Said)
def undo(request: HttpRequest, number: Number, given: Why) -> Said:
    """Take a roll-out back, under way or done, for thirty days after its end; what changed since is kept."""
    return _act(caller(request), "undo", number, given)


def _act(who: Caller, verb: str, number: int, given: Why) -> Said:
    try:
        told = keeper().ask_room(ROOM, verb, who.asker, {"number": number, "why": given.why})
    except errors.RefusedError:
        _look(who, number)
        raise
    return Said(said=str(told["said"]))
