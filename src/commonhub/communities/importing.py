"""Many people let into a hub from a list: first looked at, then taken whole or not at all; and the roster as such a list."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from commonhub.communities import access, allowing, class_lists, finding, models, roster
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.class_lists import Entry
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

Thing = TypeVar("Thing")

BATCH: Final = 500  # rows in one statement
COLUMNS: Final = ("handle", "name", "email", "groups")  # of an exported list


class State(StrEnum):
    """What an import would do with a row."""

    NEW = "new"  # let in; an account that is not there yet is made and waits
    THERE = "there"  # on the roster already
    RETURNING = "returning"  # was removed, and would be let in again
    CONFLICT = "conflict"  # says something else than what is known: somebody must decide
    FAULTY = "faulty"  # cannot be read


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row and what would be done with it; `reason` says why nothing can be."""

    entry: Entry
    state: State
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an import would do. `digest` stands for the list and for what is known: either changes, so does it."""

    hub_id: str
    rows: tuple[Row, ...]
    digest: str

    def count(self, state: State) -> int:
        """How many rows are so."""
        return sum(row.state == state for row in self.rows)

    @property
    def stopped_by(self) -> tuple[Row, ...]:
        """The rows that must be mended first: a list is taken whole or not at all."""
        return tuple(row for row in self.rows if row.state in {State.CONFLICT, State.FAULTY})


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the records say of the people in a list."""

    by_handle: Mapping[str, models.Person]
    by_email: Mapping[str, models.Person]
    members: Mapping[int, models.Membership]  # by the person's number
    near: Collection[int]  # people on a roster of the community
    groups: Mapping[str, models.Group]  # by name and by title, in small letters


