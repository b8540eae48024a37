"""The records of changes, written and found: the only place that writes them."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from commonhub.changes import comparing, consents, kinds, models, trying, weighing
from commonhub.changes.states import State
from commonhub.communities import allowing, charters
from commonhub.communities import models as community_models
from commonhub.communities.asker import Asker
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

LISTED: Final = 200  # changes in one list
EDITOR: Final = "editor"  # `via` of a commit that nobody proposed here


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What somebody wants, in the words that they gave."""

    title: str
    why: str = ""
    undoes: models.Change | None = None


def write(
    asker: Asker,
    proposal: Proposal,
    trial: trying.Trial,
    weighed: weighing.Weighed,
    *,
    needs: Sequence[consents.Need],
    agrees: bool = True,
    now: datetime,
) -> models.Change:
    """Keep a proposal with all that was weighed, and the proposer's own consent where they were here to give it."""
    change = models.Change.objects.create(
        key=secrets.token_hex(8),
        title=" ".join(proposal.title.split())[:200],
        why=proposal.why.strip()[:4000],
        person=community_models.Person.objects.filter(handle=asker.handle).first(),
        author=asker.handle,
        author_name=asker.name,
        owns=asker.owns,
        via=asker.via,
        at=now,
        state=State.WAITING,
        undoes=proposal.undoes,
        **_weighed(trial, weighed, needs),
    )
    mark_places(change, trial)
    if agrees:
        agree(change, asker, words="", now=now)
    return change


def _weighed(trial: trying.Trial, weighed: weighing.Weighed, needs: Sequence[consents.Need]) -> dict[str, Any]:
    return {
        "base": trial.base,
        "was": dict(trial.was),
        "edits": dict(trial.edits),
        "touches": [each.told() for each in trial.touches],
        "kinds": [kind_told(kind) for kind, _ in weighed.kinds],
        "needs": [each.told() for each in needs],
        "findings": [each.told() for each in weighed.findings],
        "plan": weighed.plan_told(),
        "price": weighed.effect.told(),
        "words": dict(weighed.words),
    }


def reweigh(
    change: models.Change, trial: trying.Trial, weighed: weighing.Weighed, needs: Sequence[consents.Need]
) -> None:
    """The same change, weighed against a newer commit."""
    for name, value in _weighed(trial, weighed, needs).items():
        setattr(change, name, value)
    change.save()
    mark_places(change, trial)


def kind_told(kind: kinds.Kind) -> dict[str, Any]:
    """A kind as records keep it."""
    return {"id": kind.id, "title": kind.title, "meaning": kind.meaning, "destructive": kind.destructive}


def places_of(trial: trying.Trial) -> tuple[Place, ...]:
    """The places that a change touches: those of its files."""
    found = set()
    for file in trial.edits:
        community, hub = comparing.place_of_file(file)
        found.add(Place(community=community, hub=hub))
    return tuple(sorted(found, key=str)) or (FLEET,)


def mark_places(change: models.Change, trial: trying.Trial) -> None:
    """Keep the places that it touches."""
    for place in places_of(trial):
        models.ChangePlace.objects.get_or_create(change=change, community=place.community, hub=place.hub)


def places(change: models.Change) -> tuple[Place, ...]:
    """The places that a change touches."""
    return tuple(Place(community=each.community, hub=each.hub) for each in change.places.all()) or (FLEET,)


def agree(change: models.Change, asker: Asker, *, words: str, now: datetime) -> None:
    """Keep that somebody agreed; twice is once, and the wider word counts."""
    scopes = None if asker.scopes is None else sorted(asker.scopes)
    kept, made = models.Consent.objects.get_or_create(
        change=change,
        handle=asker.handle,
        defaults={"name": asker.name, "scopes": scopes, "agreed": True, "words": words.strip()[:1000], "at": now},
    )
    if not made and (kept.scopes is not None or not kept.agreed):
        kept.agreed, kept.scopes, kept.at, kept.words = True, scopes, now, words.strip()[:1000]
        kept.save()


def given(change: models.Change) -> tuple[consents.Given, ...]:
    """Everybody who agreed."""
    known = {str(each): each for each in Permission}
    return tuple(
        consents.Given(
            handle=row.handle,
            name=row.name,
            scopes=None if row.scopes is None else frozenset(known[each] for each in row.scopes if each in known),
        )
        for row in change.consents.filter(agreed=True)
    )


