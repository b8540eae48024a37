"""Where a person is signed in, and ending it: one session, the others, or everything everywhere."""

from dataclasses import dataclass
from datetime import datetime

from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession

from commonhub.communities import allowing, endings, finding
from commonhub.communities.allowing import Asker
from commonhub.communities.people import Person
from commonhub.communities.verbs import verb
from commonhub.ground import clock, errors
from commonhub.identity import browsers, models, tokens
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Session:
    """One browser in which a person is signed in. `here`: the one that asks."""

    number: int
    browser: str
    address: str
    since: datetime
    here: bool


def of(person: Person, *, key: str | None) -> tuple[Session, ...]:
    """A person's sessions, this one first, then the newest. `key` is that of the one who asks. Dead ones are cleared."""
    rows = UserSession.objects.purge_and_list(person)
    found = [
        Session(
            number=row.pk,
            browser=browsers.in_words(row.user_agent),
            address=row.ip,
            since=row.created_at,
            here=row.session_key == key,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (not each.here, -each.since.timestamp())))


@verb("session.end")
def end(asker: Asker, number: int, *, now: datetime) -> None:
    """End one of one's own sessions. Another person's is not found."""
    row = UserSession.objects.filter(pk=number, user__handle=asker.handle).first()
    if row is None:
        raise errors.NotFoundError("There is no such session of yours any more.", "Look at the list again.")
    row.end()
    allowing.note(
        asker,
        None,
        verb="session.end",
        words=f"Ended a session of their own ({browsers.in_words(row.user_agent)}).",
        subject=asker.handle,
        place=FLEET,
        now=now,
    )


@verb("session.end-everywhere")
def end_everywhere(asker: Asker, *, now: datetime) -> int:
    """Sign oneself out of everything: the portal in all browsers, tokens, and all hubs. Gives at how many hubs."""
    if asker.scopes is not None:
        raise errors.RefusedError("A token can't sign its person out.", "Sign in and do it on your account's page.")
    person = finding.person(asker.handle)
    hubs = cut(person, now=now)
    allowing.note(
        asker,
        None,
        verb="session.end-everywhere",
        words="Signed out everywhere.",
        subject=person.handle,
        details={"hubs": hubs},
        place=FLEET,
        now=now,
    )
    return hubs


@verb("session.end-person", Permission.SESSION_END)
def end_of(asker: Asker, handle: str, *, now: datetime) -> int:
    """End all that a person has open: sessions, tokens, hubs. Gives at how many hubs."""
    allowed = allowing.allow(asker, Permission.SESSION_END, FLEET, now=now)
    person = finding.person(handle)
    hubs = cut(person, now=now)
    allowing.note(
        asker,
        allowed,
        verb="session.end-person",
        words=f"Signed {person.name} out everywhere.",
        subject=handle,
        details={"hubs": hubs},
        now=now,
    )
    return hubs


def cut(person: Person, *, now: datetime, besides: str = "") -> int:
    """After: no session, no token of the portal and none that hubs hold of this person is good; hubs will be told.

    Nor is a code that was made before it, which no hub has traded yet. Gives how many hubs have to be told. The session
    with the key `besides` stays. It asks nobody: those who call it have.
    """
    for row in UserSession.objects.filter(user=person).exclude(session_key=besides):
        row.end()
    tokens.revoke_all(person, now=now)
    # By the clock of those who make codes: one may have been made since this was asked for, in a session that is over.
    models.Cut.objects.update_or_create(person=person, defaults={"at": max(now, clock.system_clock())})
    Token.objects.filter(user=person).delete()
    return endings.everywhere(person, now=now)


def is_cut(person: Person, since: datetime) -> bool:
    """Whether all that this person had open was ended at that moment or later."""
    return models.Cut.objects.filter(person=person, at__gte=since).exists()
