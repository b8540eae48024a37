"""Every role, every permission, every place: against rules that are derived here again, from the model's text.

The text is read as plain YAML, and the rules below know nothing of the package's own.
"""

import importlib.resources

import pytest
import yaml

from commonhub.responsibility.assignments import Assignment, Place
from commonhub.responsibility.model import Side
from responsibility import charters

TEXT = yaml.safe_load(importlib.resources.files("commonhub.responsibility").joinpath("model.yaml").read_text())
DUTIES, ROLES, AREAS = TEXT["responsibilities"], TEXT["roles"], TEXT["areas"]
OWNER = {permission: name for name, duty in DUTIES.items() for permission in duty.get("permissions", ())}
WIDTHS = {"fleet": Place(), "community": charters.REEF, "hub": charters.MAIN}
PLACES = {
    "own hub": charters.MAIN,
    "own community": charters.REEF,
    "another hub of the community": charters.OTHER_HUB,
    "another's hub": charters.ELSEWHERE,
    "another's community": Place(community="alder"),
    "the fleet": Place(),
}
REACHED = {  # by an appointment so wide
    "fleet": set(PLACES),
    "community": {"own hub", "own community", "another hub of the community"},
    "hub": {"own hub"},
}
AROUND = {  # from an appointment so wide: what stands around it, with the list of what is seen there
    "fleet": {},
    "community": {"the fleet": "carriers_see_everywhere"},
    "hub": {"own community": "carriers_see_around", "the fleet": "carriers_see_everywhere"},
}
CASES = [(role, width, side) for role in ROLES for width in WIDTHS for side in ("service", "community")]


def carried(role, side):
    """The duties that somebody of this side carries in this role, by the usual breakdown."""
    return {
        name
        for name in ROLES[role]["responsibilities"]
        if side in ROLES[role]["sides"] and AREAS[DUTIES[name]["area"]]["carried_by"] in {side, "shared"}
    }


def expected(role, width, side):
    """All pairs of permission and place that are allowed."""
    if (width, side) == ("fleet", "community"):
        return set()  # nobody stands on the side of all communities
    order = list(WIDTHS)
    given, anything = set(), False
    for each in [role, *ROLES[role].get("includes", ())]:
        if order.index(width) < order.index(ROLES[each]["widest"]):
            continue
        duties = carried(each, side)
        anything = anything or bool(duties)
        given |= {
            permission
            for permission, owner in OWNER.items()
            if owner in duties and permission not in [*ROLES[each].get("withholds", ()), *TEXT["exceptional"]]
        }
    allowed = {(permission, place) for permission in given for place in REACHED[width]}
    if anything:
        allowed |= {(permission, place) for permission in TEXT["carriers_may"] for place in REACHED[width]}
        allowed |= {(permission, place) for place, seen in AROUND[width].items() for permission in TEXT[seen]}
    return allowed


@pytest.mark.parametrize(("role", "width", "side"), CASES)
def test_a_role_allows_what_its_duties_need_where_it_reaches(role, width, side):
    appointed = Assignment(person="eve", role=role, side=Side(side), place=WIDTHS[width])
    charter = charters.charter(appointed, *charters.USUAL)
    allowed = {
        (permission, place)
        for permission in OWNER
        for place, where in PLACES.items()
        if charters.ask("eve", permission, where, charter=charter).allowed
    }
    assert allowed == expected(role, width, side)


@pytest.mark.parametrize("place", PLACES)
def test_who_is_appointed_to_nothing_may_do_nothing(place):
    charter = charters.charter(*charters.USUAL)
    assert not [p for p in OWNER if charters.ask("mallory", p, PLACES[place], charter=charter).allowed]


def test_the_matrix_is_not_empty_and_tells_roles_apart():
    usual = {role: expected(role, ROLES[role]["widest"], ROLES[role]["sides"][0]) for role in ROLES}
    assert all(usual.values())
    assert len({frozenset(each) for each in usual.values()}) == len(ROLES)
