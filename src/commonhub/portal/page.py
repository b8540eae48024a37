"""The frame that all pages share: the time they were made, the languages, and who reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

import commonhub
from commonhub.ground import clock
from commonhub.portal import words

STALE = timedelta(minutes=2)  # the keeper writes every few seconds; older than this is worth a word


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What the reader could do next. An `urgent` one asks for an act; the others offer one."""

    sentence: str
    url: str = ""
    urgent: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every template knows."""
    here = translation.get_language() or settings.LANGUAGE_CODE
    return {
        "now": clock.system_clock(),
        "version": commonhub.__version__,
        "here": request.get_full_path(),
        "languages": [translation.get_language_info(code) for code, _ in settings.LANGUAGES if code != here],
    }


def stale(seen: datetime | None, now: datetime) -> str:
    """A sentence when what is shown is old, so that nobody trusts yesterday's calm."""
    if seen is None or now - seen < STALE:
        return ""
    return gettext(
        "This is what was last seen %(ago)s: the keeper has written nothing since. "
        "It is started again by itself; if this stays, run “commonhub status” on the machine."
    ) % {"ago": words.ago(seen, now)}
