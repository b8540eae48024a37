"""The hubs and communities of one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Q, When

from commonhub.communities import access, charters, models
from commonhub.hubs import models as hub_models
from commonhub.responsibility import deciding

MOST = 60  # hubs that are looked at; who has more has the fleet's page
_OF_HUBS = ("name", "title", "url", "everyone", "domains", "groups", "in_fleet", "community__title")  # a row is wide


@dataclass(frozen=True, kw_only=True)
class MyHub:
    """One hub that somebody may use. `state` is empty where nothing was seen of it yet."""

    hub: models.Hub
    why: access.Why
    state: str = ""
    since: datetime | None = None

    @property
    def address(self) -> str:
        """Where it opens; only a web address becomes a link."""
        return self.hub.url if self.hub.url.startswith(("http://", "https://")) else ""


def communities(of: deciding.Charter, handle: str) -> list[models.Community]:
    """The communities in which somebody has a role of their own, by title."""
    names = {each.place.community for each in of.assignments.of(handle) if each.holds_at(of.now)}
    return list(models.Community.objects.filter(name__in=names, in_fleet=True)[:MOST])


def hubs(person: models.Person, of: deciding.Charter) -> list[MyHub]:
    """The hubs that somebody may use, in the order of their communities."""
    rows = {
        row.hub_id: row
        for row in models.Membership.objects.filter(person=person, hub__in_fleet=True).order_by("-since")[:MOST]
    }
    groups: dict[str, set[str]] = {}
    for community, name in models.GroupMember.objects.filter(person=person).values_list(
        "group__community_id", "group__name"
    ):
        groups.setdefault(community, set()).add(name)
    own = {each.place.community for each in of.assignments.of(person.handle) if each.place.community}
    wanted = models.Hub.objects.filter(in_fleet=True).select_related("community").only(*_OF_HUBS)
    open_to = Q(hub_id__in=list(rows)) | Q(community__in=own | set(groups)) | Q(everyone=True)
    first = Case(When(hub_id__in=list(rows), then=0), When(community__in=own | set(groups), then=1), default=2)
    found = wanted.filter(open_to).order_by(first, "hub_id")[: 3 * MOST]
    mine = [
        MyHub(hub=hub, why=_why(hub, rows.get(hub.hub_id), groups.get(hub.community_id, ()), person, of))
        for hub in found
    ]
    return _with_states(sorted((each for each in mine if each.why.lets_in), key=_by_title))


def _why(
    hub: models.Hub,
    row: models.Membership | None,
    groups: Iterable[str],
    person: models.Person,
    of: deciding.Charter,
) -> access.Why:
    on_roster = None
    if row is not None:
        on_roster = False if row.removed else True if row.via in access.GRANTED else None
    known = access.Known(
        account_open=person.can_sign_in,
        in_fleet=hub.in_fleet,
        on_roster=on_roster,
        carries=access.carries(of, person.handle, charters.place_of(hub.hub_id)),
        groups=frozenset(groups),
        email=person.email if person.email_verified else "",
    )
    return access.why(known, access.policy(hub))


def _by_title(of: MyHub) -> tuple[str, str]:
    return (of.hub.community.title, of.hub.title)


def _with_states(mine: list[MyHub]) -> list[MyHub]:
    seen = {
        hub_id: (state, since)
        for hub_id, state, since in hub_models.HubRecord.objects.filter(
            hub_id__in=[each.hub.hub_id for each in mine]
        ).values_list("hub_id", "state", "since")
    }
    return [
        MyHub(hub=each.hub, why=each.why, state=seen[each.hub.hub_id][0], since=seen[each.hub.hub_id][1])
        if each.hub.hub_id in seen
        else each
        for each in mine
    ]
