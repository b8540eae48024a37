"""Where the API is. The one who joins all addresses puts these below /api/v1/."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from commonhub.api import document
from commonhub.api.door import MOST_BYTES, SEE, say, too_large
from commonhub.api.operations import api

View = Callable[..., HttpResponse]


def one_shape(view: View) -> View:
    """A view whose every answer has our shape, for whoever comes: the token is looked at inside, and no cookie is."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.headers.get("Content-Length", "0")
        if length.isascii() and length.isdigit() and int(length) > MOST_BYTES:
            return too_large()
        found = view(request, *args, **kwargs)
        if found.status_code != 405:
            return found
        allowed = found.headers.get("Allow", "")
        refused = say(405, f"This address does not take {request.method}.", f"It takes {allowed}.")
        refused.headers["Allow"] = allowed
        return refused

    return csrf_exempt(login_not_required(answer))


def nothing(_request: HttpRequest) -> HttpResponse:
    """Any other address."""
    return say(404, "There is no such address.", SEE)


def _shaped(found: URLPattern) -> URLPattern:
    found.callback = one_shape(found.callback)
    return found


urlpatterns = [
    path("", one_shape(require_safe(document.page)), name="api"),
    path("openapi.json", one_shape(require_safe(document.openapi_json)), name="openapi"),
    *(_shaped(found) for found in api.urls[0] if isinstance(found, URLPattern) and found.name != "api-root"),
    re_path("", one_shape(nothing)),
]
