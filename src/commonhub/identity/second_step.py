"""The second step of signing in: passkeys, authenticator apps and printed recovery codes, kept by allauth.

What allauth would keep as plain text is kept encrypted: a copy of the database alone makes no codes.
"""

import base64
import functools
from datetime import datetime

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from commonhub.communities import models
from commonhub.communities.people import Person
from commonhub.ground import errors

STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@functools.lru_cache(maxsize=2)
def _cipher(secret_key: str) -> Fernet:
    key = salted_hmac("commonhub.second-step", "", secret=secret_key, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


class Adapter(DefaultMFAAdapter):
    """What allauth asks us about second steps."""

    def encrypt(self, text: str) -> str:
        """As the database keeps it."""
        return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """As it was. Raises UnavailableError where the portal's secret key is another one than it was."""
        try:
            return _cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode("ascii")).decode()
        except InvalidToken:
            raise errors.UnavailableError(
                "The second step can't be read with the portal's present secret key.",
                "Bring back the key that belongs to this database, or let an engineer remove the second step.",
            ) from None

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What an authenticator app shows beside the code."""
        return user.get_username()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """What a new passkey is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}


def has(person: Person) -> bool:
    """Whether a second step stands before the account."""
    return Authenticator.objects.filter(user=person, type__in=STEPS).exists()


def is_missing(person: Person, *, now: datetime) -> bool:
    """Whether somebody who works for the whole fleet has no second step. They are reminded, and not locked out."""
    carried = models.Appointment.objects.filter(handle=person.handle, community="")
    in_force = any(row.until is None or row.until > now for row in carried)
    return in_force and not has(person)
