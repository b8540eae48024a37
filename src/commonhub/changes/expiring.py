"""Secrets that end, as the fleet's files last named them: kept for My duties, so that people hear of them without a change.

With them goes what the files rule of changes, for pages.

The portal has records and no fleet folder. Whoever looks at the folder's history brings them to each commit it accepts.
"""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final

from django.db import transaction
from django.db.models import Q

from commonhub.changes import facts, models, ruling
from commonhub.communities import duties
from commonhub.communities.charter_acts import Folder
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

CARRIED_WITH: Final = Permission.LOGIN_CONFIGURE
"""Who holds this at a place carries its connections, and renews what they are made with."""


def follow(folder: Folder, row: models.SeenHead) -> None:
    """Bring the records to the commit of `row`. Cheap where they are there; a commit with faults changes nothing."""
    if row.secrets_of == row.commit:
        return
    with folder.turn:
        fleet = folder.reader.read(folder.repository.tree(row.commit)).fleet
    with transaction.atomic():
        if fleet is not None:
            _write(facts.ending(fleet))
            row.rules = ruling.said(fleet)
        row.secrets_of = row.commit
        row.save(update_fields=["secrets_of", "rules"])


def _write(named: tuple[facts.Secret, ...]) -> None:
    wanted = {(each.community, each.hub, each.name, each.ends): each.last_day for each in named}
    known = {(row.community, row.hub, row.name, row.ends): row for row in models.EndingSecret.objects.all()}
    gone = [row.pk for key, row in known.items() if wanted.get(key) != row.last_day]
    fresh = [key for key, day in wanted.items() if key not in known or known[key].last_day != day]
    if gone:
        models.EndingSecret.objects.filter(pk__in=gone).delete()
    models.EndingSecret.objects.bulk_create(
        models.EndingSecret(
            community=community, hub=hub, name=name, ends=ends, last_day=wanted[community, hub, name, ends]
        )
        for community, hub, name, ends in fresh
    )


def lines(handle: str, where: list[Place], own: deciding.Charter, *, now: datetime, most: int) -> list[duties.Duty]:
    """What ends soon or has ended at these places of somebody's, for those who carry it; the first to end first."""
    if not where:
        return []
    rows = models.EndingSecret.objects.filter(ends__lte=now + facts.ENDS_SOON)
    if FLEET not in where:
        rows = rows.filter(reduce(or_, (Q(community=place.community) for place in where)))
    return [
        _line(row, now)
        for row in rows.order_by("ends", "pk")[:most]
        if CARRIED_WITH in own.permissions(handle, Place(community=row.community, hub=row.hub))
    ]


def _line(row: models.EndingSecret, now: datetime) -> duties.Duty:
    place = Place(community=row.community, hub=row.hub)
    return duties.Duty(
        kind=duties.Kind.SECRET,
        sentence=f"{row.name} for {'the fleet' if place == FLEET else place} "
        f"{facts.word(row.ends, now)} on {row.last_day}.",
        since=row.ends - facts.ENDS_SOON,
        place=place,
        url=f"/communities/{row.community}/change" if row.community else "/fleet",
        label="Renew it, and note when it ends next",
        number=row.pk,
    )
