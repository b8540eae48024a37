"""The Django app of communities."""

from django.apps import AppConfig


class CommunitiesConfig(AppConfig):
    """Holds the records of people and communities."""

    name = "commonhub.communities"
    label = "communities"
    verbose_name = "Communities"
