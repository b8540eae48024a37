"""Who is on a hub's roster: adding, removing, and what is said to those whom it concerns."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from commonhub.communities import access, allowing, endings, finding, models, notices, people
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

FILES_STAY = "Their files stay on the hub, and are theirs again when they come back."
BY_OTHERS = frozenset({"added", "import"})  # ways onto a roster that ask nothing of the person
PAGE = 25  # people on one page: more would not fit into 50 kB
LONG = (
    2_000  # a roster of so many is read by the order of handles: sorting all of it costs more than looking past others
)


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody to be let in. An account that is not there yet is made and waits until they claim it."""

    handle: str
    name: str = ""
    email: str = ""


def expect(new: NewPerson, *, now: datetime) -> tuple[models.Person, bool]:
    """The person with this handle, made where there is none; and whether they are new.

    Raises CommonhubError for a handle that cannot be one, and where the e-mail address is another person's.
    """
    found = models.Person.objects.filter(handle=new.handle).first()
    if found is None:
        found = _make(new, now)
        if found is not None:
            return found, True
        found = models.Person.objects.get(handle=new.handle)
    if new.email and found.email and found.email.lower() != new.email.lower():
        raise errors.CommonhubError(
            f"{new.handle} is the handle of somebody with another e-mail address.",
            "Choose another handle for this one.",
        )
    return found, False


def _make(new: NewPerson, now: datetime) -> models.Person | None:
    """The new person; None where somebody else made them this moment."""
    if new.email and models.Person.objects.filter(email__iexact=new.email).exists():
        raise errors.CommonhubError(
            f"{new.email} belongs to somebody who has another handle here.", "Add them by their own handle."
        )
    name = new.name.strip() or new.handle
    try:
        with transaction.atomic():
            return models.Person.objects.create_user(new.handle, name=name, email=new.email.strip().lower(), made=now)
    except IntegrityError:
        return None


def put(hub: models.Hub, person: models.Person, *, via: str, by: str, now: datetime) -> bool:
    """Let a person in, or in again; whether that changed anything."""
    row, made = models.Membership.objects.get_or_create(
        hub=hub, person=person, defaults={"since": now, "via": via, "by": by}
    )
    if made:
        return True
    if row.removed is None and (row.via == via or (via in BY_OTHERS and row.via in access.GRANTED)):
        return False  # who came by an act of their own stays on the roster by it
    row.removed, row.removed_by, row.removed_because = None, "", ""
    row.via, row.by, row.since = via, by, now
    row.save()
    return True


def of_their_own(person: models.Person) -> QuerySet[models.Membership]:
    """The rosters on which a person is with their own doing, or was when they took their account.

    Whoever holds an account can be added to any roster unasked, so that this says nothing of whose people they are.
    """
    rows = models.Membership.objects.filter(person=person, removed=None)
    return rows if person.claimed is None else rows.exclude(via__in=BY_OTHERS, since__gt=person.claimed)


def tells_address(*, via: str, since: datetime, claimed: datetime | None) -> bool:
    """Whether those who look after a roster see a person's e-mail address on it: not where they were put unasked.

    Else whoever knows a handle could look up its owner's address, by adding them.
    """
    return claimed is None or via not in BY_OTHERS or since <= claimed


def address_on(row: models.Membership) -> str:
    """The e-mail address that a roster shows of a person; "" for none."""
    told = tells_address(via=row.via, since=row.since, claimed=row.person.claimed)
    return row.person.email if told else ""


def is_told_address(person: models.Person, places: Collection[Place]) -> bool:
    """Whether a person's e-mail address is for those who see them at these places."""
    if any(place_of(hub_id) in places for hub_id in of_their_own(person).values_list("hub_id", flat=True)):
        return True
    appointed = models.Appointment.objects.filter(handle=person.handle, named=True).values_list("community", "hub")
    return any(Place(community=community, hub=hub) in places for community, hub in appointed)


