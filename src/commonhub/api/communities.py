"""Communities: those that one may see, one of them, how well it is carried, and the changes of its file."""

from datetime import date, datetime

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import seeing, shapes
from commonhub.api.door import caller, keeper, operation
from commonhub.api.shapes import Given, RoleHeld, Said, Spot, Told
from commonhub.communities import agreements, charters, coverage_history, finding, models
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import Permission

PAGE = 200

router = Router(tags=["communities"])


class CommunityShort(Told):
    """A community in a list."""

    name: str = Field(examples=["reef"])
    title: str = Field(examples=["Coral Reef Observatory"])
    kind: str = Field(examples=["research"])


class Communities(Told):
    """Some communities. `after`: hand it over for the next ones; empty at the end."""

    communities: list[CommunityShort]
    after: str


class Community(Told):
    """One community, its hubs, and who is in which role."""

    name: str = Field(examples=["reef"])
    title: str = Field(examples=["Coral Reef Observatory"])
    description: str
    kind: str = Field(examples=["research"])
    url: str
    place: str = Field(examples=["Zanzibar"])
    time_zone: str = Field(examples=["Africa/Dar_es_Salaam"])
    page: str = Field(description="Its page at the portal.")
    agreement: str = Field(description="How far it has come.", examples=["in-force"])
    hubs: list[str] = Field(examples=[["reef/lab", "reef/main"]])
    roles: list[RoleHeld]
    permissions: list[str] = Field(description="What you may do here.")


class Day(Told):
    """The number of one day: `done` of `of` responsibilities are held, empowered and evidenced."""

    day: date
    done: int
    of: int
    held: int
    empowered: int
    evidenced: int


class FindingTold(Told):
    """Something amiss in who carries what."""

    kind: str = Field(examples=["not-practised"])
    place: Spot
    responsibility: str = Field(examples=["respond-to-incidents"])
    sentence: str
    mend: str
    since: datetime


class Coverage(Told):
    """How well responsibilities are carried: day by day, and what is amiss now."""

    days: list[Day]
    findings: list[FindingTold]


class Words(Given):
    """How a community presents itself. What is left out stays as it is; what is empty is taken away."""

    title: shapes.Line | None = Field(default=None, examples=["Coral Reef Observatory"])
    description: shapes.Text | None = None
    url: shapes.Line | None = None
    place: shapes.Line | None = None
    time_zone: shapes.Line | None = None


@operation(router, "GET", "/communities", verb="community.list", gives=Communities)
def listed(
    request: HttpRequest,
    permission: shapes.PermissionWord = "community:see",
    after: shapes.NameOrNone = "",
) -> Communities:
    """The communities where you have a role with this permission, and those whose hubs you are let into.

    The latter are left out where another permission than `community:see` is asked for.
    """
    who, wanted = caller(request), Permission.named(permission)
    reach = seeing.within(seeing.where(who, wanted), community="name", hub="hubs__name")
    if wanted is Permission.COMMUNITY_SEE:
        own = Q(hubs__memberships__person=who.person, hubs__memberships__removed=None)
        reach = own if reach is None else reach if reach == Q() else reach | own
    if reach is None:
        return Communities(communities=[], after="")
    rows = models.Community.objects.filter(reach, in_fleet=True, name__gt=after).order_by("name").distinct()
    found = list(rows[: PAGE + 1])
    return Communities(
        communities=[CommunityShort(name=row.name, title=row.title, kind=row.kind) for row in found[:PAGE]],
        after=found[PAGE - 1].name if len(found) > PAGE else "",
    )


@operation(
    router,
    "GET",
    "/communities/{community}",
    verb="community.see",
    gives=Community,
    permission=Permission.COMMUNITY_SEE,
)
def see(request: HttpRequest, community: shapes.Name) -> Community:
    """One community, its hubs, and who is in which role."""
    who, place = caller(request), shapes.place(community)
    who.need(Permission.COMMUNITY_SEE, place)
    of = finding.community(community)
    hubs = models.Hub.objects.filter(community=of, in_fleet=True).order_by("hub_id")
    return Community(
        name=of.name,
        title=of.title,
        description=of.description,
        kind=of.kind,
        url=of.url,
        place=of.place,
        time_zone=of.time_zone,
        page=f"{settings.COMMONHUB_URL}/communities/{of.name}",
        agreement=str(agreements.standing(of).state),
        hubs=list(hubs.values_list("hub_id", flat=True)),
        roles=held(charters.near([place], now=who.now), community),
        permissions=sorted(str(each) for each in who.may(place)),
    )


def held(charter: deciding.Charter, community: str) -> list[RoleHeld]:
    """Who is in which role now, at the community and its hubs, and for the whole fleet."""
    return [
        RoleHeld(
            handle=each.person,
            name=charter.assignments.person(each.person).name,
            role=each.role,
            title=charter.model.role_by_id[each.role].title,
            side=str(each.side),
            place=shapes.spot(each.place),
            since=each.since,
            until=each.until,
        )
        for each in charter.assignments.given
        if each.place.community in {"", community}
        and each.holds_at(charter.now)
        and each.role in charter.model.role_by_id
    ]


@operation(
    router,
    "GET",
    "/communities/{community}/coverage",
    verb="coverage.see",
    gives=Coverage,
    permission=Permission.COVERAGE_SEE,
)
def coverage(request: HttpRequest, community: shapes.Name, hub: shapes.NameOrNone = "") -> Coverage:
    """How well the responsibilities of a community, or of one hub, are carried: as it was found last."""
    who, place = caller(request), shapes.place(community, hub)
    who.need(Permission.COVERAGE_SEE, place)
    finding.community(community)
    return Coverage(
        days=[
            Day(
                day=row.day,
                done=row.done,
                of=row.of,
                held=row.held,
                empowered=row.empowered,
                evidenced=row.evidenced,
            )
            for row in coverage_history.history(place, now=who.now)
        ],
        findings=[
            FindingTold(
                kind=row.kind,
                place=Spot(community=row.community, hub=row.hub),
                responsibility=row.responsibility,
                sentence=row.sentence,
                mend=row.mend,
                since=row.since,
            )
            for row in coverage_history.amiss(place)
        ],
    )


@operation(
    router,
    "PATCH",
    "/communities/{community}",
    verb="community.describe",
    permission=Permission.COMMUNITY_DESCRIBE,
    gives=Said,
)
def describe(request: HttpRequest, community: shapes.Name, words_of: Words) -> Said:
    """Change how a community presents itself: a commit to its file."""
    said = {name: value for name, value in words_of.model_dump().items() if value is not None}
    values = {"community": community} | said
    return Said(said=keeper().change_charter("community.describe", caller(request).asker, values))
