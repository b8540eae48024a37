"""Accounts are made by invitation alone: what a link opens, once, for whom, and what it never opens."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

import charter_stage
from commonhub.communities import importing, models, roster
from commonhub.communities import invitations as links
from commonhub.communities.people import Person
from commonhub.ground import errors
from commonhub.identity import recovery
from identity.conftest import PASSWORD, noted, sign_in, signed_in, text

NEW = {"handle": "fred", "name": "Fred Juma", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def link(door):
    """The code of a link to reef/main for two people, made by Dan."""
    return links.invite(charter_stage.asker("dan"), "reef/main", words="For the course", most=2, now=door)[1]


def used(code) -> int:
    return models.Invitation.objects.get(digest=links.digest(code)).used


def test_a_link_says_who_invites_to_what_and_until_when_and_takes_nothing_yet(link):
    answer = Client().get(f"/invitations/{link}")
    words = text(answer)
    for part in ("Dan Rahman invites you to this hub of Coral Reef Observatory", "Reef analysis", "For the course"):
        assert part in words
    assert used(link) == 0


def test_a_newcomer_makes_an_account_joins_the_hub_and_is_signed_in(link):
    fred = Client()
    answer = fred.post(f"/invitations/{link}", NEW, follow=True)
    assert answer.redirect_chain == [("/joined/reef/main", 302)]
    assert "You are among its people" in text(answer)
    person = charter_stage.person("fred")
    assert person.can_sign_in
    assert person.check_password(PASSWORD)
    assert models.Membership.objects.get(person=person).hub_id == "reef/main"
    assert [entry.verb for entry in (*noted("invitation.take"), *noted("account.claim"), *noted("session.begin"))]
    assert used(link) == 1


def test_the_database_keeps_no_code(link):
    assert link not in str(list(models.Invitation.objects.values()))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"handle": "eve"}, "somebody's already"),
        ({"handle": "Eve"}, "somebody's already"),
        ({"handle": "root"}, "kept for the service"),
        ({"handle": "1st"}, "can't be a handle"),
        ({"handle": "e/../x"}, "can't be a handle"),
        ({"handle": "\u0435ve"}, "can't be a handle"),
        ({"name": " "}, "can't be shown"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"again": "different-password"}, "not the same"),
        ({"password": "fred-juma-1", "again": "fred-juma-1"}, "too similar"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_form_and_changes_nothing(link, values, words):
    answer = Client().post(f"/invitations/{link}", NEW | values)
    assert answer.status_code == 400
    assert words in text(answer).replace("&#x27;", "'")
    assert used(link) == 0
    assert len(Person.objects.all()) == len(charter_stage.EVERYBODY)


def test_nobody_takes_a_handle_to_which_the_fleet_gives_a_role(link):
    charter_stage.appoint("grace", "site-reliability-engineer", side="service")
    models.Hub.objects.filter(pk="reef/lab").update(admins=["henry"])
    for handle in ("grace", "henry"):
        assert Client().post(f"/invitations/{link}", NEW | {"handle": handle}).status_code == 400
    assert not Person.objects.filter(handle__in=["grace", "henry"]).exists()


def test_a_person_with_an_account_joins_by_a_button(link, enter):
    mallory = enter("mallory")
    assert "Join as Mallory" in text(mallory.get(f"/invitations/{link}"))
    assert mallory.post(f"/invitations/{link}", follow=True).redirect_chain[-1][0] == "/joined/reef/main"
    assert mallory.post(f"/invitations/{link}").status_code == 302
    assert used(link) == 1
    assert len(Person.objects.all()) == len(charter_stage.EVERYBODY)


def test_a_person_who_is_not_signed_in_comes_back_to_the_link_after_signing_in(link, give_password):
    give_password("mallory")
    browser = Client()
    assert f"/sign-in?next=/invitations/{link}" in browser.get(f"/invitations/{link}").content.decode()
    assert sign_in(browser, "mallory", to=f"/invitations/{link}").headers["Location"] == f"/invitations/{link}"


@pytest.mark.parametrize("how", ["unknown", "revoked", "over", "used"])
def test_a_link_that_is_over_says_so_and_opens_nothing(link, how):
    row = models.Invitation.objects.filter(digest=links.digest(link))
    code = link
    if how == "unknown":
        code = "x" + link[1:]
    elif how == "revoked":
        row.update(revoked=timezone.now())
    elif how == "over":
        row.update(expires=timezone.now() - timedelta(seconds=1))
    else:
        row.update(used=2)
    for answer in (Client().get(f"/invitations/{code}"), Client().post(f"/invitations/{code}", NEW)):
        assert answer.status_code == 404
        assert "does not open anything" in text(answer)
    assert not Person.objects.filter(handle="fred").exists()


def test_the_third_of_two_is_refused(link):
    for handle in ("fred", "fiona"):
        assert Client().post(f"/invitations/{link}", NEW | {"handle": handle}).status_code == 302
    assert Client().post(f"/invitations/{link}", NEW | {"handle": "felix"}).status_code == 404
    assert not Person.objects.filter(handle="felix").exists()


def test_an_expected_person_takes_the_account_that_waits_and_no_other(door):
    roster.add(charter_stage.asker("dan"), "reef/main", roster.NewPerson(handle="fred", name="F."), now=door)
    code = links.invite_person(charter_stage.asker("dan"), "reef/main", "fred", now=door)
    answer = Client().get(f"/invitations/{code}")
    assert 'value="fred" readonly' in answer.content.decode()
    assert Client().post(f"/invitations/{code}", NEW | {"handle": "alice"}).status_code == 302
    fred = charter_stage.person("fred")
    assert (fred.name, fred.can_sign_in) == ("Fred Juma", True)
    assert Client().post(f"/invitations/{code}", NEW).status_code == 404


def test_a_second_link_to_a_taken_account_does_not_turn_into_a_way_into_it(door):
    dan = charter_stage.asker("dan")
    roster.add(dan, "reef/main", roster.NewPerson(handle="fred", name="F."), now=door)
    first, second = (links.invite_person(dan, "reef/main", "fred", now=door) for _ in range(2))
    assert Client().post(f"/invitations/{first}", NEW).status_code == 302
    answer = Client().post(f"/invitations/{second}", NEW | {"password": "dans-own-choice", "again": "dans-own-choice"})
    assert answer.status_code == 404
    assert charter_stage.person("fred").check_password(PASSWORD)


def test_somebody_elses_link_is_of_no_use_to_who_is_signed_in(door, enter):
    roster.add(charter_stage.asker("dan"), "reef/main", roster.NewPerson(handle="fred", name="F."), now=door)
    code = links.invite_person(charter_stage.asker("dan"), "reef/main", "fred", now=door)
    mallory = enter("mallory")
    assert "signed in already" in text(mallory.get(f"/invitations/{code}"))
    assert mallory.post(f"/invitations/{code}").status_code == 403
    assert charter_stage.person("fred").claimed is None


def test_who_was_removed_does_not_come_back_by_a_link(link, enter, door):
    roster.remove(charter_stage.asker("dan"), "reef/main", "eve", now=door)
    answer = enter("eve").post(f"/invitations/{link}")
    assert answer.status_code == 403
    assert "You were removed" in text(answer)


def test_the_page_of_those_who_joined_is_for_them_alone(enter):
    assert enter("eve").get("/joined/reef/main").status_code == 200
    assert enter("mallory").get("/joined/reef/main").status_code == 404


def test_a_recovery_link_sets_a_new_password_once_and_ends_everything_that_was_open(door, enter):
    thief = enter("eve")
    code = recovery.open_for(charter_stage.asker("dan"), "eve", now=door)
    eve = Client()
    assert "Set a new password for eve" in text(eve.get(f"/invitations/{code}"))
    changed = {"handle": "eve", "password": "another-long-password", "again": "another-long-password"}
    assert eve.post(f"/invitations/{code}", changed).status_code == 302
    assert signed_in(eve)
    assert not signed_in(thief)
    assert sign_in(Client(), "eve").status_code == 200
    assert sign_in(Client(), "eve", "another-long-password").status_code == 302
    assert Client().post(f"/invitations/{code}", changed).status_code == 404
    assert noted("account.recover")[0].subject == "eve"
    assert models.Notice.objects.filter(person__handle="eve").count() == 1
    assert charter_stage.person("eve").name == "Eve Banda"
    assert models.Ending.objects.filter(handle="eve", hub_id="reef/main").exists()


def test_a_newer_recovery_link_takes_the_older_back(door):
    dan = charter_stage.asker("dan")
    older, newer = recovery.open_for(dan, "eve", now=door), recovery.open_for(dan, "eve", now=door)
    assert Client().get(f"/invitations/{older}").status_code == 404
    assert Client().get(f"/invitations/{newer}").status_code == 200


@pytest.mark.parametrize(
    ("by", "whom"),
    [
        ("dan", "alice"),
        ("dan", "carol"),
        ("dan", "dan"),
        ("dan", "mallory"),
        ("eve", "eve"),
        ("zuri", "eve"),
        ("carol", "dan"),
    ],
)
def test_nobody_opens_the_account_of_who_may_do_more_or_is_not_theirs(door, by, whom):
    with pytest.raises(errors.RefusedError):
        recovery.open_for(charter_stage.asker(by), whom, now=door)
    assert not models.Invitation.objects.exists()
    assert noted("account.open-again")[0].outcome == "refused"


def test_who_is_on_a_hub_elsewhere_too_is_recovered_only_by_who_reaches_both(door):
    models.Membership.objects.create(hub_id="mtengo/main", person=charter_stage.person("eve"), since=door, via="added")
    with pytest.raises(errors.RefusedError):
        recovery.open_for(charter_stage.asker("dan"), "eve", now=door)
    assert recovery.open_for(charter_stage.asker("alice"), "eve", now=door)


class TestAnAccountThatOthersPutOnARoster:
    """To add somebody asks nothing of them, so that it gives no power over their account."""

    def add(self, now, how):
        dan = charter_stage.asker("dan")
        if how == "added":
            roster.add(dan, "reef/main", roster.NewPerson(handle="mallory"), now=now)
        else:
            digest = importing.preview(dan, "reef/main", "handle\nmallory\n", now=now).digest
            importing.apply(dan, "reef/main", "handle\nmallory\n", digest=digest, now=now)

    @pytest.mark.parametrize("how", ["added", "import"])
    def test_nor_is_its_address_theirs_to_read(self, door, enter, how):
        self.add(door, how)
        dan, mail = enter("dan"), charter_stage.person("mallory").email
        assert mail
        for page in ("/hubs/reef/main/access", "/people/mallory"):
            assert "Mallory" in text(dan.get(page))
            assert mail not in text(dan.get(page))
        assert "mallory,Mallory" in (
            rows := "".join(importing.export_roster(charter_stage.asker("dan"), "reef/main", now=door))
        )
        assert mail not in rows
        assert charter_stage.person("eve").email in text(dan.get("/hubs/reef/main/access"))
        assert charter_stage.person("eve").email in text(dan.get("/people/eve"))

    @pytest.mark.parametrize("how", ["added", "import"])
    def test_it_is_not_theirs_to_open(self, door, how):
        self.add(door, how)
        with pytest.raises(errors.RefusedError, match="session"):
            recovery.open_for(charter_stage.asker("dan"), "mallory", now=door)
        assert not models.Invitation.objects.exists()
        assert recovery.open_for(charter_stage.asker("alice"), "mallory", now=door)

    def test_a_link_that_was_made_so_before_opens_nothing_any_more(self, door):
        self.add(door, "added")
        code = recovery.open_again(charter_stage.person("mallory"), "dan", door)
        assert Client().get(f"/invitations/{code}").status_code == 404

    def test_who_came_of_their_own_is_recovered_also_when_they_are_added_once_more(self, door, link, enter):
        enter("mallory").post(f"/invitations/{link}")
        self.add(timezone.now(), "added")
        assert recovery.open_for(charter_stage.asker("dan"), "mallory", now=door)

    def test_who_was_expected_there_when_they_took_the_account_is_recovered(self, door):
        dan = charter_stage.asker("dan")
        roster.add(dan, "reef/main", roster.NewPerson(handle="fred", name="F."), now=door)
        code = links.invite_person(dan, "reef/main", "fred", now=door)
        assert Client().post(f"/invitations/{code}", NEW).status_code == 302
        assert recovery.open_for(dan, "fred", now=timezone.now())

    def test_one_who_is_expected_elsewhere_is_not_reached_by_an_addition(self, door, enter):
        _, theirs = links.invite(charter_stage.asker("zuri"), "mtengo/main", now=door)
        enter("mallory").post(f"/invitations/{theirs}")
        self.add(timezone.now(), "added")
        with pytest.raises(errors.RefusedError):
            recovery.open_for(charter_stage.asker("dan"), "mallory", now=door)
