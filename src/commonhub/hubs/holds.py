"""Hubs that are held: they keep the settings of before while the fleet folder says others already. Pure.

Git says what should be; a roll-out says when each hub gets it.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from commonhub.fleet import desired

PASSING: Final = ("community_title", "title", "description", "admins", "homepage")
"""Settings that are never held: words, and who administers, whose end must not wait for a roll-out."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One hub that is held."""

    settings: desired.DesiredHub  # what it is held at
    words: str  # by what, as a sentence


def effective(wanted: desired.DesiredHub, hold: Hold) -> desired.DesiredHub:
    """What a held hub should be now."""
    return dataclasses.replace(hold.settings, **{name: getattr(wanted, name) for name in PASSING})


def overlay(hubs: Iterable[desired.DesiredHub], held: Mapping[str, Hold]) -> dict[str, desired.DesiredHub]:
    """All hubs by id as they should be now. What leaves the fleet is not held, nor what is new in it."""
    return {hub.id: effective(hub, held[hub.id]) if hub.id in held else hub for hub in hubs}
