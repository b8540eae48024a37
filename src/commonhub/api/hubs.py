"""Hubs: those that one may see or use, one of them, and what can be asked of it. The keeper acts, and decides once more."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from commonhub.api import seeing, shapes
from commonhub.api.door import Caller, caller, keeper, operation
from commonhub.api.shapes import Said, Told
from commonhub.communities import access, finding, models
from commonhub.hubs import models as hub_models
from commonhub.responsibility.permissions import Permission

PAGE = 200
EVENTS = 20

router = Router(tags=["hubs"])


class HubShort(Told):
    """A hub in a list. `state` is empty where nothing was seen of it yet."""

    hub: str = Field(examples=["reef/main"])
    title: str = Field(examples=["Reef analysis"])
    url: str = Field(examples=["http://main-reef.localhost:8000"])
    state: str = Field(examples=["asleep"])
    people: int = Field(description="With a running server.", examples=[3])


class Hubs(Told):
    """Some hubs. `after`: hand it over for the next ones; empty at the end."""

    hubs: list[HubShort]
    after: str


class Server(Told):
    """Somebody's server."""

    user: str = Field(examples=["eve"])
    name: str
    started: datetime
    last_activity: datetime | None
    memory: int | None = Field(description="Bytes.")
    home_bytes: int | None


class Event(Told):
    """Something that happened to a hub."""

    at: datetime
    kind: str = Field(examples=["awake"])
    actor: str
    words: str = Field(examples=["The hub woke up."])


class Hub(HubShort):
    """One hub. Those who only use it are told less: no servers, settings, memory or events."""

    community: str = Field(examples=["reef"])
    description: str
    why: str = Field(description="What lets you in; empty where nothing does.", examples=["role"])
    permissions: list[str] = Field(description="What you may do here.")
    since: datetime | None = None
    message: str = ""
    memory: int | None = Field(default=None, description="Bytes: hub and servers together.")
    last_activity: datetime | None = None
    settings: dict[str, Any] = {}
    servers: list[Server] = []
    events: list[Event] = []


class Log(Told):
    """The last lines of a hub's log, the oldest first."""

    lines: list[str]


class Plan(Told):
    """What will be done to the hub next, one sentence a step."""

    steps: list[str]


@operation(router, "GET", "/hubs", verb="hub.list", gives=Hubs)
def listed(
    request: HttpRequest,
    community: shapes.NameOrNone = "",
    after: Annotated[str, Query(max_length=130, pattern=shapes.PLAIN)] = "",
) -> Hubs:
    """The hubs that you may see by a role, and those that you were let into."""
    who = caller(request)
    reach = seeing.within(seeing.where(who, Permission.HUB_SEE), hub="name")
    own = Q(memberships__person=who.person, memberships__removed=None)
    reach = own if reach is None else reach if reach == Q() else reach | own
    rows = models.Hub.objects.filter(reach, in_fleet=True, hub_id__gt=after).order_by("hub_id").distinct()
    if community:
        rows = rows.filter(community=community)
    found = list(rows[: PAGE + 1])
    seen = hub_models.HubRecord.objects.defer("settings").in_bulk([row.hub_id for row in found[:PAGE]])
    return Hubs(
        hubs=[HubShort(**_short(row, seen.get(row.hub_id))) for row in found[:PAGE]],
        after=found[PAGE - 1].hub_id if len(found) > PAGE else "",
    )


def _short(of: models.Hub, seen: hub_models.HubRecord | None) -> dict[str, Any]:
    return {
        "hub": of.hub_id,
        "title": of.title,
        "url": of.url,
        "state": seen.state if seen else "",
        "people": seen.people if seen else 0,
    }


