"""The API as a document: OpenAPI for programs, and one plain page for people. Neither loads anything from elsewhere."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commonhub.api import answers
from commonhub.api.operations import api

ROOT: Final = "/api/v1"


@functools.cache
def openapi() -> dict[str, Any]:
    """The whole document. What goes wrong has one entry, which every operation refers to."""
    whole: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=""))
    whole["servers"] = [{"url": f"{settings.COMMONHUB_URL}{ROOT}"}]
    shared = {}
    for methods in whole["paths"].values():
        for each in methods.values():
            for status in answers.MEANINGS:
                if status in each["responses"]:
                    shared[f"Wrong{status}"] = _wrong(status)
                    each["responses"][status] = {"$ref": f"#/components/responses/Wrong{status}"}
            each["responses"] = {str(status): said for status, said in each["responses"].items()}
            each["responses"]["200"]["description"] = each["summary"]
    whole["components"]["responses"] = shared
    return whole


def _wrong(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": answers.MEANINGS[status],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wrong"}}},
    }
    headers = {
        401: {"WWW-Authenticate": "How to come in."},
        429: {"Retry-After": "Seconds to wait."},
    }.get(status, {})
    if headers:
        said["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in headers.items()
        }
    return said


def openapi_json(_request: HttpRequest) -> HttpResponse:
    """The document for programs."""
    return JsonResponse(openapi())


def page(_request: HttpRequest) -> HttpResponse:
    """The document for people: every operation on one plain page."""
    whole = openapi()
    body = format_html(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Commonhub API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<h1>{}</h1><p>{}</p>"
        '<p><a href="{}/openapi.json">The same for programs, as OpenAPI</a></p>'
        "<h2>Operations</h2>{}<h2>When something goes wrong</h2><dl>{}</dl></html>",
        whole["info"]["title"] + " API",
        whole["info"]["description"],
        ROOT,
        _operations(whole["paths"]),
        format_html_join("", "<dt>{}</dt><dd>{}</dd>", answers.MEANINGS.items()),
    )
    return HttpResponse(body)


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> SafeString:
    rows = (
        (each["operationId"], method.upper(), f"{ROOT}{path}", each["description"])
        for path, methods in paths.items()
        for method, each in methods.items()
    )
    return format_html_join("", '<section id="{}"><h3><code>{} {}</code></h3><p>{}</p></section>', rows)
