"""A change and a preview as plain values: what pages, the API and the terminal show."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from commonhub.changes import book, consents, models, proposing, undoing, viewing
from commonhub.changes.states import OPEN, State
from commonhub.communities import allowing
from commonhub.communities.asker import Asker
from commonhub.responsibility.permissions import Permission


def row(change: models.Change) -> dict[str, Any]:
    """A change as a line of a list."""
    return {
        "number": change.pk,
        "title": change.title,
        "author": change.author_name,
        "at": _stamp(change.at),
        "ended": _stamp(change.ended),
        "state": change.state,
        "sentence": State(change.state).sentence,
        "by_editor": change.via == book.EDITOR,
        "emergency": change.emergency,
        "rollout": change.rollout,
        "places": [str(place) for place in book.places(change)],
        "kinds": [each["id"] for each in change.kinds],
    }


def whole(asker: Asker, change: models.Change, *, now: datetime) -> dict[str, Any]:
    """A change with everything of it that the asker may see, and what they can do about it."""
    standings = book.standings(change, now=now)
    end = undoing.until(change)
    view = viewing.of_change(asker, change, standings, now=now)
    seen = viewing.shown(view, change, standings)
    able = can(asker, change, standings, now=now)
    theirs = seen.pop("standings")
    return (
        row(change)
        | seen
        | {
            "why": change.why,
            "handle": change.author,
            "because": change.because,
            "commit": change.commit,
            "base": change.base,
            "kinds": change.kinds,
            "trouble": change.trouble,
            "needs": [_need(each) for each in theirs],
            "owed": [each.sentence for each in theirs if each.given_by is None] if change.via == book.EDITOR else [],
            "consents": [
                {"name": each.name, "agreed": each.agreed, "words": each.words, "at": _stamp(each.at)}
                for each in change.consents.all()
            ],
            "review": _review(change),
            "rollout_words": change.rollout_words,
            "undoes": change.undoes_id,
            "undone_by": list(change.undone_by.values_list("pk", flat=True)),
            "undo_until": _stamp(end),
            "undo_takes": list(undoing.takes_away(change)) if "undo" in able else [],
            "can": sorted(able),
        }
    )


def can(
    asker: Asker, change: models.Change, standings: Iterable[consents.Standing], *, now: datetime
) -> frozenset[str]:
    """What the asker can do about a change now: agree, decline, withdraw, bypass, review, undo."""
    where = book.places(change)
    found = set()

    def may(permission: Permission) -> bool:
        return all(allowing.decision(asker, permission, place, now=now).allowed for place in where)

    if change.state in OPEN:
        mine = [each for each in standings if any(who.id == asker.handle for who in each.holders) or asker.owns]
        if any(each.given_by is None for each in mine):
            found.add("agree")
        if mine and asker.handle != change.author:
            found.add("decline")
        if asker.handle == change.author or asker.owns:
            found.add("withdraw")
        if change.state == State.WAITING and may(Permission.CHANGE_BYPASS):
            found.add("bypass")
    end = undoing.until(change)
    mine_to_undo = asker.handle == change.author or may(Permission.CHANGE_UNDO) or may(Permission.FLEET_APPLY)
    if end is not None and now <= end and mine_to_undo:
        found.add("undo")
    if change.emergency and change.reviewed is None and may(Permission.CHANGE_REVIEW):
        found.add("review")
    return frozenset(found)


def preview(asker: Asker, found: proposing.Preview, *, now: datetime) -> dict[str, Any]:
    """A change that nobody has proposed yet."""
    weighed, view = found.weighed, viewing.of(asker, now=now)
    return {
        "base": found.trial.base,
        "kinds": [book.kind_told(kind) for kind, _ in weighed.kinds],
        "words": view.words(weighed.words, found.trial.touches),
        "difference": view.difference(found.trial.was, found.trial.edits),
        "plan": weighed.plan_told(),
        "price": weighed.effect.told(),
        "findings": [each.told() for each in weighed.findings],
        "needs": [_need(each) for each in found.standings],
        "flows": all(each.given_by for each in found.standings),
        "destructive": weighed.destructive,
        "confirm": proposing.named(found.trial, weighed) if weighed.destructive else "",
    }


def _need(each: consents.Standing) -> Mapping[str, Any]:
    return {
        "permissions": [str(one) for one in each.need.permissions],
        "community": each.need.place.community,
        "hub": each.need.place.hub,
        "because": each.need.because,
        "given_by": each.given_by.name if each.given_by else None,
        "holders": [{"handle": who.id, "name": who.name} for who in each.holders],
        "second_person": each.need.second_person,
        "sentence": each.sentence,
    }


def _review(change: models.Change) -> dict[str, Any] | None:
    if not change.emergency:
        return None
    return {
        "due": _stamp(change.review_due),
        "at": _stamp(change.reviewed),
        "by": change.reviewed_by,
        "words": change.review,
    }


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
