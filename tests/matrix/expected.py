"""The expected matrix, from the data that was written by hand."""

from pathlib import Path

import yaml

import charter_stage
from commonhub.responsibility import assignments

TEXT = yaml.safe_load(Path(__file__).with_name("expected.yaml").read_text(encoding="utf-8"))
PLACES: dict[str, str] = TEXT["places"]
CAST: dict[str, dict] = TEXT["cast"]
GIVES = {role: {word for words in duties.values() for word in words} for role, duties in TEXT["roles"].items()}
LOOKS, BY_LEAVE = set(TEXT["looks"]), set(TEXT["by_leave"])
AROUND, EVERYWHERE = set(TEXT["looks_around"]), set(TEXT["looks_everywhere"])


def allowed(handle: str) -> set[tuple[str, str]]:
    """Every pair of permission and place that one of the cast is allowed."""
    one = CAST[handle]
    gives = GIVES.get(one.get("role", ""), set())
    within = {(word, place) for place in one["reaches"] for word in gives | LOOKS}
    around = {(word, place) for place in one.get("around", ()) for word in AROUND}
    return within | around | {(word, place) for place in one.get("everywhere", ()) for word in EVERYWHERE}


def holders(permission: str, place: str) -> list[str]:
    """The names of those who hold a permission at a place, or give leave for it."""
    asked = "leave:give" if permission in BY_LEAVE else permission
    return sorted(
        charter_stage.NAMES[handle]
        for handle, one in CAST.items()
        if place in one["reaches"] and asked in GIVES.get(one.get("role", ""), set())
    )


def spot(place: str) -> dict[str, str]:
    """A place's words for a question."""
    community, _, hub = PLACES[place].partition("/")
    return {"community": community, "hub": hub}


def rules_place(place: str) -> assignments.Place:
    """The same as the rules know it."""
    return assignments.Place(**spot(place))
