"""Which commits a roll-out brings: read from the history between what hubs have and what they are to get."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from commonhub.communities import models as people
from commonhub.fleet import history
from commonhub.rollouts import records

FAR: Final = 100  # commits looked at
_CHANGE: Final = re.compile(r"^Change: (\d+)$", re.MULTILINE)
_ROLLOUT: Final = re.compile(r"^Roll-out: (\d+)$", re.MULTILINE)
_NO_MAIL: Final = "@localhost"


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


def touching(
    repository: history.FleetRepository, commits: Sequence[history.Commit], hub_ids: Collection[str]
) -> tuple[history.Commit, ...]:
    """Those that changed a file of one of these hubs."""
    if len(commits) <= 1:
        return tuple(commits)
    ids = {each.id for each in commits}
    found: set[str] = set()
    for path in sorted(files_of(hub_ids)):
        found |= ids & {each.id for each in repository.log(path, limit=FAR)}
    return tuple(each for each in commits if each.id in found)


def rollout_named(commit: history.Commit) -> int | None:
    """The roll-out that a commit takes back, by its trailer."""
    found = _ROLLOUT.search(commit.body)
    return int(found.group(1)) if found else None


def origin(
    repository: history.FleetRepository, *, base: str, commit: str, hub_ids: Collection[str]
) -> tuple[records.Origin, bool]:
    """What is rolled out to these hubs, and whether all of it takes an earlier roll-out back."""
    causes = touching(repository, between(repository, base, commit), hub_ids)
    newest = causes[0] if causes else repository.commit_named(commit)
    change = _CHANGE.search(newest.body)
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    found = records.Origin(
        commit=commit,
        base=base,
        causes=tuple(each.id for each in causes),
        title=newest.subject + more,
        author=newest.author,
        handle=_handle(newest),
        change=int(change.group(1)) if change else None,
    )
    return found, bool(causes) and all(rollout_named(each) is not None for each in causes)


def _handle(commit: history.Commit) -> str:
    """The account of who made a commit: by the handle that the portal writes, or by the address in git."""
    if commit.email.endswith(_NO_MAIL):
        known = people.Person.objects.filter(handle=commit.email.removesuffix(_NO_MAIL)).first()
    else:
        known = people.Person.objects.filter(email__iexact=commit.email).first() if commit.email else None
    return known.handle if known else ""
