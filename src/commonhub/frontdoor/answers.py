"""The answers that the door gives by itself: status, fields and page or JSON, as bytes. Pure."""

from http import HTTPStatus

from commonhub.frontdoor import head as heads
from commonhub.frontdoor import pages, queue

RETRY_FAILED = 30  # seconds after which asking again is worth it
RETRY_BUSY = 30
RELOAD = 2  # seconds between two looks of a waiting page; each look waits at the door as well
RELOAD_LONGEST = 10  # far back in the queue, looking often helps nobody on a poor line

_STATUS = {
    pages.Notice.WAITING: HTTPStatus.SERVICE_UNAVAILABLE,
    pages.Notice.LATE: HTTPStatus.SERVICE_UNAVAILABLE,
    pages.Notice.FAILED: HTTPStatus.SERVICE_UNAVAILABLE,
    pages.Notice.STOPPED: HTTPStatus.BAD_GATEWAY,
    pages.Notice.UNKNOWN: HTTPStatus.NOT_FOUND,
    pages.Notice.PORTAL: HTTPStatus.SERVICE_UNAVAILABLE,
    pages.Notice.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    pages.Notice.MALFORMED: HTTPStatus.BAD_REQUEST,
}
_RETRY = {
    pages.Notice.LATE: RELOAD,
    pages.Notice.FAILED: RETRY_FAILED,
    pages.Notice.PORTAL: RELOAD,
    pages.Notice.BUSY: RETRY_BUSY,
}

NO_ROBOTS = b"User-agent: *\nDisallow: /\n"
HEALTHY = b"The front door stands open; this hub wakes with its first page.\n"


def notice(what: pages.Notice, head: heads.Head | None, *, place: queue.Place | None = None) -> bytes:
    """The whole answer for a notice: a page for people, JSON for programs. `head`: None when it could not be read."""
    status, host = _STATUS[what], head.host if head else ""
    retry = _reload(place) if what is pages.Notice.WAITING else _RETRY.get(what)
    fields = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    if retry is not None:
        fields["Retry-After"] = str(retry)
    if head is None or not head.wants_page:
        return _answer(status, "application/json", pages.problem(what, host=host), fields, head)
    language = pages.language_of(head.field("accept-language"))
    if retry is not None and head.method == "GET" and what in {pages.Notice.WAITING, pages.Notice.PORTAL}:
        fields["Refresh"] = str(retry)
    fields |= {"Content-Language": language, "Content-Security-Policy": pages.page_policy()}
    fields |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    again = head.target if what is pages.Notice.FAILED and head.method == "GET" else ""
    body = pages.page(what, language=language, host=host, place=place, again=_local(again))
    return _answer(status, "text/html; charset=utf-8", body, fields, head)


def plain(head: heads.Head, body: bytes) -> bytes:
    """A short text that needs no hub; nothing keeps it, because the hub may say otherwise once it is awake."""
    status = HTTPStatus.OK if body else HTTPStatus.NO_CONTENT
    return _answer(status, "text/plain; charset=utf-8", body, {"Cache-Control": "no-store"}, head)


def moved(head: heads.Head) -> bytes:
    """The same address as browsers write it, so that the proxy's exact table finds it."""
    fields = {"Location": f"//{head.canonical_authority}{head.target}", "Cache-Control": "no-store"}
    return _answer(HTTPStatus.PERMANENT_REDIRECT, "text/plain; charset=utf-8", b"", fields, head)


def _reload(place: queue.Place | None) -> int:
    return min(RELOAD + (place.number // 25 if place else 0), RELOAD_LONGEST)


def _local(target: str) -> str:
    # "//elsewhere/" in a link is another host, although as a request's path it is ours.
    return "/" + target.lstrip("/") if target else ""


def _answer(status: HTTPStatus, kind: str, body: bytes, fields: dict[str, str], head: heads.Head | None) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    if status is not HTTPStatus.NO_CONTENT:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    lines.append("Connection: close")
    shown = b"" if head is not None and head.method == "HEAD" else body
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + shown
