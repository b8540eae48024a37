"""The first people of a portal: who can sign in before anybody could invite anybody."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from commonhub.audit import records as audit
from commonhub.communities.people import Person
from commonhub.ground import clock, errors


def ensure_first(*, handle: str, name: str, password: str, now: datetime) -> bool:
    """After: somebody can sign in. Where nobody holds an account yet, `handle` does, with this password.

    Gives whether that was needed. It asks nobody: whoever can call it owns the machine.
    """
    with transaction.atomic():
        if Person.objects.exclude(claimed=None).exists():
            return False
        ensure_person(handle=handle, name=name, password=password, now=now)
    return True


def ensure_person(*, handle: str, name: str, password: str, now: datetime) -> Person:
    """After: this person holds their account with this password. For samples and development.

    The same password twice changes nothing and ends no session.
    """
    with transaction.atomic():
        person = Person.objects.filter(handle=handle).first()
        if person is None:
            person = Person.objects.create_user(handle, name=name, made=now)
        if person.claimed is not None and person.is_active and person.check_password(password):
            return person
        person.name, person.is_active = person.name or name, True
        person.claimed = person.claimed or now
        person.set_password(password)
        person.save()
        audit.note(
            at=now,
            actor="machine",
            actor_name="This machine",
            via="cli",
            verb="account.ensure",
            subject=handle,
            words=f"Made sure that {person.name} can sign in.",
        )
    return person


def prepare(text: str) -> None:
    """What `commonhub up` asks for in JSON: {"first": {"handle", "name", "password"}, "also": [...]}; "" is nothing.

    `first` counts only while nobody holds an account; each of `also` is made sure of.
    """
    given = _read(text)
    now = clock.system_clock()
    if given.get("first"):
        ensure_first(**given["first"], now=now)
    for each in given.get("also", ()):
        ensure_person(**each, now=now)


def _read(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        # The text itself stays unsaid: it holds passwords.
        raise errors.CommonhubError("What should be prepared is not JSON.", "Run it by: commonhub up")
    return given
