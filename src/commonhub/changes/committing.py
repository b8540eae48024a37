"""From a change that is free to exactly one commit in its proposer's name; killed at any line, it is all or nothing.

Three steps: the change is marked as being committed; git commits it with the trailer `Change-Key`; the change is marked
as committed. Whoever comes after a death between them looks for the trailer: there it is completed, else released.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from commonhub.changes import book, gathering, leftovers, merging, models, telling, trying, weighing
from commonhub.changes.states import State
from commonhub.communities import allowing, charter_acts, verbs
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.fleet import history
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

KEY: Final = "Change-Key"
NUMBER: Final = "Change"
_LOOK_BACK: Final = 1000  # commits among which the one of a killed committer is looked for
_FOR_PROGRAMS: Final = re.compile(
    r"^(?=(?:Change|Change-Key|Undoes|Emergency|Agreed-by|Rolls back|Roll-out):)", re.MULTILINE
)
AGAIN_AFTER: Final = timedelta(seconds=30)

verbs.know("change.commit", Permission.CHANGE_PROPOSE, "A change that is free becomes a commit in its proposer's name.")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is to be committed now: the texts against the newest commit, or what stands against it."""

    texts: Mapping[str, str | None]
    conflicts: tuple[dict[str, Any], ...]
    trial: trying.Trial | None
    head: str


def turn(folder: Folder, *, now: datetime, stale: float = leftovers.STALE) -> tuple[models.Change, ...]:
    """Complete what was begun, and commit everything that is free. The keeper calls this again and again."""
    if not models.Change.objects.filter(state__in=[State.READY, State.COMMITTING]).exists():
        return ()
    with folder.turn, leftovers.alone(folder.repository):
        begun = models.Change.objects.filter(state=State.COMMITTING).order_by("pk")
        done = [_recovered(folder, change, now=now, stale=stale) for change in begun]
        ready = models.Change.objects.filter(state=State.READY).order_by("pk")
        due = [each.pk for each in ready if each.tried is None or each.tried + AGAIN_AFTER <= now]
        return (*done, *(_commit(folder, number, now=now) for number in due))


def commit(folder: Folder, number: int, *, now: datetime, stale: float = leftovers.STALE) -> models.Change:
    """Commit one change where it is free. What somebody died in the middle of is completed first.

    Raises CommonhubError where the folder can't be written; the change stays ready.
    """
    with folder.turn, leftovers.alone(folder.repository):
        for change in models.Change.objects.filter(state=State.COMMITTING).order_by("pk"):
            _recovered(folder, change, now=now, stale=stale)
        found = _commit(folder, number, now=now)
    if found.trouble and found.state == State.READY:
        raise errors.UnavailableError(found.trouble, "It is tried again by itself; or mend what it names.")
    return found


def _commit(folder: Folder, number: int, *, now: datetime) -> models.Change:
    with transaction.atomic():
        change = book.held(number)
        if change.state != State.READY:
            return change
        if not book.is_free(change, now=now):
            return book.sort_state(change, now=now)
    try:
        planned = _plan(folder, change)
        if planned.conflicts:
            return _stop(change, planned.conflicts, now=now)
        if planned.trial is not None and _needs_more(change, planned.trial, now=now):
            return change
        _mark(change, now=now)
        made = _write(folder, change, planned)
    except errors.CommonhubError as error:
        change.refresh_from_db()
        if change.state == State.COMMITTING:  # it may be committed, or have written half of its files
            change = _recovered(folder, change, now=now, stale=leftovers.STALE)
        return _not_now(change, error, now=now)
    return _done(change, made, now=now)


def _plan(folder: Folder, change: models.Change) -> _Plan:
    head = folder.repository.head().id
    there = trying.texts(folder.repository, head, change.edits)
    texts, conflicts = merging.merge_all(change.edits, base=change.was, now=there)
    told = tuple(each.told() for each in conflicts)
    if told or not texts:
        return _Plan(texts=texts, conflicts=told, trial=None, head=head)
    trial = trying.attempt(folder.repository, folder.reader, head, texts)
    faults = tuple(
        {"file": fault.file, "path": [], "sentence": f"{fault.file}: {fault.problem} {fault.mend}"}
        for fault in trial.mistakes
    )
    return _Plan(texts=texts, conflicts=faults, trial=trial, head=head)


def _needs_more(change: models.Change, trial: trying.Trial, *, now: datetime) -> bool:
    """Whether the same change needs a consent today that it did not need when it was proposed."""
    if trial.base == change.base or change.undoes_id is not None:
        return False
    weighed = gathering.weigh(trial, now=now)
    known = {_consent(each) for each in change.needs}
    if all(_consent(each.told()) in known for each in weighed.needs):
        return False
    with transaction.atomic():
        book.reweigh(change, trial, weighed, weighed.needs)
        book.sort_state(change, now=now)
    return change.state != State.READY


