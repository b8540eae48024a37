"""From records to the facts that coverage judges: who can do what in fact, and what was practised and shown where.

What was done for a community or the fleet counts for each hub in it; the newest wins.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Q, QuerySet

from commonhub.communities import charters, models
from commonhub.fleet import desired
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.coverage import Facts, HubFacts, PersonFacts
from commonhub.responsibility.permissions import Permission

INSIDE: Final = frozenset({Permission.SERVER_START, Permission.SERVER_STOP})
"""What is done inside JupyterHub: where people sign in to it by themselves, its own list of administrators decides."""

JUPYTERHUB_ADMINISTRATOR: Final = INSIDE | {
    Permission.PERSON_ADD,
    Permission.PERSON_REMOVE,
    Permission.PERSON_SEE,
    Permission.SERVER_OPEN,
}
"""What JupyterHub's own role `admin` can do there in fact (jupyterhub/roles.py, get_default_roles)."""

Moments = Mapping[tuple[str, str], datetime]


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Everything that coverage looks at."""

    charter: deciding.Charter
    facts: Facts


def gather(*, now: datetime, communities: Collection[str] | None = None) -> Gathered:
    """The facts of all hubs, or of those of some communities. The number of queries does not grow with them."""
    hubs = models.Hub.objects.filter(in_fleet=True, community__in_fleet=True).select_related("community")
    if communities is None:
        charter, near = charters.whole(now=now), Q()
    else:
        hubs = hubs.filter(community__in=communities)
        charter = charters.near((Place(community=name) for name in communities), now=now)
        near = Q(community__in=["", *communities])
    practised = _newest(models.Practised.objects.filter(near), "handle", "responsibility")
    shown = _newest(models.Shown.objects.filter(near).order_by(), "responsibility", "kind")
    return Gathered(
        charter=charter,
        facts=Facts(people=_people(near), hubs=tuple(_hub(charter, hub, practised, shown) for hub in hubs)),
    )


def _newest(rows: QuerySet[Any], *about: str) -> Mapping[Place, Moments]:
    """When each thing last was, by place."""
    found: dict[Place, dict[tuple[str, str], datetime]] = defaultdict(dict)
    grouped = rows.order_by().values_list("community", "hub", *about).annotate(last=Max("at"))
    for community, hub, first, second, last in grouped:
        found[Place(community=community, hub=hub)][first, second] = last
    return found


def _people(near: Q) -> Mapping[str, PersonFacts]:
    """Everybody who is appointed. The zone is the one that they set themselves, or else that of the fleet's files."""
    appointed = models.Appointment.objects.filter(near)
    said = dict(appointed.exclude(time_zone="").order_by().values_list("handle", "time_zone"))
    people = models.Person.objects.filter(handle__in=appointed.order_by().values("handle"))
    found = {
        person.handle: PersonFacts(
            can_sign_in=person.can_sign_in, time_zone=person.time_zone or said.get(person.handle, "")
        )
        for person in people.only("handle", "is_active", "claimed", "time_zone").order_by()
    }
    without = {handle: PersonFacts(can_sign_in=False, time_zone=zone) for handle, zone in said.items()}
    return {**without, **found}


def _hub(
    charter: deciding.Charter,
    hub: models.Hub,
    practised: Mapping[Place, Moments],
    shown: Mapping[Place, Moments],
) -> HubFacts:
    place = Place(community=hub.community_id, hub=hub.name)
    return HubFacts(
        place=place,
        time_zone=hub.community.time_zone,
        powers=_powers(charter, hub, place),
        practised=_reaching(practised, place),
        evidence=_reaching(shown, place),
    )


def _reaching(moments: Mapping[Place, Moments], place: Place) -> Moments:
    """What counts for a hub: its own, its community's and the fleet's."""
    found: dict[tuple[str, str], datetime] = {}
    for where in (FLEET, Place(community=place.community), place):
        for about, moment in moments.get(where, {}).items():
            known = found.get(about)
            found[about] = moment if known is None else max(known, moment)
    return found


def _powers(charter: deciding.Charter, hub: models.Hub, place: Place) -> Mapping[str, frozenset[Permission]]:
    """What each person can do in fact. Whether they can sign in to do it is another fact."""
    people = {each.person for each in charter.assignments.near(place)}
    by_role = {person: charter.permissions(person, place) for person in people}
    if hub.login == desired.LoginKind.COMMONHUB:
        return by_role
    own = frozenset(hub.admins)
    found = {person: given if person in own else given - INSIDE for person, given in by_role.items()}
    return {**found, **{person: found.get(person, frozenset()) | JUPYTERHUB_ADMINISTRATOR for person in own}}
