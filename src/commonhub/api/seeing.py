"""Where a caller may see something: the places of their own appointments at which they have a permission.

Who carries something at one hub may see some things of the community around it, and of the fleet: that is no leave to list
what is at other hubs. So only places of appointments count here, and not those around them.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from commonhub.api.door import Caller
from commonhub.communities import charters
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission


def where(who: Caller, *permissions: Permission) -> tuple[Place, ...]:
    """The places of one's appointments at which one has one of these permissions, within the token's scopes."""
    scopes = who.asker.scopes
    wanted = [each for each in permissions if scopes is None or each in scopes]
    charter = charters.of_people([who.asker.handle], now=who.now)
    spots = {each.place for each in charter.assignments.of(who.asker.handle) if each.holds_at(who.now)}
    found = (spot for spot in spots if any(each in charter.permissions(who.asker.handle, spot) for each in wanted))
    return tuple(sorted(found, key=str))


def within(places: Iterable[Place], *, community: str = "community", hub: str = "hub") -> Q | None:
    """Rows at these places or in them, as a filter; None for no place at all."""
    arms = []
    for place in places:
        if place == FLEET:
            return Q()
        arms.append(Q(**{community: place.community, **({hub: place.hub} if place.hub else {})}))
    return reduce(or_, arms) if arms else None
