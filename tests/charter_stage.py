"""Records filled with the cast, each in their part: the house that tests of people, pages and the API play in.

Alice is the fleet's engineer, Bob its guide, Carol represents the community reef, Dan administers its hub reef/main,
Eve is on that hub's roster, Mallory has an account and nothing else. Reef has a second hub, lab. The community mtengo
has one hub, main, and another representative, Zuri: what is hers is what the others must not reach.
"""

from datetime import datetime, timedelta
from types import MappingProxyType

import cast
from commonhub.communities import models
from commonhub.communities.allowing import Asker
from commonhub.responsibility.assignments import Place

ZURI = cast.Person("Zuri Phiri", "zuri", "representative of another community")
EVERYBODY = (*cast.EVERYBODY, ZURI)
NAMES = MappingProxyType({each.user: each.name for each in EVERYBODY})

FLEET, REEF, MTENGO = Place(), Place(community="reef"), Place(community="mtengo")
MAIN, LAB = Place(community="reef", hub="main"), Place(community="reef", hub="lab")
ELSEWHERE = Place(community="mtengo", hub="main")
HUBS = MappingProxyType({"reef/main": "Reef analysis", "reef/lab": "Reef lab", "mtengo/main": "Mtengo classes"})
SINCE = timedelta(days=100)  # for so long all this has stood when the play begins

ZONES = MappingProxyType({"alice": "Africa/Lagos", "carol": "Africa/Dar_es_Salaam", "zuri": "Africa/Blantyre"})
ROLES = (
    # who, role, side, community, hub
    ("alice", "site-reliability-engineer", "service", "", ""),
    ("bob", "community-guide", "service", "", ""),
    ("carol", "community-representative", "community", "reef", ""),
    ("dan", "hub-administrator", "community", "reef", "main"),
    ("zuri", "community-representative", "community", "mtengo", ""),
)


def fill(now: datetime) -> None:
    """Make everybody and everything, as it has stood for a hundred days."""
    then = now - SINCE
    people(then)
    communities()
    for handle, role, side, community, hub in ROLES:
        appoint(handle, role, side=side, community=community, hub=hub, since=then)
    models.Membership.objects.create(hub_id="reef/main", person=person("eve"), since=then, via="added", by="dan")


def people(then: datetime) -> None:
    """The accounts, without passwords: a test that signs in by one sets it."""
    models.Person.objects.bulk_create(
        models.Person(
            handle=each.user,
            name=each.name,
            email=each.email,
            email_verified=then,
            time_zone=ZONES.get(each.user, ""),
            password="!",
            made=then,
            claimed=then,
        )
        for each in EVERYBODY
    )


def communities() -> None:
    """Two communities and three hubs."""
    reef = models.Community.objects.create(
        name="reef",
        title="Coral Reef Observatory",
        kind="research",
        place="Zanzibar",
        time_zone="Africa/Dar_es_Salaam",
        version="1111111111111111",
    )
    mtengo = models.Community.objects.create(
        name="mtengo",
        title="Mtengo Teachers' College",
        kind="education",
        place="Malawi",
        time_zone="Africa/Blantyre",
        version="2222222222222222",
    )
    of = {"reef": reef, "mtengo": mtengo}
    for hub_id, title in HUBS.items():
        community, _, name = hub_id.partition("/")
        models.Hub.objects.create(
            hub_id=hub_id,
            community=of[community],
            name=name,
            title=title,
            url=f"http://{name}-{community}.localhost:8000",
            login="commonhub",
        )


def appoint(
    handle: str,
    role: str,
    *,
    side: str = "community",
    community: str = "",
    hub: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> models.Appointment:
    """Put somebody into a role, as the mirror of the fleet's files would."""
    return models.Appointment.objects.create(
        handle=handle,
        name=NAMES.get(handle, ""),
        role=role,
        side=side,
        community=community,
        hub=hub,
        since=since,
        until=until,
    )


def newcomer(handle: str, *, now: datetime, name: str = "", claimed: bool = True) -> models.Person:
    """One more account."""
    return models.Person.objects.create(
        handle=handle,
        name=name or handle.title(),
        email=f"{handle}@example.org",
        password="!",
        made=now,
        claimed=now if claimed else None,
    )


def person(handle: str) -> models.Person:
    """One of the cast, from the records."""
    return models.Person.objects.get(handle=handle)


def asker(handle: str, *, via: str = "portal") -> Asker:
    """One of the cast, coming by a door."""
    return Asker(handle=handle, name=NAMES.get(handle, handle), via=via)
