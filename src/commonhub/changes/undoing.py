"""Undoing a change: a new change that sets back exactly what the other touched, and leaves all else as it is today."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from commonhub.changes import book, comparing, merging, models, proposing, ruling, trying
from commonhub.changes.merging import Conflict
from commonhub.changes.states import State
from commonhub.communities import allowing
from commonhub.communities.allowing import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

Texts = Mapping[str, str | None]
ROUTINE: Final = frozenset({Permission.CHANGE_APPROVE_ROUTINE, Permission.CHANGE_APPROVE_COST})


def texts_back(was: Texts, edits: Texts, now: Texts) -> tuple[dict[str, str | None], tuple[Conflict, ...]]:
    """The texts that set a change back: `was` before it, `edits` what it wrote, `now` what the files say today. Pure.

    A conflict names what somebody touched since.
    """
    return merging.merge_all(was, base=edits, now=now)


def until(change: models.Change) -> datetime | None:
    """Until when a change can be undone; None where it was never made."""
    days = timedelta(days=ruling.in_force().numbers["undo_days"])
    return change.ended + days if change.state == State.COMMITTED and change.ended else None


def takes_away(change: models.Change) -> tuple[str, ...]:
    """The hubs and communities that a change made, and that undoing it would take away."""
    made = [file for file, text in change.edits.items() if text is not None and change.was.get(file) is None]
    places = {comparing.place_of_file(file) for file in made}
    whole = {community for community, hub in places if not hub}
    return tuple(
        sorted({*whole, *(f"{community}/{hub}" for community, hub in places if community not in whole)} - {""})
    )


def undo(
    asker: Asker, folder: Folder, number: int, *, because: str = "", confirm: str = "", now: datetime
) -> models.Change:
    """Propose the change that undoes another; for who may undo it here, what was routine needs no further consent.

    `confirm`: the name of what the undoing takes away, such as a hub that the change had made.
    Raises RefusedError where it is too late, or where something that it touched was changed since.
    """
    change = _undoable(asker, number, now)
    files = [*change.edits]
    with folder.turn:
        head = folder.repository.head().id
        there = trying.texts(folder.repository, head, files)
    texts, conflicts = texts_back(change.was, change.edits, there)
    if conflicts:
        raise errors.RefusedError(
            f"Somebody changed the same since: {conflicts[0].sentence}", "Undo that first, or change it by hand."
        )
    if not texts:
        raise errors.RefusedError(f"Nothing of change {number} is left to undo.", "Look at what the file says now.")
    trial = proposing.try_out(folder, texts, base=head)
    return _propose(asker, change, trial, because=because, confirm=confirm, now=now)


@verb("change.undo", Permission.CHANGE_UNDO)
def _propose(
    asker: Asker, change: models.Change, trial: trying.Trial, *, because: str, confirm: str, now: datetime
) -> models.Change:
    """Undo a change: set back exactly what it touched, within the time in which that can be done."""
    waived = _waived(asker, change, trial, now)
    proposal = book.Proposal(title=f"Undo change {change.pk}: {change.title}", why=because, undoes=change)
    # Of what was destructive itself the name was typed when it was made.
    typed = any(each["destructive"] for each in change.kinds)
    return proposing.propose(asker, trial, proposal, confirm=None if typed else confirm, waived=waived, now=now)


def _undoable(asker: Asker, number: int, now: datetime) -> models.Change:
    change = book.find(asker, number, now=now)
    end = until(change)
    if end is None:
        raise errors.RefusedError(
            f"Change {number} is {change.state}: {State(change.state).sentence}",
            "Only a change that is made can be undone.",
        )
    if now > end:
        raise errors.RefusedError(
            f"Change {number} could be undone until {end:%Y-%m-%d}.", "Propose a change that says what should be."
        )
    if change.undone_by.filter(state__in=[State.WAITING, State.READY, State.COMMITTING]).exists():
        raise errors.RefusedError(f"Change {number} is being undone already.", "Look at the list of changes.")
    return change


def _waived(asker: Asker, change: models.Change, trial: trying.Trial, now: datetime) -> Sequence[str]:
    """The kinds whose consent an undoing by this person does not ask for again.

    Raises NotAllowedError where they may neither undo changes here, nor made it, nor apply changes of the fleet.
    """
    where = book.places(change)
    may = all(allowing.decision(asker, Permission.CHANGE_UNDO, place, now=now).allowed for place in where)
    if not may:
        applies = all(allowing.decision(asker, Permission.FLEET_APPLY, place, now=now).allowed for place in where)
        if not applies and change.author != asker.handle:
            book.allow_everywhere(asker, Permission.CHANGE_UNDO, where, now=now)
        return ()
    # A file that comes back says what was in force before, with the consents of that time.
    return tuple(
        kind.id
        for kind, touched in ruling.in_force().sorted_out(trial.touches)
        if ROUTINE & set(kind.consent) or all(trial.was.get(each.file) is None for each in touched)
    )
