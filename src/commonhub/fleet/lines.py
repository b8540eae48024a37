"""Where things stand in the files of one reading, so that whoever finds a fault names its file and line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commonhub.fleet import trees
from commonhub.ground import errors, marked


@dataclass(kw_only=True)
class Lines:
    """Finds lines. Those of outermost keys are kept; for deeper ones the file is read again, which only faults cost."""

    outermost: Mapping[str, Mapping[str, int]]  # file: key: line
    entries: Mapping[str, trees.Entry]
    _last: tuple[str, marked.Marked] = field(default=("", marked.Marked()), init=False)

    def stands(self, file: str) -> bool:
        """Whether there is such a file, with faults or without."""
        return file in self.entries

    def line(self, file: str, place: Sequence[object]) -> int:
        """The line of what stands at `place`, or of the nearest thing above it; 1 where nothing of it stands."""
        if len(place) == 1 and file in self.outermost:
            return self.outermost[file].get(str(place[0]), 1)
        if file not in self.entries:
            return 1
        if self._last[0] != file:  # faults of one file are found one after the other
            self._last = (file, marked.read(self.entries[file].load(), file))
        return self._last[1].line(place) or 1

    def fault(
        self, file: str, place: Sequence[object], problem: str, mend: str, *, warning: bool = False
    ) -> errors.Fault:
        """A fault of what stands at `place`."""
        return errors.Fault(file=file, line=self.line(file, place), problem=problem, mend=mend, warning=warning)
