"""The roll-outs domain as a Django app."""

from django.apps import AppConfig


class RolloutsConfig(AppConfig):
    """Its records are in `models`."""

    name = "commonhub.rollouts"
    label = "rollouts"
    default_auto_field = "django.db.models.BigAutoField"
