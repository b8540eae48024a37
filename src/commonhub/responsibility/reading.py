"""From a text to a model, or to every fault at once.

An organisation's `responsibilities.yaml` is laid over the model that is shipped: it may change words, add areas,
responsibilities, roles, teams and kinds of evidence, and move permissions. A permission that a responsibility names
there leaves the place where the shipped model has it.
"""

import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from commonhub.ground import errors, marked
from commonhub.responsibility import checking, fields, model
from commonhub.responsibility.permissions import Permission

FILE: Final = "responsibilities.yaml"  # its place in a fleet folder
_SECTIONS: Final = ("areas", "evidence", "responsibilities", "roles", "teams")
_FOLLOWS: Final = "What a role may do follows from its responsibilities: name the one that the permission belongs to."


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a text says: a model when nothing is wrong, and everything that there is to say about it."""

    model: model.Model | None  # None as soon as there is one error
    faults: tuple[errors.Fault, ...] = ()


@functools.cache
def default() -> model.Model:
    """The model that is shipped."""
    read, _ = _model(_shipped(), _sound)
    return read


def _sound(_place: fields.Place, problem: str, mend: str) -> None:
    raise errors.CommonhubError(f"The model that is shipped is at fault: {problem}", mend)


@functools.cache
def _shipped() -> Mapping[str, Any]:
    text = importlib.resources.files(__package__).joinpath("model.yaml").read_text(encoding="utf-8")
    shipped: Mapping[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return shipped


def read(source: marked.Marked, file: str = FILE) -> Reading:
    """The shipped model with an organisation's text laid over it. It never raises for what the text says."""
    faults = list(source.faults)
    if source.value is None:
        return Reading(model=None, faults=tuple(faults))

    def tell(place: fields.Place, problem: str, mend: str, *, warning: bool = False) -> None:
        faults.append(errors.Fault(file=file, line=source.line(place), problem=problem, mend=mend, warning=warning))

    read, whole = _model(_laid_over(_shipped(), source.value, tell), tell)
    if whole and not faults:
        for found in checking.check(read):
            tell(found.place, found.problem, found.mend, warning=found.warning)
    ordered = tuple(sorted(faults, key=lambda fault: (fault.line, fault.problem)))
    sound = all(fault.warning for fault in ordered)
    return Reading(model=read if sound else None, faults=ordered)


def _laid_over(below: Mapping[str, Any], above: object, tell: fields.Tell) -> dict[str, Any]:
    """What both say together; where both say something, `above` holds."""
    together = dict(below)
    if not isinstance(above, dict):
        tell((), "The file holds no keys and values.", "Begin with a line such as roles: and a role below it.")
        return together
    for key, value in above.items():
        if key not in _SECTIONS and key != "numbers":
            together[key] = value
        elif not isinstance(value, dict):
            tell((key,), f"{key} has no keys below it.", "Write its keys on the next lines, further in.")
        elif key == "numbers":
            together[key] = {**below[key], **value}
        else:
            together[key] = _section(below[key], value)
    together["responsibilities"] = _moved(together["responsibilities"], above.get("responsibilities"))
    return together


