"""Leave to do, once and for a reason, what comes with no role: to open somebody's server."""

from datetime import datetime, timedelta

from commonhub.communities import allowing, finding, models, notices
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

LONGEST = timedelta(hours=24)
USUAL = timedelta(hours=1)


@verb("leave.give", Permission.LEAVE_GIVE)
def give(
    asker: Asker, hub_id: str, *, to: str, about: str, reason: str, lasts: timedelta = USUAL, now: datetime
) -> models.Leave:
    """Let one person open one other person's server for a time and a reason; the one concerned is told at once."""
    place = place_of(hub_id)
    allowed = allowing.allow(asker, Permission.LEAVE_GIVE, place, now=now)
    hub, whom, owner = finding.hub(hub_id), finding.person(to), finding.person(about)
    why = reason.strip()[:500]
    if not why:
        raise errors.CommonhubError("No reason is given.", "Say why: the person whose server it is will read it.")
    if whom == owner:
        raise errors.CommonhubError("Nobody needs leave for their own server.", "Name another person.")
    if to == asker.handle:
        raise errors.RefusedError("You can't give leave to yourself.", "Let another who may give leave decide.")
    if not timedelta(0) < lasts <= LONGEST:
        raise errors.CommonhubError("Leave lasts at most a day.", "Choose from 1 to 24 hours.")
    made = models.Leave.objects.create(
        person=whom,
        permission=Permission.SERVER_OPEN,
        community=place.community,
        hub=place.hub,
        about=about,
        reason=why,
        given_by=asker.handle,
        at=now,
        until=now + lasts,
    )
    allowing.note(
        asker,
        allowed,
        verb="leave.give",
        words=f"Gave {whom.name} leave to open {owner.name}'s server at {hub_id} until {made.until:%Y-%m-%d %H:%M} UTC: {why}",
        subject=about,
        now=now,
    )
    notices.tell(
        owner,
        f"{asker.name} let {whom.name} open your server on {hub.title} until {made.until:%Y-%m-%d %H:%M} UTC. Reason: {why}",
        now=now,
    )
    notices.tell(whom, f"You may open {owner.name}'s server on {hub.title} until {made.until:%H:%M} UTC.", now=now)
    models.Ask.objects.filter(
        person=whom,
        permission=Permission.SERVER_OPEN,
        community=place.community,
        hub=place.hub,
        subject=about,
        answered=None,
    ).update(answered=now, answered_by=asker.handle, done=True, answer=f"Leave until {made.until:%Y-%m-%d %H:%M} UTC.")
    return made


@verb("leave.end", Permission.LEAVE_GIVE)
def end(asker: Asker, number: int, *, now: datetime) -> None:
    """End a leave before its time. The one who has it, and the one concerned, may end it too."""
    row = models.Leave.objects.filter(pk=number, ended=None).select_related("person").first()
    place = Place(community=row.community, hub=row.hub) if row else Place()
    own = row is not None and asker.handle in {row.person.handle, row.about}
    if row is None or not (own or allowing.permissions(asker, place, now=now)):
        raise errors.NotFoundError(f"There is no leave {number} in force.", "Look at the list.")
    allowed = None if own else allowing.allow(asker, Permission.LEAVE_GIVE, place, now=now)
    row.ended = now
    row.save()
    allowing.note(
        asker,
        allowed,
        verb="leave.end",
        words=f"Ended {row.person.name}'s leave to open {row.about}'s server.",
        subject=row.about,
        place=place,
        now=now,
    )


def in_force(hub_id: str, now: datetime) -> list[models.Leave]:
    """Leaves at a hub that hold now."""
    place = place_of(hub_id)
    rows = models.Leave.objects.filter(community=place.community, hub=place.hub, ended=None, until__gt=now)
    return list(rows.select_related("person"))
