"""What people are told of a roll-out, in their own time zone, and what the audit gets. Within the caller's transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q

from commonhub.audit import records as audit
from commonhub.changes import rolling
from commonhub.communities import charters, evidence, notices
from commonhub.communities import models as people
from commonhub.fleet import desired
from commonhub.hubs import models as hub_models
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import models

ITSELF: Final = "commonhub"
"""The actor in the audit of what a roll-out does by itself."""
_EVIDENCE: Final = "improvement-rolled-out"
_AT: Final = "{at}"  # in words that are told: a time, as each who is told reads it
_ROUND: Final = timedelta(minutes=2)  # a cohort's own time, for the estimate that people are told


def place_of(hub_ids: Iterable[str]) -> Place:
    """The smallest place that holds all of these hubs."""
    places = {charters.place_of(hub_id) for hub_id in hub_ids}
    if len(places) == 1:
        return places.pop()
    communities = {place.community for place in places}
    return Place(community=communities.pop()) if len(communities) == 1 else Place()


def when(at: datetime, zone: str) -> str:
    """A time as somebody reads it: in this zone, which is named; UTC where none is given."""
    try:
        there = at.astimezone(ZoneInfo(zone)) if zone else at
    except (ZoneInfoNotFoundError, ValueError):
        there, zone = at, ""
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M} ({zone or 'UTC'})"


def expected(rollout: models.Rollout, hub: models.RolloutHub) -> datetime:
    """About when a hub gets its settings, if all goes well."""
    at = rollout.created + hub.cohort * (timedelta(seconds=rollout.soak) + _ROUND)
    return max(at, hub.not_before) if hub.not_before else at


def begun(rollout: models.Rollout, hubs: Collection[models.RolloutHub], *, now: datetime) -> None:
    """Those whose hubs get it later are told when; whoever has a server on a hub that restarts is told so."""
    cohorts = 1 + max((hub.cohort for hub in hubs), default=0)
    for hub in hubs:
        if hub.reached is None:
            at = expected(rollout, hub)
            words = f"{hub.hub_id} will get a change: {rollout.title}. About {_AT}, in cohort {hub.cohort + 1} of {cohorts}."
            restarts = " The hub itself restarts then; servers that run go on." if hub.restarts else ""
            _tell({*_in_roles([hub]), *_with_server([hub])}, words + restarts, hub, now, at=at)
    reach([hub for hub in hubs if hub.reached is not None], rollout, now=now)
    _tell_change(rollout, "rolling", f"Roll-out {rollout.pk} brings it to {_count(hubs)}.", now)
    _note(rollout, hubs, "rollout.begin", f"Began to roll out: {rollout.title} ({_count(hubs)}).", now)


def reach(hubs: Collection[models.RolloutHub], rollout: models.Rollout, *, now: datetime) -> None:
    """Hubs get it now: whoever has a server on one that restarts is told."""
    for hub in hubs:
        if hub.restarts:
            words = f"{hub.hub_id} restarts for a change ({rollout.title}): {_AT}. Your server goes on."
            _tell(_with_server([hub]), words, hub, now, at=now)


def done(rollout: models.Rollout, hubs: Collection[models.RolloutHub], *, now: datetime) -> None:
    """Every hub has it: those who were told that it comes are told that it came."""
    for hub in hubs:
        if hub.cohort > 0 or hub.not_before is not None:
            words = f"{hub.hub_id} has the change since {_AT}: {rollout.title}."
            _tell(_in_roles([hub]), words, hub, now, at=hub.reached or now)
    _tell_change(rollout, "done", f"It has reached {_count(hubs)}.", now)
    _note(rollout, hubs, "rollout.done", f"Rolled out: {rollout.title} ({_count(hubs)}).", now)
    _show(rollout, hubs, now)


def going_back(rollout: models.Rollout, hubs: Collection[models.RolloutHub], words: str, *, now: datetime) -> None:
    """It failed, or somebody stopped it: the author, the engineers and those of hubs that had it already are told."""
    reached = [hub for hub in hubs if hub.reached is not None]
    said = f"The change '{rollout.title}' is taken back. {words} Nobody needs to act."
    # Who proposed it as a change hears of it there.
    author = () if rollout.change else _author(rollout)
    _tell({*author, *_engineers(now), *_in_roles(reached)}, said, reached[0] if reached else None, now)
    _tell_change(rollout, "stopped", words, now)
    _note(rollout, hubs, "rollout.back", f"Takes back: {rollout.title}. {words}", now)


def back(rollout: models.Rollout, hubs: Collection[models.RolloutHub], words: str, *, now: datetime) -> None:
    """It is taken back."""
    reached = [hub for hub in hubs if hub.reached is not None]
    said = f"The change '{rollout.title}' was taken back. {words}"
    _tell({*_author(rollout), *_engineers(now), *_in_roles(reached)}, said, reached[0] if reached else None, now)
    _tell_change(rollout, "undone", words, now)
    _note(rollout, hubs, "rollout.was-back", f"Took back: {rollout.title}. {words}", now)


def in_trouble(rollout: models.Rollout, words: str, *, now: datetime) -> None:
    """It cannot go on by itself: the engineers are told."""
    _tell(set(_engineers(now)), f"Roll-out {rollout.pk} ({rollout.title}) needs you: {words}", None, now)


def _tell_change(rollout: models.Rollout, state: str, words: str, now: datetime) -> None:
    if rollout.change is not None:
        rolling.told(rollout.change, state, words, now=now)


def _tell(
    handles: Iterable[str], words: str, hub: models.RolloutHub | None, now: datetime, *, at: datetime | None = None
) -> None:
    """`at` stands in the words where these say so: in each person's own time zone, else that of the hub's community."""
    url = f"/hubs/{hub.hub_id}" if hub else ""
    found = list(people.Person.objects.filter(handle__in=set(handles)).order_by("handle"))
    usual = _zone(hub) if hub and at and found else ""
    for person in found:
        said = words.replace(_AT, when(at, person.time_zone or usual)) if at else words
        notices.tell(person, said, now=now, url=url)


def _zone(hub: models.RolloutHub) -> str:
    community = people.Community.objects.filter(name=hub.hub_id.partition("/")[0]).first()
    return community.time_zone if community else ""


def _in_roles(hubs: Iterable[models.RolloutHub]) -> set[str]:
    """Whoever is in a role of the hub or of its community."""
    places = [charters.place_of(hub.hub_id) for hub in hubs]
    if not places:
        return set()
    found = Q(pk__in=[])
    for place in places:
        found |= Q(community=place.community, hub__in=["", place.hub])
    return set(people.Appointment.objects.filter(found, named=True).values_list("handle", flat=True))


def _with_server(hubs: Iterable[models.RolloutHub]) -> set[str]:
    """Who has a server there; where people sign in elsewhere than at the portal, their names are nobody's here."""
    known = [hub.hub_id for hub in hubs if (hub.after or hub.before).get("login") == desired.LoginKind.COMMONHUB]
    rows = hub_models.ServerRecord.objects.filter(hub_id__in=known)
    return set(rows.values_list("user", flat=True))


