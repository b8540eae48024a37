"""The few small pages that the door and the proxy show by themselves, in the reader's language."""

import base64
import functools
import hashlib
import html
import importlib.resources
import json
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from commonhub.frontdoor import queue

LANGUAGES = ("en", "de", "es", "fr", "pt")  # the first is for everybody else; one file each in words/
RELOAD_STATIC = 5  # seconds; on the proxy's own page, which cannot know when the hub is back


class Notice(StrEnum):
    """What a page says; each has its words in every language."""

    WAITING = "waiting"  # the hub wakes; the page reloads itself
    LATE = "late"  # a program waited as long as it may
    FAILED = "failed"  # the hub could not be woken
    STOPPED = "stopped"  # the hub went away before it answered
    UNKNOWN = "unknown"  # no hub has this address
    PORTAL = "portal"  # the portal's own process is not there yet
    BUSY = "busy"  # more wait than may
    MALFORMED = "malformed"  # not a request
    DOWN = "down"  # the proxy's: a route's target does not answer
    BROKEN = "broken"  # the proxy's: it could not read the address


@dataclass(frozen=True, kw_only=True)
class Words:
    """One notice in one language: a title, a sentence of what is, a sentence of what to do."""

    title: str
    message: str
    mend: str


def page(notice: Notice, *, language: str, host: str = "", place: queue.Place | None = None, again: str = "") -> bytes:
    """The page as UTF-8 HTML. `again`: the path of a link that tries again, "" for none."""
    words = _words(notice, language)
    book = _book(language)
    lines = [f"<h1>{_text(words.title)}</h1>", f"<p>{_text(words.message.format(host=host))}</p>"]
    if notice is Notice.WAITING:
        lines.append(f'<p class="place" role="status">{_text(_place(book, place))}</p>')
    lines.append(f'<p class="mend">{_text(words.mend)}</p>')
    if again:
        lines.append(f'<p><a href="{_text(again)}">{_text(str(book["again"]))}</a></p>')
    return _whole(language=language, title=words.title, body="\n".join(lines), mood=_mood(notice))


def problem(notice: Notice, *, host: str = "") -> bytes:
    """The same as JSON for programs: {"error": {"message", "mend"}}, in English."""
    words = _words(notice, LANGUAGES[0])
    return json.dumps({"error": {"message": words.message.format(host=host), "mend": words.mend}}).encode()


def page_policy() -> str:
    """The Content-Security-Policy of every page: its one style sheet and nothing else.

    Framing is not refused: a learning platform shows a hub in a frame, and so its waiting page.
    """
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def language_of(accept: str) -> str:
    """The best of our languages for an Accept-Language field (RFC 9110, 12.5.4); English where none fits."""
    wishes = []
    for order, wish in enumerate(accept.split(",")[:20]):
        name, _, rest = wish.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", rest) if rest else None
        weight = float(quality[1]) if quality else 1.0
        if weight > 0:
            wishes.append((-weight, order, name.strip().lower().partition("-")[0]))
    return next((name for _, _, name in sorted(wishes) if name in LANGUAGES), LANGUAGES[0])


def write_error_pages(folder: Path) -> None:
    """Write the proxy's own pages (its --error-path). It cannot choose a language, so each says it in all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notice, reload in (
        ("503.html", Notice.DOWN, RELOAD_STATIC),
        ("404.html", Notice.BROKEN, 0),
        ("error.html", Notice.BROKEN, 0),
    ):
        (folder / name).write_bytes(_static(notice, reload=reload))


def _static(notice: Notice, *, reload: int) -> bytes:
    words = _words(notice, LANGUAGES[0])
    lines = [
        f"<h1>{_text(words.title)}</h1>",
        f"<p>{_text(words.message)}</p>",
        f'<p class="mend">{_text(words.mend)}</p>',
    ]
    for language in LANGUAGES[1:]:
        other = _words(notice, language)
        lines.append(f'<p class="more" lang="{language}">{_text(other.title)}. {_text(other.mend)}</p>')
    policy = f'<meta http-equiv="Content-Security-Policy" content="{page_policy()}">\n'
    refresh = f'<meta http-equiv="refresh" content="{reload}">\n' if reload else ""
    return _whole(
        language=LANGUAGES[0],
        title=words.title,
        body="\n".join(lines),
        mood=_mood(notice),
        meta=policy + refresh,
    )


def _whole(*, language: str, title: str, body: str, mood: str, meta: str = "") -> bytes:
    whole = string.Template(_file("page.html")).substitute(
        lang=language, title=_text(title), style=_style(), body=body, mood=mood, meta=meta
    )
    return whole.encode()


def _mood(notice: Notice) -> str:
    """The lamp in the drawn house: it brightens where something will go on by itself, and is out elsewhere."""
    return "wakes" if notice in {Notice.WAITING, Notice.PORTAL, Notice.DOWN} else "dark"


def _place(book: Mapping[str, object], place: queue.Place | None) -> str:
    if place is None or place.total <= 1:
        return str(book["first"])
    return str(book["place"]).format(number=place.number, total=place.total)


def _text(words: str) -> str:
    return html.escape(words, quote=True)


def _style() -> str:
    return _file("page.css").strip()


def _words(notice: Notice, language: str) -> Words:
    return Words(**_book(language)[notice])


@functools.cache
def _book(language: str) -> Mapping[str, dict[str, str]]:
    return tomllib.loads(_file(f"words/{language}.toml"))


@functools.cache
def _file(name: str) -> str:
    return (importlib.resources.files("commonhub.frontdoor") / name).read_text("utf-8")
