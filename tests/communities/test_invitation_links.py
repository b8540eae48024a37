"""Links that let people in: counted, ending, and no way to take what waits for another."""

from datetime import timedelta

import pytest

import charter_stage
from commonhub.communities import invitations, models, roster
from commonhub.communities.asker import Asker
from commonhub.communities.roster import NewPerson
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

DAN, CAROL, ALICE, ZURI = (charter_stage.asker(who) for who in ("dan", "carol", "alice", "zuri"))


def take(code, handle, now):
    return invitations.take(charter_stage.asker(handle), code, charter_stage.person(handle), now=now)


def expected(handle, now, *hubs):
    person = charter_stage.newcomer(handle, now=now, claimed=False)
    for hub in hubs:
        models.Membership.objects.create(hub_id=hub, person=person, since=now, via="added")
    return person


def test_a_link_lets_in_as_many_as_it_says(now):
    made, code = invitations.invite(DAN, "reef/main", most=1, now=now)
    take(code, "mallory", now)
    charter_stage.newcomer("grace", now=now)
    with pytest.raises(errors.NotFoundError, match="used"):
        take(code, "grace", now)
    made.refresh_from_db()
    assert made.used == 1


def test_taking_it_twice_takes_one_place(now):
    made, code = invitations.invite(DAN, "reef/main", most=2, now=now)
    take(code, "mallory", now)
    take(code, "mallory", now)
    made.refresh_from_db()
    assert made.used == 1


def test_the_database_does_not_know_the_code(now):
    made, code = invitations.invite(DAN, "reef/main", now=now)
    assert code not in str(vars(made))
    assert len(code) >= 32


def test_a_link_ends_on_its_day(now):
    _, code = invitations.invite(DAN, "reef/main", days=1, now=now)
    invitations.find(code, now + timedelta(hours=23))
    with pytest.raises(errors.NotFoundError, match="ended on 2026-03-03"):
        invitations.find(code, now + timedelta(days=1))


def test_a_link_that_was_taken_back_opens_nothing(now):
    made, code = invitations.invite(DAN, "reef/main", now=now)
    invitations.revoke(DAN, "reef/main", made.pk, now=now)
    with pytest.raises(errors.NotFoundError, match="taken back"):
        take(code, "mallory", now)


def test_a_link_to_a_hub_that_is_gone_opens_nothing(now):
    _, code = invitations.invite(DAN, "reef/main", now=now)
    models.Hub.objects.filter(pk="reef/main").update(in_fleet=False)
    with pytest.raises(errors.NotFoundError, match="gone"):
        take(code, "mallory", now)


@pytest.mark.parametrize("code", ["", "x", "\0", "💥", "a" * 10_000])
def test_a_code_that_was_never_made_opens_nothing(code, now):
    with pytest.raises(errors.NotFoundError, match="not whole"):
        invitations.find(code, now)


@pytest.mark.parametrize(("days", "most"), [(0, 1), (91, 1), (-1, 1), (14, 0), (14, 5001)])
def test_a_link_for_too_long_or_too_many_is_refused(days, most, now):
    with pytest.raises(errors.CommonhubError, match="can't"):
        invitations.invite(DAN, "reef/main", days=days, most=most, now=now)


def test_a_link_of_another_hub_is_not_found_by_its_number(now):
    made, code = invitations.invite(ZURI, "mtengo/main", now=now)
    with pytest.raises(errors.NotFoundError):
        invitations.revoke(CAROL, "reef/main", made.pk, now=now)
    assert invitations.find(code, now) == made
    assert invitations.open_to("reef/main", now) == []


def test_a_link_for_one_account_is_no_link_for_another(now):
    expected("frank", now, "reef/main")
    code = invitations.invite_person(DAN, "reef/main", "frank", now=now)
    with pytest.raises(errors.RefusedError, match="another person"):
        take(code, "mallory", now)


def test_an_account_that_is_held_already_gets_no_link(now):
    with pytest.raises(errors.RefusedError, match="holds"):
        invitations.invite_person(DAN, "reef/main", "eve", now=now)
    with pytest.raises(errors.RefusedError, match="holds"):
        invitations.invite_colleague(ALICE, NewPerson(handle="bob"), now=now)


