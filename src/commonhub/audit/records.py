"""The audit in the database: noted, found, exported and verified. The only place that writes its records.

`note` comes last in a verb's transaction: from there to its end no other act can be noted, which keeps the chain one.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import DataError, OperationalError, transaction
from django.db.models import Max, Q, QuerySet

from commonhub.audit import chain, entries, models
from commonhub.ground import errors
from commonhub.responsibility.assignments import FLEET, Place

CHUNK: Final = 1000  # rows read at once: little memory, and few questions to the database
PLACES_ONE_BY_ONE: Final = 20  # so many places are asked one by one, each by its own index; more are asked together

_COLUMNS: Final = tuple(field.name for field in dataclasses.fields(entries.Entry))


def note(
    *,
    at: datetime,
    actor: str,
    actor_name: str,
    via: str,
    verb: str,
    words: str,
    permission: str = "",
    community: str = "",
    hub: str = "",
    subject: str = "",
    reasons: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
    outcome: str = entries.Outcome.DONE,
) -> entries.Entry:
    """Write down an act, done or refused, within the caller's transaction. `words` is one sentence in the past tense.

    The columns: `entries.Entry`. `details` hold no secrets. What is too long is cut; what no database keeps is replaced.

    Raises:
        TransactionManagementError: there is no transaction: an act and its note are one.
        TypeError, ValueError: a value is not of its kind, such as a time without its zone, or a fraction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An act and its note are one: note within transaction.atomic().")
    head = _hold_head()
    entry = chain.sealed(
        entries.Entry(
            number=head.number + 1,
            at=entries.in_utc(at),
            actor=entries.keepable(actor, entries.NAME_MAX),
            actor_name=entries.keepable(actor_name, entries.NAME_MAX),
            via=str(entries.Via(via)),
            verb=entries.keepable(verb, entries.VERB_MAX),
            permission=entries.keepable(str(permission), entries.VERB_MAX),
            community=entries.keepable(community, entries.PLACE_MAX),
            hub=entries.keepable(hub, entries.PLACE_MAX),
            subject=entries.keepable(subject, entries.NAME_MAX),
            outcome=str(entries.Outcome(outcome)),
            words=entries.keepable(words),
            reasons=entries.keepable_reasons(reasons),
            details=entries.keepable_value(details or {}),
            previous=head.digest,
        )
    )
    models.AuditEntry.objects.create(**{name: getattr(entry, name) for name in _COLUMNS})
    head.number, head.digest, head.at = entry.number, entry.digest, entry.at
    head.save(update_fields=["number", "digest", "at"])
    return entry


def _hold_head() -> models.AuditHead:
    """The end of the chain, held until the transaction ends. SQLite holds all by itself: its transactions are IMMEDIATE."""
    held = models.AuditHead.objects.select_for_update()
    kept = held.filter(pk=1).first()
    if kept is None:  # somebody took it away: acts are noted on from the last row
        last = models.AuditEntry.objects.first()
        end = {"number": last.number, "digest": last.digest, "at": last.at} if last else {}
        kept, _ = held.get_or_create(pk=1, defaults=end)
    return kept


def head() -> chain.Head | None:
    """The end of the chain; None where somebody took it away."""
    row = models.AuditHead.objects.filter(pk=1).first()
    return chain.Head(number=row.number, digest=row.digest, at=row.at) if row else None


def _read(rows: QuerySet[models.AuditEntry]) -> Iterator[entries.Entry]:
    for values in rows.values_list(*_COLUMNS):
        fields = dict(zip(_COLUMNS, values, strict=True))
        # A text in place of the list would come apart into the same letters as a list of letters.
        if isinstance(fields["reasons"], list):
            fields["reasons"] = tuple(fields["reasons"])
        entry = entries.Entry(**fields)
        if not entry.has_its_kinds():
            raise TypeError(f"Entry {entry.number} holds a value of another kind.")
        yield entry


def _rows(
    rows: QuerySet[models.AuditEntry], after: int | None = None
) -> Iterator[tuple[entries.Entry | chain.Unreadable, ...]]:
    """All rows, the oldest first, some at a time; the memory does not grow with their number."""
    while True:
        ahead = rows if after is None else rows.filter(number__gt=after)
        chunk = _readable(ahead.order_by("number")[:CHUNK])
        if not chunk:
            return
        yield chunk
        after = chunk[-1].number


def _readable(rows: QuerySet[models.AuditEntry]) -> tuple[entries.Entry | chain.Unreadable, ...]:
    try:
        return tuple(_read(rows))
    except (*chain.UNREADABLE, DataError, OperationalError):
        numbers = tuple(rows.values_list("number", flat=True))
    return tuple(_one(number) for number in numbers)


def _one(number: int) -> entries.Entry | chain.Unreadable:
    try:
        return next(_read(models.AuditEntry.objects.filter(number=number)))
    except (*chain.UNREADABLE, DataError):
        return chain.Unreadable(number=number)
    except OperationalError as error:
        if "decode" not in str(
            error
        ):  # SQLite's word for bytes that are no text; anything else is a trouble of its own
            raise
        return chain.Unreadable(number=number)


