"""From the values of a form or a request to the verbs of `charter_acts`: one table of what each verb takes."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from commonhub.communities import charter_acts
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.fleet import agreements, charter
from commonhub.ground import errors

Values = Mapping[str, Any]
LONGEST: Final = 20_000  # characters of one value


def do(asker: Asker, folder: Folder, verb: str, values: Values, *, now: dt.datetime) -> str:
    """Do one of `KNOWN` with these values; gives a sentence of what came of it. Raises CommonhubError in words."""
    known = KNOWN.get(verb)
    if known is None:
        raise errors.NotFoundError(f"There is no act {verb[:40]!r}.", f"Use one of: {', '.join(KNOWN)}.")
    return known(asker, folder, values, now)


def _text(values: Values, name: str) -> str:
    found = values.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > LONGEST or "\0" in found:
        raise errors.CommonhubError(f"`{name}` must be text of at most {LONGEST} characters.", "Send it so.")
    return found.strip()


def _texts(values: Values, name: str) -> tuple[str, ...]:
    found = values.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found) or len(found) > 1000:
        raise errors.CommonhubError(f"`{name}` must be a list of texts.", "Send it so.")
    return tuple(each.strip() for each in found if each.strip())


def _day(values: Values, name: str) -> dt.date | None:
    text = _text(values, name)
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise errors.CommonhubError(f"{text[:40]!r} is no day.", "Write it as 2027-06-30.") from None


def _appoint(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    side = _text(values, "side")
    if side and side not in set(agreements.Side):
        raise errors.CommonhubError(f"{side[:40]!r} is no side.", "Write service or community.")
    entry = charter.RoleEntry(
        role=_text(values, "role"),
        login=_text(values, "handle") or None,
        name=_text(values, "name") or None,
        email=_text(values, "email") or None,
        time_zone=_text(values, "time_zone") or None,
        hub=_text(values, "hub") or None,
        side=agreements.Side(side) if side else None,
        only=_texts(values, "only"),
        since=_day(values, "since"),
        until=_day(values, "until"),
        because=_text(values, "because"),
    )
    return charter_acts.appoint(asker, folder, community=_text(values, "community"), entry=entry, now=now)


def _end(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    return charter_acts.end(
        asker,
        folder,
        community=_text(values, "community"),
        role_id=_text(values, "role"),
        handle=_text(values, "handle") or None,
        name=_text(values, "name") or None,
        hub=_text(values, "hub") or None,
        now=now,
    )


def _depart(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    carried_by = _text(values, "carried_by")
    if carried_by not in set(agreements.Carrier):
        raise errors.CommonhubError(f"{carried_by[:40]!r} can't carry it.", "Write service, community or shared.")
    departure = charter.Departure(
        responsibility=_text(values, "responsibility"),
        carried_by=agreements.Carrier(carried_by),
        hub=_text(values, "hub") or None,
        because=_text(values, "because"),
    )
    return charter_acts.depart(asker, folder, community=_text(values, "community"), departure=departure, now=now)


def _return(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    return charter_acts.undo_departure(
        asker,
        folder,
        community=_text(values, "community"),
        responsibility=_text(values, "responsibility"),
        hub=_text(values, "hub") or None,
        now=now,
    )


def _terms(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    return charter_acts.set_terms(
        asker, folder, community=_text(values, "community"), terms=_text(values, "terms"), now=now
    )


def _access(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    access = charter.HubAccess(
        everyone=values.get("everyone") is True,
        domains=_texts(values, "domains"),
        groups=_texts(values, "groups"),
        requests=values.get("requests") is not False,
    )
    return charter_acts.set_access(asker, folder, _text(values, "hub_id"), access=access, now=now)


def _describe(asker: Asker, folder: Folder, values: Values, now: dt.datetime) -> str:
    words = {
        name: _text(values, name) or None
        for name in ("title", "description", "url", "place", "time_zone")
        if name in values
    }
    return charter_acts.describe(asker, folder, community=_text(values, "community"), words=words, now=now)


KNOWN: Final[Mapping[str, Callable[[Asker, Folder, Values, dt.datetime], str]]] = {
    "appointment.make": _appoint,
    "appointment.end": _end,
    "agreement.depart": _depart,
    "agreement.return": _return,
    "agreement.terms": _terms,
    "access.set": _access,
    "community.describe": _describe,
}
"""Verbs that change the fleet's files, by name."""
