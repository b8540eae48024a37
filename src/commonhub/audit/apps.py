"""The Django app of the audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Holds the chain of entries."""

    name = "commonhub.audit"
    label = "audit"
    verbose_name = "Audit"
