"""The words of the API: what comes in is checked here, and what goes out has its shape here where many share it."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import KNOWN

LONGEST: Final = 20_000  # characters of one text, as communities.charter_words takes it
GREATEST: Final = 2**63 - 1  # what a database numbers with
PLAIN: Final = r"^[^\x00]*$"  # PostgreSQL keeps no NUL

Name = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$", description="Name of a community or a hub."),
]
NameOrNone = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9-]*$", description="Empty: all of it.")]
Handle = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$", description="A person's handle.", examples=["eve"]
    ),
]
HubUser = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00/]+$",
        description="A person's name on the hub.",
        examples=["eve"],
    ),
]
Number = Annotated[int, Field(ge=1, le=GREATEST, examples=[17])]
Line = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Text = Annotated[str, Field(max_length=LONGEST, pattern=PLAIN)]
PermissionWord = Annotated[str, Field(json_schema_extra={"enum": list(KNOWN)}, max_length=64, examples=["hub:restart"])]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]


class Given(BaseModel):
    """Something that comes in: nothing unknown, and no blanks around it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Told(BaseModel):
    """Something that goes out."""

    model_config = ConfigDict(frozen=True)


class Said(Told):
    """What came of it, in a sentence."""

    said: str = Field(examples=["Eve Banda may use it now."])


class Spot(Told):
    """A place. No hub: the community with all its hubs. No community: the fleet."""

    community: str = Field(default="", examples=["reef"])
    hub: str = Field(default="", examples=["main"])


class Somebody(Told):
    """A person by handle and name."""

    handle: str = Field(examples=["dan"])
    name: str = Field(examples=["Dan Rahman"])


class RoleHeld(Told):
    """Somebody in a role at a place."""

    handle: str = Field(examples=["dan"])
    name: str = Field(examples=["Dan Rahman"])
    role: str = Field(examples=["hub-administrator"])
    title: str = Field(examples=["Hub Administrator"])
    side: str = Field(examples=["community"])
    place: Spot
    since: datetime | None
    until: datetime | None


def spot(place: Place) -> Spot:
    """A place as it goes out."""
    return Spot(community=place.community, hub=place.hub)


def place(community: str = "", hub: str = "") -> Place:
    """A place from two words that were checked. Raises CommonhubError for a hub of no community."""
    if hub and not community:
        raise errors.CommonhubError("A hub is named without its community.", "Name both.")
    return Place(community=community, hub=hub)
