"""The nouns of a probe: a real user's story, tried on a hub. Every engine can try one (`engine.Insiders.probe`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NEWCOMER = "commonhub-probe-new"
"""Somebody the hub has never seen; they and their home are gone after each probe."""
REGULAR = "commonhub-probe-back"
"""Somebody who was there before; their home stays."""
GUESTS = (NEWCOMER, REGULAR)


class Part(StrEnum):
    """The parts of the story, in their order."""

    WAKE = "wake"
    LOGIN = "login"  # the page, and signing in where the probe can
    START = "start"  # a server
    KERNEL = "kernel"  # a websocket to a kernel, and a cell
    FILES = "files"  # write one, read it
    STOP = "stop"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long each part may take, in seconds."""

    answer: float = 20.0  # one page
    start: float = 120.0  # a server until it answers
    cell: float = 60.0
    whole: float = 300.0


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where the hub's front door is: its public address, and the machine to connect to where names do not lead there."""

    url: str  # of the hub, ends with a slash
    connect: tuple[str, int] | None = None  # host and port; None: as the address says


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a probe. `failed` is the part that did not work, None where all did."""

    failed: Part | None
    who: str = ""  # of GUESTS: the only one for whom it failed; "" where it failed for both
    words: str = ""  # what was seen, one sentence
    seconds: float = 0.0
    unknown: tuple[str, ...] = ()  # what could not be looked at, in sentences

    @property
    def good(self) -> bool:
        """Whether everything worked."""
        return self.failed is None

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "failed": str(self.failed) if self.failed else None,
            "who": self.who,
            "words": self.words,
            "seconds": round(self.seconds, 1),
            "unknown": list(self.unknown),
        }


def heard(told: Mapping[str, Any]) -> Verdict:
    """The verdict that was told."""
    failed = told.get("failed")
    return Verdict(
        failed=Part(failed) if failed else None,
        who=str(told.get("who", "")),
        words=str(told.get("words", "")),
        seconds=float(told.get("seconds", 0.0)),
        unknown=tuple(map(str, told.get("unknown", ()))),
    )
