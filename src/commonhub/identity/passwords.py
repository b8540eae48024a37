"""Passwords: how they are kept, and which are taken."""

from typing import Final

from django.contrib.auth import hashers, password_validation
from django.core import exceptions

from commonhub.communities.people import Person
from commonhub.ground import errors

LONGEST: Final = 1_000  # characters; more would only keep the hasher busy


class Argon2idHasher(hashers.Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane: the least that OWASP's cheat sheet on password storage asks for.

    Django's own setting takes 100 MiB and eight lanes, which a small machine cannot give to a class that signs in.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1


def faults(password: str, person: Person | None = None) -> list[str]:
    """What speaks against a password, in the reader's language; nothing where it may be taken.

    Beside its length and its nearness to the person's own words, it must not be one of the 20,000 that leaked most
    often; that list comes with Django and asks no other machine.
    """
    if len(password) > LONGEST:
        return [f"A password has at most {LONGEST} characters."]
    try:
        password_validation.validate_password(password, person)
    except exceptions.ValidationError as found:
        return list(found.messages)
    return []


def check(password: str, person: Person | None = None) -> str:
    """The password, as it is. Raises CommonhubError where it can't be taken."""
    found = faults(password, person)
    if found:
        raise errors.CommonhubError(" ".join(found), "Choose another password: three or four unrelated words are good.")
    return password
