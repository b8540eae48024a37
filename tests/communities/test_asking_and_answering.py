"""Requests: to use a hub, to have something done that one may not do, and leave to open a server."""

from datetime import timedelta

import pytest

import charter_stage
from charter_stage import ELSEWHERE, MAIN
from commonhub.communities import access, allowing, asks, groups, joining, leaves, models, notices
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

ALICE, BOB, CAROL, DAN, EVE, ZURI = (
    charter_stage.asker(who) for who in ("alice", "bob", "carol", "dan", "eve", "zuri")
)


def asks_to(permission, place=MAIN, *, who="eve", now, words="", subject=""):
    return asks.make(
        charter_stage.asker(who),
        charter_stage.person(who),
        Permission(permission),
        place,
        words=words,
        subject=subject,
        now=now,
    )


def wants_in(now, who="mallory", hub="reef/main"):
    return joining.ask(charter_stage.asker(who), hub, charter_stage.person(who), now=now)


def last_notice(handle):
    return notices.unseen(charter_stage.person(handle))[0].words


class TestJoining:
    def test_a_request_waits_until_it_is_answered_and_asking_again_changes_nothing(self, now):
        first = wants_in(now)
        assert wants_in(now) == first
        assert joining.waiting(["reef/main"]) == [first]
        joining.answer(DAN, "reef/main", first.pk, accept=True, now=now)
        assert joining.waiting(["reef/main"]) == []
        assert access.standing("reef/main", charter_stage.person("mallory"), now=now).allowed
        assert last_notice("mallory") == "Dan Rahman let you use Reef analysis."

    def test_who_is_declined_reads_why(self, now):
        joining.answer(DAN, "reef/main", wants_in(now).pk, accept=False, words="The course is full.", now=now)
        assert last_notice("mallory") == "Dan Rahman did not let you use Reef analysis. The course is full."
        assert not access.standing("reef/main", charter_stage.person("mallory"), now=now).allowed

    def test_a_request_is_answered_once(self, now):
        asked = wants_in(now)
        joining.answer(DAN, "reef/main", asked.pk, accept=False, now=now)
        with pytest.raises(errors.RefusedError, match="dan answered"):
            joining.answer(CAROL, "reef/main", asked.pk, accept=True, now=now)

    def test_a_request_to_another_hub_is_not_found_by_its_number(self, now):
        asked = wants_in(now, hub="mtengo/main")
        with pytest.raises(errors.NotFoundError):
            joining.answer(CAROL, "reef/main", asked.pk, accept=True, now=now)
        with pytest.raises(allowing.NotAllowedError):
            joining.answer(CAROL, "mtengo/main", asked.pk, accept=True, now=now)
        asked.refresh_from_db()
        assert asked.answered is None

    def test_who_may_use_it_already_need_not_ask(self, now):
        with pytest.raises(errors.RefusedError, match="already"):
            wants_in(now, who="eve")

    def test_a_hub_that_takes_no_requests_says_so(self, now):
        models.Hub.objects.filter(pk="reef/main").update(requests=False)
        with pytest.raises(errors.RefusedError, match="takes no requests"):
            wants_in(now)


class TestAskingThoseWhoCan:
    def test_it_lands_with_those_who_hold_the_permission_and_nobody_else(self, now):
        ask = asks_to("hub:restart", now=now, words="It hangs.")
        for asker in (BOB, CAROL, DAN, ZURI, EVE):
            with pytest.raises(errors.NotFoundError):
                asks.answer(asker, ask.pk, done=True, now=now)
        asks.answer(ALICE, ask.pk, done=True, words="It runs again.", now=now)
        assert last_notice("eve") == "Alice Okafor did what you asked for: restart reef/main. It runs again."

    def test_asking_again_changes_nothing(self, now):
        assert asks_to("hub:restart", now=now) == asks_to("hub:restart", now=now, words="Please!")

    def test_asking_again_about_what_is_too_long_to_keep_changes_nothing(self, now):
        long = "x" * 300
        assert asks_to("hub:restart", now=now, subject=long) == asks_to("hub:restart", now=now, subject=f" {long}")

    @pytest.mark.parametrize("place", [Place(community="reef", hub="none"), Place(community="none")])
    def test_a_place_that_is_not_there_is_not_asked_about(self, place, now):
        with pytest.raises(errors.NotFoundError):
            asks_to("hub:see", place, now=now)

    def test_one_person_can_not_bury_what_others_ask_for(self, now):
        for number in range(asks.MOST_OPEN):
            first = asks_to("hub:restart", now=now, who="mallory", subject=f"{number}")
        with pytest.raises(errors.RefusedError, match="10 of your requests wait"):
            asks_to("hub:restart", now=now, who="mallory", subject="one more")
        assert asks_to("hub:restart", now=now, who="mallory", subject="9") == first
        assert asks_to("hub:restart", now=now)
        asks.answer(ALICE, first.pk, done=True, now=now)
        assert asks_to("hub:restart", now=now, who="mallory", subject="one more")

    def test_what_one_may_do_oneself_is_not_asked_for(self, now):
        with pytest.raises(errors.RefusedError, match="yourself"):
            asks_to("person:add", who="dan", now=now)

    def test_where_nobody_holds_it_those_who_can_appoint_answer(self, now):
        models.Appointment.objects.filter(handle="carol").delete()
        ask = asks_to("access:set", now=now)
        assert asks.answer(ALICE, ask.pk, done=False, words="Reef has no representative.", now=now).done is False

    def test_where_somebody_holds_it_those_who_could_appoint_do_not_answer(self, now):
        ask = asks_to("access:set", now=now)
        with pytest.raises(errors.NotFoundError):
            asks.answer(ALICE, ask.pk, done=True, now=now)

    def test_a_request_is_answered_once(self, now):
        ask = asks_to("hub:restart", now=now)
        asks.answer(ALICE, ask.pk, done=True, now=now)
        with pytest.raises(errors.RefusedError, match="alice has answered"):
            asks.answer(ALICE, ask.pk, done=False, now=now)

    def test_a_token_answers_no_more_than_it_was_made_for(self, now):
        ask = asks_to("hub:restart", now=now)
        narrow = allowing.Asker(handle="alice", name="Alice", via="api", scopes=frozenset({Permission.HUB_SEE}))
        with pytest.raises(errors.RefusedError, match="token"):
            asks.answer(narrow, ask.pk, done=True, now=now)

    def test_a_students_request_shows_no_duty_of_others(self, now):
        asks_to("hub:restart", now=now)
        assert not models.Shown.objects.exists()

    def test_a_representatives_request_shows_that_they_represent(self, now):
        asks_to("hub:restart", who="carol", now=now)
        assert models.Shown.objects.get().responsibility == "represent-community"


