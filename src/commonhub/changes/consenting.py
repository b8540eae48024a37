"""Answers to a change: agreed, declined, withdrawn; made at once in an emergency, and reviewed after it."""

from datetime import datetime, timedelta

from commonhub.changes import book, consents, models, ruling, telling
from commonhub.changes.states import OPEN, State
from commonhub.communities import allowing, charters
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import Permission

_LONGEST = 1000  # characters of a reason


@verb("change.agree")
def agree(asker: Asker, number: int, *, words: str = "", now: datetime) -> models.Change:
    """Consent to a change. It takes one of the permissions that it waits for."""
    change = _open(number)
    allowed = _allow_answer(asker, change, now)
    book.agree(change, asker, words=words, now=now)
    book.sort_state(change, now=now)
    _note(asker, allowed, "change.agree", f"Agreed to change {number}: {change.title}.", change, now)
    return change


@verb("change.decline")
def decline(asker: Asker, number: int, *, because: str, now: datetime) -> models.Change:
    """Decline a change with a reason, which ends it. It takes one of the permissions that it needs."""
    change = _open(number)
    allowed = _allow_answer(asker, change, now)
    reason = _reason(because, "Say why, so that it can be proposed better.")
    models.Consent.objects.update_or_create(
        change=change,
        handle=asker.handle,
        defaults={"name": asker.name, "agreed": False, "words": reason, "at": now},
    )
    book.end(change, State.DECLINED, now=now, because=reason)
    telling.author(change, f"{asker.name} declined your change {number}, {change.title}: {reason}", now=now)
    _note(asker, allowed, "change.decline", f"Declined change {number}: {change.title}.", change, now)
    return change


@verb("change.withdraw")
def withdraw(asker: Asker, number: int, *, now: datetime) -> models.Change:
    """Take back a change of one's own that is not made yet."""
    change = _open(number)
    if change.author != asker.handle and not asker.owns:
        book.find(asker, number, now=now)
        raise errors.RefusedError(
            f"Change {number} is {change.author_name}'s.", "Ask them to withdraw it, or decline it."
        )
    book.end(change, State.WITHDRAWN, now=now)
    _note(asker, None, "change.withdraw", f"Withdrew change {number}: {change.title}.", change, now)
    return change


@verb("change.bypass", Permission.CHANGE_BYPASS)
def bypass(asker: Asker, number: int, *, because: str, now: datetime) -> models.Change:
    """Let a change go at once in an emergency, without the consents that it waits for. Its review follows."""
    change = _open(number)
    allowed = book.allow_everywhere(asker, Permission.CHANGE_BYPASS, book.places(change), now=now)
    reason = _reason(because, "Say what the emergency is; whoever reviews it reads this.")
    change.emergency, change.because, change.state = True, reason, State.READY
    change.review_due = now + timedelta(days=ruling.in_force().numbers["review_days"])
    book.agree(change, asker, words=reason, now=now)
    change.save()
    for person in telling.people(telling.waited_for(change, now=now)):
        telling.tell(
            person, change, f"{asker.name} made change {number} in an emergency, without you: {reason}", now=now
        )
    _note(asker, allowed, "change.bypass", f"Made change {number} in an emergency: {reason}", change, now)
    return change


@verb("change.review", Permission.CHANGE_REVIEW)
def review(asker: Asker, number: int, *, words: str, now: datetime) -> models.Change:
    """Say what one found on reviewing an emergency change; somebody else than who made it, where there is one."""
    change = book.held(number)
    allowed = book.allow_everywhere(asker, Permission.CHANGE_REVIEW, book.places(change), now=now)
    if not change.emergency:
        raise errors.RefusedError(f"Change {number} was no emergency.", "Nothing is to be reviewed.")
    if change.reviewed is not None:
        raise errors.RefusedError(
            f"{change.reviewed_by} reviewed it on {change.reviewed:%Y-%m-%d}.", "Nothing is left to do."
        )
    if change.consents.filter(handle=asker.handle).exists() and _others(asker, change, now):
        raise errors.RefusedError("You made this change yourself.", "Let somebody else review it.")
    change.reviewed, change.reviewed_by = now, asker.name
    change.review = _reason(words, "Say in a sentence what you found.")
    change.save(update_fields=["reviewed", "reviewed_by", "review"])
    telling.author(change, f"{asker.name} reviewed your emergency change {number}: {change.review}", now=now)
    _note(asker, allowed, "change.review", f"Reviewed emergency change {number}: {change.review}", change, now)
    return change


def _others(asker: Asker, change: models.Change, now: datetime) -> bool:
    """Whether somebody who had no part in a change could review it."""
    part = {asker.handle, *change.consents.values_list("handle", flat=True)}
    where = book.places(change)
    charter = charters.near(where, people=[asker.handle], now=now)
    return any(
        all(any(who.id == person.id for who in charter.holders(Permission.CHANGE_REVIEW, place)) for place in where)
        for person in charter.holders(Permission.CHANGE_REVIEW, where[0])
        if person.id not in part
    )


def _open(number: int) -> models.Change:
    change = book.held(number)
    if change.state not in OPEN:
        raise errors.RefusedError(
            f"Change {number} is {change.state}: {State(change.state).sentence}", "Nothing is left to answer."
        )
    return change


def _allow_answer(asker: Asker, change: models.Change, now: datetime) -> deciding.Decision:
    """The decision by the first need that the asker could meet; the refusal by the first that is open."""
    needs = [consents.heard(each) for each in change.needs]
    for need in needs:
        for permission in need.permissions:
            found = allowing.decision(asker, permission, need.place, now=now)
            if found.allowed:
                return found
    if not needs:
        book.find(asker, change.pk, now=now)
        raise errors.RefusedError(f"Change {change.pk} needs nobody's consent.", "It is committed next.")
    return allowing.allow(asker, needs[0].permissions[0], needs[0].place, now=now)


def _reason(words: str, mend: str) -> str:
    reason = " ".join(words.split())[:_LONGEST]
    if not reason:
        raise errors.RefusedError("No reason is given.", mend)
    return reason


def _note(
    asker: Asker, allowed: deciding.Decision | None, name: str, words: str, change: models.Change, now: datetime
) -> None:
    allowing.note(
        asker,
        allowed,
        verb=name,
        words=words,
        subject=str(change.pk),
        details={"change": change.pk},
        place=None if allowed else book.places(change)[0],
        now=now,
    )
