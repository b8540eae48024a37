"""Limits that each process carries itself, for machines that hand us no control groups.

Source: getrlimit(2). Since Linux 5.14 RLIMIT_NPROC is counted for each user namespace, so that a number set inside
the box counts this box alone. Memory is limited for each process, not for all together; processor time is not.
"""

from dataclasses import dataclass

from commonhub.engines.local.limits import group

ADDRESS_SPACE = 4  # times the memory limit, and at least the next: programs reserve far more than they use
ADDRESS_SPACE_MIN = 4 * 2**30  # bytes: JavaScript engines and numerical libraries start below this


@dataclass(frozen=True)
class NoGroup:
    """There is no group: what is asked of it is answered with "cannot be told"."""

    path: str = ""

    def join(self, pid: int) -> None:
        """Nothing to join."""

    def hold_cpu(self, cores: float | None) -> None:
        """Nothing to hold."""

    def memory(self) -> int | None:
        """Cannot be told here; the caller adds up the processes."""
        return None

    def kills(self) -> int:
        """None are known."""
        return 0

    def kill(self) -> None:
        """The caller ends the box's first process, and with it all others."""

    def remove(self) -> bool:
        """Nothing to remove."""
        return True


class Rlimits:
    """Limits given to the first process inside the box and inherited by all others."""

    kind = "limits of each process"
    missing: tuple[str, ...] = (
        "memory is limited for each process and not for a server as a whole",
        "processor time is not limited",
    )

    def prepare(self, key: str, caps: group.Caps) -> NoGroup:  # noqa: ARG002 - the contract's
        """Nothing to prepare."""
        return NoGroup()

    def known(self, path: str) -> NoGroup:  # noqa: ARG002 - the contract's
        """Nothing to find."""
        return NoGroup()

    def inside(self, caps: group.Caps) -> tuple[str, ...]:
        """The command that sets hard limits, which no process inside can raise."""
        words = ["prlimit", "--core=0", f"--nproc={caps.processes}:{caps.processes}"]
        if caps.memory is not None:
            space = max(ADDRESS_SPACE_MIN, ADDRESS_SPACE * caps.memory)
            words += [f"--as={space}:{space}", f"--data={caps.memory}:{caps.memory}"]
        return tuple(words)

    def join_aside(self, pid: int) -> None:
        """There is no group to be aside of."""