class TestLeave:
    def give(self, now, **values):
        given = {"to": "dan", "about": "eve", "reason": "Her kernel hangs.", **values}
        return leaves.give(CAROL, "reef/main", now=now, **given)

    def may_open(self, who, about, now, place=MAIN):
        return allowing.decision(charter_stage.asker(who), Permission.SERVER_OPEN, place, about=about, now=now).allowed

    def test_it_opens_one_persons_server_for_a_time_and_the_person_is_told(self, now):
        self.give(now)
        assert self.may_open("dan", "eve", now)
        assert not self.may_open("dan", "mallory", now)
        assert not self.may_open("bob", "eve", now)
        assert not self.may_open("dan", "eve", now, place=ELSEWHERE)
        assert not self.may_open("dan", "eve", now + leaves.USUAL)
        assert last_notice("eve").startswith("Carol Mendes let Dan Rahman open your server on Reef analysis until")
        assert "Her kernel hangs." in last_notice("eve")

    def test_the_one_concerned_may_end_it(self, now):
        leave = self.give(now)
        leaves.end(EVE, leave.pk, now=now)
        assert not self.may_open("dan", "eve", now)
        assert leaves.in_force("reef/main", now) == []

    def test_it_answers_the_request_for_it(self, now):
        asks_to("server:open", who="dan", subject="eve", now=now)
        self.give(now)
        assert models.Ask.objects.get().done is True

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"reason": " "}, "No reason"),
            ({"to": "eve"}, "own server"),
            ({"to": "carol"}, "yourself"),
            ({"lasts": timedelta(hours=25)}, "at most a day"),
            ({"lasts": timedelta(0)}, "at most a day"),
            ({"to": "nobody-here"}, "Nobody here"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, values, words, now):
        with pytest.raises(errors.CommonhubError, match=words):
            self.give(now, **values)

    def test_another_communitys_representative_gives_none_and_ends_none(self, now):
        leave = self.give(now)
        with pytest.raises(errors.NotFoundError):
            leaves.end(ZURI, leave.pk, now=now)
        with pytest.raises(allowing.NotAllowedError):
            leaves.give(ZURI, "reef/main", to="mallory", about="eve", reason="Let me in.", now=now)


class TestGroups:
    def test_people_come_and_go_and_what_is_so_stays(self, now):
        groups.create(CAROL, "reef", "divers", title="Divers", now=now)
        for inside in (True, True, False, False):
            groups.change(CAROL, "reef", "divers", handle="eve", inside=inside, now=now)
        assert not models.GroupMember.objects.exists()

    @pytest.mark.parametrize("name", ["", "Divers", "9", "a b", "../x", "a" * 41, "divers\n"])
    def test_what_is_no_name_is_refused(self, name, now):
        with pytest.raises(errors.CommonhubError, match="name of a group"):
            groups.create(CAROL, "reef", name, now=now)

    def test_another_communitys_group_is_not_found(self, now):
        groups.create(ZURI, "mtengo", "teachers", now=now)
        with pytest.raises(errors.NotFoundError):
            groups.change(CAROL, "reef", "teachers", handle="eve", inside=True, now=now)
        with pytest.raises(errors.NotFoundError):
            groups.remove(CAROL, "reef", "teachers", now=now)
        with pytest.raises(allowing.NotAllowedError):
            groups.remove(CAROL, "mtengo", "teachers", now=now)


class TestNotices:
    def test_they_are_seen_once_and_by_their_own_person_alone(self, now):
        eve = charter_stage.person("eve")
        notices.tell(eve, "Something.", now=now)
        (notice,) = notices.unseen(eve)
        notices.see(charter_stage.person("mallory"), notice.pk, now=now)
        assert notices.unseen(eve) == [notice]
        notices.see(eve, notice.pk, now=now)
        assert notices.unseen(eve) == []
