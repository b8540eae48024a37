"""What the responsibility model has to say about a fleet's files: faults with file and line. Pure."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from commonhub.fleet import agreements, change_rules, lines, models
from commonhub.fleet import reading as fleet_reading
from commonhub.ground import errors, marked
from commonhub.responsibility import model, reading
from commonhub.responsibility.permissions import Permission

FLEET_FILE: Final = "fleet.yaml"
_SIGNS: Final = {
    model.Side.SERVICE: Permission.AGREEMENT_OFFER,
    model.Side.COMMUNITY: Permission.AGREEMENT_ACCEPT,
}
Tell = Callable[[tuple[object, ...], str, str], errors.Fault]


def model_of(fleet: models.Fleet) -> reading.Reading:
    """The responsibility model of a fleet: its own, or the one that is shipped."""
    if fleet.responsibilities is None:
        return reading.Reading(model=reading.default())
    return reading.read(marked.read(fleet.responsibilities, reading.FILE))


def side_of(entry: agreements.RoleEntry, role: model.Role) -> model.Side:
    """Where a person stands: as their entry says, else where the role usually is."""
    return model.Side(entry.side) if entry.side is not None else role.sides[0]


def check(fleet: models.Fleet, where: lines.Lines) -> Iterator[errors.Fault]:
    """Every fault that only the model can find."""
    found = model_of(fleet)
    yield from found.faults
    if found.model is None:
        return
    yield from _roles(found.model, fleet.file.roles, FLEET_FILE, where, hubs=None)
    yield from _consents(found.model, fleet.file.changes, where)
    for community in fleet.communities:
        file = f"communities/{community.name}/community.yaml"
        hubs = frozenset(hub.name for hub in community.hubs)
        yield from _roles(found.model, community.file.roles, file, where, hubs=hubs)
        yield from _departures(found.model, community.file.agreement, file, where, hubs)


CHECKS: Final[tuple[fleet_reading.Check, ...]] = (check,)
"""What whoever reads a fleet as a whole hands to the reader."""


def reader() -> fleet_reading.Reader:
    """A reader of fleets that knows the model."""
    return fleet_reading.Reader(checks=CHECKS)


def _roles(
    of: model.Model, roles: agreements.Roles, file: str, where: lines.Lines, *, hubs: Collection[str] | None
) -> Iterator[errors.Fault]:
    """`hubs` are the community's; None in the fleet's own file."""
    for name, entries in roles.items():
        role = of.role_by_id.get(name)
        if role is None:
            yield where.fault(file, ("roles", name), f"There is no role {name!r}.", _nearest(name, of.role_by_id))
            continue
        if hubs is None and role.widest is not model.Reach.FLEET:
            problem = f"{role.title} is a role of one community, and can't be held for the whole fleet."
            yield where.fault(file, ("roles", name), problem, "Write it into the file of the community.")
            continue
        for number, entry in enumerate(entries):
            place = ("roles", name, number)
            for problem, mend in _entry(of, role, entry, hubs):
                yield where.fault(file, place, problem, mend)
        if hubs is not None and role.at_most:
            yield from _too_many(role, entries, file, where)


def _entry(
    of: model.Model, role: model.Role, entry: agreements.RoleEntry, hubs: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    side = side_of(entry, role)
    if side not in role.sides:
        allowed = " or ".join(role.sides)
        yield f"{role.title} can't be held on the side of the {side}.", f"Write side: {allowed}, or another role."
    elif hubs is None and side is model.Side.COMMUNITY:
        # Else they would carry, everywhere, what each community has agreed to carry itself.
        yield (
            "Nobody stands on the side of the community for the whole fleet.",
            "Write side: service, or write it into the file of the community.",
        )
    if entry.hub is not None and (hubs is None or entry.hub not in hubs):
        yield f"There is no hub {entry.hub!r} here.", _nearest(entry.hub, hubs or ())
    carried = {name for each in of.with_included(role.id) for name in each.responsibilities}
    for name in entry.only:
        if name not in carried:
            yield f"{role.title} does not carry {name!r}.", _nearest(name, carried)


def _consents(of: model.Model, rules: change_rules.ChangeRules, where: lines.Lines) -> Iterator[errors.Fault]:
    held = {str(each) for each in Permission if each not in of.exceptional}
    for kind, rule in rules.kinds.items():
        for number, word in enumerate(rule.consent):
            if word not in held:
                place = ("changes", "kinds", str(kind), "consent", number)
                problem = f"There is no permission {word!r} that comes with a role."
                yield where.fault(FLEET_FILE, place, problem, _nearest(word, held))


def _too_many(
    role: model.Role, entries: Iterable[agreements.RoleEntry], file: str, where: lines.Lines
) -> Iterator[errors.Fault]:
    lasting = {entry.key[:2] for entry in entries if entry.until is None}
    if len(lasting) > role.at_most:
        yield where.fault(
            file,
            ("roles", role.id),
            f"{len(lasting)} people are {role.title}; a community has at most {role.at_most}.",
            "End some of these appointments.",
        )


def _departures(
    of: model.Model, agreed: agreements.Agreement, file: str, where: lines.Lines, hubs: Collection[str]
) -> Iterator[errors.Fault]:
    for number, each in enumerate(agreed.departures):
        place = ("agreement", "departures", number)
        if each.responsibility not in of.responsibility_by_id:
            problem = f"There is no responsibility {each.responsibility!r}."
            yield where.fault(file, place, problem, _nearest(each.responsibility, of.responsibility_by_id))
        elif unsigned := _unsigned(of.responsibility_by_id[each.responsibility], model.Share(each.carried_by)):
            problem = f"With {each.responsibility!r} goes the power to sign agreements for the {unsigned}."
            yield where.fault(file, place, problem, f"Write carried_by: shared, or {unsigned}.")
        if each.hub is not None and each.hub not in hubs:
            yield where.fault(file, place, f"There is no hub {each.hub!r} here.", _nearest(each.hub, hubs))


def _unsigned(duty: model.Responsibility, share: model.Share) -> model.Side | None:
    """The side that nobody could sign for any more, so that the agreement could never change again."""
    return next((side for side, power in _SIGNS.items() if power in duty.permissions and not share.takes(side)), None)


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    if near:
        return f"Do you mean {near[0]}?"
    return f"Known are {', '.join(sorted(known))}." if known else "Leave it out."
