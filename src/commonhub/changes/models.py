"""The records of changes: what was proposed, what it means, who agreed, and which commit it became."""

from django.db import models

from commonhub.communities.people import Person

__all__ = ["Change", "ChangePlace", "Consent", "EndingSecret", "SeenHead"]


class Change(models.Model):
    """One proposed commit. Its number is its `id`; what was weighed stands beside it as it was when it was weighed."""

    key = models.CharField(max_length=32, unique=True)  # also in the commit's trailer `Change-Key`
    title = models.CharField(max_length=200)
    why = models.TextField(blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="changes")
    author = models.CharField(max_length=200)  # the handle, or who owns the machine; of an editor's commit as git says
    author_name = models.CharField(max_length=200)
    owns = models.BooleanField(default=False)  # the author owns the machine
    via = models.CharField(max_length=20)  # portal, api, cli; "editor" for a commit that was seen
    base = models.CharField(max_length=64)  # the commit that it was made for
    was = models.JSONField(default=dict)  # {file: text or null} before it
    edits = models.JSONField(default=dict)  # {file: text or null} that it proposes
    touches = models.JSONField(default=list)
    kinds = models.JSONField(default=list)  # [{id, title, meaning, destructive}]
    needs = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    plan = models.JSONField(default=list)
    price = models.JSONField(default=dict)
    words = models.JSONField(default=dict)  # {place: [sentences]}
    conflicts = models.JSONField(default=list)
    state = models.CharField(max_length=20, db_index=True)  # states.State
    at = models.DateTimeField(db_index=True)
    ended = models.DateTimeField(null=True)  # committed, declined, withdrawn
    commit = models.CharField(max_length=64, blank=True, db_index=True)
    rollout = models.CharField(max_length=20, blank=True)  # rolling, done, stopped, undone: as its roll-out says
    rollout_words = models.TextField(blank=True)
    trouble = models.TextField(blank=True)  # why it could not be committed yet
    tried = models.DateTimeField(null=True)
    emergency = models.BooleanField(default=False)
    because = models.TextField(blank=True)  # why it could not wait, or why it was declined
    review_due = models.DateTimeField(null=True)
    reviewed = models.DateTimeField(null=True)
    reviewed_by = models.CharField(max_length=200, blank=True)
    review = models.TextField(blank=True)
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"change {self.pk}"


class ChangePlace(models.Model):
    """One place that a change touches; `community` "" is the fleet."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="places")
    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "community", "hub"], name="a_place_once_a_change")]
        indexes = [models.Index(fields=["community", "hub"], name="changes_of_a_place")]

    def __str__(self) -> str:
        return f"{self.change_id} {self.community}/{self.hub}"


class Consent(models.Model):
    """Somebody agreed to a change, or declined. Written once each."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="consents")
    handle = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    scopes = models.JSONField(null=True)  # of the token that they came with; null where they came themselves
    agreed = models.BooleanField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["change", "handle"], name="one_consent_each")]

    def __str__(self) -> str:
        return f"{self.change_id} {self.handle}"


class SeenHead(models.Model):
    """The newest commit of the fleet whose history was looked at: one row. `trouble`: why what came after it is refused."""

    commit = models.CharField(max_length=64)
    at = models.DateTimeField()
    refused = models.CharField(max_length=64, blank=True)  # a head that does not descend from it
    trouble = models.TextField(blank=True)
    secrets_of = models.CharField(
        max_length=64, blank=True
    )  # the commit that `rules` and the rows of EndingSecret are of
    rules = models.TextField(blank=True)  # what its fleet.yaml says of changes, as changes.ruling keeps it

    def __str__(self) -> str:
        return self.commit[:12]


class EndingSecret(models.Model):
    """A secret whose end the fleet's files name, by name alone. `community` "" is the fleet, `hub` "" all its hubs."""

    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200)
    ends = models.DateTimeField(db_index=True)  # the first moment at which it does not hold
    last_day = models.DateField()  # on which it holds, where the community is

    def __str__(self) -> str:
        return f"{self.community}/{self.hub} {self.name}"
