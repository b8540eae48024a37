"""Getting back in without e-mail: a link that somebody trusted makes, and forgetting a lost second step.

Whoever makes such a link could use it. So nobody makes one for a person who may do more than they may themselves.
"""

from datetime import datetime, timedelta
from typing import Final

from allauth.mfa.models import Authenticator

from commonhub.communities import allowing, charters, finding, invitations, models, notices, roster
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.people import Person
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.identity import sessions
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

LASTS: Final = timedelta(days=2)


def open_again(person: Person, by: str, now: datetime) -> str:
    """A code with which a person sets a new password, once, within two days. Links made before it are taken back."""
    models.Invitation.objects.filter(person=person, hub=None, revoked=None).update(revoked=now)
    _, code = invitations.make(by=by, now=now, person=person, lasts=LASTS)
    return code


@verb("account.open-again", Permission.PERSON_ADD)
def open_for(asker: Asker, handle: str, *, now: datetime) -> str:
    """Make a recovery link for somebody; gives its code. They are told.

    It takes `session:end` for the whole fleet; or, for somebody who carries no role anywhere, `person:add` at every
    hub whose people they are among, at least one of them with their own doing.
    """
    person = finding.person(handle)
    place = _place_to_ask(asker, person, now)
    needed = Permission.SESSION_END if place == FLEET else Permission.PERSON_ADD
    allowed = allowing.allow(asker, needed, place, now=now)
    if person.claimed is None or not person.is_active:
        raise errors.RefusedError(f"{person.name} does not hold an account.", "Invite them instead.")
    code = open_again(person, asker.handle, now)
    notices.tell(person, f"{asker.name} made a link with which you can set a new password.", url="/account/", now=now)
    allowing.note(
        asker,
        allowed,
        verb="account.open-again",
        words=f"Made a recovery link for {person.name}.",
        subject=handle,
        now=now,
    )
    return code


def _place_to_ask(asker: Asker, person: Person, now: datetime) -> Place:
    """The fleet, unless the person is only among people of hubs at all of which the asker may add people.

    To be put on a roster by others does not make an account theirs to open: that would be the way into any account.
    """
    if models.Appointment.objects.filter(handle=person.handle).exists():
        return FLEET
    theirs = roster.of_their_own(person).values_list("hub_id", flat=True).first()
    if theirs is None:
        return FLEET
    rosters = models.Membership.objects.filter(person=person, removed=None)
    hubs = [place_of(hub_id) for hub_id in rosters.values_list("hub_id", flat=True)]
    charter = charters.of_people([asker.handle], now=now)
    reached = all(Permission.PERSON_ADD in charter.permissions(asker.handle, hub) for hub in hubs)
    return place_of(theirs) if reached else FLEET


@verb("account.forget-second-step", Permission.SESSION_END)
def forget_second_step(asker: Asker, handle: str, *, now: datetime) -> int:
    """Forget the passkeys, authenticator and recovery codes of somebody who lost them all; gives how many there were.

    They sign in by their password alone until they set up a second step again. Everything they have open ends.
    """
    allowed = allowing.allow(asker, Permission.SESSION_END, FLEET, now=now)
    person = finding.person(handle)
    count, _ = Authenticator.objects.filter(user=person).delete()
    sessions.cut(person, now=now)
    notices.tell(person, f"{asker.name} removed your second step. Set up a new one.", url="/account/", now=now)
    allowing.note(
        asker,
        allowed,
        verb="account.forget-second-step",
        words=f"Removed the second step of {person.name}.",
        subject=handle,
        details={"removed": count},
        now=now,
    )
    return count
