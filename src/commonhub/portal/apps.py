"""The portal as a Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Its one record is of failed sign-ins."""

    name = "commonhub.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
