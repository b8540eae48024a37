"""One entry of the audit, and what one may ask for. Knows nothing of a database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from commonhub.responsibility.assignments import FLEET, Place

NAME_MAX: Final = 200  # characters of a handle or a name; also the width of their columns
PLACE_MAX: Final = 64  # characters of a community or a hub
VERB_MAX: Final = 64  # characters of a verb or a permission
WORDS_MAX: Final = 2000  # characters of the sentence, and of each reason
WHOLE_MAX: Final = 2**53 - 1  # beyond it programs in JavaScript read another number
UNKEEPABLE: Final = "\ufffd"  # stands where a character was that UTF-8 or PostgreSQL cannot keep


class Via(StrEnum):
    """The way by which the act came in."""

    PORTAL = "portal"
    API = "api"
    CLI = "cli"
    HUB = "hub"  # a hub asked for it
    KEEPER = "keeper"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Somebody did something, or was refused it.

    `actor` is a handle, `machine:<user>` for the owner of the machine, `hub:<community>/<hub>`, or `commonhub`.
    `permission` is empty where what was done is the person's own. `subject` is the handle of the person concerned.
    `previous` and `digest` are SHA-256 in hexadecimal; `number` counts from 1 without gaps.
    """

    number: int
    at: datetime
    actor: str
    actor_name: str
    via: str
    verb: str
    permission: str = ""
    community: str = ""
    hub: str = ""
    subject: str = ""
    outcome: str = Outcome.DONE
    words: str
    reasons: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    previous: str
    digest: str = ""

    @property
    def place(self) -> Place:
        """Where it was done."""
        return Place(community=self.community, hub=self.hub)

    def has_its_kinds(self) -> bool:
        """Whether each field holds a value of its kind. A row that was tampered with may hold others.

        Raises:
            TypeError, ValueError: the details hold what no entry can.
        """
        texts = (self.actor, self.actor_name, self.via, self.verb, self.permission, self.community, self.hub)
        more = (self.subject, self.outcome, self.words, self.previous, self.digest)
        return (
            isinstance(self.at, datetime)
            and isinstance(self.details, dict)
            and isinstance(self.reasons, tuple)
            and all(isinstance(text, str) for text in (*texts, *more, *self.reasons))
            and keepable_value(self.details) == self.details
        )


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What somebody may read: all entries of these places, and those by or about this person."""

    places: tuple[Place, ...] = ()
    person: str = ""


EVERYTHING: Final = Reader(places=(FLEET,))


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which entries are asked for. What is empty does not narrow; all that is given must hold.

    `person` is the actor or the subject. `text` are words that all occur in the sentence, the actor's name or the
    subject. It is from `since` on and before `until`.
    """

    place: Place = FLEET
    person: str = ""
    actor: str = ""
    subject: str = ""
    permission: str = ""
    verb: str = ""
    outcome: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


def narrowed_by(search: Search) -> dict[str, str]:
    """What a search asks for, by name, as the note of an export keeps it."""
    asked = {
        "community": search.place.community,
        "hub": search.place.hub,
        "person": search.person,
        "actor": search.actor,
        "subject": search.subject,
        "permission": search.permission,
        "verb": search.verb,
        "outcome": search.outcome,
        "text": search.text,
        "since": search.since.isoformat() if search.since else "",
        "until": search.until.isoformat() if search.until else "",
    }
    return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some entries, newest first. `older` is what to hand over as `before` for the next page; None at the end."""

    entries: tuple[Entry, ...]
    older: int | None


def keepable(text: str, longest: int = WORDS_MAX) -> str:
    """The text as every database keeps it: valid UTF-8, without NUL, and not longer than this many characters."""
    plain = text.replace("\0", UNKEEPABLE).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def keepable_value(value: Any) -> Any:
    """A JSON value as every database keeps it.

    Raises:
        TypeError: it holds something else than texts, whole numbers, true, false, null, lists and mappings by text.
        ValueError: a whole number is beyond 2**53 - 1.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return keepable(str(value))
    if isinstance(value, int):
        if abs(value) > WHOLE_MAX:
            raise ValueError(f"The audit keeps whole numbers up to {WHOLE_MAX}: write {value} as text.")
        return int(value)
    if isinstance(value, Mapping):
        return {_key(key): keepable_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [keepable_value(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    raise TypeError(f"The audit keeps no {type(value).__name__}: write it as text.")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"A detail's name is a text, not {key!r}.")
    return keepable(str(key), NAME_MAX)


def keepable_reasons(reasons: Iterable[str]) -> tuple[str, ...]:
    """Sentences as every database keeps them."""
    return tuple(keepable(str(reason)) for reason in reasons)


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the time names no zone.
    """
    if at.utcoffset() is None:
        raise ValueError("The time of an entry needs its zone: take it from a clock of commonhub.ground.")
    return at.astimezone(UTC)
