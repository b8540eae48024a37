"""The hubs domain as a Django app."""

from django.apps import AppConfig


class HubsConfig(AppConfig):
    """Its records are in `models`."""

    name = "commonhub.hubs"
    label = "hubs"
    default_auto_field = "django.db.models.BigAutoField"
