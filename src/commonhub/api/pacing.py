"""How often one token may ask: many at once, and then as many as fit into a steady pace (GCRA)."""

import threading
from datetime import datetime, timedelta
from typing import Final

MOST_KNOWN: Final = 10_000  # tokens that are remembered; those that have rested are forgotten first


class Pace:
    """One count for each token, kept in this process; a restart forgives.

    Each web process counts for itself: a count that all share would be a write to the database with each request. So each
    is given its share of what a token may ask of all.
    """

    def __init__(self, *, burst: int, every: timedelta) -> None:
        """`burst`: how many at once. `every`: the time that earns one more."""
        self._burst, self._every = burst, every
        self._due: dict[str, datetime] = {}  # when each would have earned all that it took
        self._lock = threading.Lock()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long this one has to wait; zero where it may go on, which is counted."""
        with self._lock:
            due = max(self._due.get(key, now), now) + self._every
            early = due - now - self._every * self._burst
            if early > timedelta(0):
                return early
            if key not in self._due and len(self._due) >= MOST_KNOWN:
                self._forget(now)
            self._due[key] = due
            return timedelta(0)

    def _forget(self, now: datetime) -> None:
        self._due = {key: due for key, due in self._due.items() if due > now}
        while len(self._due) >= MOST_KNOWN:
            self._due.pop(next(iter(self._due)))
