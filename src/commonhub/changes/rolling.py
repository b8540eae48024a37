"""What a roll-out tells of the change that it brings to the hubs."""

from datetime import datetime
from typing import Final

from django.db import transaction

from commonhub.changes import models, telling

STATES: Final = frozenset({"rolling", "done", "stopped", "undone"})


def told(number: int, state: str, words: str, *, now: datetime) -> None:
    """Keep how the roll-out of a change stands, and tell its author where it was stopped. Unknown numbers are left alone."""
    with transaction.atomic():
        change = models.Change.objects.select_for_update().filter(pk=number).select_related(None).first()
        if change is None or state not in STATES or (change.rollout, change.rollout_words) == (state, words):
            return
        stopped = state == "stopped" and change.rollout != "stopped"
        change.rollout, change.rollout_words = state, words
        change.save(update_fields=["rollout", "rollout_words"])
        if stopped:
            telling.author(change, f"The roll-out of your change {number} was stopped: {words}", now=now)
