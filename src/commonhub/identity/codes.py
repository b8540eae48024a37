"""Codes with which hubs fetch tokens: each is good once, and not after all that its person had open was ended.

allauth keeps a code itself for a minute in the cache; here is what it does not keep. A code of which nothing is known is
refused: what the cache dropped opens nothing.
"""

import hashlib
from datetime import datetime
from typing import Final

from django.core.cache import cache

from commonhub.communities.people import Person
from commonhub.identity import sessions

KNOWN_FOR: Final = 600  # seconds for which a code, and that it was used, is remembered; it is good for 60


def note(code: str, *, begun: datetime) -> None:
    """A code was made for a request that came at that moment; "" is none."""
    if code:
        cache.set(_key("begun", code), begun, timeout=KNOWN_FOR)


def take(code: str, person: Person) -> bool:
    """Use a code; False where it was used, is not known, or was begun before all that the person had open was ended."""
    begun = cache.get(_key("begun", code))
    if begun is None or sessions.is_cut(person, begun):
        return False
    return cache.add(_key("used", code), 1, timeout=KNOWN_FOR)


def _key(what: str, code: str) -> str:
    return f"commonhub.code.{what}.{hashlib.sha256(code.encode()).hexdigest()}"
