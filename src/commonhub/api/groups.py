"""A community's groups of people, for those who see the access of one of its hubs."""

from typing import Annotated

from django.db.models import Count
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import seeing, shapes
from commonhub.api.door import Caller, caller, operation
from commonhub.api.shapes import Given, Said, Somebody, Told
from commonhub.communities import finding, models
from commonhub.communities import groups as groups_of_people
from commonhub.responsibility.permissions import Permission

PAGE = 200

router = Router(tags=["groups"])
GROUPS = "/communities/{community}/groups"
GroupName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$", examples=["advanced"])]


class GroupTold(Told):
    """Some of a community's people under a name."""

    name: str = Field(examples=["advanced"])
    title: str = Field(examples=["Advanced course"])
    people: int = Field(examples=[12])


class Titled(Given):
    """What the group is called where there is room."""

    title: shapes.Line = ""


class Members(Told):
    """Some people of a group by handle. `after`: hand it over for the next ones; empty at the end."""

    people: list[Somebody]
    after: str


def _sees(who: Caller, community: str) -> models.Community:
    """The community. Groups name people: who sees the access of one of its hubs may look. Raises NotAllowedError."""
    if not any(place.community == community for place in seeing.where(who, Permission.ACCESS_SEE)):
        who.need(Permission.ACCESS_SEE, shapes.place(community))
    return finding.community(community)


@operation(router, "GET", GROUPS, verb="group.list", gives=list[GroupTold], permission=Permission.ACCESS_SEE)
def listed(request: HttpRequest, community: shapes.Name) -> list[GroupTold]:
    """The groups of a community."""
    of = _sees(caller(request), community)
    rows = models.Group.objects.filter(community=of).annotate(size=Count("members"))[:1000]
    return [GroupTold(name=row.name, title=row.title, people=row.size) for row in rows]


@operation(router, "PUT", f"{GROUPS}/{{name}}", verb="group.create", gives=GroupTold)
def create(request: HttpRequest, community: shapes.Name, name: GroupName, wanted: Titled) -> GroupTold:
    """Make a group; one that is there already is given back as it is."""
    who = caller(request)
    made = groups_of_people.create(who.asker, community, name, title=wanted.title, now=who.now)
    return GroupTold(name=made.name, title=made.title, people=made.members.count())


@operation(router, "DELETE", f"{GROUPS}/{{name}}", verb="group.remove", gives=Said)
def remove(request: HttpRequest, community: shapes.Name, name: GroupName) -> Said:
    """Remove a group; its people stay."""
    who = caller(request)
    groups_of_people.remove(who.asker, community, name, now=who.now)
    return Said(said="The group is gone; its people stay.")


@operation(
    router, "GET", f"{GROUPS}/{{name}}/people", verb="group.people", gives=Members, permission=Permission.ACCESS_SEE
)
def people(request: HttpRequest, community: shapes.Name, name: GroupName, after: shapes.NameOrNone = "") -> Members:
    """The people of a group by handle, some at a time."""
    _sees(caller(request), community)
    rows = models.GroupMember.objects.filter(group=groups_of_people.find(community, name), person__handle__gt=after)
    page = list(rows.select_related("person").order_by("person__handle")[: PAGE + 1])
    return Members(
        people=[Somebody(handle=row.person.handle, name=row.person.name) for row in page[:PAGE]],
        after=page[PAGE - 1].person.handle if len(page) > PAGE else "",
    )


@operation(router, "PUT", f"{GROUPS}/{{name}}/people/{{handle}}", verb="group.change", gives=Said)
def put_in(request: HttpRequest, community: shapes.Name, name: GroupName, handle: shapes.Handle) -> Said:
    """Put a person into a group; one who is in it stays."""
    who = caller(request)
    groups_of_people.change(who.asker, community, name, handle=handle, inside=True, now=who.now)
    return Said(said=f"{handle} is in the group {name}.")


@operation(
    router,
    "DELETE",
    f"{GROUPS}/{{name}}/people/{{handle}}",
    verb="group.take-out",
    permission=Permission.GROUP_CHANGE,
    gives=Said,
)
def take_out(request: HttpRequest, community: shapes.Name, name: GroupName, handle: shapes.Handle) -> Said:
    """Take a person out of a group. It is the verb `group.change` too, and takes `group:change`."""
    who = caller(request)
    groups_of_people.change(who.asker, community, name, handle=handle, inside=False, now=who.now)
    return Said(said=f"{handle} is not in the group {name}.")