def _section(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    together = dict(below)
    for name, value in above.items():
        known = below.get(name)
        together[name] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return together


def _moved(together: Mapping[str, Any], above: object) -> dict[str, Any]:
    """What an organisation's duty names is its own, and leaves the shipped place; what a duty had else stays with it."""
    named = {name: value for name, value in above.items() if isinstance(value, dict)} if isinstance(above, dict) else {}
    lists = {name: value["permissions"] for name, value in named.items() if isinstance(value.get("permissions"), list)}
    taken = {word for words in lists.values() for word in words if isinstance(word, str)}
    result = dict(together)
    for name, value in together.items():
        unread = "permissions" in named.get(name, {}) and name not in lists  # no list: `fields` says so
        if isinstance(value, dict) and not unread:
            shipped = _shipped()["responsibilities"].get(name, {}).get("permissions", ())
            stays = [word for word in shipped if word not in taken]
            result[name] = {**value, "permissions": [*lists.get(name, ()), *stays]}  # in the order of its own lines
    return result


def _model(value: Mapping[str, Any], tell: fields.Tell) -> tuple[model.Model, bool]:
    """The model, and whether all of it could be read."""
    whole = True

    def heard(place: fields.Place, problem: str, mend: str) -> None:
        nonlocal whole
        whole = False
        tell(place, problem, mend)

    top = fields.Fields(value, (), heard)
    top.known_elsewhere(*_SECTIONS, "numbers")
    found = model.Model(
        title=top.text("title"),
        founding_role=top.text("founding_role"),
        carriers_may=frozenset(top.choices("carriers_may", Permission)),
        carriers_see_around=frozenset(top.choices("carriers_see_around", Permission)),
        carriers_see_everywhere=frozenset(top.choices("carriers_see_everywhere", Permission)),
        exceptional=frozenset(top.choices("exceptional", Permission)),
        numbers=_numbers(fields.Fields(value["numbers"], ("numbers",), heard)),
        areas=tuple(_area(name, each) for name, each in _entries(value, "areas", heard)),
        responsibilities=tuple(
            _responsibility(name, each) for name, each in _entries(value, "responsibilities", heard)
        ),
        roles=tuple(_role(name, each) for name, each in _entries(value, "roles", heard)),
        teams=tuple(_team(name, each) for name, each in _entries(value, "teams", heard)),
        evidence=tuple(_evidence(name, each) for name, each in _entries(value, "evidence", heard)),
    )
    top.done()
    return found, whole


def _entries(value: Mapping[str, Any], section: str, tell: fields.Tell) -> list[tuple[str, fields.Fields]]:
    found = []
    for name, each in value[section].items():
        if not fields.is_id(name):
            tell((section, name), f"{name!r} cannot be a name here.", "Use small letters, digits and hyphens.")
            continue
        found.append((name, fields.Fields(each, (section, name), tell)))
    return found


def _numbers(each: fields.Fields) -> model.Numbers:
    found = model.Numbers(
        practised_within_days=each.number("practised_within_days", needed=True),
        most_per_person=each.number("most_per_person", needed=True),
        community_hours=each.hours("community_hours"),
        waking_hours=each.hours("waking_hours"),
    )
    each.done()
    return found


def _area(name: str, each: fields.Fields) -> model.Area:
    found = model.Area(
        id=name,
        title=each.text("title"),
        goal=each.text("goal"),
        carried_by=each.choice("carried_by", model.Share, stand_in=model.Share.SHARED),
        breakdown=each.text("breakdown"),
        team=each.text("team"),
        without_roles=each.text("without_roles", needed=False),
    )
    each.done()
    return found


def _responsibility(name: str, each: fields.Fields) -> model.Responsibility:
    found = model.Responsibility(
        id=name,
        title=each.text("title"),
        meaning=each.text("meaning"),
        area=each.text("area"),
        permissions=each.choices("permissions", Permission),
        evidence=each.words("evidence", needed=True),
        carried_by=each.choice_or_none("carried_by", model.Share),
        awake=each.flag("awake"),
    )
    each.done()
    return found


def _role(name: str, each: fields.Fields) -> model.Role:
    found = model.Role(
        id=name,
        title=each.text("title"),
        meaning=each.text("meaning"),
        team=each.text("team"),
        filled_by=each.text("filled_by"),
        sides=each.choices("sides", model.Side, needed=True),
        widest=each.choice("widest", model.Reach, stand_in=model.Reach.HUB),
        responsibilities=each.words("responsibilities", needed=True),
        appointed_with=each.choices("appointed_with", Permission, needed=True),
        withholds=each.choices("withholds", Permission),
        includes=each.words("includes"),
        at_least=each.number("at_least"),
        at_most=each.number("at_most"),
    )
    each.done({"grants": _FOLLOWS, "permissions": _FOLLOWS})
    return found


def _team(name: str, each: fields.Fields) -> model.Team:
    found = model.Team(
        id=name,
        title=each.text("title"),
        meaning=each.text("meaning"),
        side=each.choice("side", model.Side, stand_in=model.Side.COMMUNITY),
        works_with=each.words("works_with"),
    )
    each.done()
    return found


def _evidence(name: str, each: fields.Fields) -> model.Evidence:
    found = model.Evidence(id=name, meaning=each.text("meaning"), fresh_days=each.number("fresh_days", needed=True))
    each.done()
    return found