def verify(anchors: Iterable[chain.Anchor] = ()) -> chain.Verdict:
    """Whether the audit is whole: every entry as it was noted, none gone, none moved, and all anchors held.

    Others may go on noting meanwhile. A raised CommonhubError comes from the anchors.
    """
    walk = chain.Walk(anchors)
    again = False
    while True:
        before = walk.last.number
        for chunk in _rows(models.AuditEntry.objects.all(), after=before if again else None):
            for row in chunk:
                broken = walk.step(row)
                if broken is not None:
                    return broken
        end = head()
        # Read after the rows, it may be ahead of them because of what was noted meanwhile: look once more.
        if end is None or end.number <= walk.last.number or (again and walk.last.number == before):
            return walk.end(end)
        again = True


def _of_places(places: Iterable[Place]) -> list[Q]:
    communities = {place.community for place in places if not place.hub}
    by_name: dict[str, set[str]] = defaultdict(set)
    for place in places:
        if place.hub and place.community not in communities:
            by_name[place.hub].add(place.community)
    if len(communities) > PLACES_ONE_BY_ONE:
        arms = [Q(community__in=communities)]
    else:
        arms = [Q(community=community) for community in sorted(communities)]
    at_hubs = [Q(hub=hub, community__in=there) for hub, there in sorted(by_name.items())]
    if sum(map(len, by_name.values())) > PLACES_ONE_BY_ONE:
        return [*arms, reduce(or_, at_hubs)]
    return arms + [
        Q(hub=hub, community=community) for hub, there in sorted(by_name.items()) for community in sorted(there)
    ]


def _arms(reader: entries.Reader) -> list[Q]:
    """What a reader may read, as parts that each have an index. Asked as one, no index would serve."""
    if FLEET in reader.places:
        return [Q()]
    arms = _of_places(reader.places)
    if reader.person:
        arms += [Q(actor=reader.person), Q(subject=reader.person)]
    return arms


def _found(search: entries.Search) -> QuerySet[models.AuditEntry]:
    equal = {
        "community": search.place.community,
        "hub": search.place.hub,
        "actor": search.actor,
        "subject": search.subject,
        "permission": search.permission,
        "verb": search.verb,
        "outcome": search.outcome,
    }
    narrowed = Q(**{name: entries.keepable(str(value)) for name, value in equal.items() if value})
    if search.person:
        narrowed &= Q(actor=entries.keepable(search.person)) | Q(subject=entries.keepable(search.person))
    if search.since:
        narrowed &= Q(at__gte=search.since)
    if search.until:
        narrowed &= Q(at__lt=search.until)
    for word in entries.keepable(search.text, entries.NAME_MAX).split():
        narrowed &= Q(words__icontains=word) | Q(actor_name__icontains=word) | Q(subject__icontains=word)
    return models.AuditEntry.objects.filter(narrowed)


def newest(
    search: entries.Search | None = None,
    *,
    reader: entries.Reader,
    before: int | None = None,
    limit: int = 50,
) -> entries.Page:
    """The newest entries that the reader may read and that were asked for; `before` is the `older` of the page before.

    Raises:
        CommonhubError: an entry cannot be read any more.
    """
    asked = _found(search or entries.Search())
    if before is not None:
        asked = asked.filter(number__lt=before)
    found = {
        row.number: _legible(row)
        for arm in _arms(reader)
        for row in _readable(asked.filter(arm).order_by("-number")[: limit + 1])
    }
    numbers = sorted(found, reverse=True)
    shown = numbers[:limit]
    older = shown[-1] if len(numbers) > limit else None
    return entries.Page(entries=tuple(found[number] for number in shown), older=older)


def export(search: entries.Search | None = None, *, reader: entries.Reader) -> Iterator[str]:
    """The entries as JSON Lines, the oldest first, without line ends; as many as there are, in little memory.

    Raises:
        CommonhubError: an entry cannot be read any more.
    """
    arms = _arms(reader)
    if not arms:
        return
    for chunk in _rows(_found(search or entries.Search()).filter(reduce(or_, arms))):
        for row in chunk:
            yield chain.line(_legible(row))


def _legible(row: entries.Entry | chain.Unreadable) -> entries.Entry:
    if isinstance(row, chain.Unreadable):
        raise errors.CommonhubError(
            f"Entry {row.number} of the audit cannot be read any more: it was changed.",
            "Find out how far the audit can be trusted: commonhub audit verify",
        )
    return row


@dataclasses.dataclass(frozen=True, kw_only=True)
class Use:
    """A person last used a permission at a place at this time."""

    actor: str
    permission: str
    place: Place
    at: datetime


def last_uses(*, since: datetime) -> Iterator[Use]:
    """When each person last used each permission at each place, from `since` on; refused acts do not count."""
    done = models.AuditEntry.objects.filter(at__gte=since, outcome=entries.Outcome.DONE).exclude(permission="")
    grouped = done.order_by().values_list("actor", "permission", "community", "hub").annotate(last=Max("at"))
    for actor, permission, community, hub, last in grouped.iterator():
        yield Use(actor=actor, permission=permission, place=Place(community=community, hub=hub), at=last)
