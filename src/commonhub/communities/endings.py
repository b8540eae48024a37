"""Access that has ended, and of which hubs must be told. The keeper works these off; each stays until it is done."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from commonhub.communities import access, models

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


def pending(limit: int = 100) -> list[models.Ending]:
    """What hubs still have to be told, oldest first; what failed least often first."""
    return list(models.Ending.objects.filter(done=None).order_by("tries", "id")[:limit])


def done(ending: models.Ending, *, now: datetime) -> None:
    """The hub knows."""
    models.Ending.objects.filter(pk=ending.pk).update(done=now, trouble="")
    models.Ending.objects.filter(done__lt=now - KEPT).delete()


def failed(ending: models.Ending, trouble: str) -> None:
    """The hub could not be told; it is tried again."""
    models.Ending.objects.filter(pk=ending.pk).update(tries=F("tries") + 1, trouble=trouble[:500])
