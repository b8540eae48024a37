"""The agreement of a community: its words, both sides' acceptance, and what asks them again."""

from datetime import timedelta

import pytest

import charter_stage
from charter_stage import MAIN
from commonhub.communities import agreements, allowing, charters, duties, endings, models
from commonhub.communities.agreements import State
from commonhub.ground import errors
from commonhub.responsibility.model import Side
from commonhub.responsibility.permissions import Permission

BOB, CAROL, ZURI, ALICE = (charter_stage.asker(who) for who in ("bob", "carol", "zuri", "alice"))
MOVED = {
    "hub": "",
    "responsibility": "respond-to-incidents",
    "carried_by": "community",
    "because": "The institute has engineers on call.",
}


def reef():
    return models.Community.objects.get(pk="reef")


def change(version, *departures, terms=""):
    """What the mirror writes when the community's file changes."""
    models.Community.objects.filter(pk="reef").update(version=version, departures=list(departures), terms=terms)


def both_accept(now):
    agreements.offer(BOB, "reef", reef().version, now=now)
    return agreements.accept(CAROL, "reef", reef().version, now=now)


def test_it_is_in_force_once_both_sides_have_accepted_it(now):
    assert agreements.standing(reef()).state is State.WAITS_FOR_SERVICE
    assert agreements.offer(BOB, "reef", reef().version, now=now).state is State.WAITS_FOR_COMMUNITY
    found = agreements.accept(CAROL, "reef", reef().version, now=now + timedelta(hours=1))
    assert (found.state, found.since, found.waits_for) == (State.IN_FORCE, now + timedelta(hours=1), ())
    assert {side: each.name for side, each in found.signed.items()} == {
        Side.SERVICE: "Bob Lindqvist",
        Side.COMMUNITY: "Carol Mendes",
    }


def test_either_side_may_be_the_first(now):
    assert agreements.accept(CAROL, "reef", reef().version, now=now).waits_for == (Side.SERVICE,)
    assert agreements.offer(BOB, "reef", reef().version, now=now).state is State.IN_FORCE


def test_accepting_twice_is_once(now):
    both_accept(now)
    assert both_accept(now + timedelta(days=1)).since == now
    assert models.Acceptance.objects.count() == 2


def test_changed_terms_ask_both_again_and_what_was_accepted_stays_readable(now):
    both_accept(now)
    change("3333333333333333", terms="Backups are kept for 30 days.")
    found = agreements.standing(reef())
    assert (found.state, found.changed_since, found.since) == (State.WAITS_FOR_SERVICE, now, None)
    later = now + timedelta(days=30)
    assert both_accept(later).since == later
    old, new = agreements.versions(reef())[-1], agreements.versions(reef())[0]
    assert "Backups" in new.text
    assert "Backups" not in old.text
    assert old.at == now


def test_what_was_not_read_is_not_accepted(now):
    read = reef().version
    change("3333333333333333")
    with pytest.raises(errors.RefusedError, match="changed since you read it"):
        agreements.accept(CAROL, "reef", read, now=now)


def test_neither_side_accepts_for_the_other_or_for_another_community(now):
    for asker, sign, name in (
        (BOB, agreements.accept, "reef"),
        (CAROL, agreements.offer, "reef"),
        (ALICE, agreements.accept, "reef"),
        (ZURI, agreements.accept, "reef"),
        (CAROL, agreements.accept, "mtengo"),
    ):
        with pytest.raises(allowing.NotAllowedError):
            sign(asker, name, models.Community.objects.get(pk=name).version, now=now)
    assert not models.Acceptance.objects.exists()


def test_a_guide_of_the_community_signs_nothing_for_the_service(now):
    charter_stage.newcomer("erin", now=now)
    charter_stage.appoint("erin", "community-guide", community="reef")
    erin = charter_stage.asker("erin")
    with pytest.raises(errors.RefusedError, match="side of the community"):
        agreements.offer(erin, "reef", reef().version, now=now)
    assert not models.Acceptance.objects.exists()
    assert not [each for each in duties.of(charter_stage.person("erin"), now=now).duties if each.kind == "agreement"]
    charter_stage.appoint("erin", "community-guide", side="service", community="reef")
    assert agreements.offer(erin, "reef", reef().version, now=now).state is State.WAITS_FOR_COMMUNITY


