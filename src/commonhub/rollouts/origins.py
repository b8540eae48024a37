"""Which commits a roll-out brings: read from the history between what hubs have and what they are to get."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from commonhub.changes import seen
from commonhub.communities import models as people
from commonhub.fleet import history
from commonhub.rollouts import records, taking_back

FAR: Final = taking_back.FAR
_NO_MAIL: Final = "@localhost"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One commit, looked at: the files that it changed, and whether it does nothing but take a roll-out back."""

    commit: history.Commit
    files: frozenset[str]
    takes_back: bool


def files_of(hub_ids: Collection[str]) -> frozenset[str]:
    """The files that say what these hubs should be."""
    found = {"fleet.yaml"}
    for hub_id in hub_ids:
        community, _, name = hub_id.partition("/")
        found |= {f"communities/{community}/community.yaml", f"communities/{community}/hubs/{name}.yaml"}
    return frozenset(found)


def between(repository: history.FleetRepository, base: str, commit: str) -> tuple[history.Commit, ...]:
    """The commits after `base` up to `commit`, newest first; only `commit` where `base` is not among its last ones."""
    log = repository.log(limit=FAR)
    ids = [each.id for each in log]
    if commit not in ids:
        return (repository.commit_named(commit),)
    begin = ids.index(commit)
    end = ids.index(base) if base in ids[begin:] else begin + 1
    return log[begin:end]


def look(repository: history.FleetRepository, base: str, commit: str) -> tuple[Looked, ...]:
    """The commits after `base` up to `commit`, newest first, each compared with what was before it once.

    It takes as long as the history is: call it outside of a transaction.
    """
    return tuple(
        Looked(
            commit=each,
            files=repository.changed(each.id),
            takes_back=taking_back.taken_back(repository, each) is not None,
        )
        for each in between(repository, base, commit)
    )


def touching(looked: Sequence[Looked], hub_ids: Collection[str]) -> tuple[Looked, ...]:
    """Those that changed a file of one of these hubs."""
    if len(looked) <= 1:
        return tuple(looked)
    files = files_of(hub_ids)
    return tuple(each for each in looked if not files.isdisjoint(each.files))


def origin(
    repository: history.FleetRepository, looked: Sequence[Looked], *, base: str, commit: str, hub_ids: Collection[str]
) -> tuple[records.Origin, bool]:
    """What is rolled out to these hubs, and whether all of it takes an earlier roll-out back.

    `looked`: what `look` gave for `base` and `commit`.
    """
    causes = touching(looked, hub_ids)
    newest = causes[0].commit if causes else repository.commit_named(commit)
    change = seen.change_of(repository, newest)
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    found = records.Origin(
        commit=commit,
        base=base,
        causes=tuple(each.commit.id for each in causes),
        title=newest.subject + more,
        author=newest.author,
        handle=_handle(newest),
        change=change.pk if change else None,
    )
    return found, bool(causes) and all(each.takes_back for each in causes)


def _handle(commit: history.Commit) -> str:
    """The account of who made a commit: by the handle that the portal writes, or by the address in git."""
    if commit.email.endswith(_NO_MAIL):
        known = people.Person.objects.filter(handle=commit.email.removesuffix(_NO_MAIL)).first()
    else:
        known = people.Person.objects.filter(email__iexact=commit.email).first() if commit.email else None
    return known.handle if known else ""
