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
_DOORS: Final = frozenset({"everyone", "domains", "groups"})


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
    """Bring the records to what the files say, in one transaction; whoever lost what let them in loses what hung on it."""
    with transaction.atomic():
        digest = _digest(json.dumps(tables.as_values(of), sort_keys=True, default=str))
        other_model = _model(said.responsibilities, digest, now)
        _communities(said.communities, digest)
        narrowed = _hubs(said.communities)
        wanted = list(_appointments(said, of))
        _expect(wanted, now)
        changed = _appoint(wanted, of)
        departed = models.Community.objects.exclude(departures=[]) | models.Community.objects.filter(
            name__in=models.Departure.objects.values("community")
        )
        settled = [community.name for community in departed if settle(community)]
        endings.end_where_shut(narrowed, now=now)
        _end_roles(changed, settled, other_model=other_model, now=now)
        if changed.words:
            _note(changed, source, now)
    return changed


def sweep(since: dt.datetime, now: dt.datetime) -> bool:
    """End what hung on appointments whose last day went by between two moments; whether there were any."""
    gone = models.Appointment.objects.filter(until__gt=since, until__lte=now)
    handles = set(gone.values_list("handle", flat=True))
    if handles:
        with transaction.atomic():
            endings.end_of_people(handles, now=now)
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


def _model(text: str, digest: str, now: dt.datetime) -> bool:
    """Keep the model's text; whether the model is another. The digest is of what it says: the shipped one has no text."""
    row = models.ModelRecord.objects.first()
    if row is not None and (row.digest, row.text) == (digest, text):
        return False
    models.ModelRecord.objects.update_or_create(
        pk=row.pk if row else 1, defaults={"text": text, "digest": digest, "seen": now}
    )
    return row is None or row.digest != digest


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


def _hubs(said: Iterable[fleet_charter.CommunityCharter]) -> list[str]:
    """Write the hubs; gives those by whose doors other people may come in than before."""
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
    moved = _sync(models.Hub.objects, rows)
    return [hub_id for hub_id, names in moved.items() if names & _DOORS]


def _sync(
    rows: fields.Manager[models.Community] | fields.Manager[models.Hub], wanted: Mapping[str, Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    """Make and change rows by their key; those that nobody wants are marked as gone, for people hang on them.

    Gives the names of the fields that changed in rows that were there.
    """
    known: dict[str, Any] = {str(row.pk): row for row in rows.all()}
    fresh: list[Any] = [rows.model(pk=key, **values) for key, values in wanted.items() if key not in known]
    moved: list[Any] = []
    names: dict[str, frozenset[str]] = {}
    for key, row in known.items():
        values = wanted.get(key, {"in_fleet": False})
        differs = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in differs.items():
            setattr(row, name, value)
        if differs:
            moved.append(row)
            names[key] = frozenset(differs)
    rows.bulk_create(fresh, batch_size=BATCH)
    if names:
        rows.bulk_update(moved, sorted(frozenset().union(*names.values())), batch_size=BATCH)
    return names


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


def _end_roles(changed: Changed, settled: list[str], *, other_model: bool, now: dt.datetime) -> None:
    """Whoever carries something else than before, and may not use a hub any more, loses what they have open there."""
    appointed = models.Appointment.objects.order_by()
    if other_model:
        everybody = set(appointed.values_list("handle", flat=True).distinct())
        endings.end_of_people(changed.handles | everybody, now=now)
        return
    endings.end_of_people(changed.handles, now=now)
    for community in settled:
        end_departed(community, now=now)


def end_departed(community: str, *, now: dt.datetime) -> None:
    """After other departures came into force: whoever carries nothing more at a hub loses what they have open there."""
    appointed = models.Appointment.objects.filter(community__in=["", community]).order_by()
    handles = appointed.values_list("handle", flat=True).distinct()
    endings.end_of_people(handles, hubs=models.Hub.objects.filter(community=community), now=now)


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
