"""What went wrong, in words: the one place where errors become pages."""
# ruff: noqa: ARG001 - Django hands its handlers these arguments by name

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext

from commonhub.communities import allowing
from commonhub.ground import errors
from commonhub.portal import asking

STATUS: tuple[tuple[type[errors.CommonhubError], int], ...] = (
    (errors.NotFoundError, 404),
    (errors.RefusedError, 403),
    (errors.UnavailableError, 503),
    (errors.CommonhubError, 400),
)


class Mishaps:
    """Middleware that turns a `CommonhubError` of any page into its two sentences."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django asks this when a page raises; other errors are ours to mend and go on to `broken`."""
        if not isinstance(error, errors.CommonhubError):
            return None
        if isinstance(error, allowing.NotAllowedError):
            return asking.refusal(request, error)
        status = next(number for kind, number in STATUS if isinstance(error, kind))
        return say(request, status=status, title=gettext("That did not work"), message=error.message, mend=error.mend)


def say(request: HttpRequest, *, status: int, title: str, message: str, mend: str) -> HttpResponse:
    """A page with one sentence of what is wrong and one of what to do next."""
    context = {"title": title, "message": message, "mend": mend, "about": "mishaps"}
    return render(request, "portal/mishap.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return say(
        request,
        status=400,
        title=gettext("That request was not understood"),
        message=gettext("Something in the address or the form is not as this page expects it."),
        mend=gettext("Start again from your duties."),
    )


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return say(
        request,
        status=403,
        title=gettext("This is not open to you"),
        message=gettext("You are signed in, and this page is not among those you may open."),
        mend=gettext("Ask the people who run this service if you need it."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return say(
        request,
        status=404,
        title=gettext("There is no such page"),
        message=gettext("The address may be mistyped, or what was here has left the fleet."),
        mend=gettext("Look for it among your hubs and communities."),
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without this browser's token: an old page, blocked cookies, or another site's form."""
    return say(
        request,
        status=403,
        title=gettext("That form was too old"),
        message=gettext(
            "Nothing was done: the form was not sent from a page that this browser opened in this session."
        ),
        mend=gettext("Go back, load the page again and repeat what you did. Cookies must be allowed for this site."),
    )


def broken(_request: HttpRequest) -> HttpResponse:
    """500: asks neither the database nor the session, for they may be what broke."""
    return HttpResponse(loader.render_to_string("portal/broken.html"), status=500)
