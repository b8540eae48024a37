"""The page shown on a hub's own address while the hub wakes: whole in itself, for another host cannot lend its files."""

import base64
import hashlib
from dataclasses import dataclass

from django.template import loader
from django.utils import translation

STYLE = (
    "body{margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;padding:1.5rem;"
    "background:#faf6ec;color:#26221c;font:1.125rem/1.6 Charter,'Iowan Old Style',Palatino,Georgia,serif}"
    "svg{width:4rem;height:4rem;margin:0 auto 1rem}h1{font-size:1.75rem;font-weight:600;margin:0}p{margin:.5rem 0}"
    "small{color:#655d50}.lamp{fill:#e8b33a}@media(prefers-reduced-motion:no-preference){"
    ".lamp{animation:2s ease-in-out infinite alternate lamp}@keyframes lamp{to{fill-opacity:.2}}}"
    "@media(prefers-color-scheme:dark){body{background:#1d1b18;color:#efe8da}small{color:#b3a998}}"
)
AGAIN = 2  # seconds until the browser asks again


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An answer that any process can send as it stands."""

    status: int
    headers: dict[str, str]
    body: bytes


def page(title: str, language: str = "en") -> Waiting:
    """The waiting page of the hub called `title`."""
    with translation.override(language):
        html = loader.render_to_string("portal/waiting.html", {"title": title, "style": STYLE, "again": AGAIN})
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return Waiting(
        status=503,
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'",
            "Retry-After": str(AGAIN),
            "Cache-Control": "no-store",
        },
        body=html.encode(),
    )
