"""The states of a change, each with the sentence that people read."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a change stands."""

    WAITING = "waiting"
    READY = "ready"
    COMMITTING = "committing"
    COMMITTED = "committed"
    CONFLICT = "conflict"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"

    @property
    def sentence(self) -> str:
        """What it means."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    State.WAITING: "It waits for consents.",
    State.READY: "Everybody whose consent it needs has agreed; it is committed next.",
    State.COMMITTING: "It is being committed.",
    State.COMMITTED: "It is committed, and the hubs follow it.",
    State.CONFLICT: "Somebody else changed the same meanwhile; it has to be proposed anew.",
    State.DECLINED: "Somebody whose consent it needs has declined.",
    State.WITHDRAWN: "It was withdrawn.",
    State.UNDONE: "It was undone by a later change.",
}

OPEN: Final = (State.WAITING, State.READY)
"""Changes that can still be agreed to, declined or withdrawn."""