def standings(change: models.Change, *, now: datetime) -> tuple[consents.Standing, ...]:
    """How each need of a change stands today, by those who hold the permissions today."""
    needs = [consents.heard(each) for each in change.needs]
    agreed = given(change)
    charter = charters.near(
        [*(need.place for need in needs)], people=[change.author, *(each.handle for each in agreed)], now=now
    )
    return tuple(
        consents.standing(each, charter=charter, agreed=agreed, author=change.author, author_own=change.owns)
        for each in needs
    )


def is_free(change: models.Change, *, now: datetime) -> bool:
    """Whether nothing stands between a change and its commit."""
    return change.emergency or all(each.given_by for each in standings(change, now=now))


def sort_state(change: models.Change, *, now: datetime) -> models.Change:
    """Waiting or ready, by the consents that there are."""
    if change.state in {State.WAITING, State.READY}:
        change.state = State.READY if is_free(change, now=now) else State.WAITING
        change.save(update_fields=["state"])
    return change


def held(number: int) -> models.Change:
    """The change, held until the transaction ends. Raises NotFoundError where there is none."""
    found = models.Change.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise not_found(number)
    return found


def not_found(number: int) -> errors.NotFoundError:
    """What is said of a change that never was, and of one that the asker may not see."""
    return errors.NotFoundError(f"There is no change {number} that you may see.", "List them: commonhub change list")


def find(asker: Asker, number: int, *, now: datetime) -> models.Change:
    """A change that the asker may see. Raises NotFoundError otherwise."""
    found = visible(asker, now=now).filter(pk=number).first()
    if found is None:
        found = models.Change.objects.filter(pk=number).first()
        if found is None or not _is_asked(asker, found, now=now):
            raise not_found(number)
    return found


def _is_asked(asker: Asker, change: models.Change, *, now: datetime) -> bool:
    """Whether it waits for this person: who is asked may read what."""
    within_scopes = asker.scopes is None or Permission.CHANGE_SEE in asker.scopes
    return within_scopes and any(who.id == asker.handle for each in standings(change, now=now) for who in each.holders)


def visible(asker: Asker, *, now: datetime) -> QuerySet[models.Change]:
    """The changes that somebody may see, newest first: their own, and those at places where they may see them."""
    rows = models.Change.objects.all()
    if asker.owns:
        return rows
    own = Q(author=asker.handle)
    if asker.scopes is not None and Permission.CHANGE_SEE not in asker.scopes:
        return rows.filter(own)
    charter = charters.of_people([asker.handle], now=now)
    places = {each.place for each in charter.assignments.of(asker.handle) if each.holds_at(now)}
    seen = [each for each in places if Permission.CHANGE_SEE in charter.permissions(asker.handle, each)]
    return rows.filter(own | Q(pk__in=_at(seen))) if seen else rows.filter(own)


def _at(seen: Iterable[Place]) -> QuerySet[models.ChangePlace, int]:
    arms = []
    for place in seen:
        if place == FLEET:
            return models.ChangePlace.objects.values_list("change_id", flat=True)
        arms.append(Q(community=place.community, **({"hub": place.hub} if place.hub else {})))
    return models.ChangePlace.objects.filter(reduce(or_, arms)).values_list("change_id", flat=True)


def at(place: Place) -> QuerySet[models.Change]:
    """The changes of a place and all within it, newest first."""
    return models.Change.objects.filter(pk__in=_at([place]))


def allow_everywhere(
    asker: Asker, permission: Permission, where: Iterable[Place], *, now: datetime
) -> deciding.Decision:
    """The decision where somebody may at all of these places. Raises NotAllowedError with the first no."""
    found = [allowing.allow(asker, permission, place, now=now) for place in where]
    return found[0]


def end(change: models.Change, state: State, *, now: datetime, **values: Any) -> models.Change:
    """A change comes to its end, within the caller's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A change ends within transaction.atomic().")
    change.state, change.ended = state, now
    for name, value in values.items():
        setattr(change, name, value)
    change.save()
    return change
