"""The records of the audit. The database itself refuses to change or delete them: see `guards`."""

from django.db import models

from commonhub.audit import chain, entries


class AuditEntry(models.Model):
    """One act, done or refused. The meaning of each column: `entries.Entry`."""

    number = models.BigIntegerField(primary_key=True)  # given by `records.note`, gapless
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=entries.NAME_MAX)
    actor_name = models.CharField(max_length=entries.NAME_MAX)
    via = models.CharField(max_length=10)
    verb = models.CharField(max_length=entries.VERB_MAX)
    permission = models.CharField(max_length=entries.VERB_MAX, blank=True)
    community = models.CharField(max_length=entries.PLACE_MAX, blank=True)
    hub = models.CharField(max_length=entries.PLACE_MAX, blank=True)
    subject = models.CharField(max_length=entries.NAME_MAX, blank=True)
    outcome = models.CharField(max_length=10)
    words = models.TextField()
    reasons = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        indexes = [  # each answers "the newest of ..." by reading no more rows than are shown
            models.Index(fields=["community", "number"], name="audit_of_community"),
            models.Index(fields=["community", "hub", "number"], name="audit_of_hub"),
            models.Index(fields=["actor", "number"], name="audit_by_actor"),
            models.Index(fields=["subject", "number"], name="audit_about_subject"),
            models.Index(fields=["permission", "number"], name="audit_under_permission"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.verb}"


class AuditHead(models.Model):
    """The end of the chain: one row. Who writes an entry holds it, so that the chain never forks."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=chain.GENESIS)
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"
