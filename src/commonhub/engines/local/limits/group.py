"""What every kind of limit can do: the nouns and the contract."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CPU_PERIOD = 100_000  # microseconds: the kernel's own default
END_TRIES = 200  # looks at a group that is being killed, before it is left for later
END_PAUSE = 0.01  # seconds between them


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What one server may use. Bytes, cores, tasks (processes and threads together); None is no limit."""

    memory: int | None
    memory_guarantee: int | None = None
    cpu: float | None = None
    processes: int


class Group(Protocol):
    """One server's limits in force. Every verb may be asked twice, and after the group is gone."""

    @property
    def path(self) -> str:
        """By what `Limits.known` finds it again after a restart; "" where there is nothing to find."""
        ...

    def join(self, pid: int) -> None:
        """Put a process, and what it starts from now on, under the limits."""
        ...

    def hold_cpu(self, cores: float | None) -> None:
        """Limit processor time from now on. Until then a server starts at full speed."""
        ...

    def memory(self) -> int | None:
        """Bytes in use now without what the kernel can drop; None where it cannot be told."""
        ...

    def kills(self) -> int:
        """How many processes were killed because memory was out."""
        ...

    def kill(self) -> None:
        """Kill everything inside. After: no process is left, unless the kernel holds it in a wait."""
        ...

    def remove(self) -> bool:
        """Take the empty group away. False when it is not empty yet."""
        ...


class Limits(Protocol):
    """One means of limiting."""

    kind: str  # a word for people
    missing: tuple[str, ...]  # protections that this means cannot give, in words

    def prepare(self, key: str, caps: Caps) -> Group:
        """A group with these limits, except for processor time (`hold_cpu`). `key` is one path part."""
        ...

    def known(self, path: str) -> Group:
        """The group that was prepared earlier."""
        ...

    def inside(self, caps: Caps) -> tuple[str, ...]:
        """What to put before the command inside the box."""
        ...

    def join_aside(self, pid: int) -> None:
        """Put a process that works for servers, and must outlive their lack of memory, in a group without limits."""
        ...


def put(file: Path, value: object) -> None:
    """Write one control file. It must be there: it is never made."""
    with file.open("r+", encoding="ascii") as out:
        out.write(str(value))


def put_if_there(file: Path, value: object) -> bool:
    """The same where the kernel may lack this control or refuse it. False when it did."""
    try:
        put(file, value)
    except OSError:
        return False
    return True


def number(file: Path) -> int | None:
    """A control file's number; None where there is none ("max", or the group is gone)."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def field(file: Path, key: str) -> int:
    """One number of a control file of "key number" lines; 0 where it is absent."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    for line in lines:
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return 0


def members(file: Path) -> tuple[int, ...]:
    """Process ids in a group; those of other process spaces (0) are left out."""
    try:
        return tuple(int(word) for word in file.read_text(encoding="ascii").split() if word != "0")
    except OSError:
        return ()
