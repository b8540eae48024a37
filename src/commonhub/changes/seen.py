"""Commits that nobody proposed here: an engineer's own editor, a push. They are judged by the same rules, and shown.

Whom git names as the author is told and nothing more: anybody who can push can write any name.

Nobody is held back by it, since whoever owns the folder could be held back by nothing; what the rules would have asked
for is shown as owed. A history that was written anew is not followed: it is refused in words until an engineer accepts.
"""

import contextlib
import dataclasses
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pygit2
from django.db import transaction
from pygit2.enums import SortMode

from commonhub.audit import models as audit_models
from commonhub.changes import book, committing, comparing, expiring, gathering, merging, models, trying
from commonhub.changes.states import State
from commonhub.communities import allowing, charters, notices, verbs
from commonhub.communities import models as community_models
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.verbs import verb
from commonhub.fleet import history, opening, reading, trees
from commonhub.ground import errors
from commonhub.hubs import wishes
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission

Texts = Mapping[str, str | None]
MOST: Final = 200  # commits that are judged one by one; of a longer row, the newest
_GIT: Final = Asker(handle="git", name="git", via="keeper")
"""The actor of what only git tells."""
_ROLLS_BACK: Final = "Rolls back"
_CHARTER: Final = "@localhost"
_TOLD: Final = ("change.see-commit", "fleet.followed")  # verbs that tell of a commit which somebody else made
_NOTED_WITHIN: Final = timedelta(seconds=10)  # after its commit a verb is noted; until then nobody knows whose it is

