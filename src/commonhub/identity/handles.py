"""Handles for new accounts: proposed from what is known, chosen by the person, never changed.

A handle is a key: the fleet's files give roles to handles. So nobody may take one that is written there for somebody
who has no account yet.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from commonhub.communities import models, people
from commonhub.ground import errors

LONGEST: Final = 32


def free(handle: str) -> str:
    """The handle in its standard form. Raises CommonhubError where it can't be one, or is somebody's."""
    checked = people.check_handle(handle.strip().lower())
    if _known(checked):
        raise errors.CommonhubError(f"The handle {checked!r} is somebody's already.", "Choose another.")
    return checked


def _known(handle: str) -> bool:
    if models.Person.objects.filter(handle=handle).exists():
        return True
    if models.Appointment.objects.filter(handle=handle).exists():
        return True
    return any(handle in admins for admins in models.Hub.objects.exclude(admins=[]).values_list("admins", flat=True))


def propose(words: Iterable[str]) -> str:
    """A free handle from a name, an e-mail address or a login elsewhere; "" where nothing fits."""
    for word in words:
        plain = unicodedata.normalize("NFKD", word.partition("@")[0]).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[: LONGEST - 3].strip("-")
        for handle in (base, *(f"{base}-{number}" for number in range(2, 30))):
            try:
                return free(handle)
            except errors.CommonhubError:
                continue
    return ""
