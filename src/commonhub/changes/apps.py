"""The Django app of changes."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """Holds the records of changes and the consents given to them."""

    name = "commonhub.changes"
    label = "changes"
    verbose_name = "Changes"
