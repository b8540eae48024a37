"""The fleet folder set back to before a roll-out: one commit, that of everybody else's work in between kept.

It may be killed at any line and asked again: a commit that is there already is found by its trailer, and known by
what it does. Words alone prove nothing, since anybody can write them.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final

from commonhub.changes import committing, leftovers, merging
from commonhub.communities import charter_acts
from commonhub.fleet import history, trees
from commonhub.ground import errors
from commonhub.rollouts import models

FAR: Final = 100  # commits looked at
ROLLOUT: Final = "Roll-out"
AUTOMATION = history.Person(name="Commonhub", email="rollouts@localhost")
"""Who takes a roll-out back when nobody asked."""


def take_back(
    folder: charter_acts.Folder, rollout: models.Rollout, *, who: history.Person, why: str
) -> history.Commit | None:
    """Take the commits of a roll-out back; None where nothing of them is left in the folder.

    Raises RefusedError where somebody changed the same things since, or has edits there that are not committed.
    """
    repository = folder.repository
    with folder.turn, leftovers.alone(repository):
        made = _made(repository, rollout)
        if made is not None:
            leftovers.put_right(repository, _written(repository, made))
            return made
        head = repository.head()
        tree = repository.tree(head.id)
        back = _back(repository, rollout, _texts(tree))
        if not back:
            return None
        _check(folder, tree, back)
        leftovers.put_right(repository, back)
        return repository.change(back, who=who, why=f"{why}\n\n{trailers(rollout)}", base=head.id)


def trailers(rollout: models.Rollout) -> str:
    """What says in a commit which roll-out it takes back."""
    what = rollout.change if rollout.change is not None else rollout.commit[:12]
    return f"Rolls back: {what}\n{ROLLOUT}: {rollout.pk}"


def taken_back(repository: history.FleetRepository, commit: history.Commit) -> models.Rollout | None:
    """The roll-out that a commit names in its last paragraph, where the commit does nothing but take it back."""
    named = committing.trailer(commit, ROLLOUT)
    known = models.Rollout.objects.filter(pk=int(named)) if named.isdecimal() and len(named) < 16 else None
    rollout = known.first() if known is not None else None
    if rollout is None:
        return None
    try:
        before = _texts(repository.tree(repository.commit_named(f"{commit.id}^").id))
        does_it = _back(repository, rollout, before) == _written(repository, commit)
    except (errors.CommonhubError, UnicodeDecodeError):  # what cannot be set back was not set back
        return None
    return rollout if does_it else None


def _made(repository: history.FleetRepository, rollout: models.Rollout) -> history.Commit | None:
    for commit in repository.log(limit=FAR):
        if commit.id == rollout.commit:
            return None
        if taken_back(repository, commit) == rollout:
            return commit
    return None


def _written(repository: history.FleetRepository, made: history.Commit) -> dict[str, str | None]:
    """What a commit wrote."""
    after, before = _texts(repository.tree(made.id)), _texts(repository.tree(repository.commit_named(f"{made.id}^").id))
    return {path: _text(after, path) for path in after.keys() | before.keys() if not _same(after, before, path)}


def _same(one: Mapping[str, trees.Entry], other: Mapping[str, trees.Entry], path: str) -> bool:
    return path in one and path in other and one[path].blob == other[path].blob


def _texts(tree: trees.Tree) -> dict[str, trees.Entry]:
    return {entry.path: entry for entry in tree.entries}


def _text(entries: Mapping[str, trees.Entry], path: str) -> str | None:
    return entries[path].load().decode("utf-8-sig") if path in entries else None


def _back(
    repository: history.FleetRepository, rollout: models.Rollout, now: Mapping[str, trees.Entry]
) -> dict[str, str | None]:
    """The files to write: each cause undone in what stands there now, the newest first."""
    found: dict[str, str | None] = {}
    for cause in rollout.causes:
        after = _texts(repository.tree(cause))
        before = _texts(repository.tree(repository.commit_named(f"{cause}^").id))
        for path in sorted(after.keys() | before.keys()):
            if _same(after, before, path):
                continue
            theirs = found[path] if path in found else _text(now, path)
            merged = merging.merge(path, base=_text(after, path), ours=_text(before, path), theirs=theirs)
            if merged.conflicts:
                raise errors.RefusedError(
                    f"{path} was changed again since: {merged.conflicts[0].sentence}",
                    "Set the fleet folder right by hand; until then the hubs are held at what they had.",
                )
            found[path] = merged.text
    return {path: text for path, text in found.items() if text != _text(now, path)}


def _check(folder: charter_acts.Folder, tree: trees.Tree, back: Mapping[str, str | None]) -> None:
    """Refuse what would give the fleet a fault that it does not have."""
    kept = [entry for entry in tree.entries if entry.path not in back]
    for path, text in back.items():
        if text is not None:
            data = text.encode()
            kept.append(trees.Entry(path=path, blob=f"back:{hash(data)}", load=lambda data=data: data))  # type: ignore[misc]
    before = {fault.problem for fault in folder.reader.read(tree).mistakes}
    entries = tuple(sorted(kept, key=lambda entry: entry.path))
    after = folder.reader.read(dataclasses.replace(tree, entries=entries)).mistakes
    new = [fault for fault in after if fault.problem not in before]
    if new:
        raise errors.RefusedError(new[0].problem, new[0].mend)
