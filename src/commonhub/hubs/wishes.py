"""What the fleet folder wants, commit by commit: the newest sound commit is in force."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commonhub.communities import charter_acts, charter_checks
from commonhub.fleet import desired, history, models, reading, resolving, sound
from commonhub.ground import errors
from commonhub.hubs import holds


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A fleet as one commit wants it."""

    commit: history.Commit
    fleet: models.Fleet
    hubs: tuple[desired.DesiredHub, ...]

    @property
    def file(self) -> models.FleetFile:
        """fleet.yaml."""
        return self.fleet.file


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What a domain above says of the folder's history before it is read.

    `head`: the commit to follow, "" for the newest. `refused`: why the newest is not to be followed, "" where it is.
    """

    head: str = ""
    refused: str = ""


@dataclass(kw_only=True)
class Wishes:
    """Watches one fleet folder. A commit with errors is told and not obeyed: the one before it stays in force.

    Nor is a history obeyed that was written anew (`refused` says so in words): hubs keep to the commit before it.
    """

    folder: Path
    in_force: Wish | None = None
    newest: history.Commit | None = None
    faults: tuple[errors.Fault, ...] = ()
    refused: str = ""
    held: Mapping[str, holds.Hold] = field(default_factory=dict)  # hubs that keep the settings of before, by id
    _reader: reading.Reader = field(default_factory=charter_checks.reader)
    _resolver: resolving.Resolver = field(default_factory=resolving.Resolver)
    _repository: history.FleetRepository | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)  # the reader is read by one thread at a time

    def look(self, glance: Glance | None = None) -> bool:
        """See whether there is a new commit; true where `in_force`, `faults` or `refused` may have changed."""
        with self._turn:
            return self._look(glance or Glance())

    def _look(self, glance: Glance) -> bool:
        self._repository = self._repository or history.FleetRepository(self.folder)
        turned, self.refused = self.refused != glance.refused, glance.refused
        if glance.refused and not glance.head:
            return turned
        head = self._repository.commit_named(glance.head) if glance.head else self._repository.head()
        if self.newest is not None and head.id == self.newest.id:
            return turned
        found = self._reader.read(self._repository.tree(head.id))
        self.newest, self.faults = head, found.faults
        if found.fleet is not None:
            self._obey(head, found.fleet)
        elif self.in_force is None:  # a new keeper: what the one before it obeyed stays in force
            before = sound.newest(self._repository, self._reader, start=head.id)
            if before is not None:
                self._obey(*before)
        return True

    def _obey(self, commit: history.Commit, fleet: models.Fleet) -> None:
        self.in_force = Wish(commit=commit, fleet=fleet, hubs=self._resolver.resolve(fleet))

    def check_followed(self) -> None:
        """Raise UnavailableError while the newest commit is not followed: a commit on top of it would be lost or forced."""
        if self.refused:
            raise errors.UnavailableError(self.refused, "Try again once that is settled.")

    def writable(self) -> charter_acts.Folder:
        """The folder for verbs that change its files. It shares our reader, which remembers every file."""
        self._repository = self._repository or history.FleetRepository(self.folder)
        return charter_acts.Folder(repository=self._repository, reader=self._reader, turn=self._turn)

    @property
    def hubs(self) -> dict[str, desired.DesiredHub]:
        """The hubs by id as they should be now: those of the commit in force, the held ones as they are held."""
        return holds.overlay(self.in_force.hubs, self.held) if self.in_force else {}
