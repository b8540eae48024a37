"""Whether a model is sound: nothing twice, nothing lost, nothing that nobody may do or be appointed to."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from commonhub.responsibility import fields, model
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing wrong. `place` is where it stands in the model's file; a `warning` lets the model be used."""

    place: tuple[str, ...]
    problem: str
    mend: str
    warning: bool = False


def check(of: model.Model) -> tuple[Found, ...]:
    """Everything that is wrong with a model; empty for a sound one."""
    return tuple(found for rule in _RULES for found in rule(of))


def _permissions(of: model.Model) -> Iterator[Found]:
    """Each permission belongs to exactly one responsibility."""
    owners = {each: [duty for duty in of.responsibilities if each in duty.permissions] for each in Permission}
    for permission, duties in owners.items():
        if not duties:
            mend = "Name it below the `permissions` of one."
            yield Found(place=("responsibilities",), problem=f"{permission} belongs to no responsibility.", mend=mend)
        elif len(duties) > 1:
            titles = " and ".join(f"'{duty.title}'" for duty in duties)
            place = ("responsibilities", duties[-1].id, "permissions")
            yield Found(place=place, problem=f"{permission} belongs to {titles}.", mend="Keep it in one of them.")


def _areas(of: model.Model) -> Iterator[Found]:
    """Each area has one to five responsibilities, and each responsibility an area."""
    for duty in of.responsibilities:
        if duty.area not in of.area_by_id:
            yield _unknown(("responsibilities", duty.id, "area"), duty.area, tuple(of.area_by_id), "area")
    for area in of.areas:
        duties = of.responsibilities_of(area)
        place = ("areas", area.id)
        if not duties:
            yield Found(place=place, problem=f"'{area.title}' has no responsibilities.", mend="Give it one.")
        if len(duties) > model.MOST_IN_AN_AREA:
            problem = f"'{area.title}' has {len(duties)} responsibilities; {model.MOST_IN_AN_AREA} are the most."
            mend = "Join two of them, so that nobody is overwhelmed."
            yield Found(place=("responsibilities", duties[-1].id), problem=problem, mend=mend)
        if area.team not in {team.id for team in of.teams}:
            yield _unknown((*place, "team"), area.team, tuple(team.id for team in of.teams), "team")


def _titles(of: model.Model) -> Iterator[Found]:
    """A refusal names a responsibility by its title, so no two may share one."""
    for section, entries in (("responsibilities", of.responsibilities), ("roles", of.roles), ("areas", of.areas)):
        count = Counter(entry.title for entry in entries)
        for entry in entries:
            if count[entry.title] > 1:
                problem = f"The title '{entry.title}' stands {count[entry.title]} times below {section}."
                yield Found(place=(section, entry.id, "title"), problem=problem, mend="Give each its own.")


def _references(of: model.Model) -> Iterator[Found]:
    """What roles, teams and the model itself name is there."""
    teams, roles, duties = tuple(team.id for team in of.teams), tuple(of.role_by_id), tuple(of.responsibility_by_id)
    named: list[tuple[tuple[str, ...], str, tuple[str, ...], tuple[str, ...]]] = [
        (("founding_role",), "role", (of.founding_role,), roles)
    ]
    for role in of.roles:
        named += [
            (("roles", role.id, "team"), "team", (role.team,), teams),
            (("roles", role.id, "responsibilities"), "responsibility", role.responsibilities, duties),
            (("roles", role.id, "includes"), "role", role.includes, roles),
        ]
    named += [(("teams", team.id, "works_with"), "team", team.works_with, teams) for team in of.teams]
    for place, what, names, known in named:
        yield from (_unknown(place, name, known, what) for name in names if name not in known)


