"""The frame that all pages share: the time they were made, the languages, who reads, and where they can go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

import commonhub
from commonhub.communities import models
from commonhub.ground import clock
from commonhub.portal import reader, words
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission

REMEMBERED = timedelta(seconds=20)
MOST_REMEMBERED = 10_000  # readers
_COUNTS: dict[str, tuple[datetime, int]] = {}
SHOWN = 3  # communities in the navigation
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
    return navigation(request) | {
        "request": request,
        "now": clock.system_clock(),
        "version": commonhub.__version__,
        "here": request.get_full_path(),
        "languages": [translation.get_language_info(code) for code, _ in settings.LANGUAGES if code != here],
    }


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Where the reader can go from anywhere: nothing for those who are not signed in."""
    if not isinstance(getattr(request, "user", None), models.Person):
        return {}
    who = reader.of(request)
    at_fleet = who.may(FLEET)
    return {
        "reader": who.person,
        "waiting": waiting(who),
        "carries_something": bool(who.places),
        "sees_fleet": Permission.FLEET_SEE in at_fleet,
        "my_communities": who.communities[:SHOWN],
    }


def waiting(who: reader.Reader) -> str:
    """How many lines wait for the reader, as the navigation says it; empty for none.

    Remembered for a moment, because it is on every page and asks the database a dozen times.
    """
    handle, known = who.asker.handle, _COUNTS.get(who.asker.handle)
    if "waiting" in vars(who) or known is None or not timedelta() <= who.now - known[0] < REMEMBERED:
        if len(_COUNTS) > MOST_REMEMBERED:
            _COUNTS.clear()
        known = _COUNTS[handle] = (who.now, who.lines_waiting)
    return "" if not known[1] else str(known[1]) if known[1] < 100 else "99+"


def forget(who: reader.Reader) -> None:
    """Count anew on the next page: the reader has just done something."""
    _COUNTS.pop(who.asker.handle, None)


def stale(seen: datetime | None, now: datetime) -> str:
    """A sentence when what is shown is old, so that nobody trusts yesterday's calm."""
    if seen is None or now - seen < STALE:
        return ""
    return gettext(
        "This is what was last seen %(ago)s: the keeper has written nothing since. "
        "It is started again by itself; if this stays, run “commonhub status” on the machine."
    ) % {"ago": words.ago(seen, now)}
