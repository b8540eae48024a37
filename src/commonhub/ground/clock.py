"""Time as an input: rules and loops ask a clock, so that tests can turn it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present time in UTC, aware."""


def system_clock() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


class TurnedClock:
    """A clock that stands still until somebody turns it; for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def turn(self, by: timedelta) -> None:
        """Move the time forward."""
        self._now += by
