"""Links that let people in. The code is shown once; the database keeps a digest of it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import F

from commonhub.communities import allowing, charters, finding, models, roster
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.people import HANDLE
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

LONGEST = timedelta(days=90)
USUAL = timedelta(days=14)
MOST = 5_000  # people one link may let in

_NOT_OPEN = "This invitation does not open anything"


def digest(code: str) -> str:
    """What the database keeps of a code."""
    return hashlib.sha256(code.encode()).hexdigest()


def make(
    *,
    by: str,
    now: datetime,
    hub: models.Hub | None = None,
    person: models.Person | None = None,
    words: str = "",
    lasts: timedelta = USUAL,
    most: int = 1,
) -> tuple[models.Invitation, str]:
    """An invitation and its code, which nobody can find out again."""
    if not timedelta(0) < lasts <= LONGEST:
        raise errors.CommonhubError(
            f"An invitation can't last {lasts.days} days.", f"Choose from 1 to {LONGEST.days} days."
        )
    if not 1 <= most <= MOST:
        raise errors.CommonhubError(f"One link can't invite {most} people.", f"Choose from 1 to {MOST}.")
    code = secrets.token_urlsafe(24)
    made = models.Invitation.objects.create(
        digest=digest(code),
        hub=hub,
        person=person,
        words=words.strip()[:200],
        by=by,
        at=now,
        expires=now + lasts,
        most=most,
    )
    return made, code


@verb("invitation.create", Permission.INVITATION_CREATE)
def invite(
    asker: Asker, hub_id: str, *, words: str = "", days: int = USUAL.days, most: int = 1, now: datetime
) -> tuple[models.Invitation, str]:
    """Make a link with which a number of people can join a hub until a day; gives it with its code."""
    allowed = allowing.allow(asker, Permission.INVITATION_CREATE, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    made, code = make(by=asker.handle, now=now, hub=hub, words=words, lasts=timedelta(days=days), most=most)
    allowing.note(
        asker,
        allowed,
        verb="invitation.create",
        words=f"Made an invitation to {hub_id} for {most}, until {made.expires:%Y-%m-%d}.",
        details={"invitation": made.pk, "most": most},
        now=now,
    )
    return made, code


@verb("invitation.person", Permission.PERSON_ADD)
def invite_person(asker: Asker, hub_id: str, handle: str, *, now: datetime) -> str:
    """Make a link with which an expected person takes their account; gives its code.

    Whoever makes the link could use it. So nobody makes one for an account that waits for more than they can give.
    """
    place = place_of(hub_id)
    allowed = allowing.allow(asker, Permission.PERSON_ADD, place, now=now)
    hub, person = finding.hub(hub_id), finding.person(handle)
    if person.claimed is not None:
        raise errors.RefusedError(
            f"{person.name} holds their account already.", "Only they, or an engineer by a recovery link, can open it."
        )
    if not models.Membership.objects.filter(hub=hub, person=person, removed=None).exists():
        raise errors.NotFoundError(f"{handle} is not on the roster of {hub_id}.", "Add them first.")
    if not may_open(asker.actor, person, now=now):
        raise errors.RefusedError(
            f"{person.name} is expected elsewhere too, where you may not let people in.",
            "Ask an engineer to make the link, or send one to the hub that anybody can use.",
        )
    _, code = make(by=asker.handle, now=now, hub=hub, person=person)
    allowing.note(
        asker,
        allowed,
        verb="invitation.person",
        words=f"Made a link for {person.name} to take their account.",
        subject=handle,
        now=now,
    )
    return code


def may_open(by: deciding.Actor, person: models.Person, *, now: datetime) -> bool:
    """Whether somebody could give a person all that waits for them: each of their roles, and each hub's roster.

    Who can invite colleagues, or end anybody's sessions, may open any account that waits. One that is held is nobody's
    to open by rosters alone onto which others put its holder.
    """
    if by.owns:
        return True
    charter = charters.of_people([by.id], now=now)

    def given(place: Place) -> frozenset[Permission]:
        found = charter.permissions(by.id, place)
        return found if by.scopes is None else found & by.scopes

    if given(FLEET) & {Permission.GUIDE_APPOINT, Permission.SESSION_END}:
        return True
    if person.claimed is not None and not roster.of_their_own(person).exists():
        return False
    roles = charter.model.role_by_id
    for row in models.Appointment.objects.filter(handle=person.handle):
        powers = given(Place(community=row.community, hub=row.hub))
        if row.role not in roles or not powers & set(roles[row.role].appointed_with):
            return False
    hubs = models.Membership.objects.filter(person=person).values_list("hub_id", flat=True)
    return all(Permission.PERSON_ADD in given(place_of(hub_id)) for hub_id in hubs)


@verb("account.invite", Permission.GUIDE_APPOINT)
def invite_colleague(asker: Asker, new: roster.NewPerson, *, now: datetime) -> tuple[models.Person, str]:
    """Expect somebody of the service, or a first representative, and make the link to their account; gives its code."""
    allowed = allowing.allow(asker, Permission.GUIDE_APPOINT, FLEET, now=now)
    person, _ = roster.expect(new, now=now)
    if person.claimed is not None:
        raise errors.RefusedError(
            f"{person.name} holds their account already.", "Appoint them: no invitation is needed."
        )
    _, code = make(by=asker.handle, now=now, person=person)
    allowing.note(
        asker,
        allowed,
        verb="account.invite",
        words=f"Invited {person.name} to an account.",
        subject=person.handle,
        now=now,
    )
    return person, code


@verb("invitation.revoke", Permission.INVITATION_REVOKE)
def revoke(asker: Asker, hub_id: str, number: int, *, now: datetime) -> None:
    """End an invitation to a hub before its time; who came by it stays."""
    allowed = allowing.allow(asker, Permission.INVITATION_REVOKE, place_of(hub_id), now=now)
    changed = models.Invitation.objects.filter(pk=number, hub_id=hub_id, revoked=None).update(revoked=now)
    if not changed:
        raise errors.NotFoundError(f"There is no open invitation {number} to {hub_id}.", "Look at the list.")
    allowing.note(asker, allowed, verb="invitation.revoke", words=f"Revoked invitation {number} to {hub_id}.", now=now)


def open_to(hub_id: str, now: datetime) -> list[models.Invitation]:
    """Links to a hub that still let somebody in, newest first."""
    links = models.Invitation.objects.filter(hub_id=hub_id, revoked=None, expires__gt=now, used__lt=F("most"))
    return list(links.select_related("person")[:200])


def find(code: str, now: datetime) -> models.Invitation:
    """The invitation behind a code. Raises NotFoundError, with words for each way in which it is over."""
    found = models.Invitation.objects.filter(digest=digest(code)).select_related("hub__community", "person").first()
    ask = "Ask the one who sent it for a new one."
    if found is None:
        raise errors.NotFoundError(f"{_NOT_OPEN}: the link is not whole.", "Copy all of it, or ask for a new one.")
    if found.revoked is not None:
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: it was taken back.", ask)
    if found.expires <= now:
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: it ended on {found.expires:%Y-%m-%d}.", ask)
    if found.used >= found.most:
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: it was used.", ask)
    if found.hub is not None and not found.hub.in_fleet:
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: its hub is gone.", ask)
    maker = deciding.Actor(id=found.by)
    if found.person is not None and HANDLE.fullmatch(found.by) and not may_open(maker, found.person, now=now):
        # More waits for the account than when the link was made, or its maker may do less.
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: the one who sent it may not open this account.", ask)
    if found.hub is not None and HANDLE.fullmatch(found.by) and not _may_invite(found.by, found.hub, now):
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: the one who sent it may not invite people now.", ask)
    return found


def _may_invite(by: str, hub: models.Hub, now: datetime) -> bool:
    """Whether the maker of a hub's link could make it today: with their role, their links end."""
    given = charters.of_people([by], now=now).permissions(by, place_of(hub.hub_id))
    return bool(given & {Permission.INVITATION_CREATE, Permission.PERSON_ADD})