def _roles(of: model.Model) -> Iterator[Found]:
    """A role can be filled, gives something, and includes no circle."""
    for role in of.roles:
        place = ("roles", role.id)
        if not role.sides:
            mend = "Name service, community or both."
            yield Found(place=(*place, "sides"), problem=f"Nobody may be {role.title}: no side fills it.", mend=mend)
        if not role.responsibilities:
            problem = f"{role.title} carries no responsibility."
            yield Found(
                place=(*place, "responsibilities"), problem=problem, mend="Name at least one, or drop the role."
            )
        if role.at_most and role.at_least > role.at_most:
            problem = f"{role.title}: at least {role.at_least} and at most {role.at_most} cannot both hold."
            yield Found(place=(*place, "at_least"), problem=problem, mend="Lower the one or raise the other.")
        if any(role.id in each.includes for each in of.with_included(role.id)):
            problem = f"{role.title} includes itself, by way of others."
            yield Found(place=(*place, "includes"), problem=problem, mend="Break the circle.")
        own = {p for name in role.responsibilities for p in _permissions_of(of, name)}
        for permission in role.withholds:
            if permission not in own:
                problem = f"{role.title} withholds {permission}, which belongs to no responsibility that it carries."
                yield Found(place=(*place, "withholds"), problem=problem, mend="Take it out of the list.")


def _permissions_of(of: model.Model, name: str) -> tuple[Permission, ...]:
    duty = of.responsibility_by_id.get(name)
    return duty.permissions if duty else ()


def _holders(of: model.Model) -> Iterator[Found]:
    """Somebody may hold each responsibility, unless its area says that there are no roles."""
    for duty in of.responsibilities:
        area = of.area_by_id.get(duty.area)
        if area is None:
            continue
        roles = of.carriers(duty)
        place = ("responsibilities", duty.id)
        if area.without_roles:
            yield from _without_roles(duty, area, roles)
        elif not roles:
            mend = "Name it below a role, or say at its area why there are none (without_roles)."
            yield Found(place=place, problem=f"No role carries '{duty.title}': nobody may hold it.", mend=mend)
        elif not any(of.share_of(duty).takes(side) for role in roles for side in role.sides):
            share = of.share_of(duty)
            problem = f"'{duty.title}' is carried by the {share}, and no role that carries it is filled from there."
            yield Found(place=place, problem=problem, mend="Change carried_by, or the sides of a role.")


def _without_roles(duty: model.Responsibility, area: model.Area, roles: tuple[model.Role, ...]) -> Iterator[Found]:
    for role in roles:
        problem = f"{role.title} carries '{duty.title}', and its area says that it has no roles."
        mend = f"Write `without_roles: null` at the area {area.id}, or take the responsibility out of the role."
        yield Found(place=("roles", role.id, "responsibilities"), problem=problem, mend=mend)
    if duty.permissions and not roles:
        problem = f"'{duty.title}' holds {duty.permissions[0]}, and its area has no roles: nobody could use it."
        place = ("responsibilities", duty.id, "permissions")
        yield Found(place=place, problem=problem, mend="Move the permission to another responsibility.")


def _use(of: model.Model) -> Iterator[Found]:
    """Each permission can be used by somebody."""
    for duty in of.responsibilities:
        roles = of.carriers(duty)
        for permission in duty.permissions:
            if roles and all(permission in role.withholds for role in roles):
                problem = f"Every role that carries '{duty.title}' withholds {permission}: nobody could use it."
                place = ("roles", roles[-1].id, "withholds")
                yield Found(place=place, problem=problem, mend="Let one of them have it.")
    yield from _looks(of)
    for permission in sorted(of.looks):
        if permission in of.exceptional:
            problem = f"{permission} cannot both come to all who carry something and be exceptional."
            yield Found(place=("exceptional",), problem=problem, mend="Keep it in one of the two lists.")
    if Permission.SERVER_OPEN not in of.exceptional:
        problem = "server:open is not exceptional: a role would open people's servers, unasked and untold."
        yield Found(place=("exceptional",), problem=problem, mend="Keep server:open in the list.")
    if Permission.LEAVE_GIVE in of.exceptional:
        problem = "leave:give is exceptional itself: nobody could ever give leave."
        yield Found(place=("exceptional",), problem=problem, mend="Take it out of the list.")