def test_nobody_of_the_service_signs_for_a_community_that_shares_the_representation(now):
    own = "roles: {community-representative: {sides: [service, community]}}\n"
    models.ModelRecord.objects.create(text=own, digest="1", seen=now)
    models.Departure.objects.create(community="reef", responsibility="represent-community", carried_by="shared")
    charter_stage.appoint("bob", "community-representative", side="service", community="reef")
    with pytest.raises(errors.RefusedError, match="side of the service"):
        agreements.accept(BOB, "reef", reef().version, now=now)
    assert not models.Acceptance.objects.exists()


def test_the_machine_signs_nothing(now):
    with pytest.raises(errors.RefusedError, match="by a person"):
        agreements.accept(allowing.machine_owner("root"), "reef", reef().version, now=now)


class TestADeparture:
    def may(self, who, now):
        return allowing.decision(charter_stage.asker(who), Permission.HUB_RESTART, MAIN, now=now).allowed

    @pytest.fixture(autouse=True)
    def own_engineer(self, now):
        charter_stage.newcomer("erin", now=now)
        charter_stage.appoint("erin", "site-reliability-engineer", community="reef")
        change("3333333333333333", MOVED)

    def test_it_holds_only_once_both_sides_have_accepted_it(self, now):
        assert (self.may("erin", now), self.may("alice", now)) == (False, True)
        agreements.accept(CAROL, "reef", reef().version, now=now)
        assert (self.may("erin", now), self.may("alice", now)) == (False, True)
        agreements.offer(BOB, "reef", reef().version, now=now)
        assert (self.may("erin", now), self.may("alice", now)) == (True, False)

    def test_it_holds_on_while_the_next_change_waits(self, now):
        both_accept(now)
        change("4444444444444444")
        assert self.may("erin", now)
        both_accept(now)
        assert not self.may("erin", now)

    def test_whoever_loses_by_it_what_let_them_in_loses_what_is_open(self, now):
        models.Membership.objects.create(
            hub_id="reef/main", person=charter_stage.person("alice"), since=now, via="role"
        )
        everything = [
            {**MOVED, "responsibility": duty.id}
            for duty in charters.current_model().responsibilities
            if duty.area == "site-reliability-engineering"
        ]
        change("5555555555555555", *everything)
        both_accept(now)
        assert [(each.hub_id, each.handle) for each in endings.pending()] == [("reef/main", "alice")]

    def test_its_words_say_who_carries_it_and_why(self, now):
        text = agreements.current_text(reef())
        assert (
            "- Respond to incidents: the service.\n  Otherwise here: the community, because: The institute has" in text
        )

    def test_one_of_a_hub_alone_says_so(self, now):
        change("4444444444444444", {**MOVED, "hub": "lab"})
        assert "Otherwise for the hub lab: the community" in agreements.current_text(reef())


def test_the_words_name_every_responsibility_and_the_terms(now):
    change("4444444444444444", terms="Backups are kept for 30 days.")
    text = agreements.current_text(reef())
    of = charters.current_model()
    assert all(duty.title in text for duty in of.responsibilities if not of.area_by_id[duty.area].without_roles)
    assert text.endswith("Terms\nBackups are kept for 30 days.\n")


def test_signing_shows_that_the_community_is_represented(now):
    both_accept(now)
    shown = set(models.Shown.objects.values_list("responsibility", "kind", "by"))
    assert ("represent-community", "agreement-accepted", "carol") in shown
    assert not any(by == "bob" and duty == "represent-community" for duty, _, by in shown)


def test_the_other_side_is_told_when_it_comes_into_force(now):
    both_accept(now)
    (notice,) = charter_stage.person("bob").notices.all()
    assert notice.words == "Carol Mendes accepted the agreement of Coral Reef Observatory: it is in force."


def test_a_community_that_is_gone_has_nothing_to_accept(now):
    models.Community.objects.filter(pk="reef").update(in_fleet=False)
    with pytest.raises(errors.NotFoundError):
        agreements.accept(CAROL, "reef", "1111111111111111", now=now)
