"""The one shape of everything that goes wrong, and which answers an operation may give."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from pydantic import Field

from commonhub.api.shapes import Told
from commonhub.ground import errors
from commonhub.responsibility import deciding


class Asked(Told):
    """What was refused: a permission at a place."""

    permission: str = Field(examples=["hub:restart"])
    community: str = Field(examples=["reef"])
    hub: str = Field(examples=["main"])


class Error(Told):
    """What is wrong, and what to do next. What is below `mend` is there where the responsibility model says no."""

    message: str = Field(
        examples=[
            "You may not restart reef/main: that belongs to 'Respond to incidents', carried here by Alice Okafor."
        ]
    )
    mend: str = Field(examples=["Ask them."])
    asked: Asked = Field(default=None)  # type: ignore[assignment]  # left out where it does not apply
    responsibility: str = Field(
        default="", description="Title of the one that it belongs to.", examples=["Respond to incidents"]
    )
    holders: list[str] = Field(default=[], description="Names of those who may.", examples=[["Alice Okafor"]])
    ask: str = Field(default="", description="The page on which a person can ask them.")


class Wrong(Told):
    """Every answer that is not what was asked for."""

    error: Error


STATUS: Final[tuple[tuple[type[errors.CommonhubError], int], ...]] = (
    (errors.NotFoundError, 404),
    (errors.RefusedError, 403),
    (errors.UnavailableError, 503),
    (errors.CommonhubError, 400),
)
MEANINGS: Final[Mapping[int, str]] = {
    400: "Something in the request can't be taken; the sentence says what.",
    401: "No token was sent, or it opens nothing.",
    403: "It is understood and not allowed; the error names who may.",
    404: "What was named is not there, or not for you to know of.",
    405: "This address does not take this method.",
    413: "The request is too large.",
    429: "This token asks too often; `Retry-After` says when to come again.",
    500: "A fault of Commonhub; its log says more.",
    503: "A part that is needed does not answer now; trying again may help.",
}
ALWAYS: Final = (400, 401, 403, 404, 413, 429, 500, 503)


def given(ok: Any, *, also: tuple[int, ...] = ALWAYS) -> dict[Any, Any]:
    """All answers of an operation: what it gives, and what may go wrong."""
    return {200: ok, frozenset(also): Wrong}


def status_of(error: errors.CommonhubError) -> int:
    """The status that tells a program what kind of error it was."""
    return next(number for kind, number in STATUS if isinstance(error, kind))


def told(message: str, mend: str, found: deciding.Decision | None = None) -> dict[str, Any]:
    """An error as JSON. With a decision: whose it is, and where to ask them."""
    values: dict[str, Any] = {"message": message, "mend": mend}
    if found is not None:
        asked = {"permission": str(found.permission), "community": found.place.community, "hub": found.place.hub}
        query = urlencode({name: word for name, word in asked.items() if word})
        values |= {
            "asked": asked,
            "responsibility": found.responsibility.title,
            "holders": [person.name for person in found.holders],
            "ask": f"{settings.COMMONHUB_URL}/may?{query}",
        }
    return {"error": values}
