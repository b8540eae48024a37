"""From files to a fleet, or to every fault at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pydantic

from commonhub.fleet import checking, collecting, fields, lines, models, names, trees, wording
from commonhub.ground import errors, marked

_PLACES = (
    (re.compile(r"fleet\.yaml"), models.FleetFile),
    (re.compile(r"communities/([^/]+)/community\.yaml"), models.CommunityFile),
    (re.compile(r"communities/([^/]+)/hubs/([^/]+)\.yaml"), models.HubFile),
)


Check = Callable[[models.Fleet, lines.Lines], Iterable[errors.Fault]]
"""Faults that only somebody further up can find, such as a role that the responsibility model does not know.
It is called where fleet.yaml can be read; communities and hubs whose files have faults are absent from the fleet."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a folder says: a fleet when nothing is wrong, and everything there is to say about it."""

    fleet: models.Fleet | None  # None as soon as there is one error
    faults: tuple[errors.Fault, ...] = ()

    @property
    def mistakes(self) -> tuple[errors.Fault, ...]:
        """The faults that stop the work."""
        return tuple(fault for fault in self.faults if not fault.warning)

    @property
    def warnings(self) -> tuple[errors.Fault, ...]:
        """The faults that let the work go on."""
        return tuple(fault for fault in self.faults if fault.warning)


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """One file as read: its model or None, its faults, and the lines of its outermost keys.

    `data` is kept of responsibilities.yaml alone, which has its own reader further up.
    """

    model: fields.Model | None
    faults: tuple[errors.Fault, ...]
    lines: Mapping[str, int] = field(default_factory=dict)
    data: bytes | None = None


class Reader:
    """Reads trees and remembers each file by its content, so that a second reading parses only what changed."""

    def __init__(self, *, checks: Sequence[Check] = ()) -> None:
        self._checks = tuple(checks)
        self._known: dict[tuple[str, str], FileRead] = {}
        # What was found in a hub, with the two models that it was found in: the fleet's and the hub's.
        self._checked: dict[str, tuple[models.FleetFile, models.HubFile, tuple[errors.Fault, ...]]] = {}

    def read(self, tree: trees.Tree) -> Reading:
        """Read everything. It never raises for what the files say."""
        with collecting.at_rest() as rest:
            before = self._known
            files: dict[str, FileRead] = {}
            known: dict[tuple[str, str], FileRead] = {}
            for entry in tree.entries:
                key = (entry.path, entry.blob)
                files[entry.path] = known[key] = before.get(key) or _read_file(entry)
            self._known = known  # what is no longer in the tree is forgotten
            rest.made = len(known.keys() - before.keys())
            return self._put_together(tree, files)

    def _put_together(self, tree: trees.Tree, files: Mapping[str, FileRead]) -> Reading:
        faults = [*tree.faults, *(fault for file in files.values() for fault in file.faults)]
        fleet, more = _assemble(files, tree.revision)
        faults.extend(more)
        if fleet is not None:
            outermost = {path: read.lines for path, read in files.items()}
            entries = {entry.path: entry for entry in tree.entries}
            faults.extend(self._check(fleet, lines.Lines(outermost=outermost, entries=entries)))
        ordered = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.problem)))
        sound = all(fault.warning for fault in ordered)
        return Reading(fleet=fleet if sound else None, faults=ordered)

    def _check(self, fleet: models.Fleet, where: lines.Lines) -> Iterator[errors.Fault]:
        yield from checking.across(fleet, where)
        for check in self._checks:
            yield from check(fleet, where)
        checked = self._checked
        self._checked = {}
        for hub in fleet.hubs:
            known = checked.get(hub.id)
            if known is None or known[0] is not fleet.file or known[1] is not hub.file:
                known = (fleet.file, hub.file, tuple(checking.within(fleet.file, hub, where)))
            self._checked[hub.id] = known
            yield from known[2]