@operation(router, "GET", "/hubs/{community}/{hub}", verb="hub.see", gives=Hub, permission=Permission.HUB_SEE)
def see(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> Hub:
    """One hub: whole for those who may see it, and what concerns them for those who may use it."""
    who, place = caller(request), shapes.place(community, hub)
    given = who.may(place)
    standing = access.standing(str(place), who.person, now=who.now)
    if Permission.HUB_SEE not in given and not standing.allowed:
        who.need(Permission.HUB_SEE, place)
    of = finding.hub(str(place))
    seen = hub_models.HubRecord.objects.filter(hub_id=of.hub_id).first()
    more = _whole(seen) if seen and Permission.HUB_SEE in given else {}
    return Hub(
        **_short(of, seen),
        community=of.community_id,
        description=seen.description if seen else "",
        why=str(standing.why) if standing.allowed else "",
        permissions=sorted(str(each) for each in given),
        **more,
    )


def _whole(seen: hub_models.HubRecord) -> dict[str, Any]:
    return {
        "since": seen.since,
        "message": seen.message,
        "memory": seen.memory,
        "last_activity": seen.last_activity,
        "settings": seen.settings,
        "servers": [
            Server(
                user=row.user,
                name=row.name,
                started=row.started,
                last_activity=row.last_activity,
                memory=row.memory,
                home_bytes=row.home_bytes,
            )
            for row in seen.servers.all()
        ],
        "events": [
            Event(at=row.at, kind=row.kind, actor=row.actor, words=row.words)
            for row in hub_models.HubEvent.objects.filter(hub_id=seen.hub_id)[:EVENTS]
        ],
    }


@operation(router, "POST", "/hubs/{community}/{hub}/wake", verb="hub.wake", permission=Permission.HUB_WAKE, gives=Said)
def wake(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> Said:
    """Wake a hub without visiting it."""
    return _act(caller(request), "wake", f"{community}/{hub}", said="is awake")


@operation(
    router, "POST", "/hubs/{community}/{hub}/sleep", verb="hub.sleep", permission=Permission.HUB_SLEEP, gives=Said
)
def sleep(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> Said:
    """Put a hub to sleep; refused while servers run on it."""
    return _act(caller(request), "sleep", f"{community}/{hub}", said="is asleep")


@operation(
    router, "POST", "/hubs/{community}/{hub}/restart", verb="hub.restart", permission=Permission.HUB_RESTART, gives=Said
)
def restart(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> Said:
    """Restart a hub's own process; people's servers go on."""
    return _act(caller(request), "restart", f"{community}/{hub}", said="was restarted")


@operation(
    router,
    "POST",
    "/hubs/{community}/{hub}/servers/{user}/start",
    verb="hub.start-server",
    permission=Permission.SERVER_START,
    gives=Said,
)
def start_server(request: HttpRequest, community: shapes.Name, hub: shapes.Name, user: shapes.HubUser) -> Said:
    """Start somebody's server, without seeing into it."""
    return _act(caller(request), "start-server", f"{community}/{hub}", user=user, said=f"starts the server of {user}")


@operation(
    router,
    "POST",
    "/hubs/{community}/{hub}/servers/{user}/stop",
    verb="hub.stop-server",
    permission=Permission.SERVER_STOP,
    gives=Said,
)
def stop_server(request: HttpRequest, community: shapes.Name, hub: shapes.Name, user: shapes.HubUser) -> Said:
    """Stop somebody's server; files stay."""
    return _act(caller(request), "stop-server", f"{community}/{hub}", user=user, said=f"stopped the server of {user}")


@operation(
    router,
    "POST",
    "/hubs/{community}/{hub}/sessions/{user}/end",
    verb="hub.end-sessions",
    permission=Permission.SESSION_END,
    gives=Said,
)
def end_sessions(request: HttpRequest, community: shapes.Name, hub: shapes.Name, user: shapes.HubUser) -> Said:
    """End what somebody has open at a hub: sessions, tokens and servers."""
    return _act(caller(request), "end-sessions", f"{community}/{hub}", user=user, said=f"holds nothing open for {user}")


def _act(who: Caller, verb: str, hub_id: str, *, said: str, user: str = "") -> Said:
    keeper().act(verb, hub_id, who.asker, user=user)
    return Said(said=f"{hub_id} {said}.")


@operation(router, "GET", "/hubs/{community}/{hub}/log", verb="hub.log", permission=Permission.HUB_LOGS, gives=Log)
def log(
    request: HttpRequest,
    community: shapes.Name,
    hub: shapes.Name,
    lines: Annotated[int, Query(ge=1, le=2000)] = 200,
) -> Log:
    """Read the last lines of a hub's log."""
    return Log(lines=keeper().log(f"{community}/{hub}", lines, caller(request).asker))


@operation(router, "GET", "/hubs/{community}/{hub}/plan", verb="hub.plan", gives=Plan, permission=Permission.HUB_SEE)
def plan(request: HttpRequest, community: shapes.Name, hub: shapes.Name) -> Plan:
    """What will be done to the hub next; nothing where it is as the fleet's files say."""
    caller(request).need(Permission.HUB_SEE, shapes.place(community, hub))
    finding.hub(f"{community}/{hub}")
    return Plan(steps=keeper().plan(f"{community}/{hub}"))
