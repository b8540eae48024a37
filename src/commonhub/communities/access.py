"""Who may use a hub, and why: the rule that the sign-in of every hub asks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import QuerySet

from commonhub.communities import charters, models
from commonhub.engines import sign_on
from commonhub.ground import clock
from commonhub.responsibility import assignments, deciding
from commonhub.responsibility.permissions import Permission

GROUP_PREFIX: Final = "group:"  # before the names of the community's own groups, so that none passes for a role

POWERS: Final[Mapping[str, Permission]] = {
    sign_on.HUB_ADMINISTRATORS: Permission.SERVER_STOP,
    sign_on.COMMUNITY_REPRESENTATIVES: Permission.ADMINISTRATOR_APPOINT,
}
"""Groups that give power inside a hub, with the permission that puts somebody in: roles are the model's, not ours."""


GRANTED: Final = frozenset({"added", "invitation", "request", "import"})
"""Ways onto a roster that last by themselves; who came by a role, a group or a domain stays while that holds."""


class Why(StrEnum):
    """What lets somebody in, or keeps them out."""

    ROSTER = "roster"  # they are on the hub's roster
    ROLE = "role"  # they carry a responsibility here
    GROUP = "group"  # they are in a group that may use it
    DOMAIN = "domain"  # their verified e-mail address is in a domain that may use it
    EVERYONE = "everyone"  # whoever has an account may use it
    REMOVED = "removed"  # they were removed from it
    CLOSED = "closed"  # their account is closed
    GONE = "gone"  # there is no such hub any more
    UNKNOWN = "unknown"  # nothing lets them in

    @property
    def lets_in(self) -> bool:
        """Whether it opens the hub."""
        return self in {Why.ROSTER, Why.ROLE, Why.GROUP, Why.DOMAIN, Why.EVERYONE}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a person stands to a hub: whether they may use it, why, and the groups they are in there."""

    allowed: bool
    why: Why
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rule looks at."""

    account_open: bool
    in_fleet: bool
    on_roster: bool | None  # None: never was; False: removed
    carries: bool
    groups: frozenset[str]  # of the community, by name
    email: str  # verified, or ""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a hub's file says."""

    everyone: bool = False
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def why(known: Known, policy: Policy) -> Why:
    """The first reason that decides. Who was removed comes in by a role or by being added again, and by no open door."""
    domains = {domain.lower() for domain in policy.domains}
    turns = (
        (not known.account_open, Why.CLOSED),
        (not known.in_fleet, Why.GONE),
        (known.carries, Why.ROLE),
        (known.on_roster is False, Why.REMOVED),
        (known.on_roster is True, Why.ROSTER),
        (bool(known.groups & policy.groups), Why.GROUP),
        (_domain(known.email) in domains, Why.DOMAIN),
        (policy.everyone, Why.EVERYONE),
    )
    return next((found for holds, found in turns if holds), Why.UNKNOWN)


def _domain(email: str) -> str | None:
    _, at, domain = email.rpartition("@")
    return domain.lower() if at and domain else None


def standing(hub_id: str, person: models.Person, *, now: datetime | None = None) -> Standing:
    """How this person stands to this hub now."""
    hub = models.Hub.objects.filter(hub_id=hub_id).first()
    if hub is None:
        return Standing(allowed=False, why=Why.GONE)
    charter = charters.bare((), people=[person.handle], now=now or clock.system_clock())
    place = charters.place_of(hub_id)
    row = models.Membership.objects.filter(hub=hub, person=person).first()
    groups = models.GroupMember.objects.filter(person=person, group__community=hub.community_id)
    known = Known(
        account_open=person.can_sign_in,
        in_fleet=hub.in_fleet,
        on_roster=_on_roster(row.via, row.removed) if row else None,
        carries=carries(charter, person.handle, place),
        groups=frozenset(groups.values_list("group__name", flat=True)),
        email=person.email if person.email_verified else "",
    )
    found = why(known, policy(hub))
    if not found.lets_in:
        return Standing(allowed=False, why=found)
    named = {f"{GROUP_PREFIX}{name}" for name in known.groups}
    return Standing(
        allowed=True, why=found, groups=frozenset({sign_on.PEOPLE, *named, *powers(charter, person.handle, place)})
    )