@verb("membership.add", Permission.PERSON_ADD)
def add(asker: Asker, hub_id: str, new: NewPerson, *, now: datetime) -> models.Person:
    """Let a person use a hub."""
    allowed = allowing.allow(asker, Permission.PERSON_ADD, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    person, _ = expect(new, now=now)
    if put(hub, person, via="added", by=asker.handle, now=now):
        allowing.note(
            asker,
            allowed,
            verb="membership.add",
            words=f"Let {person.name} use {hub_id}.",
            subject=person.handle,
            now=now,
        )
        notices.tell(person, f"{asker.name} let you use {hub.title}.", url=f"/hubs/{hub_id}", now=now)
    return person


@verb("membership.remove", Permission.PERSON_REMOVE)
def remove(asker: Asker, hub_id: str, handle: str, *, because: str = "", now: datetime) -> str:
    """End a person's use of a hub: their sessions, tokens and servers there end within seconds, their files stay.

    Gives the sentence that says so.
    """
    allowed = allowing.allow(asker, Permission.PERSON_REMOVE, place_of(hub_id), now=now)
    hub, person = finding.hub(hub_id), finding.person(handle)
    row, _ = models.Membership.objects.get_or_create(
        hub=hub, person=person, defaults={"since": now, "via": "added", "by": asker.handle}
    )
    if row.removed is None:
        row.removed, row.removed_by, row.removed_because = now, asker.handle, because.strip()[:500]
        row.save()
        allowing.note(
            asker,
            allowed,
            verb="membership.remove",
            words=f"Ended {person.name}'s use of {hub_id}."
            + (f" Because: {row.removed_because}" if because.strip() else ""),
            subject=person.handle,
            now=now,
        )
        notices.tell(person, f"{asker.name} ended your use of {hub.title}. {FILES_STAY}", now=now)
    ended = endings.end_where_not_allowed(person, [hub_id], now=now)
    if not ended:
        return f"{person.name} is off the roster, and may still use {hub.title} by a role there."
    return f"{person.name} may not use {hub.title} any more. {FILES_STAY}"


def search(hub_id: str, *, words: str = "", removed: bool = False) -> QuerySet[models.Membership]:
    """The roster, narrowed to people whose handle or e-mail begins with these words, or whose name holds them."""
    rows = models.Membership.objects.filter(hub_id=hub_id, removed__isnull=not removed).select_related("person")
    return rows.filter(_called(words, "person__"))


def _called(words: str, prefix: str = "") -> Q:
    asked = re.sub(r"\s+", " ", words.replace("\0", "")).strip()[:100]
    if not asked:
        return Q()
    ways = {"handle__startswith": asked.lower(), "email__istartswith": asked, "name__icontains": asked}
    return Q(*((f"{prefix}{way}", value) for way, value in ways.items()), _connector=Q.OR)


def after(rows: QuerySet[models.Membership], handle: str) -> list[models.Membership]:
    """One page of a roster, from this handle on; one more than a page where there is more."""
    return list(rows.filter(person__handle__gt=handle).order_by("person__handle")[: PAGE + 1])


def page(
    hub_id: str, *, words: str = "", removed: bool = False, handle: str = "", long: bool | None = None
) -> list[models.Membership]:
    """What `after` gives of `search`, in the way that is quick for the roster's length: `long`, where that is known."""
    here = models.Membership.objects.filter(hub_id=hub_id, removed__isnull=not removed)
    if not (here.order_by()[:LONG].count() >= LONG if long is None else long):
        return after(search(hub_id, words=words, removed=removed), handle)
    inside = Exists(here.filter(person=OuterRef("pk")).order_by())
    found = models.Person.objects.filter(inside, _called(words), handle__gt=handle).order_by("handle")
    numbers = list(found.values_list("pk", flat=True)[: PAGE + 1])
    # Asked for those who are not removed as well, SQLite would go through the whole roster.
    near = models.Membership.objects.filter(hub_id=hub_id, person__in=numbers).select_related("person")
    return [row for row in near.order_by("person__handle") if (row.removed is not None) == removed]


def check_handle(handle: str) -> str:
    """The handle in its standard form. Raises CommonhubError where it cannot be one."""
    return people.check_handle(handle.strip().lower())
