"""The cast, appointed as usual: Alice for the fleet, Bob for reef, Carol for reef, Dan for one hub of reef."""

from datetime import UTC, datetime

import cast
from commonhub.responsibility import reading
from commonhub.responsibility.assignments import Assignment, Assignments, Person, Place
from commonhub.responsibility.deciding import Actor, Charter, decide
from commonhub.responsibility.model import Side
from commonhub.responsibility.permissions import Permission

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FLEET, REEF, MAIN = Place(), Place(community="reef"), Place(community="reef", hub="main")
OTHER_HUB, ELSEWHERE = Place(community="reef", hub="staging"), Place(community="alder", hub="main")
PEOPLE = tuple(Person(id=each.user, name=each.name) for each in cast.EVERYBODY)

ALICE = Assignment(person="alice", role="site-reliability-engineer", side=Side.SERVICE)
BOB = Assignment(person="bob", role="community-guide", side=Side.SERVICE, place=REEF)
CAROL = Assignment(person="carol", role="community-representative", side=Side.COMMUNITY, place=REEF)
DAN = Assignment(person="dan", role="hub-administrator", side=Side.COMMUNITY, place=MAIN)
USUAL = (ALICE, BOB, CAROL, DAN)


def charter(*given, model=None, now=NOW, departures=(), leaves=()):
    assignments = Assignments(people=PEOPLE, given=given, departures=tuple(departures), leaves=tuple(leaves))
    return Charter(model=model or reading.default(), assignments=assignments, now=now)


def ask(who, permission, place, *, charter, scopes=None, about=""):
    return decide(Actor(id=who, scopes=scopes), Permission(permission), place, charter=charter, about=about)
