"""The stages of a roll-out, and which may follow which. Pure.

    running -> done -> going-back -> back
       |  ^ paused
       v
    going-back (by itself after a failed probe, or because somebody stopped it) -> back

A cohort's phases: waiting -> applying -> probing -> watching; then the next cohort's, or the end.
Going back has its own: applying -> probing -> committing.
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a roll-out is."""

    RUNNING = "running"
    PAUSED = "paused"  # no further cohort begins
    DONE = "done"  # every hub has it
    GOING_BACK = "going-back"  # hubs get the old settings again, and so does the fleet folder
    BACK = "back"  # taken back


class Phase(StrEnum):
    """What is under way in it."""

    WAITING = "waiting"  # the next cohort may not begin yet
    APPLYING = "applying"  # the cohort's hubs get the settings
    PROBING = "probing"  # a user's story is tried on them
    WATCHING = "watching"  # they are watched for a while
    COMMITTING = "committing"  # going back: the fleet folder is set back
    ENDED = "ended"


ACTIVE: Final = (State.RUNNING, State.PAUSED, State.GOING_BACK)
"""While it is in one of these its hubs are held."""