def _author(rollout: models.Rollout) -> tuple[str, ...]:
    return (rollout.handle,) if rollout.handle else ()


def _engineers(now: datetime) -> set[str]:
    found = charters.near([Place()], now=now).holders(Permission.ROLLOUT_UNDO, Place())
    return {person.id for person in found}


def _count(hubs: Collection[models.RolloutHub]) -> str:
    return next(iter(hubs)).hub_id if len(hubs) == 1 else f"{len(hubs)} hubs"


def _note(rollout: models.Rollout, hubs: Collection[models.RolloutHub], verb: str, words: str, now: datetime) -> None:
    place = place_of(hub.hub_id for hub in hubs)
    audit.note(
        at=now,
        actor=ITSELF,
        actor_name="Commonhub",
        via="keeper",
        verb=verb,
        words=words,
        community=place.community,
        hub=place.hub,
        subject=rollout.handle,
        details={"rollout": rollout.pk, "commit": rollout.commit, "change": rollout.change},
    )


def _show(rollout: models.Rollout, hubs: Collection[models.RolloutHub], now: datetime) -> None:
    """Its author has shown that they carry what the model asks this evidence for, at the place of the hubs.

    Only of a change that somebody proposed here: whoever can push can write any name into a commit.
    """
    if not rollout.handle or rollout.change is None:
        return
    place = place_of(hub.hub_id for hub in hubs)
    charter = charters.near([place], people=[rollout.handle], now=now)
    for duty in charter.model.responsibilities:
        if _EVIDENCE in duty.evidence and evidence.carries(charter, rollout.handle, duty, place):
            words = f"Rolled out: {rollout.title}."
            evidence.shown(duty, _EVIDENCE, place, by=rollout.handle, words=words, at=now)