verbs.know("change.see-commit", None, "A commit of somebody's own editor is read, judged by the rules, and shown.")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look at the folder's history found.

    `refused`: why the newest commit is not to be followed; "" where it may. `head`: the commit that may be followed.
    """

    head: str
    changes: tuple[models.Change, ...] = ()
    refused: str = ""


def turn(folder: Folder, *, now: datetime) -> Looked:
    """Judge every commit since the last look, then commit what is free. Cheap where there is nothing new.

    On a history that is refused nothing is committed.
    """
    looked = _look(folder, now=now)
    if not looked.refused:
        made = committing.turn(folder, now=now)
        if any(change.commit for change in made):
            again = _look(folder, now=now)
            return dataclasses.replace(again, changes=(*looked.changes, *again.changes))
    return looked


def _look(folder: Folder, *, now: datetime) -> Looked:
    head = folder.repository.head().id
    row = models.SeenHead.objects.first()
    if row is None:
        row = models.SeenHead.objects.create(commit=head, at=now)
    if row.commit == head:
        if row.refused:
            _mark(row, head, now)
        expiring.follow(folder, row)
        return Looked(head=head)
    if row.refused == head:
        return Looked(head=row.commit, refused=row.trouble)
    if not folder.repository.descends(head, row.commit):
        return Looked(head=row.commit, refused=_refuse(row, head, now))
    fresh = [each for each in _since(folder.repository, row.commit) if not is_ours(folder.repository, each)]
    if any(_may_be_noted(each, now) for each in fresh):
        return Looked(head=head)
    with folder.turn:
        changes = tuple(found for each in reversed(fresh) if (found := _judge(folder, each, now=now)) is not None)
    _mark(row, head, now)
    expiring.follow(folder, row)
    return Looked(head=head, changes=changes)


def refused() -> str:
    """Why the newest commit is not followed; "" where it is."""
    row = models.SeenHead.objects.first()
    return row.trouble if row else ""


@verb("change.accept-history", Permission.FLEET_SYNC)
def accept_history(asker: Asker, folder: Folder, *, because: str, now: datetime) -> str:
    """Follow a history of the fleet that was written anew, knowing what is no longer in it."""
    allowed = allowing.allow(asker, Permission.FLEET_SYNC, FLEET, now=now)
    row = models.SeenHead.objects.select_for_update().first()
    if row is None or not row.refused:
        raise errors.RefusedError("The fleet's history was not written anew.", "Nothing is to be accepted.")
    if not because.strip():
        raise errors.RefusedError("No reason is given.", "Say why the history was written anew.")
    head, shown = folder.repository.head().id, row.refused
    if not folder.repository.descends(head, shown):
        raise errors.RefusedError(
            f"The history was written anew once more: {shown[:7]} is not in it, and it is what you were shown.",
            "Look at it as it is now, and decide again in a moment.",
        )
    words = (
        f"Accepted the fleet's history as it stands at {shown[:7]}, without what came after {row.commit[:7]}: {because}"
    )
    before = row.commit
    _mark(row, _fork(folder.repository, before, shown), now)  # what came since then is judged like any other commit
    allowing.note(
        asker,
        allowed,
        verb="change.accept-history",
        words=words,
        details={"commit": shown, "before": before},
        now=now,
    )
    return f"The fleet follows {shown[:7]} from now on."


def _fork(repository: history.FleetRepository, old: str, new: str) -> str:
    """The newest commit that both histories have; where they have none, or the old one is lost, the first of the new."""
    opened = opening.open_repository(repository.path)
    with contextlib.suppress(KeyError, ValueError, pygit2.GitError):
        found = opened.merge_base(pygit2.Oid(hex=old), pygit2.Oid(hex=new))
        if found is not None:
            return str(found)
    return str(list(opened.walk(pygit2.Oid(hex=new), SortMode.TOPOLOGICAL))[-1].id)


def is_ours(repository: history.FleetRepository, commit: history.Commit) -> bool:
    """Whether Commonhub made a commit itself: by a change, a verb that the audit holds, or by taking a change back.

    Words in a commit prove nothing: a change is known by its key and its texts, taking back by what it does.
    """
    if committing.trailer(commit, committing.KEY):
        return change_of(repository, commit) is not None
    back = committing.trailer(commit, _ROLLS_BACK)
    if back and _takes_back(repository, commit, back):
        return True
    if not commit.email.endswith(_CHARTER):
        return False
    made = audit_models.AuditEntry.objects.filter(details__commit=commit.id)
    return made.exclude(verb__in=_TOLD).exclude(verb__startswith="rollout.").exists()


def change_of(repository: history.FleetRepository, commit: history.Commit) -> models.Change | None:
    """The change that a commit is: known by its key, and by its texts as long as the change has no commit."""
    key = committing.trailer(commit, committing.KEY)
    change = models.Change.objects.filter(key=key).first() if key else None
    if change is None or change.commit:
        return change if change is not None and change.commit == commit.id else None
    was, edits = between(repository, commit.id)
    return change if _lays(change.edits, change.was, was, edits) else None


def _lays(texts: Texts, base: Texts, was: Texts, edits: Texts) -> bool:
    """Whether a commit, which made `edits` of `was`, does nothing but lay what `texts` changed of `base` over it."""
    try:
        found, conflicts = merging.merge_all(
            {file: texts.get(file) for file in edits if file in texts}, base=base, now=was
        )
    except errors.CommonhubError:  # nothing can be laid over files with faults
        return False
    return not conflicts and found == edits


def _may_be_noted(commit: history.Commit, now: datetime) -> bool:
    """Whether a verb may have made it whose note in the audit is not there yet."""
    return commit.email.endswith(_CHARTER) and timedelta(0) <= now - commit.when < _NOTED_WITHIN


def _takes_back(repository: history.FleetRepository, commit: history.Commit, named: str) -> bool:
    """Whether a commit does nothing but set back the change, or the commit of a change, that it names."""
    rows = models.Change.objects
    change = (rows.filter(pk=int(named)).first() if named.isdecimal() and len(named) < 16 else None) or (
        rows.filter(commit__startswith=named).first() if len(named) >= 7 else None
    )
    if change is None:
        return False
    was, edits = between(repository, commit.id)
    return _lays(change.was, change.edits, was, edits)


def _mark(row: models.SeenHead, head: str, now: datetime) -> None:
    row.commit, row.at, row.refused, row.trouble = head, now, "", ""
    row.save()


def _refuse(row: models.SeenHead, head: str, now: datetime) -> str:
    words = (
        f"The fleet's history was written anew: its newest commit {head[:7]} does not follow {row.commit[:7]}, "
        "so what was made since may be lost. Hubs stay as they are. "
        "Put the lost commits back (git reflog shows them), or accept it: commonhub change accept-history"
    )
    with transaction.atomic():
        row.refused, row.trouble = head, words
        row.save()
        charter = charters.near([FLEET], now=now)
        for holder in charter.holders(Permission.FLEET_SYNC, FLEET):
            person = community_models.Person.objects.filter(handle=holder.id).first()
            if person is not None:
                notices.tell(person, words, url="/changes", now=now)
    return words


def _since(repository: history.FleetRepository, base: str) -> Iterator[history.Commit]:
    """The commits after one, the newest first."""
    opened = opening.open_repository(repository.path)
    walker = opened.walk(opened.head.target)
    walker.hide(pygit2.Oid(hex=base))
    for number, each in enumerate(walker):
        if number >= MOST:
            return
        yield repository.commit_named(str(each.id))


def _judge(folder: Folder, commit: history.Commit, *, now: datetime) -> models.Change | None:
    """The change that a commit is, with what it would have needed; None where it leaves the fleet's files alone."""
    if models.Change.objects.filter(commit=commit.id).exists():
        return None
    was, edits = between(folder.repository, commit.id)
    if not edits:
        return None
    trial = trial_of(folder.reader, folder.repository, commit.id, was, edits)
    with transaction.atomic():
        weighed = gathering.weigh(trial, now=now)
        title = commit.subject or "A commit without words"
        proposal = book.Proposal(title=title, why=commit.body)
        change = book.write(_said_author(commit), proposal, trial, weighed, needs=weighed.needs, agrees=False, now=now)
        change.key, change.via, change.person = secrets.token_hex(8), book.EDITOR, _said_person(commit)
        book.end(change, State.COMMITTED, now=now, commit=commit.id)
        owed = [each.sentence for each in book.standings(change, now=now) if each.given_by is None]
        allowing.note(
            _GIT,
            None,
            verb="change.see-commit",
            words=f"A commit of an editor, in the name of {commit.author}, seen as change {change.pk}: {title}.",
            subject=str(change.pk),
            details={"commit": commit.id, "change": change.pk, "owed": owed},
            place=book.places(change)[0],
            now=now,
        )
    return change