_ASKED: Final = (
    "hub_id", "person_id", "via", "removed", "person__handle", "person__email", "person__email_verified",
    "person__is_active", "person__claimed",
)  # fmt: skip


def shut_out(rows: QuerySet[models.Membership], *, now: datetime) -> Iterator[tuple[str, str]]:
    """Of the people on these rosters those who may not use the hub, as its id and their handle.

    It is the rule of `standing`, by as many queries for all as for one.
    """
    rows = rows.order_by()
    hubs = {hub.pk: hub for hub in models.Hub.objects.filter(pk__in=rows.values("hub"))}
    doors = {hub_id: (hub, policy(hub), charters.place_of(hub_id)) for hub_id, hub in hubs.items()}
    charter = charters.bare([place for _, _, place in doors.values()], now=now)
    inside = _groups_at(hubs.values())
    # No whole records: of 50,000 people they would take longer than all the rest.
    for hub_id, person, via, removed, handle, email, verified, is_active, claimed in rows.values_list(*_ASKED):
        hub, said, place = doors[hub_id]
        known = Known(
            account_open=is_active and claimed is not None,
            in_fleet=hub.in_fleet,
            on_roster=_on_roster(via, removed),
            carries=carries(charter, handle, place),
            groups=inside.get((person, hub.community_id), frozenset()),
            email=email if verified else "",
        )
        if not why(known, said).lets_in:
            yield hub_id, handle


def _groups_at(hubs: Iterable[models.Hub]) -> Mapping[tuple[int, str], frozenset[str]]:
    """Who is in a group that opens one of these hubs: its names, by the person's number and the community."""
    named = {(hub.community_id, name) for hub in hubs for name in hub.groups}
    found: dict[tuple[int, str], frozenset[str]] = {}
    for group in models.Group.objects.filter(community__in={community for community, _ in named}):
        if (group.community_id, group.name) in named:
            alone = frozenset({group.name})
            for person in models.GroupMember.objects.filter(group=group).values_list("person_id", flat=True):
                key = (person, group.community_id)
                found[key] = found[key] | alone if key in found else alone
    return found


def _on_roster(via: str, removed: datetime | None) -> bool | None:
    if removed is not None:
        return False
    return True if via in GRANTED else None


def policy(hub: models.Hub) -> Policy:
    """The policy that the hub's file sets."""
    return Policy(everyone=hub.everyone, domains=frozenset(hub.domains), groups=frozenset(hub.groups))


def carries(charter: deciding.Charter, handle: str, place: assignments.Place) -> bool:
    """Whether somebody carries anything at a hub."""
    return any(charter.carries_something(each, place) for each in charter.assignments.of(handle))


def powers(charter: deciding.Charter, handle: str, place: assignments.Place) -> Iterable[str]:
    """The groups with power inside a hub to which somebody's permissions there bring them."""
    given = charter.permissions(handle, place)
    return (group for group, permission in POWERS.items() if permission in given)


def powerful(charter: deciding.Charter, place: assignments.Place) -> dict[str, frozenset[str]]:
    """Who should be in each group with power inside a hub, by handle."""
    return {
        group: frozenset(who.id for who in charter.holders(permission, place)) for group, permission in POWERS.items()
    }


def enter(hub_id: str, person: models.Person, *, now: datetime) -> None:
    """Note somebody whom no roster names, and who may come in, at their first sign-in; twice is once.

    So the roster shows everybody who has been there, and their sessions can be ended.
    """
    found = standing(hub_id, person, now=now)
    if found.allowed and found.why is not Why.ROSTER:
        models.Membership.objects.get_or_create(
            hub_id=hub_id, person=person, defaults={"since": now, "via": str(found.why)}
        )
