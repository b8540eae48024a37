"""The portal's settings for the provider's tests: as they are, with quick passwords."""

from commonhub.settings import *  # noqa: F403 - settings are names in a module

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "commonhub.identity.hashing.RandomSecretHasher",
]
