"""What people say of their own work: that they did what shows a duty is carried, that they rehearsed it, or looked through a list.

To note these takes no permission: they are the person's own, and only who carries the responsibility there can.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from commonhub.communities import allowing, charters, evidence, finding, models
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import model, wording
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

LONGEST: Final = 1_000  # characters of what was done
OLDEST: Final = dt.timedelta(days=366)  # what was longer ago shows nothing today
DRILL: Final = "drill-held"  # the kind of evidence that a rehearsal leaves, where a responsibility accepts it


@dataclass(frozen=True, kw_only=True)
class Done:
    """What somebody did, in their words, and on which day; None for today."""

    words: str
    day: dt.date | None = None


@verb("evidence.note")
def note_evidence(
    asker: Asker, responsibility: str, place: Place, *, kind: str, done: Done, now: dt.datetime
) -> models.Shown:
    """Note what shows that a responsibility is carried; only for those who carry it there."""
    duty = _carried(asker, responsibility, place, now)
    if kind not in duty.evidence:
        accepted = wording.listed(duty.evidence) or "nothing"
        raise errors.CommonhubError(f"{kind[:64]!r} does not show that '{duty.title}' is carried.", f"{accepted} does.")
    words, at = _words(done), _moment(done, now)
    row = evidence.shown(duty, kind, place, by=asker.handle, words=words, at=at)
    said = f"Noted for '{duty.title}' ({kind}, {at:%Y-%m-%d}): {words}"
    allowing.note(asker, None, verb="evidence.note", words=said, subject=asker.handle, place=place, now=now)
    return row


@verb("practice.note")
def note_practice(asker: Asker, responsibility: str, place: Place, *, done: Done, now: dt.datetime) -> None:
    """Note that one has rehearsed a responsibility; only for those who carry it there."""
    duty = _carried(asker, responsibility, place, now)
    words, at = _words(done), _moment(done, now)
    evidence.practised(asker.handle, duty.id, place, at)
    if DRILL in duty.evidence:
        evidence.shown(duty, DRILL, place, by=asker.handle, words=words, at=at)
    said = f"Rehearsed '{duty.title}' on {at:%Y-%m-%d}: {words}"
    allowing.note(asker, None, verb="practice.note", words=said, subject=asker.handle, place=place, now=now)


@verb("access.review", Permission.ACCESS_SEE)
def review_access(asker: Asker, hub_id: str, *, words: str = "", now: dt.datetime) -> None:
    """Say that one has looked through the people of a hub and found the list right.

    To see the list is enough for it: those who know the people best may not change the policy.
    """
    allowed = allowing.allow(asker, Permission.ACCESS_SEE, place_of(hub_id), now=now)
    finding.hub(hub_id)
    said = " ".join(words.split())[:LONGEST]
    allowing.note(
        asker,
        allowed,
        verb="access.review",
        words=f"Looked through who may use {hub_id}." + (f" {said}" if said else ""),
        now=now,
    )


def _carried(asker: Asker, responsibility: str, place: Place, now: dt.datetime) -> model.Responsibility:
    charter = charters.near([place], now=now)
    duty = charter.model.responsibility_by_id.get(responsibility)
    if duty is None:
        raise errors.NotFoundError(
            f"There is no responsibility {responsibility[:64]!r}.", "See them all: commonhub model show"
        )
    if not evidence.carries(charter, asker.handle, duty, place):
        carriers = charter.carriers(duty, place)
        raise errors.RefusedError(
            f"You do not carry '{duty.title}' for {place}, so you can't say that it was done.",
            f"{wording.names(carriers)} can." if carriers else "Nobody carries it: ask to be appointed.",
        )
    if place.hub:
        finding.hub(str(place))
    elif place.community:
        finding.community(place.community)
    return duty


def _words(done: Done) -> str:
    words = " ".join(done.words.split())[:LONGEST]
    if not words:
        raise errors.CommonhubError("It is not said what was done.", "Say it in a sentence: others will read it.")
    return words


def _moment(done: Done, now: dt.datetime) -> dt.datetime:
    """The moment that counts: now for today, else the first of the day, so that nothing counts longer than it should."""
    day = done.day or now.date()
    if day > now.date():
        raise errors.CommonhubError(f"{day} has not come yet.", "Give the day on which it was done.")
    if now.date() - day > OLDEST:
        raise errors.CommonhubError(f"{day} is too long ago to show anything today.", "Give a day of the last year.")
    return now if day == now.date() else dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