def _consent(need: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells one consent from another: whose, where, and whether the proposer's own is not enough."""
    return (tuple(need["permissions"]), need["community"], need["hub"], need["second_person"])


def _mark(change: models.Change, *, now: datetime) -> None:
    with transaction.atomic():
        change.state, change.tried, change.trouble = State.COMMITTING, now, ""
        change.save(update_fields=["state", "tried", "trouble"])


def _write(folder: Folder, change: models.Change, planned: _Plan) -> history.Commit | None:
    """The commit; None where the newest commit says everything already."""
    if not planned.texts:
        return None
    email = charter_acts.NO_MAIL.format(handle=change.author.replace(":", "-"))
    who = history.Person(name=change.author_name, email=email)
    return folder.repository.change(planned.texts, who=who, why=message(change), base=planned.head)


def message(change: models.Change) -> str:
    """The words of its commit; the last paragraph is for programs."""
    trailers = [f"{NUMBER}: {change.pk}", f"{KEY}: {change.key}"]
    if change.undoes_id is not None:
        trailers.append(f"Undoes: {change.undoes_id}")
    if change.emergency:
        trailers.append("Emergency: yes")
    trailers += [
        f"Agreed-by: {' '.join(each.name.split())}"
        for each in change.consents.filter(agreed=True)
        if each.handle != change.author
    ]
    # Nobody's reason reads as words for programs, whoever looks for them.
    why = _FOR_PROGRAMS.sub("> ", change.why.strip())
    parts = [change.title, why, "\n".join(trailers)]
    return "\n\n".join(part for part in parts if part)


def trailer(commit: history.Commit, name: str) -> str:
    """What a commit's last paragraph says under a name; "" where it says nothing."""
    last = commit.body.strip().rpartition("\n\n")[2]
    rows = (row.partition(": ") for row in last.splitlines())
    return next((value.strip() for word, _, value in rows if word == name), "")


def _stop(change: models.Change, conflicts: tuple[dict[str, Any], ...], *, now: datetime) -> models.Change:
    with transaction.atomic():
        change = book.held(change.pk)
        book.end(change, State.CONFLICT, now=now, conflicts=list(conflicts))
        telling.author(change, f"Your change {change.pk} meets another one: {conflicts[0]['sentence']}", now=now)
        _note(change, f"Change {change.pk} met another one and was not committed.", now=now)
    return change


def _not_now(change: models.Change, error: errors.CommonhubError, *, now: datetime) -> models.Change:
    """Something stands in the way that may go: the change stays ready, and says so."""
    with transaction.atomic():
        change = book.held(change.pk)
        if change.state == State.READY:
            change.tried, change.trouble = now, str(error)
            change.save(update_fields=["tried", "trouble"])
    return change


def _done(change: models.Change, made: history.Commit | None, *, now: datetime) -> models.Change:
    with transaction.atomic():
        change = book.held(change.pk)
        if change.state == State.COMMITTED:
            return change
        book.end(change, State.COMMITTED, now=now, commit=made.id if made else "", trouble="")
        if change.undoes_id is not None:
            models.Change.objects.filter(pk=change.undoes_id).update(state=State.UNDONE)
        telling.committed(change, now=now)
        _note(change, f"Change {change.pk} was committed: {change.title}.", now=now)
    return change


def _recover(folder: Folder, change: models.Change, *, now: datetime, stale: float) -> models.Change:
    """Whoever was committing this is dead: complete it where git has it, else release it."""
    made = next((each for each in folder.repository.log(limit=_LOOK_BACK) if trailer(each, KEY) == change.key), None)
    planned: Mapping[str, str | None] = change.edits
    if made is None:
        planned = _plan(folder, change).texts
    leftovers.put_right(folder.repository, planned, stale=stale)
    if made is not None:
        return _done(change, made, now=now)
    with transaction.atomic():
        change = book.held(change.pk)
        if change.state == State.COMMITTING:
            change.state, change.tried = State.READY, None
            change.save(update_fields=["state", "tried"])
    return change


def _recovered(folder: Folder, change: models.Change, *, now: datetime, stale: float) -> models.Change:
    """The same; where its files can't be read now, it says so and waits, and holds up no other change."""
    try:
        return _recover(folder, change, now=now, stale=stale)
    except errors.CommonhubError as error:
        models.Change.objects.filter(pk=change.pk).update(tried=now, trouble=str(error))
        change.refresh_from_db()
        return change


def _note(change: models.Change, words: str, *, now: datetime) -> None:
    """In the audit, as done by whoever proposed it."""
    asker = Asker(handle=change.author, name=change.author_name, via=change.via, owns=change.owns)
    allowing.note(
        asker,
        None,
        verb="change.commit",
        words=words,
        subject=str(change.pk),
        details={"commit": change.commit, "change": change.pk},
        place=book.places(change)[0],
        now=now,
    )


def weighed_again(folder: Folder, change: models.Change, *, now: datetime) -> weighing.Weighed | None:
    """The change as it would be against the newest commit; None where it is over, or meets another."""
    planned = _plan(folder, change)
    return gathering.weigh(planned.trial, now=now) if planned.trial is not None and not planned.conflicts else None
