"""Access that has ended, and of which hubs must be told. The keeper works these off; each stays until it is done."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from commonhub.communities import access, models

BATCH = 500  # rows in one statement
KEPT = timedelta(days=30)  # endings that are done are kept for as long as somebody may ask about them


def end(hub_id: str, handle: str, *, now: datetime) -> None:
    """This person's sessions, tokens and servers at this hub have to end."""
    if not models.Ending.objects.filter(hub_id=hub_id, handle=handle, done=None).exists():
        models.Ending.objects.create(hub_id=hub_id, handle=handle, at=now)


def everywhere(person: models.Person, *, now: datetime) -> int:
    """End all that a person has open at any hub; gives at how many."""
    hubs = list(models.Membership.objects.filter(person=person).values_list("hub_id", flat=True))
    for hub_id in hubs:
        end(hub_id, person.handle, now=now)
    return len(hubs)


def end_where_not_allowed(person: models.Person, hubs: Iterable[str], *, now: datetime) -> tuple[str, ...]:
    """End what a person has open at those of these hubs that they may not use any more; gives which."""
    ended = []
    for hub_id in hubs:
        if not access.standing(hub_id, person, now=now).allowed:
            end(hub_id, person.handle, now=now)
            ended.append(hub_id)
    return tuple(ended)


def end_where_shut(hubs: Iterable[str], *, now: datetime) -> int:
    """After the doors of these hubs were narrowed: end what those have open who came by one; gives how many there were.

    Whom a roster itself names stays, and who was removed has nothing open, so that neither is looked at.
    """
    rows = models.Membership.objects.filter(hub__in=list(hubs), removed=None).exclude(via__in=access.GRANTED)
    return _end_shut(rows, now)


def end_of_people(handles: Iterable[str], *, now: datetime, hubs: QuerySet[models.Hub] | None = None) -> int:
    """After what these people carry, or their address, has changed: end what is open where nothing lets them in now.

    `hubs` are those that it is about; None for all.
    """
    some = sorted(set(handles))
    rows = models.Membership.objects.exclude(removed=None, via__in=access.GRANTED)
    if hubs is not None:
        rows = rows.filter(hub__in=hubs)
    parts = (some[first : first + BATCH] for first in range(0, len(some), BATCH))
    return sum(_end_shut(rows.filter(person__handle__in=part), now) for part in parts)


def _end_shut(rows: QuerySet[models.Membership], now: datetime) -> int:
    """Hubs that are gone end everything themselves; an account that is closed or waits has nothing open."""
    seen = rows.filter(hub__in_fleet=True, person__is_active=True).exclude(person__claimed=None)
    if not seen.exists():
        return 0
    shut = list(access.shut_out(seen, now=now))
    known = models.Ending.objects.filter(done=None, hub_id__in={hub_id for hub_id, _ in shut})
    waiting = set(known.values_list("hub_id", "handle"))
    models.Ending.objects.bulk_create(
        (
            models.Ending(hub_id=hub_id, handle=handle, at=now)
            for hub_id, handle in shut
            if (hub_id, handle) not in waiting
        ),
        batch_size=BATCH,
    )
    return len(shut)


def pending(limit: int = 100, *, besides: Collection[str] = ()) -> list[models.Ending]:
    """What hubs still have to be told, `besides` some of them, oldest first; what failed least often first."""
    rows = models.Ending.objects.filter(done=None).exclude(hub_id__in=list(besides))
    return list(rows.order_by("tries", "id")[:limit])


def done(ending: models.Ending, *, now: datetime) -> None:
    """The hub knows."""
    models.Ending.objects.filter(pk=ending.pk).update(done=now, trouble="")
    models.Ending.objects.filter(done__lt=now - KEPT).delete()


def failed(ending: models.Ending, trouble: str) -> None:
    """The hub could not be told; it is tried again."""
    models.Ending.objects.filter(pk=ending.pk).update(tries=F("tries") + 1, trouble=trouble[:500])
