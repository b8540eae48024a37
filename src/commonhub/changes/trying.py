"""What the fleet would be with some files changed: read as a whole, and refused where it would get a fault by it."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from commonhub.changes import comparing, merging
from commonhub.changes.comparing import Touch
from commonhub.fleet import desired, history, models, reading, resolving, sound, trees
from commonhub.ground import errors

LARGEST = 1_000_000  # characters of one file


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The fleet before and after some edits. Where other files have faults, the newest sound commit stands for them.

    `before` and `after` are None where that helps nothing: then nobody can say what the edits do to hubs.

    `hubs` are those whose settings would differ, with what they are before and after (None: not there).
    """

    base: str  # the commit
    was: Mapping[str, str | None]  # the files as the commit has them
    edits: Mapping[str, str | None]
    before: models.Fleet | None
    after: models.Fleet | None
    mistakes: tuple[errors.Fault, ...]  # that the edits bring
    touches: tuple[Touch, ...]
    hubs: Mapping[str, tuple[desired.DesiredHub | None, desired.DesiredHub | None]]


def texts(repository: history.FleetRepository, commit: str, files: Iterable[str]) -> dict[str, str | None]:
    """Files as a commit has them; None where it has none. Raises CommonhubError where one is no text."""
    wanted = set(files)
    found: dict[str, str | None] = dict.fromkeys(wanted)
    for entry in repository.tree(commit).entries:
        if entry.path in wanted:
            try:
                found[entry.path] = entry.load().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise errors.CommonhubError(f"{entry.path} is not UTF-8 text.", "Save it as UTF-8.") from None
    return found


def check_paths(edits: Mapping[str, str | None]) -> None:
    """Refuse what can't be a file of a fleet, before anything is read or written."""
    for path, text in edits.items():
        parts = path.split("/")
        if not trees.is_read(path) or ".." in parts or "" in parts or path.startswith("/") or "\0" in path:
            raise errors.RefusedError(f"{path[:200]} is no file of a fleet.", "Name a file such as fleet.yaml.")
        if text is not None and (len(text) > LARGEST or "\0" in text):
            raise errors.RefusedError(f"The text of {path} can't be kept.", "Write at most a megabyte of text.")


def attempt(
    repository: history.FleetRepository, reader: reading.Reader, base: str, edits: Mapping[str, str | None]
) -> Trial:
    """Read the fleet of a commit with these edits. Nothing is written."""
    check_paths(edits)
    tree = repository.tree(base)
    was = texts(repository, base, edits)
    edits = {path: text for path, text in edits.items() if text != was[path]}
    before = reader.read(tree)
    after = reader.read(dataclasses.replace(tree, entries=_edited(tree, edits), revision=""))
    known = Counter((fault.file, fault.problem) for fault in before.mistakes)
    mistakes = tuple(_fresh(after.mistakes, known))
    fleets = before.fleet, after.fleet
    touches: tuple[Touch, ...] = ()
    if not mistakes:
        touches = tuple(touch for path in sorted(edits) for touch in _touches(path, was[path], edits[path]))
        if None in fleets:
            fleets = _beside_faults(repository, reader, base, was, edits, after.fleet)
    return Trial(
        base=base,
        was={path: was[path] for path in edits},
        edits=edits,
        before=fleets[0],
        after=fleets[1],
        mistakes=mistakes,
        touches=touches,
        hubs=hubs_between(*fleets, edits),
    )


def _fresh(faults: Iterable[errors.Fault], known: Counter[tuple[str, str]]) -> Iterator[errors.Fault]:
    """The faults that were not there before: the same one in another file, or once more, is new."""
    left = known.copy()
    for fault in faults:
        left[fault.file, fault.problem] -= 1
        if left[fault.file, fault.problem] < 0:
            yield fault


def _beside_faults(
    repository: history.FleetRepository,
    reader: reading.Reader,
    base: str,
    was: Mapping[str, str | None],
    edits: Mapping[str, str | None],
    after: models.Fleet | None,
) -> tuple[models.Fleet | None, models.Fleet | None]:
    """The fleet before and after, with the newest sound commit for all files that the edits leave alone."""
    found = sound.newest(repository, reader, start=base)
    if found is None:
        return None, after
    tree = repository.tree(found[0].id)

    def read(files: Mapping[str, str | None]) -> models.Fleet | None:
        return reader.read(dataclasses.replace(tree, entries=_edited(tree, files), revision="")).fleet

    return read({path: was[path] for path in edits}) or found[1], after or read(edits)


def _touches(path: str, was: str | None, text: str | None) -> tuple[Touch, ...]:
    before, after = merging.value_of(was), merging.value_of(text)
    found = comparing.touches(path, before, after)
    # A difference that comparing overlooked is no comment: it is of the kind that two people look at.
    nothing = comparing.COMMENTS if comparing.same(before, after) else comparing.UNREADABLE
    return found or (Touch(file=path, path=(nothing,)),)


def _edited(tree: trees.Tree, edits: Mapping[str, str | None]) -> tuple[trees.Entry, ...]:
    kept = [entry for entry in tree.entries if entry.path not in edits]
    for path, text in edits.items():
        if text is not None:
            data = text.encode()
            kept.append(trees.Entry(path=path, blob=trees.blob_name(data), load=lambda data=data: data))  # type: ignore[misc]
    return tuple(sorted(kept, key=lambda entry: entry.path))


def hubs_between(
    before: models.Fleet | None, after: models.Fleet | None, files: Iterable[str]
) -> dict[str, tuple[desired.DesiredHub | None, desired.DesiredHub | None]]:
    """The hubs whose settings differ between two fleets that differ in these files."""
    if before is None or after is None:
        return {}
    files = tuple(files)
    of_all = "fleet.yaml" in files
    touched = {comparing.place_of_file(file) for file in files}
    communities = {community for community, hub in touched if not hub}
    one, other = (
        {
            hub.id: resolving.resolve_one(fleet.file, community.file.title, hub)
            for community in fleet.communities
            for hub in community.hubs
            if of_all or community.name in communities or (community.name, hub.name) in touched
        }
        for fleet in (before, after)
    )
    return {
        hub_id: (one.get(hub_id), other.get(hub_id))
        for hub_id in sorted({*one, *other})
        if hub_id not in one or hub_id not in other or one[hub_id].digest != other[hub_id].digest
    }


class Texts(Mapping[str, str | None]):
    """The files of a commit as texts, each read when it is asked for."""

    def __init__(self, entries: Iterable[trees.Entry]) -> None:
        self._entries = {entry.path: entry for entry in entries}

    def __getitem__(self, path: str) -> str | None:
        return self._entries[path].load().decode("utf-8-sig", errors="replace")

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