def _looks(of: model.Model) -> Iterator[Found]:
    """What comes with carrying anything at all changes nothing, and becomes less with the distance."""
    lists = ("carriers_may", "carriers_see_around", "carriers_see_everywhere")
    for name in lists:
        for permission in sorted(getattr(of, name)):
            if not permission.only_looks:
                problem = f"{permission} changes something, so it cannot come with carrying anything at all."
                yield Found(place=(name,), problem=problem, mend="List only permissions to see and to propose.")
    for near, far in itertools.pairwise(lists):
        for permission in sorted(getattr(of, far) - getattr(of, near)):
            problem = f"{permission} would be seen from afar and not from near."
            yield Found(place=(far,), problem=problem, mend=f"List it below {near} too.")


def _appointing(of: model.Model) -> Iterator[Found]:
    """From the founding role on, somebody can be appointed to every role."""
    if of.founding_role not in of.role_by_id:
        return
    reached = {of.founding_role}
    while news := {role.id for role in of.roles if _given(of, reached) & set(role.appointed_with)} - reached:
        reached |= news
    given = _given(of, reached)
    for role in of.roles:
        place = ("roles", role.id, "appointed_with")
        if role.id not in reached:
            problem = f"There is no way to appoint a {role.title}: nobody who can be there has a permission for it."
            yield Found(place=place, problem=problem, mend="Name a permission that another role gives.")
        elif not given & set(role.appointed_with):
            problem = f"There is no way to appoint a second {role.title}."
            yield Found(place=place, problem=problem, mend="Name a permission that some role gives.")


def _given(of: model.Model, roles: set[str]) -> frozenset[Permission]:
    return frozenset(power for name in roles for power in of.permissions_of(name))


def _evidence(of: model.Model) -> Iterator[Found]:
    """Each responsibility can be shown to be carried, by kinds that are known."""
    known = tuple(of.evidence_by_id)
    for duty in of.responsibilities:
        place: tuple[str, ...] = ("responsibilities", duty.id, "evidence")
        if not duty.evidence:
            mend = "Name at least one kind of evidence."
            yield Found(place=place, problem=f"Nothing could show that '{duty.title}' is carried.", mend=mend)
        for name in duty.evidence:
            if name not in known:
                yield _unknown(place, name, known, "kind of evidence")
    accepted = {name for duty in of.responsibilities for name in duty.evidence}
    for kind in of.evidence:
        place = ("evidence", kind.id)
        if kind.id not in accepted:
            problem = f"No responsibility accepts the evidence '{kind.id}'."
            yield Found(place=place, problem=problem, mend="Name it at one, or drop it.", warning=True)
        if kind.fresh_days < 1:
            problem = f"The evidence '{kind.id}' counts for no day at all."
            yield Found(place=(*place, "fresh_days"), problem=problem, mend="Write a number of days, such as 180.")


def _numbers(of: model.Model) -> Iterator[Found]:
    """Thresholds can be met."""
    numbers = of.numbers
    for name, value in (
        ("practised_within_days", numbers.practised_within_days),
        ("most_per_person", numbers.most_per_person),
    ):
        if value < 1:
            yield Found(place=("numbers", name), problem=f"{name} is {value}.", mend="Write a number of 1 or more.")


def _unknown(place: tuple[str, ...], name: str, known: tuple[str, ...], what: str) -> Found:
    mend = fields.nearest(name, known) or f"It may be {', '.join(known)}."
    return Found(place=place, problem=f"{fields.spoken(place)}: there is no {what} {name!r}.", mend=mend)


_RULES: Final[tuple[Callable[[model.Model], Iterator[Found]], ...]] = (
    _permissions,
    _areas,
    _titles,
    _references,
    _roles,
    _holders,
    _use,
    _appointing,
    _evidence,
    _numbers,
)
