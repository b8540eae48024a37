"""The door of the API: who comes in by which token, how operations are made, and how errors leave.

Nothing here reads a cookie: a browser that is signed in at the portal can do nothing here, so no other site can use it.
"""

import inspect
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from ninja import NinjaAPI, Router
from ninja.constants import NOT_SET
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from commonhub.api import answers, pacing
from commonhub.communities import allowing, verbs
from commonhub.communities.people import Person
from commonhub.ground import clock, errors
from commonhub.hubs import keeper_client
from commonhub.identity import askers, tokens
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

logger = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

MOST_BYTES: Final = 2_500_000  # of a request: a list of 20,000 people fits
BURST, EVERY = 600, timedelta(seconds=0.1)  # of one token, by all web processes together
PROCESSES: Final = 2  # that answer (portal.web.WORKERS): each lets its share through
PACE: Final = pacing.Pace(burst=BURST // PROCESSES, every=EVERY * PROCESSES)
SEE: Final = "See what it takes: GET /api/v1/openapi.json"


class TokenError(errors.RefusedError):
    """No token, or one that opens nothing."""


class TooOftenError(errors.UnavailableError):
    """This token asks too often."""

    def __init__(self, wait: timedelta) -> None:
        seconds = math.ceil(wait.total_seconds())
        super().__init__("This token asks too often.", f"Come again in {seconds} seconds, and ask for more at once.")
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, with the time at which they do. `key` is the digest of the token."""

    person: Person
    asker: allowing.Asker
    now: datetime
    key: str

    def may(self, place: Place) -> frozenset[Permission]:
        """Everything they may do at a place, within the token's scopes."""
        return allowing.permissions(self.asker, place, now=self.now)

    def need(self, permission: Permission, place: Place) -> deciding.Decision:
        """The decision where it is yes. Raises NotAllowedError."""
        return allowing.allow(self.asker, permission, place, now=self.now)


class Token(HttpBearer):
    """`Authorization: Bearer ch_...`: a token that a person made on their account's page."""

    openapi_description = "A token that a person makes on their account's page, within some of their permissions."

    def authenticate(self, request: HttpRequest, token: str) -> Caller:  # noqa: ARG002 - by the library's form
        """The one whose token it is."""
        now, text = clock.system_clock(), token.strip()
        try:
            person, scopes = tokens.authenticate(text, now=now)
        except errors.RefusedError as error:
            raise TokenError(error.message, error.mend) from error
        key = tokens.digest(text)
        wait = PACE.wait(key, now)
        if wait:
            raise TooOftenError(wait)
        return Caller(person=person, asker=askers.of(person, via="api", scopes=scopes), now=now, key=key)


api = NinjaAPI(
    title="Commonhub",
    version="1",
    description=(
        "The same verbs as the pages, for programs. Send `Authorization: Bearer` with a token of yours. "
        "Whatever goes wrong has one shape: `error` with a sentence of what is wrong and one of what to do next."
    ),
    openapi_url=None,
    docs_url=None,
    auth=Token(),
    urls_namespace="api",
)


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    verb: str,
    gives: Any,
    permission: Permission | None = None,
    content: str = "",
    open_to_all: bool = False,
) -> Callable[[View], View]:
    """An operation of the API under the name of a verb.

    `permission` is said in the document; the verbs that are called here know theirs, those of the keeper do not.
    `content` is the media type of what it gives where that is no JSON.
    """

    def make(view: View) -> View:
        text = inspect.cleandoc(view.__doc__ or "")
        known = verbs.KNOWN.get(verb)
        takes = known.permission if known and known.permission else permission
        extra = {"responses": {200: {"content": {content: {"schema": {"type": "string"}}}}}} if content else None
        also = (405, 500, 503) if open_to_all else answers.ALWAYS
        made = router.api_operation(
            [method],
            path,
            operation_id=verb,
            summary=text.partition("\n")[0].rstrip("."),
            description=f"{text}\n\nPermission: `{takes}`." if takes else text,
            response=answers.given(gives, also=also),
            openapi_extra=extra,
            auth=None if open_to_all else NOT_SET,
        )
        marked: View = made(view)
        return marked

    return make


def caller(request: HttpRequest) -> Caller:
    """Who asks. Raises TokenError where nobody was let in, which no operation with a token sees."""
    found = getattr(request, "auth", None)
    if not isinstance(found, Caller):
        raise TokenError("No token was sent.", "Send the header `Authorization: Bearer` with a token of yours.")
    return found


def keeper() -> keeper_client.KeeperClient:
    """The keeper of this fleet, behind the socket that the settings name."""
    return keeper_client.KeeperClient(settings.COMMONHUB_KEEPER_SOCKET)


def say(status: int, message: str, mend: str, found: deciding.Decision | None = None) -> HttpResponse:
    """An error as an answer."""
    response = JsonResponse(answers.told(message, mend, found), status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Commonhub"'
    return response


@api.exception_handler(errors.CommonhubError)
def _in_words(request: HttpRequest, error: errors.CommonhubError) -> HttpResponse:
    if isinstance(error, TokenError):
        return say(401, error.message, error.mend)
    if isinstance(error, TooOftenError):
        response = say(429, error.message, error.mend)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    return say(answers.status_of(error), error.message, error.mend, _decision(request, error))


def _decision(request: HttpRequest, error: errors.CommonhubError) -> deciding.Decision | None:
    """What a refusal by the rules looked at; the keeper says only what was asked, so that is looked at again."""
    if isinstance(error, allowing.NotAllowedError):
        return error.decision
    if isinstance(error, keeper_client.NotAllowed) and error.permission:
        who, place = caller(request), Place(community=error.community, hub=error.hub)
        return allowing.decision(who.asker, Permission.named(error.permission), place, now=who.now)
    return None


@api.exception_handler(AuthenticationError)
def _no_token(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return say(401, "No token was sent.", "Send the header `Authorization: Bearer` with a token of yours.")


@api.exception_handler(ValidationError)
def _not_understood(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    loc = [str(part) for part in first.get("loc", ())]
    where = ".".join(loc[2:] or ["The body"] if loc[:1] == ["body"] else loc[1:])
    rest = f" ({len(error.errors) - 1} more)" if len(error.errors) > 1 else ""
    what = str(first.get("msg", "it is not as expected"))[:300]
    return say(400, f"{where or 'The request'}: {what[:1].lower()}{what[1:]}{rest}.", SEE)


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return say(400, "The body is not JSON.", "Send a JSON object, in UTF-8.")
    return say(error.status_code, f"{error.message.rstrip('.')}.", SEE)


@api.exception_handler(Http404)
def _not_there(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return say(404, "There is no such address.", SEE)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, RequestDataTooBig):
        return too_large()
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return say(400, "The request can't be read.", SEE)
    logger.error("the API failed at %s %s", request.method, request.path, exc_info=error)
    return say(500, "This failed, and it is a fault of Commonhub.", "Its log says why: tell those who run this fleet.")


def too_large() -> HttpResponse:
    """413."""
    return say(413, f"The request has more than {MOST_BYTES / 1e6:g} MB.", "Send less at once.")
