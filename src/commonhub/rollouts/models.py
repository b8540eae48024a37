"""The records of roll-outs. `records.py` alone writes them, but for the verbs of people in `verbs.py`."""

from django.db import models


class Rollout(models.Model):
    """One change on its way to the hubs that it touches."""

    commit = models.CharField(max_length=64)  # whose settings it brings
    base = models.CharField(max_length=64, blank=True)  # the commit of the settings before
    causes = models.JSONField(default=list)  # commits between the two that touch these hubs, newest first
    title = models.CharField(max_length=300)
    author = models.CharField(max_length=200, blank=True)  # as the commit says
    handle = models.CharField(max_length=200, blank=True)  # of the author's account, where it is known
    change = models.PositiveIntegerField(null=True)  # number of the change, where it came as one
    state = models.CharField(max_length=20, db_index=True)  # stages.State
    phase = models.CharField(max_length=20)  # stages.Phase: of the cohort under way, or of going back
    cohort = models.PositiveIntegerField(default=0)  # the one under way; counts from 0
    since = models.DateTimeField()  # when the phase began
    hurry = models.BooleanField(default=False)  # somebody said: wait no longer in this phase
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # why it goes or went back, or was paused
    by = models.CharField(max_length=200, blank=True)  # who stopped, paused or undid it; "": it did so by itself
    by_handle = models.CharField(max_length=200, blank=True)
    trouble = models.TextField(blank=True)  # why it cannot go on by itself
    revert = models.CharField(max_length=64, blank=True)  # the commit that took it back
    undoes = models.BooleanField(default=False)  # it takes an earlier one back, and so is not taken back by itself
    soak = models.PositiveIntegerField(default=0)  # seconds that each cohort is watched before the next

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"roll-out {self.pk}: {self.title}"


class RolloutHub(models.Model):
    """One hub of a roll-out."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="hubs")
    hub_id = models.CharField(max_length=130, db_index=True)
    cohort = models.PositiveIntegerField()
    because = models.CharField(max_length=200, blank=True)
    probed = models.BooleanField(default=False)  # whether a user's story is tried on it
    not_before = models.DateTimeField(null=True)
    before = models.JSONField(default=dict)  # settings of before: the DesiredHub
    after = models.JSONField(default=dict)  # settings that it gets
    settings = models.JSONField(default=list)  # names of the settings that differ
    restarts = models.BooleanField(default=False)
    people = models.PositiveIntegerField(default=0)  # with a running server when the roll-out was planned
    reached = models.DateTimeField(null=True)  # when it was given the settings
    tries = models.PositiveIntegerField(default=0)  # of the probe after them
    verdict = models.JSONField(null=True)  # engines.probing.Verdict: of the last probe after
    back = models.JSONField(null=True)  # of the probe with the old settings again

    class Meta:
        ordering = ["rollout", "cohort", "hub_id"]
        constraints = [models.UniqueConstraint(fields=["rollout", "hub_id"], name="a_hub_once_in_a_rollout")]

    def __str__(self) -> str:
        return f"{self.hub_id} in roll-out {self.rollout_id}"


class Met(models.Model):
    """The newest commit of which roll-outs know: one row."""

    commit = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.commit
