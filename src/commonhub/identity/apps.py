"""The Django app of identity."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Sign-in, sessions and tokens."""

    name = "commonhub.identity"
    label = "identity"
    verbose_name = "Identity"
