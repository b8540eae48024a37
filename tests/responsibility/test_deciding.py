"""Who may do what where, in sentences of the source document, and the words of a refusal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commonhub.ground import errors
from commonhub.responsibility import deciding, wording
from commonhub.responsibility.assignments import Departure, Leave
from commonhub.responsibility.deciding import Ground
from commonhub.responsibility.model import Share, Side
from commonhub.responsibility.permissions import Permission
from responsibility import charters
from responsibility.charters import ALICE, BOB, CAROL, DAN, ELSEWHERE, FLEET, MAIN, NOW, OTHER_HUB, REEF, ask

HERE = charters.charter(*charters.USUAL)

# who, what, where, whether they may
USUAL = [
    ("alice", "hub:restart", MAIN, True),  # engineers respond to incidents, on every hub
    ("alice", "hub:restart", ELSEWHERE, True),
    ("alice", "fleet:apply", FLEET, True),
    ("alice", "change:approve-program", MAIN, True),
    ("alice", "person:add", MAIN, False),  # access is the community's own
    ("alice", "change:approve-cost", REEF, False),  # and so is money
    ("alice", "agreement:accept", REEF, False),
    ("alice", "server:open", MAIN, False),  # not even engineers open people's servers
    ("bob", "hub:see", MAIN, True),  # a guide sees what the community sees
    ("bob", "change:propose", MAIN, True),
    ("bob", "agreement:offer", REEF, True),
    ("bob", "hub:see", ELSEWHERE, False),  # and no other community
    ("bob", "hub:restart", MAIN, False),
    ("carol", "access:set", REEF, True),  # a representative decides
    ("carol", "access:set", MAIN, True),
    ("carol", "change:approve-cost", MAIN, True),
    ("carol", "agreement:accept", REEF, True),
    ("carol", "administrator:appoint", MAIN, True),  # the first hub administrator, who may name more
    ("carol", "representative:appoint", REEF, True),
    ("carol", "hub:export", MAIN, True),  # and leaves with everything
    ("carol", "server:open", MAIN, False),
    ("carol", "hub:restart", MAIN, False),
    ("carol", "access:set", ELSEWHERE, False),
    ("carol", "fleet:see", FLEET, False),
    ("dan", "person:add", MAIN, True),  # a hub administrator adds people, starts and stops servers
    ("dan", "server:start", MAIN, True),
    ("dan", "server:stop", MAIN, True),
    ("dan", "change:approve-routine", MAIN, True),  # and rolls an image forward and back
    ("dan", "change:undo", MAIN, True),
    ("dan", "server:open", MAIN, False),  # not the right to open someone's server
    ("dan", "access:set", MAIN, False),  # the policy is the representatives'
    ("dan", "administrator:appoint", MAIN, False),
    ("dan", "change:approve-cost", MAIN, False),
    ("dan", "person:add", OTHER_HUB, False),  # one hub only
    ("dan", "person:add", REEF, False),
    ("dan", "hub:see", OTHER_HUB, False),
    ("dan", "community:see", REEF, True),  # whoever carries anything in it sees the community's page
    ("dan", "model:see", FLEET, True),
    ("eve", "hub:see", MAIN, False),  # students and strangers carry nothing
    ("mallory", "community:see", REEF, False),
    ("mallory", "model:see", FLEET, False),
]


@pytest.mark.parametrize(("who", "permission", "place", "may"), USUAL)
def test_as_the_source_document_says(who, permission, place, may):
    assert ask(who, permission, place, charter=HERE).allowed is may


def test_a_refusal_names_the_responsibility_and_who_carries_it_here():
    refusal = wording.refusal(ask("dan", "hub:restart", MAIN, charter=HERE))
    assert isinstance(refusal, errors.RefusedError)
    assert str(refusal) == (
        "You may not restart reef/main: that belongs to 'Respond to incidents', carried here by Alice Okafor. Ask them."
    )


def test_a_refusal_where_several_carry_it_names_them_all():
    decision = ask("alice", "person:add", MAIN, charter=HERE)
    assert wording.message(decision) == (
        "You may not add people to reef/main: that belongs to 'Oversee user access policy', carried here by Carol Mendes and "
        "Dan Rahman."
    )


def test_a_holder_who_withholds_is_not_named():
    decision = ask("dan", "access:set", MAIN, charter=HERE)
    assert [person.name for person in decision.holders] == ["Carol Mendes"]


def test_where_nobody_carries_it_the_refusal_says_so_and_who_can_appoint():
    decision = ask("alice", "person:add", MAIN, charter=charters.charter(ALICE))
    assert wording.message(decision).endswith("'Oversee user access policy', which nobody carries here.")
    assert wording.mend(decision) == "Ask Alice Okafor to appoint somebody."


def test_where_those_who_carry_it_lack_the_power_the_refusal_says_so():
    decision = ask("dan", "access:set", MAIN, charter=charters.charter(DAN))
    assert wording.message(decision).endswith("which nobody carries here with the power for this.")


def test_where_nobody_can_appoint_either_the_refusal_says_whom_to_tell():
    decision = ask("dan", "hub:restart", MAIN, charter=charters.charter(DAN))
    assert wording.mend(decision) == "Tell those who run this service that nobody can do it."


def test_a_power_user_serves_as_guide_of_their_community():
    eve = replace(BOB, person="eve", side=Side.COMMUNITY)
    assert ask("eve", "agreement:offer", REEF, charter=charters.charter(eve)).allowed


def test_an_assignment_may_carry_a_part_of_a_role():
    eve = replace(BOB, person="eve", side=Side.COMMUNITY, only=frozenset({"assist-with-environments"}))
    here = charters.charter(eve)
    assert not ask("eve", "agreement:offer", REEF, charter=here).allowed
    assert ask("eve", "change:propose", REEF, charter=here).allowed


class TestAUniversityWithItsOwnEngineer:
    own = replace(ALICE, person="eve", side=Side.COMMUNITY, place=REEF)

    def charter(self, share):
        departures = (
            () if share is None else [Departure(place=REEF, responsibility="respond-to-incidents", carried_by=share)]
        )
        return charters.charter(*charters.USUAL, self.own, departures=departures)

    def test_who_is_appointed_without_an_agreement_may_do_nothing(self):
        decision = ask("eve", "hub:restart", MAIN, charter=self.charter(None))
        assert not decision.allowed
        assert [reason.ground for reason in decision.reasons] == [Ground.OTHER_SIDE]

    def test_a_duty_that_is_shared_by_agreement_is_carried_by_both(self):
        decision = ask("eve", "hub:restart", MAIN, charter=self.charter(Share.SHARED))
        assert decision.allowed
        assert [person.id for person in decision.holders] == ["alice", "eve"]

    def test_a_duty_that_moves_by_agreement_leaves_the_service(self):
        charter = self.charter(Share.COMMUNITY)
        assert ask("eve", "hub:restart", MAIN, charter=charter).allowed
        assert not ask("alice", "hub:restart", MAIN, charter=charter).allowed
        assert ask("alice", "hub:restart", ELSEWHERE, charter=charter).allowed
        assert not ask("eve", "hub:restart", ELSEWHERE, charter=charter).allowed

    def test_other_duties_of_the_area_stay_where_they_were(self):
        charter = self.charter(Share.COMMUNITY)
        assert ask("alice", "hub:logs", MAIN, charter=charter).allowed
        assert not ask("eve", "hub:logs", MAIN, charter=charter).allowed

    def test_what_a_hub_agrees_on_goes_before_its_community(self):
        departures = [
            Departure(place=REEF, responsibility="respond-to-incidents", carried_by=Share.COMMUNITY),
            Departure(place=MAIN, responsibility="respond-to-incidents", carried_by=Share.SERVICE),
        ]
        charter = charters.charter(*charters.USUAL, self.own, departures=departures)
        assert ask("alice", "hub:restart", MAIN, charter=charter).allowed
        assert ask("eve", "hub:restart", OTHER_HUB, charter=charter).allowed


def test_a_role_cannot_be_held_wider_than_the_model_says():
    everywhere = replace(CAROL, place=FLEET)
    decision = ask("carol", "access:set", MAIN, charter=charters.charter(everywhere))
    assert {reason.ground for reason in decision.reasons} == {Ground.MISFILLED}


def test_nobody_takes_what_communities_carry_by_standing_on_the_side_of_all():
    moved = Departure(place=REEF, responsibility="respond-to-incidents", carried_by=Share.COMMUNITY)
    charter = charters.charter(ALICE, replace(ALICE, side=Side.COMMUNITY), departures=[moved])
    decision = ask("alice", "hub:restart", MAIN, charter=charter)
    assert [reason.ground for reason in decision.reasons] == [Ground.OTHER_SIDE, Ground.MISFILLED]
    assert not decision.holders


def test_a_role_cannot_be_held_from_a_side_that_does_not_fill_it():
    shared = Departure(place=REEF, responsibility="oversee-access", carried_by=Share.SHARED)
    charter = charters.charter(replace(DAN, side=Side.SERVICE), departures=[shared])
    decision = ask("dan", "person:add", MAIN, charter=charter)
    assert [reason.ground for reason in decision.reasons] == [Ground.MISFILLED]


def test_an_assignment_ends_at_its_moment():
    charter = charters.charter(replace(DAN, until=NOW))
    assert [reason.ground for reason in ask("dan", "person:add", MAIN, charter=charter).reasons] == [Ground.ENDED]
    assert not ask("dan", "hub:see", MAIN, charter=charter).allowed
    before = charters.charter(replace(DAN, until=NOW), now=NOW - timedelta(seconds=1))
    assert ask("dan", "person:add", MAIN, charter=before).allowed


def test_an_assignment_begins_at_its_moment():
    charter = charters.charter(replace(DAN, since=NOW + timedelta(seconds=1)))
    assert [reason.ground for reason in ask("dan", "person:add", MAIN, charter=charter).reasons] == [Ground.TOO_EARLY]
    assert ask("dan", "person:add", MAIN, charter=charters.charter(replace(DAN, since=NOW))).allowed


def test_an_assignment_to_a_role_that_is_gone_gives_nothing():
    decision = ask("dan", "person:add", MAIN, charter=charters.charter(replace(DAN, role="janitor")))
    assert [reason.ground for reason in decision.reasons] == [Ground.NOTHING]


class TestOpeningAPersonsServer:
    leave = Leave(
        person="dan",
        permission=Permission.SERVER_OPEN,
        place=MAIN,
        given_by="carol",
        reason="Eve asked for help with her kernel.",
        until=NOW + timedelta(hours=1),
    )

    def test_it_comes_with_no_role_and_the_refusal_says_who_gives_leave(self):
        decision = ask("dan", "server:open", MAIN, charter=HERE)
        assert str(wording.refusal(decision)) == (
            "You may not open a person's server at reef/main: that belongs to 'Oversee user access policy' and needs leave, "
            "which is given here by Carol Mendes. Ask for leave, with your reason; the person concerned is told."
        )

    def test_leave_allows_it_until_its_end_and_there_only(self):
        charter = charters.charter(*charters.USUAL, leaves=[self.leave])
        assert ask("dan", "server:open", MAIN, charter=charter).allowed
        assert not ask("dan", "server:open", OTHER_HUB, charter=charter).allowed
        assert not ask("eve", "server:open", MAIN, charter=charter).allowed
        late = charters.charter(*charters.USUAL, leaves=[self.leave], now=self.leave.until)
        assert not ask("dan", "server:open", MAIN, charter=late).allowed

    def test_leave_to_open_one_server_opens_no_other(self):
        charter = charters.charter(*charters.USUAL, leaves=[replace(self.leave, about="eve")])
        assert ask("dan", "server:open", MAIN, charter=charter, about="eve").allowed
        other = ask("dan", "server:open", MAIN, charter=charter, about="mallory")
        assert not other.allowed
        assert [reason.ground for reason in other.reasons] == [Ground.NEEDS_LEAVE]

    def test_leave_for_nobody_in_particular_opens_every_server(self):
        charter = charters.charter(*charters.USUAL, leaves=[self.leave])
        assert ask("dan", "server:open", MAIN, charter=charter, about="eve").allowed

    def test_whether_one_may_open_any_server_at_all_needs_no_name(self):
        charter = charters.charter(*charters.USUAL, leaves=[replace(self.leave, about="eve")])
        assert ask("dan", "server:open", MAIN, charter=charter).allowed

    def test_leave_for_what_roles_give_gives_nothing(self):
        leave = replace(self.leave, permission=Permission.ACCESS_SET)
        charter = charters.charter(*charters.USUAL, leaves=[leave])
        assert not ask("dan", "access:set", MAIN, charter=charter).allowed


class TestTheOwnerOfTheMachine:
    owner = deciding.Actor(id="machine:root", owns=True)

    @pytest.mark.parametrize("permission", Permission)
    @pytest.mark.parametrize("place", [FLEET, REEF, MAIN])
    def test_nothing_is_refused_them(self, permission, place):
        assert deciding.decide(self.owner, permission, place, charter=HERE).allowed

    def test_the_reason_says_why(self):
        decision = deciding.decide(self.owner, Permission.ACCESS_SET, MAIN, charter=HERE)
        assert [reason.ground for reason in decision.reasons] == [Ground.OWNS]
        assert wording.explain(decision)[2] == (
            "For: machine:root owns the machine on which this runs, and nothing here could hold them back."
        )

    def test_a_token_of_theirs_still_does_only_what_it_was_made_for(self):
        narrow = replace(self.owner, scopes=frozenset({Permission.HUB_WAKE}))
        assert deciding.decide(narrow, Permission.HUB_WAKE, MAIN, charter=HERE).allowed
        assert not deciding.decide(narrow, Permission.HUB_RESTART, MAIN, charter=HERE).allowed

    def test_they_are_nobodys_holder(self):
        decision = deciding.decide(self.owner, Permission.ACCESS_SET, MAIN, charter=HERE)
        assert [person.id for person in decision.holders] == ["carol"]


class TestATokenWithAPartOfOnesPermissions:
    def test_it_does_what_it_was_made_for(self):
        scopes = frozenset({Permission.HUB_WAKE})
        assert ask("alice", "hub:wake", MAIN, charter=HERE, scopes=scopes).allowed

    def test_it_does_nothing_else(self):
        decision = ask("alice", "hub:restart", MAIN, charter=HERE, scopes=frozenset({Permission.HUB_WAKE}))
        assert str(wording.refusal(decision)) == (
            "You may not restart reef/main with this token, which was made without hub:restart: that belongs to 'Respond to "
            "incidents', carried here by Alice Okafor. Come yourself, or make a token with it."
        )

    def test_it_gives_no_more_than_its_owner_has(self):
        decision = ask("dan", "hub:restart", MAIN, charter=HERE, scopes=frozenset(Permission))
        assert not decision.allowed


def test_an_explanation_names_what_speaks_for_and_against():
    assert wording.explain(ask("dan", "access:set", MAIN, charter=HERE)) == (
        "access:set: Decide who may use a hub, and by which rule.",
        "It belongs to 'Oversee user access policy' (Community leadership and management), which the community carries here.",
        (
            "Against: Dan Rahman is Hub Administrator for reef/main, a role that carries 'Oversee user access policy' without "
            "this."
        ),
        (
            "So Dan Rahman may not set the access policy of reef/main: that belongs to 'Oversee user access policy', carried "
            "here by Carol Mendes."
        ),
    )
    assert wording.explain(ask("alice", "hub:wake", MAIN, charter=HERE))[2:] == (
        "For: Alice Okafor is Site Reliability Engineer for the fleet, and so carries 'Respond to incidents'.",
        "So Alice Okafor may wake reef/main.",
    )


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_has_a_sentence(ground):
    decision = ask("dan", "access:set", MAIN, charter=HERE)
    role, assignment = decision.reasons[0].role, replace(DAN, since=NOW, until=NOW)
    leave = TestOpeningAPersonsServer.leave if "leave" in ground and ground is not Ground.NEEDS_LEAVE else None
    alone = ground in {Ground.NOTHING, Ground.OUT_OF_SCOPE, Ground.NEEDS_LEAVE, Ground.OWNS} or leave
    reason = deciding.Reason(
        ground=ground, role=None if alone else role, assignment=None if alone else assignment, leave=leave
    )
    lines = wording.explain(replace(decision, reasons=(reason,)))
    assert lines[2].startswith("For: " if ground.allows else "Against: ")
    assert lines[2].endswith(".")


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([], "nobody"),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and one other"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 others"),
    ],
)
def test_many_names_are_counted(people, words):
    assert wording.names([charters.Person(id=name, name=name) for name in people]) == words
