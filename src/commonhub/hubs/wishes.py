"""What the fleet folder wants, commit by commit: the newest sound commit is in force."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from commonhub.communities import charter_acts, charter_checks
from commonhub.fleet import desired, history, models, reading, resolving, sound
from commonhub.ground import errors


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


@dataclass(kw_only=True)
class Wishes:
    """Watches one fleet folder. A commit with errors is told and not obeyed: the one before it stays in force."""

    folder: Path
    in_force: Wish | None = None
    newest: history.Commit | None = None
    faults: tuple[errors.Fault, ...] = ()
    _reader: reading.Reader = field(default_factory=charter_checks.reader)
    _resolver: resolving.Resolver = field(default_factory=resolving.Resolver)
    _repository: history.FleetRepository | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)  # the reader is read by one thread at a time

    def look(self) -> bool:
        """See whether there is a new commit; true where `in_force` or `faults` may have changed."""
        with self._turn:
            return self._look()

    def _look(self) -> bool:
        self._repository = self._repository or history.FleetRepository(self.folder)
        head = self._repository.head()
        if self.newest is not None and head.id == self.newest.id:
            return False
        found = self._reader.read(self._repository.tree(head.id))
        self.newest, self.faults = head, found.faults
        if found.fleet is not None:
            self._obey(head, found.fleet)
        elif self.in_force is None:  # a new keeper: what the one before it obeyed stays in force
            before = sound.newest(self._repository, self._reader)
            if before is not None:
                self._obey(*before)
        return True

    def _obey(self, commit: history.Commit, fleet: models.Fleet) -> None:
        self.in_force = Wish(commit=commit, fleet=fleet, hubs=self._resolver.resolve(fleet))

    def writable(self) -> charter_acts.Folder:
        """The folder for verbs that change its files. It shares our reader, which remembers every file."""
        self._repository = self._repository or history.FleetRepository(self.folder)
        return charter_acts.Folder(repository=self._repository, reader=self._reader, turn=self._turn)

    @property
    def hubs(self) -> dict[str, desired.DesiredHub]:
        """The hubs in force, by id."""
        return {hub.id: hub for hub in self.in_force.hubs} if self.in_force else {}
