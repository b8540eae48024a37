"""Opening an invitation: what it says, and how somebody gets an account by it. Nobody gets one in another way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction

from commonhub.communities import allowing, invitations, models
from commonhub.communities.people import Person
from commonhub.ground import errors
from commonhub.identity import askers, handles, passwords, profile, sessions
from commonhub.responsibility.assignments import FLEET


class Purpose(StrEnum):
    """What an invitation is for, from where the reader stands."""

    NEW = "new"  # whoever holds it makes an account, and joins a hub where one is named
    EXPECTED = "expected"  # one person takes the account that waits for them
    AGAIN = "again"  # one person gets back into their account


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An invitation as its reader sees it. `hub` is None where it opens an account only."""

    purpose: Purpose
    by: str
    until: datetime
    words: str
    hub: models.Hub | None
    person: Person | None


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """What a person says of themselves. `handle` counts only where the invitation does not name the person.

    `password` is None where they sign in by another issuer; `email` is one that this issuer has verified.
    """

    handle: str
    name: str
    password: str | None = None
    email: str = ""


def opened(code: str, *, now: datetime) -> Opened:
    """What the invitation behind a code says. Raises NotFoundError, in words, where it opens nothing."""
    found = invitations.find(code, now)
    purpose = Purpose.NEW
    if found.person is not None:
        if not found.person.is_active:
            raise errors.NotFoundError("This account is closed.", "Ask the people who run this fleet.")
        purpose = Purpose.EXPECTED if found.person.claimed is None else Purpose.AGAIN
        # A link to take an account must not turn into one that opens it again once it is taken.
        if found.person.claimed is not None and found.at < found.person.claimed:
            raise errors.NotFoundError(
                f"{found.person.name} holds this account already.", "Sign in; if you can't, ask for a recovery link."
            )
    return Opened(
        purpose=purpose,
        by=_name_of(found.by),
        until=found.expires,
        words=found.words,
        hub=found.hub,
        person=found.person,
    )


def _name_of(handle: str) -> str:
    if handle.startswith("machine:"):
        return ""  # the name that somebody has at a machine tells an invited person nothing
    return models.Person.objects.filter(handle=handle).values_list("name", flat=True).first() or handle


def claim(code: str, new: NewAccount, *, now: datetime) -> Person:
    """Take an account by an invitation, and join its hub: all of it or nothing. Gives the person, who can sign in now.

    Raises CommonhubError where the name, the handle or the password can't be taken, and NotFoundError where the
    invitation is over, also when somebody else took its last place a moment ago.
    """
    try:
        with transaction.atomic():
            return _claim(code, new, now)
    except IntegrityError:
        raise errors.CommonhubError(f"The handle {new.handle!r} is somebody's already.", "Choose another.") from None


def _claim(code: str, new: NewAccount, now: datetime) -> Person:
    found = opened(code, now=now)
    if found.purpose is Purpose.AGAIN and new.password is None:
        raise errors.RefusedError("This link sets a new password.", "Choose one.")
    person = found.person or Person(handle=handles.free(new.handle), email=new.email.strip().lower(), made=now)
    if found.purpose is not Purpose.AGAIN:
        person.name = profile.check_name(new.name)
        person.claimed = now
        if new.email and person.email.lower() in {"", new.email.lower()}:
            person.email, person.email_verified = new.email.lower(), now
    if new.password is None:
        person.set_unusable_password()
    else:
        person.set_password(passwords.check(new.password, person))
    person.save()
    if found.purpose is Purpose.AGAIN:
        # Whoever made the old password useless may not have been its owner: nothing that it opened stays open.
        sessions.cut(person, now=now)
    asker = askers.of(person)
    invitations.take(asker, code, person, now=now)
    again = found.purpose is Purpose.AGAIN
    allowing.note(
        asker,
        None,
        verb="account.recover" if again else "account.claim",
        words="Set a new password by a recovery link." if again else "Took their account by an invitation.",
        subject=person.handle,
        details={"password": new.password is not None},
        place=FLEET,
        now=now,
    )
    return person


def join(person: Person, code: str, *, now: datetime) -> models.Hub | None:
    """Use an invitation with the account one has; gives the hub that was joined."""
    if opened(code, now=now).purpose is not Purpose.NEW:
        raise errors.RefusedError("This link opens an account, and you are signed in already.", "Sign out first.")
    return invitations.take(askers.of(person), code, person, now=now).hub