@verb("invitation.take")
def take(asker: Asker, code: str, person: models.Person, *, now: datetime) -> models.Invitation:
    """Use an invitation: counted, and on to the hub's roster where it names a hub. Their own act, so no permission.

    Raises RefusedError where it is another person's, or where they were removed from the hub; NotFoundError where
    it is over, also when somebody else took the last place a moment ago.
    """
    found = find(code, now)
    if found.person is not None and found.person != person:
        raise errors.RefusedError("This invitation is for another person.", "Sign out, and let them open it.")
    if found.hub is not None:
        removed = models.Membership.objects.filter(hub=found.hub, person=person).exclude(removed=None).exists()
        if removed:
            raise errors.RefusedError(
                f"You were removed from {found.hub.title}, and this link does not change that.",
                "Ask its hub administrators to let you in again.",
            )
        if models.Membership.objects.filter(hub=found.hub, person=person, removed=None, via="invitation").exists():
            return found  # twice is once, and takes no second place
    counted = models.Invitation.objects.filter(pk=found.pk, used__lt=F("most"), revoked=None).update(used=F("used") + 1)
    if not counted:
        raise errors.NotFoundError(f"{_NOT_OPEN} any more: it was used.", "Ask the one who sent it for a new one.")
    place = FLEET
    if found.hub is not None:
        place = place_of(found.hub.hub_id)
        roster.put(found.hub, person, via="invitation", by=found.by, now=now)
    allowing.note(
        asker,
        None,
        verb="invitation.take",
        words=f"{person.name} used an invitation" + (f" to {found.hub_id}." if found.hub_id else "."),
        subject=person.handle,
        details={"invitation": found.pk, "by": found.by},
        place=place,
        now=now,
    )
    return found
