"""Tokens with which programs act for a person: within some of the person's permissions, and never beyond them.

A token's scopes are looked at when something is decided, beside what the person may do at that moment: a token made
by an engineer is worth nothing once its maker is none.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from commonhub.communities import allowing, charters, finding
from commonhub.communities.allowing import Asker
from commonhub.communities.people import Person
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.identity import models
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission

PREFIX: Final = "ch_"  # by which people and scanners of leaked secrets know what they see
LONGEST: Final = 366  # days
MOST: Final = 50  # tokens of one person that are open at once
_BYTES: Final = 32  # of chance; a digest without salt is enough for what nobody can guess
_SHOWN: Final = 9  # first letters that tell tokens apart; what is left still holds more than 200 bits
_NOTED_EVERY: Final = timedelta(minutes=1)  # a busy program would write a row at each request
_NEW: Final = "Make a new one on your account's page."


def digest(text: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def grantable(handle: str, *, now: datetime) -> frozenset[Permission]:
    """Everything that a person may do anywhere now: what their tokens may carry at most."""
    charter = charters.of_people([handle], now=now)
    places = {given.place for given in charter.assignments.of(handle)}
    places |= {departure.place for departure in charter.assignments.departures}
    return frozenset[Permission]().union(*(charter.permissions(handle, place) for place in places))


@verb("token.make")
def make(
    asker: Asker, *, name: str, scopes: Collection[Permission], days: int, now: datetime
) -> tuple[models.ApiToken, str]:
    """Make a token for oneself; gives it with its text, which nobody can find out again. One's own, so no permission.

    Raises RefusedError for a token that asks for a token, and for scopes beyond what the person may do.
    """
    if asker.scopes is not None:
        raise errors.RefusedError("A token can't make another token.", "Sign in and make it on your account's page.")
    person = finding.person(asker.handle)
    label = name.strip()[:100]
    if not label:
        raise errors.CommonhubError("The token has no name.", "Say what it is for, so that you know it later.")
    if not 1 <= days <= LONGEST:
        raise errors.CommonhubError(f"A token can't last {days} days.", f"Choose from 1 to {LONGEST}.")
    beyond = sorted(set(scopes) - grantable(person.handle, now=now))
    if beyond:
        raise errors.RefusedError(f"You may not {_listed(beyond)} anywhere, so no token of yours may.", "Leave it out.")
    if len(open_ones(person, now)) >= MOST:
        raise errors.RefusedError(f"You have {MOST} tokens already.", "Revoke those that are not used any more.")
    text = PREFIX + secrets.token_urlsafe(_BYTES)
    token = models.ApiToken.objects.create(
        person=person,
        name=label,
        digest=digest(text),
        begins=text[:_SHOWN],
        scopes=sorted(str(scope) for scope in scopes),
        made=now,
        expires=now + timedelta(days=days),
    )
    allowing.note(
        asker,
        None,
        verb="token.make",
        words=f"Made the token {label!r}, until {token.expires:%Y-%m-%d}.",
        subject=person.handle,
        details={"token": token.pk, "scopes": token.scopes},
        place=FLEET,
        now=now,
    )
    return token, text


def _listed(scopes: Collection[Permission]) -> str:
    return ", ".join(scope.phrase.format(place="a place") for scope in list(scopes)[:3])


def open_ones(person: Person, now: datetime) -> list[models.ApiToken]:
    """A person's tokens that still open something, newest first."""
    return list(models.ApiToken.objects.filter(person=person, revoked=None, expires__gt=now))


@verb("token.revoke")
def revoke(asker: Asker, number: int, *, now: datetime) -> None:
    """End one of one's own tokens. Another's is not found."""
    token = models.ApiToken.objects.filter(pk=number, person__handle=asker.handle, revoked=None).first()
    if token is None:
        raise errors.NotFoundError(f"You have no open token {number}.", "Look at the list on your account's page.")
    models.ApiToken.objects.filter(pk=token.pk).update(revoked=now)
    allowing.note(
        asker,
        None,
        verb="token.revoke",
        words=f"Revoked the token {token.name!r}.",
        subject=asker.handle,
        details={"token": token.pk},
        place=FLEET,
        now=now,
    )


def revoke_all(person: Person, *, now: datetime) -> int:
    """End all tokens of a person; gives how many there were."""
    return models.ApiToken.objects.filter(person=person, revoked=None, expires__gt=now).update(revoked=now)


def authenticate(text: str, *, now: datetime) -> tuple[Person, frozenset[Permission]]:
    """Whose token this is, and its scopes. It is found by its digest, so the time tells nothing about its letters.

    Raises RefusedError, in words, for a token that is unknown, revoked, over, or of a closed account.
    """
    token = None
    if text.startswith(PREFIX) and len(text) < 200:
        token = models.ApiToken.objects.select_related("person").filter(digest=digest(text)).first()
    if token is None:
        raise errors.RefusedError("This token is not known.", f"Copy all of it, or: {_NEW[0].lower()}{_NEW[1:]}")
    if token.revoked is not None:
        raise errors.RefusedError(f"The token {token.name!r} was revoked on {token.revoked:%Y-%m-%d}.", _NEW)
    if token.expires <= now:
        raise errors.RefusedError(f"The token {token.name!r} ended on {token.expires:%Y-%m-%d}.", _NEW)
    if not token.person.can_sign_in:
        raise errors.RefusedError("The account of this token is closed.", "Ask the people who run this fleet.")
    _used(token, now)
    return token.person, frozenset(each for each in Permission if each in token.scopes)


def _used(token: models.ApiToken, now: datetime) -> None:
    if token.last_used is not None and now - token.last_used < _NOTED_EVERY:
        return
    before = Q(last_used=None) | Q(last_used__lte=now - _NOTED_EVERY)
    with transaction.atomic():
        models.ApiToken.objects.filter(before, pk=token.pk).update(last_used=now)
