"""Headers of every answer: what a browser may load, send and remember."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Nothing inline and nothing foreign: a hostile title or log line that slipped through would still not run.
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def headers(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that adds `ALWAYS`, keeps pages out of caches and asks browsers to stay on https."""

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # Pages name people; static files set their own, longer, rule.
        response.headers.setdefault("Cache-Control", "private, no-store")
        if request.is_secure():
            # This host only: its neighbours may not be ready for it.
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return with_headers
