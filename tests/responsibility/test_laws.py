"""What holds for every set of appointments, agreements and tokens."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.responsibility import reading, wording
from commonhub.responsibility.assignments import Assignment, Departure, Leave, Place
from commonhub.responsibility.model import Share, Side
from commonhub.responsibility.permissions import Permission
from responsibility import charters

pytestmark = pytest.mark.slow

OF = reading.default()
PERSON = st.sampled_from(["alice", "bob", "eve"])
PLACE = st.builds(
    lambda community, hub: Place(community=community, hub=hub if community else ""),
    st.sampled_from(["", "reef", "alder"]),
    st.sampled_from(["", "main", "staging"]),
)
MOMENT = st.none() | st.integers(-2, 2).map(lambda days: charters.NOW + timedelta(days=days))
ASSIGNMENT = st.builds(
    Assignment,
    person=PERSON,
    role=st.sampled_from([*OF.role_by_id, "unknown"]),
    side=st.sampled_from(Side),
    place=PLACE,
    only=st.none() | st.frozensets(st.sampled_from(sorted(OF.responsibility_by_id)), max_size=4),
    since=MOMENT,
    until=MOMENT,
)
DEPARTURE = st.builds(
    Departure,
    place=PLACE,
    responsibility=st.sampled_from(sorted(OF.responsibility_by_id)),
    carried_by=st.sampled_from(Share),
)
LEAVE = st.builds(
    Leave,
    person=PERSON,
    permission=st.sampled_from(Permission),
    place=PLACE,
    given_by=PERSON,
    reason=st.just("Why."),
    until=MOMENT.filter(bool),
)
SCOPES = st.none() | st.frozensets(st.sampled_from(Permission), max_size=8)
GIVEN = st.lists(ASSIGNMENT, max_size=5)
CHARTER = st.builds(
    lambda given, departures, leaves: charters.charter(*given, departures=departures, leaves=leaves),
    GIVEN,
    st.lists(DEPARTURE, max_size=3),
    st.lists(LEAVE, max_size=3),
)
ASKED = {"who": PERSON, "permission": st.sampled_from(Permission), "place": PLACE, "scopes": SCOPES}
few = settings(max_examples=200, deadline=None)


@few
@given(charter=CHARTER, more=ASSIGNMENT, **ASKED)
def test_one_more_appointment_never_takes_a_permission_away(charter, more, who, permission, place, scopes):
    had = charters.ask(who, permission, place, charter=charter, scopes=scopes).allowed
    of = charter.assignments
    wider = charters.charter(*of.given, more, departures=of.departures, leaves=of.leaves)
    assert charters.ask(who, permission, place, charter=wider, scopes=scopes).allowed >= had


@few
@given(charter=CHARTER, **ASKED)
def test_a_refusal_names_the_responsibility_and_holders_or_that_there_are_none(charter, who, permission, place, scopes):
    decision = charters.ask(who, permission, place, charter=charter, scopes=scopes)
    message, mend = wording.message(decision), wording.mend(decision)
    assert f"'{OF.responsibility_of(permission).title}'" in message
    for person in decision.holders:
        assert person.name in message
    assert bool(decision.holders) != (", which nobody " in message)
    assert mend.endswith(".")


@few
@given(charter=CHARTER, **ASKED)
def test_an_explanation_agrees_with_its_decision(charter, who, permission, place, scopes):
    decision = charters.ask(who, permission, place, charter=charter, scopes=scopes)
    *lines, last = wording.explain(decision)
    assert decision.reasons
    assert last.startswith(f"So {decision.person.name} may {'' if decision.allowed else 'not '}")
    if decision.allowed:
        assert any(line.startswith("For: ") for line in lines)
    elif scopes is None:
        assert not any(line.startswith("For: ") for line in lines)


@few
@given(charter=CHARTER, who=PERSON, place=PLACE)
def test_the_permissions_of_a_person_are_those_that_are_decided_for_them(charter, who, place):
    held = charter.permissions(who, place)
    for permission in Permission:
        decision = charters.ask(who, permission, place, charter=charter)
        if permission in OF.exceptional:
            assert permission not in held
        else:
            assert decision.allowed is (permission in held)


@few
@given(charter=CHARTER, **ASKED)
def test_whoever_is_named_as_holder_may_do_it(charter, who, permission, place, scopes):
    decision = charters.ask(who, permission, place, charter=charter, scopes=scopes)
    asked = Permission.LEAVE_GIVE if permission in OF.exceptional else permission
    assert all(charters.ask(person.id, asked, place, charter=charter).allowed for person in decision.holders)


@few
@given(charter=CHARTER, **ASKED)
def test_a_token_never_does_more_than_its_owner_or_its_scopes(charter, who, permission, place, scopes):
    with_token = charters.ask(who, permission, place, charter=charter, scopes=scopes).allowed
    alone = charters.ask(who, permission, place, charter=charter).allowed
    assert with_token == (alone and (scopes is None or permission in scopes))


@few
@given(charter=CHARTER, permission=st.sampled_from(Permission), place=PLACE)
def test_a_stranger_is_refused_everything(charter, permission, place):
    assert not charters.ask("mallory", permission, place, charter=charter).allowed