@verb("person.preview-import", Permission.PERSON_IMPORT, looks=True)
def preview(asker: Asker, hub_id: str, source: str | bytes, *, now: datetime) -> Preview:
    """Show what an import would do with each row of a list; nothing is written."""
    allowing.allow(asker, Permission.PERSON_IMPORT, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    found, _ = _preview(hub, source)
    _allow_groups(asker, hub, found, now)
    return found


@verb("person.import", Permission.PERSON_IMPORT)
def apply(asker: Asker, hub_id: str, source: str | bytes, *, digest: str, now: datetime) -> Preview:
    """Do what the preview with this digest showed, all of it or nothing."""
    allowed = allowing.allow(asker, Permission.PERSON_IMPORT, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    found, known = _preview(hub, source)
    _allow_groups(asker, hub, found, now)
    if found.digest != digest:
        raise _changed()
    if found.stopped_by:
        first = found.stopped_by[0]
        raise errors.RefusedError(
            f"{len(found.stopped_by)} of {len(found.rows)} rows can't be taken; "
            f"the first is in line {first.entry.line}: {first.reason}",
            "Mend these rows or leave them out: a list is taken whole or not at all.",
        )
    _write(asker, hub, found, known, now)
    new, returning, there = (found.count(state) for state in (State.NEW, State.RETURNING, State.THERE))
    allowing.note(
        asker,
        allowed,
        verb="person.import",
        words=f"Imported a list into {hub_id}: {new} people were let in, {returning} again, and {there} were there.",
        details={"new": new, "returning": returning, "there": there, "digest": digest},
        now=now,
    )
    return found


def _changed() -> errors.RefusedError:
    return errors.RefusedError(
        "The list, or what is known of its people, has changed since you looked at it.", "Look at it again."
    )


def _allow_groups(asker: Asker, hub: models.Hub, found: Preview, now: datetime) -> None:
    """A group may open other hubs and folders, so that it takes its own permission to put people into one."""
    if any(row.entry.groups for row in found.rows):
        allowing.allow(asker, Permission.GROUP_CHANGE, Place(community=hub.community_id), now=now)


def _preview(hub: models.Hub, source: str | bytes) -> tuple[Preview, _Known]:
    entries = class_lists.read(source)
    known = _known(hub, entries)
    rows = tuple(_judged(hub, _named(entries, known), known))
    said = [[hub.hub_id]]
    for row in rows:
        entry = row.entry
        said.append([str(entry.line), entry.handle, entry.name, entry.email, *entry.groups, str(row.state), row.reason])
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return Preview(hub_id=hub.hub_id, rows=rows, digest=digest), known


def _known(hub: models.Hub, entries: Iterable[Entry]) -> _Known:
    sound = [entry for entry in entries if not entry.fault]
    named = {entry.handle for entry in sound if entry.handle}
    written = {entry.email.lower() for entry in sound if entry.email}
    lower = models.Person.objects.annotate(lower=Lower("email"))
    found = [person for some in _parts(named) for person in models.Person.objects.filter(handle__in=some)]
    found += [person for some in _parts(written) for person in lower.filter(lower__in=some)]
    found.sort(key=lambda person: bool(person.email_verified))  # of two with one address, whose it surely is counts
    numbers = [person.pk for person in found]
    rows = [
        row
        for some in _parts(numbers)
        for row in models.Membership.objects.filter(person__in=some, hub__community=hub.community_id).order_by()
    ]
    groups = list(models.Group.objects.filter(community=hub.community_id))
    by_title = {group.title.casefold(): group for group in groups}
    return _Known(
        by_handle={person.handle: person for person in found},
        by_email={person.email.lower(): person for person in found if person.email},
        members={row.person_id: row for row in rows if row.hub_id == hub.hub_id},
        near={row.person_id for row in rows},
        groups={**by_title, **{group.name: group for group in groups}},
    )


def _parts(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """Few enough at once for what a statement of the database may hold."""
    whole = list(things)
    for start in range(0, len(whole), 5_000):
        yield whole[start : start + 5_000]


def _named(entries: Iterable[Entry], known: _Known) -> Iterator[Entry]:
    """Every row with its handle: the one of whose address it is, or else one that is proposed and free."""
    rows = list(entries)
    wanted = {
        entry.line: class_lists.proposed(entry.email)
        for entry in rows
        if not entry.fault and not entry.handle and entry.email.lower() not in known.by_email
    }
    taken = {entry.handle for entry in rows} | _handles_in_use(set(wanted.values()))
    numbers: Counter[str] = Counter()
    for entry in rows:
        if entry.line in wanted:
            base = free = wanted[entry.line]
            while free in taken:
                numbers[base] += 1
                free = f"{base}-{numbers[base] + 1}"
            taken.add(free)
            yield replace(entry, handle=free)
        elif not entry.fault and not entry.handle:
            owner = known.by_email[entry.email.lower()]
            yield replace(entry, handle=owner.handle if _is_surely(owner, known) else "")
        else:
            yield entry


def _handles_in_use(proposed: Collection[str]) -> frozenset[str]:
    """Those that are taken; all there are where one of them is, because then numbers are tried."""
    if any(models.Person.objects.filter(handle__in=some).exists() for some in _parts(proposed)):
        return frozenset(models.Person.objects.order_by().values_list("handle", flat=True))
    return frozenset()


def _is_surely(owner: models.Person, known: _Known) -> bool:
    """Whether an address is enough to tell who is meant.

    Anybody can write another's address into their account: it counts where they showed that it is theirs, where they
    are on this roster already, and where this community itself expects them.
    """
    return bool(owner.email_verified) or owner.pk in known.members or (owner.claimed is None and owner.pk in known.near)


def _judged(hub: models.Hub, entries: Iterable[Entry], known: _Known) -> Iterator[Row]:
    lines: dict[str, int] = {}
    for entry in entries:
        fault = entry.fault or _twice(entry, lines) or _without_group(hub, entry, known)
        if fault:
            yield Row(entry=entry, state=State.FAULTY, reason=fault)
            continue
        conflict = _conflict(entry, known)
        yield Row(entry=entry, state=State.CONFLICT if conflict else _state(entry, known), reason=conflict)


def _twice(entry: Entry, lines: dict[str, int]) -> str:
    """Why a row repeats another; `lines` are those that were seen."""
    said = [word for word in (entry.handle, entry.email.lower()) if word]
    before = next((lines[word] for word in said if word in lines), None)
    if before is not None:
        return f"The same person is named in line {before}."
    lines.update(dict.fromkeys(said, entry.line))
    return ""


def _without_group(hub: models.Hub, entry: Entry, known: _Known) -> str:
    strange = next((name for name in entry.groups if name.casefold() not in known.groups), None)
    return f"{hub.community_id} has no group {strange[:60]!r}: make it first." if strange else ""


def _conflict(entry: Entry, known: _Known) -> str:
    person, owner = known.by_handle.get(entry.handle), known.by_email.get(entry.email.lower())
    if not entry.handle:
        return f"{entry.email} stands in an account whose owner has not shown that it is theirs: give the handle."
    if person is None:
        return f"{entry.email} belongs to somebody who has another handle here." if owner else ""
    if entry.email and (owner or person) != person:
        return f"{entry.handle} and {entry.email} are two different people here."
    if entry.email and person.email and person.email.lower() != entry.email.lower():
        return f"{entry.handle} is the handle of somebody with another e-mail address."
    return ""


def _state(entry: Entry, known: _Known) -> State:
    person = known.by_handle.get(entry.handle)
    row = known.members.get(person.pk) if person else None
    if row is None:
        return State.NEW
    if row.removed is not None:
        return State.RETURNING
    return State.THERE if row.via in access.GRANTED else State.NEW


def _write(asker: Asker, hub: models.Hub, found: Preview, known: _Known, now: datetime) -> None:
    """All of it, in a few statements. Raises RefusedError where somebody made one of the accounts a moment ago."""
    fresh = [
        models.Person(
            handle=row.entry.handle,
            name=row.entry.name or row.entry.handle,
            email=row.entry.email,
            password=make_password(None),
            made=now,
        )
        for row in found.rows
        if row.entry.handle not in known.by_handle
    ]
    try:
        with transaction.atomic():
            models.Person.objects.bulk_create(fresh, batch_size=BATCH)
    except IntegrityError as error:
        raise _changed() from error
    people = {**known.by_handle, **{person.handle: person for person in fresh}}
    let_in = [people[row.entry.handle] for row in found.rows if row.state in {State.NEW, State.RETURNING}]
    models.Membership.objects.bulk_create(
        (models.Membership(hub=hub, person=person, since=now, via="import", by=asker.handle) for person in let_in),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["hub", "person"],
        update_fields=["since", "via", "by", "removed", "removed_by", "removed_because"],
    )
    words, url = f"{asker.name} let you use {hub.title}.", f"/hubs/{hub.hub_id}"
    models.Notice.objects.bulk_create(
        (models.Notice(person=person, at=now, words=words, url=url) for person in let_in), batch_size=BATCH
    )
    models.GroupMember.objects.bulk_create(
        (
            models.GroupMember(group=known.groups[name.casefold()], person=people[row.entry.handle], at=now)
            for row in found.rows
            for name in row.entry.groups
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )


@verb("roster.export", Permission.ACCESS_SEE)
def export_roster(asker: Asker, hub_id: str, *, now: datetime) -> Iterator[str]:
    """The people on a hub's roster as lines of CSV, which an import takes back; that it was taken out is noted."""
    allowed = allowing.allow(asker, Permission.ACCESS_SEE, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    allowing.note(asker, allowed, verb="roster.export", words=f"Took out the list of people of {hub_id}.", now=now)
    return class_lists.written(_roster_rows(hub))


def _roster_rows(hub: models.Hub) -> Iterator[tuple[str, ...]]:
    groups: dict[int, list[str]] = defaultdict(list)
    inside = models.GroupMember.objects.filter(group__community=hub.community_id).order_by("group__name")
    for person, name in inside.values_list("person_id", "group__name"):
        groups[person].append(name)
    yield COLUMNS
    rows = models.Membership.objects.filter(hub=hub, removed=None).order_by("person__handle")
    listed = rows.values_list(
        "person_id", "person__handle", "person__name", "person__email", "person__claimed", "via", "since"
    )
    for number, handle, name, email, claimed, via, since in listed.iterator():
        told = roster.tells_address(via=via, since=since, claimed=claimed)
        yield (handle, name, email if told else "", ";".join(groups.get(number, ())))
