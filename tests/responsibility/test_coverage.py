"""Held, empowered, evidenced: judged from facts, one kind of gap at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commonhub.responsibility import coverage, findings, reading
from commonhub.responsibility.assignments import Leave, Place
from commonhub.responsibility.findings import Kind
from commonhub.responsibility.model import Side
from commonhub.responsibility.permissions import Permission
from responsibility import charters
from responsibility.charters import ALICE, BOB, CAROL, DAN, ELSEWHERE, MAIN, NOW, USUAL

OF = reading.default()
YESTERDAY = NOW - timedelta(days=1)
RESPOND = "respond-to-incidents"


def well(charter, place=MAIN, zone="Africa/Blantyre"):
    """Facts of a hub where all is as it should be."""
    people = [each.person for each in charter.assignments.near(place)]
    return coverage.HubFacts(
        place=place,
        time_zone=zone,
        powers={person: charter.permissions(person, place) for person in people},
        practised={(person, duty.id): YESTERDAY for person in people for duty in OF.responsibilities},
        evidence={(duty.id, duty.evidence[0]): YESTERDAY for duty in OF.responsibilities},
    )


def facts(*hubs, zone="Europe/Berlin", **people):
    known = {who: coverage.PersonFacts(can_sign_in=True, time_zone=zone) for who in ("alice", "bob", "carol", "dan")}
    return coverage.Facts(people={**known, **people}, hubs=hubs)


def judge(charter, known):
    found = coverage.cover(charter, known)
    return found, findings.find(charter, known, found)


def only(found, kind):
    return [each for each in found if each.kind is kind]


def covered(of, duty):
    return next(each for each in of.hubs[0].covered if each.responsibility.id == duty)


HERE = charters.charter(*USUAL)


def test_a_hub_where_all_is_well_is_covered_whole_and_has_no_findings():
    found, amiss = judge(HERE, facts(well(HERE)))
    assert amiss == ()
    assert found.hubs[0].score == coverage.Score(done=15, of=15)
    assert found.score.share == 1.0


def test_an_area_without_roles_is_left_out_of_the_number():
    found, _ = judge(HERE, facts(well(HERE)))
    assert {each.responsibility.area for each in found.hubs[0].covered} == {
        area.id for area in OF.areas if not area.without_roles
    }


def test_numbers_add_up_over_hubs_and_communities():
    dark = coverage.HubFacts(place=ELSEWHERE)
    found, _ = judge(HERE, facts(well(HERE), dark))
    assert found.communities == {"alder": coverage.Score(done=0, of=15), "reef": coverage.Score(done=15, of=15)}
    assert found.score == coverage.Score(done=15, of=30)


def test_where_there_are_no_hubs_there_is_no_number():
    found, amiss = judge(HERE, facts())
    assert found.score.share is None
    assert amiss == ()


def test_a_duty_that_nobody_carries_is_found_and_says_who_can_appoint():
    charter = charters.charter(ALICE, CAROL, DAN)
    found, amiss = judge(charter, facts(well(charter)))
    assert [each.sentence for each in only(amiss, Kind.NOBODY)][1] == (
        "Nobody carries 'Provide support to community leaders' for reef/main."
    )
    assert only(amiss, Kind.NOBODY)[1].mend == "Alice Okafor can appoint a Community Guide."
    assert not covered(found, "support-leaders").held
    assert found.score == coverage.Score(done=10, of=15)


def test_a_person_who_carries_too_much_is_found():
    both = replace(BOB, person="alice")
    charter = charters.charter(ALICE, both, CAROL, DAN)
    _, amiss = judge(charter, facts(well(charter)))
    assert [each.sentence for each in amiss] == [
        "Alice Okafor carries 10 responsibilities for reef/main; 8 are the most."
    ]


def test_a_holder_who_cannot_sign_in_is_not_empowered():
    found, amiss = judge(HERE, facts(well(HERE), alice=coverage.PersonFacts(can_sign_in=False)))
    assert {each.kind for each in amiss} == {Kind.NO_SIGN_IN}
    assert (
        amiss[0].sentence
        == "Alice Okafor carries 'Monitor infrastructure for errors' for reef/main and cannot sign in."
    )
    assert covered(found, RESPOND).held
    assert not covered(found, RESPOND).empowered
    assert found.score.done == 10


def test_of_whom_nothing_is_known_cannot_sign_in():
    eve = replace(DAN, person="eve")
    charter = charters.charter(*USUAL, eve)
    _, amiss = judge(charter, facts(well(charter)))
    assert {(each.kind, each.people) for each in amiss} == {(Kind.NO_SIGN_IN, ("eve",))}


def test_a_duty_without_its_power_is_found():
    known = well(HERE)
    less = known.powers["alice"] - {Permission.HUB_RESTART}
    found, amiss = judge(HERE, facts(replace(known, powers={**known.powers, "alice": less})))
    assert [each.sentence for each in amiss] == [
        "Alice Okafor carries 'Respond to incidents' for reef/main without the power to restart reef/main."
    ]
    assert not covered(found, RESPOND).empowered


def test_what_a_role_withholds_is_no_missing_power():
    found, _ = judge(HERE, facts(well(HERE)))
    dan = next(each for each in covered(found, "oversee-access").holdings if each.person.id == "dan")
    assert dan.missing == frozenset()


def test_a_power_without_duty_is_found():
    known = well(HERE)
    powers = {**known.powers, "eve": frozenset({Permission.PERSON_ADD, Permission.SERVER_OPEN})}
    found, amiss = judge(HERE, facts(replace(known, powers=powers)))
    assert [each.sentence for each in amiss] == [
        (
            "Eve Banda can add people to reef/main and open a person's server at reef/main, and carries no duty that needs it."
        )
    ]
    assert found.score.share == 1.0


def test_a_power_by_leave_is_no_power_without_duty():
    leave = Leave(
        person="dan",
        permission=Permission.SERVER_OPEN,
        place=MAIN,
        given_by="carol",
        reason="Why.",
        until=NOW + timedelta(1),
    )
    charter = charters.charter(*USUAL, leaves=[leave])
    known = well(charter)
    known = replace(known, powers={**known.powers, "dan": known.powers["dan"] | {Permission.SERVER_OPEN}})
    assert judge(charter, facts(known))[1] == ()
    late = replace(charter, now=leave.until)
    assert only(judge(late, facts(known))[1], Kind.POWER_WITHOUT_DUTY)


def test_a_role_that_ended_leaves_a_power_without_duty():
    known = well(HERE)
    ended = charters.charter(ALICE, BOB, CAROL, replace(DAN, until=NOW))
    _, amiss = judge(ended, facts(known))
    assert [(each.kind, each.people) for each in amiss] == [(Kind.POWER_WITHOUT_DUTY, ("dan",))]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (200, "Alice Okafor carries 'Respond to incidents' for reef/main and has not practised it for 200 days."),
        (None, "Alice Okafor carries 'Respond to incidents' for reef/main and has never done or practised it."),
    ],
)
def test_what_was_not_practised_for_too_long_is_found(days, sentence):
    known = well(HERE)
    practised = {key: moment for key, moment in known.practised.items() if key != ("alice", RESPOND)}
    if days:
        practised["alice", RESPOND] = NOW - timedelta(days=days)
    found, amiss = judge(HERE, facts(replace(known, practised=practised)))
    assert [each.sentence for each in amiss] == [sentence]
    assert not covered(found, RESPOND).empowered


def test_practice_counts_to_the_last_day_of_the_models_time():
    known = well(HERE)
    for days, fresh in ((180, True), (181, False)):
        practised = {**known.practised, ("alice", RESPOND): NOW - timedelta(days=days)}
        found, _ = judge(HERE, facts(replace(known, practised=practised)))
        assert covered(found, RESPOND).empowered is fresh


def test_a_duty_that_nothing_recent_shows_is_found():
    known = well(HERE)
    evidence = {**known.evidence, (RESPOND, "incident-answered"): NOW - timedelta(days=181)}
    found, amiss = judge(HERE, facts(replace(known, evidence=evidence)))
    assert [each.sentence for each in amiss] == [
        "Nothing of the last 181 days shows that 'Respond to incidents' is carried for reef/main."
    ]
    assert amiss[0].mend.startswith("This would show it: An incident was answered")
    assert not covered(found, RESPOND).evidenced
    assert found.score.done == 14


def test_evidence_of_a_kind_that_a_duty_does_not_accept_shows_nothing():
    known = well(HERE)
    evidence = {key: moment for key, moment in known.evidence.items() if key[0] != RESPOND}
    evidence[RESPOND, "workshop-held"] = YESTERDAY
    _, amiss = judge(HERE, facts(replace(known, evidence=evidence)))
    assert [each.sentence for each in amiss] == ["Nothing shows that 'Respond to incidents' is carried for reef/main."]


def test_nobody_awake_while_the_community_works_is_found():
    known = well(HERE, zone="Pacific/Auckland")
    far = coverage.PersonFacts(can_sign_in=True, time_zone="Europe/Berlin")
    _, amiss = judge(HERE, facts(known, alice=far))
    assert [each.sentence for each in amiss] == [
        "From 10:00 to 17:00 in Pacific/Auckland nobody is awake who carries 'Respond to incidents' for reef/main."
    ]


def test_a_second_holder_on_the_other_side_of_the_world_closes_the_gap():
    eve = replace(ALICE, person="eve")
    charter = charters.charter(*USUAL, eve)
    near = coverage.PersonFacts(can_sign_in=True, time_zone="Australia/Sydney")
    _, amiss = judge(charter, facts(well(charter, zone="Pacific/Auckland"), eve=near))
    assert amiss == ()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_where_a_time_zone_is_not_known_nothing_is_said(zone):
    assert judge(HERE, facts(well(HERE, zone=zone)))[1] == ()
    assert judge(HERE, facts(well(HERE, zone="Pacific/Auckland"), zone=zone))[1] == ()


def test_one_or_two_representatives_a_community():
    none = charters.charter(ALICE, BOB, DAN)
    _, amiss = judge(none, facts(well(none)))
    assert [each.sentence for each in only(amiss, Kind.TOO_FEW)] == [
        "reef has 0 holders of Community Representative; 1 is the least."
    ]
    three = charters.charter(*USUAL, *(replace(CAROL, person=who) for who in ("eve", "bob")))
    _, amiss = judge(three, facts(well(three)))
    assert [each.sentence for each in only(amiss, Kind.TOO_MANY)] == [
        "reef has 3 holders of Community Representative; 2 are the most."
    ]


def test_an_appointment_that_gives_nothing_is_found():
    eve = replace(ALICE, person="eve", side=Side.COMMUNITY, place=Place(community="reef"))
    charter = charters.charter(*USUAL, eve)
    _, amiss = judge(charter, facts(well(charter)))
    assert [each.sentence for each in amiss] == [
        "Eve Banda is Site Reliability Engineer for reef on the side of the community, and may do nothing."
    ]