def _said_person(commit: history.Commit) -> community_models.Person | None:
    """Whom a commit names as its author, by the handle or the confirmed address. Whoever can push can name anybody."""
    handle = commit.email.removesuffix(_CHARTER) if commit.email.endswith(_CHARTER) else ""
    people = community_models.Person.objects
    person = people.filter(handle=handle).first() if handle else None
    if person is None and commit.email:
        person = people.filter(email__iexact=commit.email, email_verified__isnull=False).first()
    return person


def _said_author(commit: history.Commit) -> Asker:
    """The author that git gives, which is nobody's account: it is told, and is worth no consent and no permission."""
    person = _said_person(commit)
    said = person.handle if person else commit.email
    return Asker(handle=f"git:{said}"[:200], name=commit.author[:200], via="keeper")


def between(repository: history.FleetRepository, commit: str) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """The files of the fleet before and after one commit, of those that it changed."""
    opened = opening.open_repository(repository.path)
    parents = opened[commit].peel(pygit2.Commit).parent_ids
    after = {entry.path: entry for entry in repository.tree(commit).entries}
    before = {entry.path: entry for entry in repository.tree(str(parents[0])).entries} if parents else {}
    changed = [
        path
        for path in sorted({*before, *after})
        if (before[path].blob if path in before else "") != (after[path].blob if path in after else "")
    ]
    return (
        {path: _text(before.get(path)) for path in changed},
        {path: _text(after.get(path)) for path in changed},
    )


def _text(entry: trees.Entry | None) -> str | None:
    return None if entry is None else entry.load().decode("utf-8-sig", errors="replace")


def trial_of(
    reader: reading.Reader,
    repository: history.FleetRepository,
    commit: str,
    was: dict[str, str | None],
    edits: dict[str, str | None],
) -> trying.Trial:
    """A commit that is made already, as a trial of its parent."""
    opened = opening.open_repository(repository.path)
    parents = opened[commit].peel(pygit2.Commit).parent_ids
    base = str(parents[0]) if parents else commit
    with contextlib.suppress(errors.CommonhubError):
        trial = trying.attempt(repository, reader, base, edits)
        if trial.touches:
            return trial
    # Files with faults can't be compared key by key.
    touches = tuple(comparing.Touch(file=path, path=(comparing.UNREADABLE,)) for path in edits)
    return trying.Trial(base=base, was=was, edits=edits, before=None, after=None, mistakes=(), touches=touches, hubs={})


def glance(folder: Folder, now: datetime) -> wishes.Glance:
    """What the keeper asks before it reads the folder: the commit to follow, and why that is not the newest one."""
    looked = turn(folder, now=now)
    return wishes.Glance(head=looked.head, refused=looked.refused)
