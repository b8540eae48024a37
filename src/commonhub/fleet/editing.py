"""What pages and commands change in fleet files: text in, text out, with comments and order as people left them. Pure.

Each edit may be made twice and does the same as once. Each refuses in words, with CommonhubError, what the file's
reader would refuse, and a file that has faults as it stands.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pydantic

from commonhub.fleet import charter, fields, models, rows, wording
from commonhub.ground import errors, marked

WORDS: Final = ("title", "description", "kind", "url", "place", "time_zone")
"""The keys of a community's file that `set_community_words` sets."""


def appoint(text: str, *, entry: charter.RoleEntry) -> str:
    """fleet.yaml or a community.yaml with this person in this role; what an entry of the same `key` said is replaced."""
    said = _said(entry, leave_out=("role",))
    _check(models.CommunityFile, {"title": "x", "roles": {entry.role: [said]}})
    number = _place(text, ("roles", entry.role), lambda known: _same_person(known, entry))
    return rows.put(text, ("roles", entry.role, number), said)


def end(text: str, *, role: str, login: str | None = None, name: str | None = None, hub: str | None = None) -> str:
    """The file without this person in this role: the one with `login`, or the one without account called `name`.

    `hub` None means the entry for all hubs. Nothing changes where there is no such entry.
    """
    entry = charter.RoleEntry(role=role, login=login, name=name, hub=hub)
    number = _place(text, ("roles", role), lambda known: _same_person(known, entry))
    return rows.put(text, ("roles", role, number), rows.REMOVE)


def set_departure(text: str, departure: charter.Departure) -> str:
    """A community.yaml in which this responsibility is carried so; what it said of the same before is replaced."""
    said = _said(departure)
    _check(models.CommunityFile, {"title": "x", "agreement": {"departures": [said]}})
    number = _place(text, _DEPARTURES, lambda known: _same_departure(known, departure.responsibility, departure.hub))
    return rows.put(text, (*_DEPARTURES, number), said)


def remove_departure(text: str, *, responsibility: str, hub: str | None = None) -> str:
    """A community.yaml in which this responsibility is carried as usual."""
    number = _place(text, _DEPARTURES, lambda known: _same_departure(known, responsibility, hub))
    return rows.put(text, (*_DEPARTURES, number), rows.REMOVE)


def set_terms(text: str, terms: str, *, since: dt.date | None = None) -> str:
    """A community.yaml with these terms, and the day from which the agreement holds; empty and None take them out.

    Rows end with a line feed, whatever a browser sent.
    """
    said = terms.replace("\r\n", "\n").replace("\r", "\n")
    day = since.isoformat() if since else None
    given = {key: value for key, value in {"terms": said, "since": day}.items() if value}
    _check(models.CommunityFile, {"title": "x", "agreement": given})
    text = rows.put(text, ("agreement", "terms"), said or rows.REMOVE)
    return rows.put(text, ("agreement", "since"), day or rows.REMOVE)


def set_access(text: str, access: charter.HubAccess) -> str:
    """A hub's file with this rule of who may use it; what is as usual is left out."""
    said = {
        "everyone": access.everyone or rows.REMOVE,
        "domains": list(access.domains) or rows.REMOVE,
        "groups": list(access.groups) or rows.REMOVE,
        "requests": rows.REMOVE if access.requests else False,
    }
    given = {key: value for key, value in said.items() if value is not rows.REMOVE}
    _check(models.HubFile, {"title": "x", "access": given})
    for key, value in said.items():
        text = rows.put(text, ("access", key), value)
    return text


def set_community_words(text: str, **words: str | None) -> str:
    """A community.yaml with these words (see `WORDS`); None or an empty word takes one out."""
    for key in words:
        if key not in WORDS:
            raise errors.CommonhubError(f"{key} is no word of a community.", f"Name one of {', '.join(WORDS)}.")
    _check(models.CommunityFile, {"title": "x"} | {key: word for key, word in words.items() if word or key == "title"})
    for key, word in words.items():
        text = rows.put(text, (key,), word or rows.REMOVE)
    return text


def set_admins(text: str, admins: Sequence[str]) -> str:
    """A hub's file with these administrators of JupyterHub, for hubs where people do not sign in at the portal."""
    given = list(dict.fromkeys(admins))
    _check(models.HubFile, {"title": "x", "admins": given})
    return rows.put(text, ("admins",), given or rows.REMOVE)


_DEPARTURES: Final = ("agreement", "departures")


def _said(noun: charter.RoleEntry | charter.Departure, *, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """What a file says of a noun: only what is not as usual, days and words as text."""
    said: dict[str, Any] = {}
    for key in type(noun).__dataclass_fields__:
        value = getattr(noun, key)
        if key in leave_out or value is None or value in {"", ()}:
            continue
        if isinstance(value, tuple):
            said[key] = list(value)
        else:
            said[key] = value.isoformat() if isinstance(value, dt.date) else str(value)
    return said


def _check(kind: type[fields.Model], values: Mapping[str, Any]) -> None:
    """Refuse with the first of the words with which the reader of the file would."""
    try:
        kind.model_validate(values)
    except pydantic.ValidationError as error:
        fault = next(wording.faults(error, kind, marked.Marked(), ""))
        raise errors.CommonhubError(fault.problem, fault.mend) from None


def _place(text: str, path: rows.Path, meant: Callable[[Mapping[str, Any]], bool]) -> int:
    """Where in the list at `path` the entry stands that is meant; the list's length where none does."""
    known = rows.value_at(text, path)
    if known is None:
        return 0
    if not isinstance(known, list) or not all(isinstance(one, dict) for one in known):
        raise errors.CommonhubError(f"{' > '.join(map(str, path))} is no list.", "Mend the file by hand first.")
    return next((number for number, one in enumerate(known) if meant(one)), len(known))


def _same_person(known: Mapping[str, Any], entry: charter.RoleEntry) -> bool:
    if known.get("hub") != entry.hub or known.get("login") != entry.login:
        return False
    return entry.login is not None or known.get("name") == entry.name


def _same_departure(known: Mapping[str, Any], responsibility: str, hub: str | None) -> bool:
    return known.get("responsibility") == responsibility and known.get("hub") == hub