def read(tree: trees.Tree, *, checks: Sequence[Check] = ()) -> Reading:
    """Read a tree once; whoever reads again and again keeps a `Reader`."""
    return Reader(checks=checks).read(tree)


def read_text(path: str, text: str) -> tuple[errors.Fault, ...]:
    """The faults of one file by itself, as an editor or a form needs them. `path` tells which kind of file it is."""
    data = text.encode(errors="surrogatepass")
    return _read_file(trees.Entry(path=path, blob="", load=lambda: data)).faults


def _read_file(entry: trees.Entry) -> FileRead:
    if entry.path == trees.RESPONSIBILITIES:
        return FileRead(model=None, faults=(), data=entry.load())
    model = next((kind for place, kind in _PLACES if place.fullmatch(entry.path)), None)
    if model is None:
        return FileRead(model=None, faults=(_stray(entry.path),))
    source = marked.read(entry.load(), entry.path)
    faults = [*_misnamed(entry.path), *source.faults]
    value: fields.Model | None = None
    if source.value is not None:
        try:
            value = model.model_validate(source.value)
        except pydantic.ValidationError as error:
            faults.extend(wording.faults(error, model, source, entry.path))
    keys = source.value if isinstance(source.value, dict) else {}
    return FileRead(model=value, faults=tuple(faults), lines={key: source.line([key]) for key in keys})


def _stray(path: str) -> errors.Fault:
    mend = (
        "Hubs stand in communities/<community>/hubs/<hub>.yaml, a community in communities/<community>/community.yaml."
    )
    if path.endswith(".yml"):
        mend = "Rename it so that it ends in .yaml."
    return errors.Fault(file=path, line=0, problem="No part of a fleet stands at this place.", mend=mend)


def _misnamed(path: str) -> Iterator[errors.Fault]:
    _, *parts = path.removesuffix(".yaml").split("/")
    wanted = [part for part in parts if part not in {"community", "hubs"}] if len(parts) > 1 else []
    for part in [parts[0], *parts[2:]] if len(parts) == 3 else wanted:
        if not names.is_name(part):
            nearest = names.nearest_name(part)
            mend = f"{names.RULE} For example: {nearest}."
            yield errors.Fault(file=path, line=0, problem=f"{part!r} cannot be a name.", mend=mend)


def _assemble(files: Mapping[str, FileRead], revision: str) -> tuple[models.Fleet | None, list[errors.Fault]]:
    """Put the files together; what could not be read is left out, so that one fault does not hide another."""
    faults: list[errors.Fault] = []
    top = files.get("fleet.yaml")
    if top is None:
        mend = "Make one with a line such as name: Our hubs, or run commonhub init."
        faults.append(errors.Fault(file="fleet.yaml", line=0, problem="There is no fleet.yaml.", mend=mend))
    communities: dict[str, models.CommunityFile] = {}
    hubs: dict[str, list[models.Hub]] = {}
    for path, file in sorted(files.items()):
        parts = path.split("/")
        if isinstance(file.model, models.CommunityFile):
            communities[parts[1]] = file.model
        elif isinstance(file.model, models.HubFile):
            name = parts[3].removesuffix(".yaml")
            hubs.setdefault(parts[1], []).append(models.Hub(community=parts[1], name=name, file=file.model))
    for community, found in hubs.items():
        path = f"communities/{community}/community.yaml"
        if path not in files:
            mend = f"Make {path} with a line such as title: {community}."
            faults.append(
                errors.Fault(
                    file=f"communities/{community}/hubs/{found[0].name}.yaml",
                    line=0,
                    problem=f"The community {community!r} has no community.yaml.",
                    mend=mend,
                )
            )
    if top is None or not isinstance(top.model, models.FleetFile):
        return None, faults
    built = tuple(
        models.Community(name=name, file=file, hubs=tuple(hubs.get(name, ()))) for name, file in communities.items()
    )
    model = files.get(trees.RESPONSIBILITIES)
    return models.Fleet(
        file=top.model, communities=built, responsibilities=model.data if model else None, revision=revision
    ), faults
