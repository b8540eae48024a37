"""Homes of people who may not use a hub any more: what would go, having it removed, and taking that back."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api import shapes
from commonhub.api.door import caller, keeper, operation
from commonhub.api.shapes import Given, Said, Told
from commonhub.hubs import homes

router = Router(tags=["access"])
HOME = "/hubs/{community}/{hub}/people/{handle}/home"


class HomeGoing(Told):
    """What goes with a person's home on a hub, and when. `asked` is null where nobody has asked for it."""

    name: str = Field(description="What has to be typed.", examples=["reef/main/eve"])
    hub: str = Field(examples=["reef/main"])
    handle: str = Field(examples=["eve"])
    home_bytes: int | None = Field(description="When it was last measured; null where it was not.")
    until: datetime = Field(description="When it can no longer be had back.")
    asked: datetime | None
    asked_by: str = Field(examples=["carol"])
    trouble: str = Field(description="Why it could not be done when it was last tried.")
    sentences: list[str]


class HomeAsked(HomeGoing):
    """What was asked for, also in a sentence."""

    said: str


class Typed(Given):
    """The name of what goes, typed: so that no home is taken for another."""

    confirm: shapes.Line = Field(examples=["reef/main/eve"])


def _values(community: str, hub: str, handle: str, **more: str) -> dict[str, str]:
    return {"hub": f"{community}/{hub}", "handle": handle, **more}


@operation(router, "GET", HOME, verb="home.what-goes", gives=HomeGoing)
def what_goes(request: HttpRequest, community: shapes.Name, hub: shapes.Name, handle: shapes.Handle) -> HomeGoing:
    """What would go with a person's home on a hub, and until when it could be had back."""
    values = _values(community, hub, handle)
    return HomeGoing(**keeper().ask_room(homes.ROOM, "home.what-goes", caller(request).asker, values))


@operation(router, "POST", f"{HOME}/remove", verb="home.remove", gives=HomeAsked)
def remove(
    request: HttpRequest, community: shapes.Name, hub: shapes.Name, handle: shapes.Handle, typed: Typed
) -> HomeAsked:
    """Have the home of a person who may not use a hub any more archived and removed, after the time of grace."""
    values = _values(community, hub, handle, confirm=typed.confirm)
    return HomeAsked(**keeper().ask_room(homes.ROOM, "home.remove", caller(request).asker, values))


@operation(router, "POST", f"{HOME}/keep", verb="home.keep", gives=Said)
def keep(request: HttpRequest, community: shapes.Name, hub: shapes.Name, handle: shapes.Handle) -> Said:
    """Take back that a person's home on a hub is removed."""
    values = _values(community, hub, handle)
    return Said(said=str(keeper().ask_room(homes.ROOM, "home.keep", caller(request).asker, values)["said"]))
