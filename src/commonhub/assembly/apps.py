"""Assembly as a Django app: so that its commands are found once Django is set up."""

from django.apps import AppConfig


class AssemblyConfig(AppConfig):
    """Holds no records."""

    name = "commonhub.assembly"
    label = "assembly"
