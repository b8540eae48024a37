"""Proposing a change: tried, weighed, kept; and seen before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonhub.changes import book, comparing, consents, gathering, models, trying, weighing
from commonhub.changes.states import State
from commonhub.communities import allowing
from commonhub.communities.allowing import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

Edits = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A change that nobody has proposed yet: what it would be, and how its needs would stand."""

    trial: trying.Trial
    weighed: weighing.Weighed
    standings: tuple[consents.Standing, ...]


def try_out(folder: Folder, edits: Edits, *, base: str = "") -> trying.Trial:
    """Read the fleet with these edits. `base` is the commit that they were made for; "" for the newest.

    Raises RefusedError in the words of the first fault that they would bring.
    """
    commit = folder.repository.commit_named(base).id if base else folder.repository.head().id
    with folder.turn:
        trial = trying.attempt(folder.repository, folder.reader, commit, edits)
    weighing.refuse_mistakes(trial)
    return trial


@verb("change.preview", Permission.CHANGE_PROPOSE, looks=True)
def preview(asker: Asker, folder: Folder, edits: Edits, *, base: str = "", now: datetime) -> Preview:
    """See what a change would do, cost and need, without proposing it."""
    allow(asker, edits, now)
    trial = try_out(folder, edits, base=base)
    weighed = gathering.weigh(trial, now=now)
    me = consents.Given(handle=asker.handle, name=asker.name, scopes=asker.scopes)
    charter = gathering.charter([need.place for need in weighed.needs], [asker.handle], now=now)
    standings = tuple(
        consents.standing(need, charter=charter, agreed=(me,), author=asker.handle, author_own=asker.owns)
        for need in weighed.needs
    )
    return Preview(trial=trial, weighed=weighed, standings=standings)


@verb("change.propose", Permission.CHANGE_PROPOSE)
def propose(
    asker: Asker,
    trial: trying.Trial,
    proposal: book.Proposal,
    *,
    confirm: str | None = "",
    waived: Sequence[str] = (),
    now: datetime,
) -> models.Change:
    """Propose a change. It is ready at once where the proposer's own consent is all that it needs.

    `trial`: what `try_out` gave. `confirm`: the name that a destructive change asks for; None where it was typed for the change that is undone. `waived`: kinds whose consent
    is not asked for again, which only an undoing may say.
    """
    allowed = allow(asker, trial.edits, now)
    weighed = gathering.weigh(trial, now=now)
    if confirm is not None:
        _confirmed(trial, weighed, confirm)
    needs = [each for each in weighed.needs if not each.kinds or not set(each.kinds) <= set(waived)]
    change = book.write(asker, proposal, trial, weighed, needs=needs, now=now)
    book.sort_state(change, now=now)
    allowing.note(
        asker,
        allowed,
        verb="change.propose",
        words=f"Proposed change {change.pk}: {change.title}.",
        subject=str(change.pk),
        details={"kinds": [each["id"] for each in change.kinds], "state": str(change.state)},
        now=now,
    )
    return change


def allow(asker: Asker, edits: Edits, now: datetime) -> deciding.Decision:
    """The decision where somebody may propose something for all of these files. Raises NotAllowedError with the first no."""
    trying.check_paths(edits)
    if not edits:
        raise errors.RefusedError("It changes nothing.", "Name a file and its new text.")
    places = {Place(community=community, hub=hub) for community, hub in map(comparing.place_of_file, edits)}
    return book.allow_everywhere(asker, Permission.CHANGE_PROPOSE, sorted(places, key=str), now=now)


def _confirmed(trial: trying.Trial, weighed: weighing.Weighed, confirm: str) -> None:
    """A destructive change asks for the name of what goes, so that nobody takes one for another."""
    if not weighed.destructive:
        return
    name = named(trial, weighed)
    if confirm.strip() != name:
        raise errors.RefusedError(
            f"This takes away what can't be had back after a time; type {name} to confirm it.",
            "See the list of what goes first, where the name is typed too: in a preview of the change, "
            "or of taking the hub away.",
        )


def going(weighed: weighing.Weighed) -> dict[str, tuple[str, ...]]:
    """The hubs and communities that a destructive change is about ("": the fleet), each with the kinds that make it so."""
    found: dict[str, list[str]] = {}
    for kind, touched in weighed.kinds:
        for touch in touched if kind.destructive else ():
            ids = found.setdefault(f"{touch.community}/{touch.hub}" if touch.hub else touch.community, [])
            ids += [kind.id] if kind.id not in ids else []
    return {place: tuple(ids) for place, ids in found.items()}


def named(trial: trying.Trial, weighed: weighing.Weighed) -> str:
    """What must be typed for a destructive change: the hub or the community that it is about."""
    places = going(weighed)
    communities = {each for each in places if each and "/" not in each}
    outermost = sorted(each for each in places if each.partition("/")[0] not in communities or each in communities)
    return ", ".join(outermost) or trial.base[:7]


def state_of(change: models.Change) -> State:
    """The state as the word that it is."""
    return State(change.state)
