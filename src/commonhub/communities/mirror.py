"""From the fleet's files to records: what a commit says of communities, roles, agreements and access.

One way only: these records are never edited elsewhere, and writing the same commit twice changes nothing.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models as fields
from django.db import transaction

from commonhub.audit import records as audit
from commonhub.communities import endings, models
from commonhub.communities.people import HANDLE, RESERVED
from commonhub.fleet import charter as fleet_charter
from commonhub.responsibility import model, tables

WITHOUT_ACCOUNT: Final = "name:"  # before the words for somebody without an account; no handle holds a colon
BATCH: Final = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """The commit that is mirrored."""

    commit: str
    author: str
    subject: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Changed:
    """What the mirror changed, in sentences, and whom it concerns."""

    words: tuple[str, ...] = ()
    handles: frozenset[str] = frozenset()


def write(said: fleet_charter.FleetCharter, of: model.Model, *, source: Source, now: dt.datetime) -> Changed:
    """Bring the records to what the files say, in one transaction; whoever lost a role loses what hung on it."""
    with transaction.atomic():
        _model(said.responsibilities, now)
        digest = _digest(json.dumps(tables.as_values(of), sort_keys=True, default=str))
        _communities(said.communities, digest)
        _hubs(said.communities)
        wanted = list(_appointments(said, of))
        _expect(wanted, now)
        changed = _appoint(wanted, of)
        for community in models.Community.objects.exclude(departures=[]) | models.Community.objects.filter(
            name__in=models.Departure.objects.values("community")
        ):
            settle(community)
        _end_access(changed.handles, now)
        if changed.words:
            _note(changed, source, now)
    return changed


def sweep(since: dt.datetime, now: dt.datetime) -> bool:
    """End what hung on appointments whose last day went by between two moments; whether there were any."""
    gone = models.Appointment.objects.filter(until__gt=since, until__lte=now)
    handles = set(gone.values_list("handle", flat=True))
    if handles:
        with transaction.atomic():
            _end_access(handles, now)
    return bool(handles)


def settle(community: models.Community) -> bool:
    """Let the departures of an agreement come into force once both sides have accepted it; whether anything changed.

    Until then those of the version before it hold: neither side can take power by itself.
    """
    sides = set(
        models.Acceptance.objects.filter(community=community, version=community.version).values_list("side", flat=True)
    )
    if not {str(side) for side in model.Side} <= sides:
        return False
    wanted = {tuple(sorted(each.items())) for each in community.departures}
    known = {
        tuple(sorted(each.items()))
        for each in models.Departure.objects.filter(community=community.name).values(
            "hub", "responsibility", "carried_by", "because"
        )
    }
    if wanted == known:
        return False
    models.Departure.objects.filter(community=community.name).delete()
    models.Departure.objects.bulk_create(
        [models.Departure(community=community.name, **each) for each in community.departures]
    )
    return True


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _model(text: str, now: dt.datetime) -> None:
    digest = _digest(text)
    row = models.ModelRecord.objects.first()
    if row is None or row.digest != digest:
        models.ModelRecord.objects.update_or_create(
            pk=row.pk if row else 1, defaults={"text": text, "digest": digest, "seen": now}
        )


def version(departures: list[dict[str, str]], terms: str, model_digest: str) -> str:
    """What tells one state of an agreement from the next: the model, where it is departed from, and the terms."""
    whole = json.dumps([model_digest, departures, terms], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _departures(community: fleet_charter.CommunityCharter) -> list[dict[str, str]]:
    return [
        {
            "hub": each.hub or "",
            "responsibility": each.responsibility,
            "carried_by": str(each.carried_by),
            "because": each.because,
        }
        for each in community.departures
    ]


def _communities(said: Iterable[fleet_charter.CommunityCharter], model_digest: str) -> None:
    rows = {}
    for each in said:
        departures = _departures(each)
        rows[each.name] = {
            "title": each.title,
            "description": each.description,
            "kind": str(each.kind),
            "url": each.url or "",
            "place": each.place or "",
            "time_zone": each.time_zone or "",
            "terms": each.terms,
            "departures": departures,
            "version": version(departures, each.terms, model_digest),
            "in_fleet": True,
        }
    _sync(models.Community.objects, rows)


def _hubs(said: Iterable[fleet_charter.CommunityCharter]) -> None:
    rows = {
        hub.id: {
            "community_id": community.name,
            "name": hub.name,
            "title": hub.title,
            "url": hub.url,
            "login": str(hub.login),
            "everyone": hub.access.everyone,
            "domains": list(hub.access.domains),
            "groups": list(hub.access.groups),
            "requests": hub.access.requests,
            "admins": list(hub.admins),
            "in_fleet": True,
        }
        for community in said
        for hub in community.hubs
    }
    _sync(models.Hub.objects, rows)


def _sync(
    rows: fields.Manager[models.Community] | fields.Manager[models.Hub], wanted: Mapping[str, Mapping[str, Any]]
) -> None:
    """Make and change rows by their key; those that nobody wants are marked as gone, for people hang on them."""
    known: dict[str, Any] = {str(row.pk): row for row in rows.all()}
    fresh: list[Any] = [rows.model(pk=key, **values) for key, values in wanted.items() if key not in known]
    moved: list[Any] = []
    names: set[str] = set()
    for key, row in known.items():
        values = wanted.get(key, {"in_fleet": False})
        differs = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in differs.items():
            setattr(row, name, value)
        if differs:
            moved.append(row)
            names |= set(differs)
    rows.bulk_create(fresh, batch_size=BATCH)
    if names:
        rows.bulk_update(moved, sorted(names), batch_size=BATCH)


def _appointments(said: fleet_charter.FleetCharter, of: model.Model) -> Iterable[models.Appointment]:
    for entry in said.roles:
        yield _appointment(entry, "", of)
    for community in said.communities:
        for entry in community.roles:
            yield _appointment(entry, community.name, of)


def _appointment(entry: fleet_charter.RoleEntry, community: str, of: model.Model) -> models.Appointment:
    role = of.role_by_id.get(entry.role)
    usual = role.sides[0] if role else model.Side.COMMUNITY
    return models.Appointment(
        handle=entry.login or f"{WITHOUT_ACCOUNT}{entry.name}",
        named=entry.login is not None,
        name=entry.name or entry.login or "",
        email=entry.email or "",
        time_zone=entry.time_zone or "",
        role=entry.role,
        side=str(entry.side or usual),
        community=community,
        hub=entry.hub or "",
        only=list(entry.only) or None,
        since=_midnight(entry.since) if entry.since else None,
        until=_midnight(entry.until + dt.timedelta(days=1)) if entry.until else None,
        because=entry.because,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


_SAID: Final = (
    "handle", "named", "name", "email", "time_zone", "role", "side", "community", "hub", "only", "since", "until", "because"
)  # fmt: skip


def _key(row: models.Appointment) -> str:
    return json.dumps([getattr(row, name) for name in _SAID], default=str)


def _appoint(wanted: list[models.Appointment], of: model.Model) -> Changed:
    """Make and end appointments; an entry whose words changed is ended and made again."""
    known = {_key(row): row for row in models.Appointment.objects.all()}
    now = {_key(row): row for row in wanted}
    gone = [row for key, row in known.items() if key not in now]
    come = [row for key, row in now.items() if key not in known]
    models.Appointment.objects.filter(pk__in=[row.pk for row in gone]).delete()
    models.Appointment.objects.bulk_create(come, batch_size=BATCH)
    words = [*(_said(row, of, "is no longer") for row in gone), *(_said(row, of, "is now") for row in come)]
    return Changed(words=tuple(words), handles=frozenset(row.handle for row in (*gone, *come)))


def _said(row: models.Appointment, of: model.Model, verb: str) -> str:
    role = of.role_by_id.get(row.role)
    place = f"{row.community}/{row.hub}" if row.hub else row.community or "the fleet"
    return f"{row.name or row.handle} {verb} {role.title if role else row.role} for {place}."


def _expect(wanted: Iterable[models.Appointment], now: dt.datetime) -> None:
    """Make an account, waiting to be claimed, for whoever is named by a handle and has none."""
    by_handle = {row.handle: row for row in wanted if row.named}
    known = set(models.Person.objects.filter(handle__in=list(by_handle)).values_list("handle", flat=True))
    for handle, row in by_handle.items():
        if handle not in known and HANDLE.fullmatch(handle) and handle not in RESERVED:
            models.Person.objects.create_user(
                handle, name=row.name or handle, email=row.email.lower(), time_zone=row.time_zone, made=now
            )


def _end_access(handles: Iterable[str], now: dt.datetime) -> None:
    """Whoever's roles changed and may not use a hub any more loses what they have open there."""
    for person in models.Person.objects.filter(handle__in=list(handles)).exclude(claimed=None):
        hubs = list(models.Membership.objects.filter(person=person).values_list("hub_id", flat=True))
        endings.end_where_not_allowed(person, hubs, now=now)


def _note(changed: Changed, source: Source, now: dt.datetime) -> None:
    audit.note(
        at=now,
        actor=f"git:{source.author}"[:200],
        actor_name=source.author,
        via="keeper",
        verb="fleet.followed",
        words=f"The commit {source.commit[:10]} changed who carries what: {source.subject}",
        details={"changes": list(changed.words[:200]), "commit": source.commit},
    )