def test_a_person_who_is_not_on_the_roster_gets_no_link(now):
    expected("frank", now, "reef/lab")
    with pytest.raises(errors.NotFoundError, match="roster"):
        invitations.invite_person(DAN, "reef/main", "frank", now=now)


class TestAnAccountForWhichMoreWaits:
    """Whoever makes the link to an account could take it, and with it all that waits for it."""

    def test_no_hub_administrator_makes_a_link_for_an_expected_engineer(self, now):
        expected("frank", now)
        charter_stage.appoint("frank", "site-reliability-engineer", side="service")
        roster.add(DAN, "reef/main", NewPerson(handle="frank"), now=now)
        with pytest.raises(errors.RefusedError, match="elsewhere"):
            invitations.invite_person(DAN, "reef/main", "frank", now=now)

    def test_no_hub_administrator_makes_one_for_an_expected_representative(self, now):
        expected("frank", now, "reef/main")
        charter_stage.appoint("frank", "community-representative", community="reef")
        with pytest.raises(errors.RefusedError, match="elsewhere"):
            invitations.invite_person(DAN, "reef/main", "frank", now=now)
        assert invitations.invite_person(CAROL, "reef/main", "frank", now=now)

    def test_nor_for_somebody_whom_another_community_expects_too(self, now):
        expected("frank", now, "reef/main", "mtengo/main")
        for asker, hub in ((DAN, "reef/main"), (CAROL, "reef/main"), (ZURI, "mtengo/main")):
            with pytest.raises(errors.RefusedError, match="elsewhere"):
                invitations.invite_person(asker, hub, "frank", now=now)

    def test_a_link_that_was_made_before_opens_nothing_any_more(self, now):
        expected("frank", now, "reef/main")
        code = invitations.invite_person(DAN, "reef/main", "frank", now=now)
        charter_stage.appoint("frank", "site-reliability-engineer", side="service")
        with pytest.raises(errors.NotFoundError, match="may not open this account"):
            take(code, "frank", now)

    def test_nor_does_the_link_of_one_who_is_no_administrator_any_more(self, now):
        expected("frank", now, "reef/main")
        code = invitations.invite_person(DAN, "reef/main", "frank", now=now)
        models.Appointment.objects.filter(handle="dan").delete()
        with pytest.raises(errors.NotFoundError, match="may not open this account"):
            invitations.find(code, now)

    def test_an_engineer_makes_it(self, now):
        expected("frank", now)
        charter_stage.appoint("frank", "site-reliability-engineer", side="service")
        _, code = invitations.invite_colleague(ALICE, NewPerson(handle="frank"), now=now)
        assert take(code, "frank", now).person.handle == "frank"

    def test_a_token_opens_no_more_than_it_was_made_for(self, now):
        self.expect_an_administrator(now)
        narrow = Asker(handle="carol", name="Carol", via="api", scopes=frozenset({Permission.PERSON_ADD}))
        with pytest.raises(errors.RefusedError, match="elsewhere"):
            invitations.invite_person(narrow, "reef/main", "grace", now=now)
        both = frozenset({Permission.PERSON_ADD, Permission.ADMINISTRATOR_APPOINT})
        wide = Asker(handle="carol", name="Carol", via="api", scopes=both)
        assert invitations.invite_person(wide, "reef/main", "grace", now=now)

    def test_nor_does_the_token_of_one_who_reaches_the_whole_fleet(self, now):
        self.expect_an_administrator(now)
        charter_stage.appoint("alice", "hub-administrator", community="reef", hub="main")
        narrow = Asker(handle="alice", name="Alice", via="api", scopes=frozenset({Permission.PERSON_ADD}))
        with pytest.raises(errors.RefusedError, match="elsewhere"):
            invitations.invite_person(narrow, "reef/main", "grace", now=now)

    def expect_an_administrator(self, now):
        expected("grace", now, "reef/main")
        charter_stage.appoint("grace", "hub-administrator", community="reef", hub="main")


def test_a_link_ends_with_the_power_of_who_made_it(now):
    made, code = invitations.invite(DAN, "reef/main", most=5, now=now)
    models.Appointment.objects.filter(handle="dan").delete()
    with pytest.raises(errors.NotFoundError, match="may not invite people now"):
        invitations.find(code, now)
    charter_stage.appoint("dan", "hub-administrator", community="reef", hub="main")
    assert invitations.find(code, now) == made
