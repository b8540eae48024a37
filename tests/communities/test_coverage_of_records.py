"""From records to coverage: what people can do in fact, what was done where, and the numbers of each day."""

from collections import Counter
from datetime import date, timedelta

import pytest

import charter_stage
from charter_stage import FLEET, LAB, MAIN, MTENGO, REEF
from commonhub.communities import charters, coverage_facts, coverage_history, models, showing
from commonhub.communities.showing import Done
from commonhub.ground import errors
from commonhub.responsibility import coverage
from commonhub.responsibility.findings import Kind
from commonhub.responsibility.permissions import Permission

ALICE, CAROL, DAN, EVE = (charter_stage.asker(who) for who in ("alice", "carol", "dan", "eve"))
WATCH, ACCESS = "monitor-infrastructure", "oversee-access"


def hub(now, place=MAIN):
    return next(each for each in coverage_facts.gather(now=now).facts.hubs if each.place == place)


def covered(now, duty, place=MAIN):
    gathered = coverage_facts.gather(now=now)
    judged = coverage.cover(gathered.charter, gathered.facts)
    here = next(each for each in judged.hubs if each.facts.place == place)
    return next(each for each in here.covered if each.responsibility.id == duty)


def kinds(place=MAIN, **about):
    rows = models.Finding.objects.filter(community=place.community, hub=place.hub, **about)
    return {Kind(row.kind) for row in rows}


class TestFacts:
    def test_people_can_do_what_their_roles_give_them(self, now):
        powers = hub(now).powers
        assert Permission.PERSON_ADD in powers["dan"]
        assert Permission.ACCESS_SET not in powers["dan"]
        assert Permission.HUB_RESTART in powers["alice"]
        assert "dan" not in hub(now, LAB).powers

    def test_who_has_not_claimed_their_account_cannot_sign_in(self, now):
        models.Person.objects.filter(handle="dan").update(claimed=None)
        people = coverage_facts.gather(now=now).facts.people
        assert not people["dan"].can_sign_in
        assert people["carol"].can_sign_in

    def test_the_zone_is_the_persons_own_or_else_the_files(self, now):
        models.Appointment.objects.filter(handle__in=["carol", "bob"]).update(time_zone="Asia/Tokyo")
        people = coverage_facts.gather(now=now).facts.people
        assert (people["carol"].time_zone, people["bob"].time_zone) == ("Africa/Dar_es_Salaam", "Asia/Tokyo")

    def test_somebody_without_an_account_holds_a_role_and_cannot_sign_in(self, now):
        models.Appointment.objects.create(
            handle="name:Hana Novak", named=False, name="Hana Novak", role="community-guide", side="service"
        )
        coverage_history.write_day(now)
        row = models.Finding.objects.filter(person="name:Hana Novak", kind="no-sign-in").first()
        assert row.sentence.startswith("Hana Novak carries")

    def test_an_administrator_of_jupyterhub_whom_nobody_appointed_has_power_without_duty(self, now):
        models.Hub.objects.filter(pk="reef/main").update(login="github", admins=["eve", "dan"])
        coverage_history.write_day(now)
        row = models.Finding.objects.get(person="eve", kind="power-without-duty")
        assert (row.community, row.hub) == ("reef", "main")
        assert "eve can add people to reef/main" in row.sentence

    def test_whom_the_hub_itself_does_not_know_as_administrator_has_duty_without_power(self, now):
        models.Hub.objects.filter(pk="reef/main").update(login="github", admins=["carol"])
        assert covered(now, ACCESS).holdings[1].missing == {Permission.SERVER_START, Permission.SERVER_STOP}
        coverage_history.write_day(now)
        assert kinds(person="dan", responsibility=ACCESS) >= {Kind.DUTY_WITHOUT_POWER}
        assert Kind.DUTY_WITHOUT_POWER not in kinds(person="carol")

    def test_a_hub_of_ours_pays_no_heed_to_its_own_list(self, now):
        models.Hub.objects.filter(pk="reef/main").update(admins=["eve"])
        assert "eve" not in hub(now).powers

    def test_what_was_done_for_the_fleet_or_the_community_counts_for_each_hub_and_the_newest_wins(self, now):
        for community, name, days in (("", "", 30), ("reef", "", 10), ("reef", "main", 20), ("mtengo", "", 1)):
            models.Practised.objects.create(
                handle="alice", responsibility=WATCH, community=community, hub=name, at=now - timedelta(days=days)
            )
            models.Shown.objects.create(
                responsibility=WATCH, kind="drill-held", community=community, hub=name, at=now - timedelta(days=days)
            )
        days = {
            str(each.place): (now - each.practised["alice", WATCH]).days
            for each in coverage_facts.gather(now=now).facts.hubs
        }
        assert days == {"reef/main": 10, "reef/lab": 10, "mtengo/main": 1}
        assert (now - hub(now).evidence[WATCH, "drill-held"]).days == 10

    def test_some_communities_alone_can_be_looked_at(self, now):
        near = coverage_facts.gather(now=now, communities=["reef"])
        assert {str(each.place) for each in near.facts.hubs} == {"reef/main", "reef/lab"}
        whole = {str(each.place): each for each in coverage_facts.gather(now=now).facts.hubs}
        assert all(whole[str(each.place)] == each for each in near.facts.hubs)

    def test_hubs_and_communities_that_are_gone_are_not_counted(self, now):
        models.Hub.objects.filter(pk="reef/lab").update(in_fleet=False)
        models.Community.objects.filter(pk="mtengo").update(in_fleet=False)
        assert [str(each.place) for each in coverage_facts.gather(now=now).facts.hubs] == ["reef/main"]


class TestSayingWhatOneDid:
    def test_practice_and_evidence_make_a_duty_whole(self, now):
        assert not covered(now, WATCH).complete
        showing.note_practice(ALICE, WATCH, FLEET, done=Done(words="We rehearsed a failed disk."), now=now)
        assert covered(now, WATCH).complete  # a rehearsal shows it too, for this duty accepts that
        assert covered(now, WATCH, LAB).complete
        assert not covered(now, "deploy-and-configure").complete

    def test_evidence_is_of_a_kind_that_the_model_accepts(self, now):
        done = Done(words="A workshop.", day=date(2026, 2, 1))
        with pytest.raises(errors.CommonhubError, match="does not show"):
            showing.note_evidence(CAROL, ACCESS, REEF, kind="workshop-held", done=done, now=now)
        row = showing.note_evidence(
            charter_stage.asker("bob"), "run-workshops", REEF, kind="workshop-held", done=done, now=now
        )
        assert (row.by, row.at.date()) == ("bob", date(2026, 2, 1))

    @pytest.mark.parametrize(
        ("who", "duty", "place", "words"),
        [
            ("dan", WATCH, MAIN, "Alice Okafor can."),
            ("eve", ACCESS, MAIN, "Carol Mendes and Dan Rahman can."),
            ("dan", ACCESS, REEF, "Carol Mendes can."),
            ("carol", ACCESS, MTENGO, "Zuri Phiri can."),
            ("alice", ACCESS, MAIN, "Carol Mendes and Dan Rahman can."),
        ],
    )
    def test_only_who_carries_it_there_can_say_so(self, who, duty, place, words, now):
        asker, done = charter_stage.asker(who), Done(words="I did it.")
        with pytest.raises(errors.RefusedError) as refused:
            showing.note_practice(asker, duty, place, done=done, now=now)
        assert refused.value.mend == words
        with pytest.raises(errors.RefusedError):
            showing.note_evidence(asker, duty, place, kind="drill-held", done=done, now=now)
        assert not models.Practised.objects.exists()
        assert not models.Shown.objects.exists()

    @pytest.mark.parametrize(
        ("done", "words"),
        [
            (Done(words=" "), "not said"),
            (Done(words="x", day=date(2026, 3, 3)), "has not come"),
            (Done(words="x", day=date(2025, 2, 28)), "too long ago"),
        ],
    )
    def test_what_says_nothing_is_refused(self, done, words, now):
        with pytest.raises(errors.CommonhubError, match=words):
            showing.note_practice(ALICE, WATCH, FLEET, done=done, now=now)

    def test_an_older_practice_does_not_take_the_place_of_a_newer(self, now):
        showing.note_practice(ALICE, WATCH, FLEET, done=Done(words="Today."), now=now)
        showing.note_practice(ALICE, WATCH, FLEET, done=Done(words="Then.", day=date(2026, 1, 1)), now=now)
        assert models.Practised.objects.get().at == now

    def test_a_duty_that_the_model_does_not_know_is_not_found(self, now):
        with pytest.raises(errors.NotFoundError):
            showing.note_practice(ALICE, "make-coffee", FLEET, done=Done(words="x"), now=now)

    def test_looking_through_the_people_shows_that_access_is_overseen(self, now):
        showing.review_access(DAN, "reef/main", words="All are students of this year.", now=now)
        assert covered(now, ACCESS).evidenced
        assert not covered(now, ACCESS, LAB).evidenced
        assert covered(now, ACCESS).holdings[1].fresh  # Dan has used his power


class TestEachDay:
    def test_hub_community_and_fleet_have_their_number_once_a_day(self, now):
        coverage_history.write_day(now)
        coverage_history.write_day(now + timedelta(hours=3))
        rows = {row.place: row for row in models.CoverageDay.objects.all()}
        assert set(rows) == {"reef/main", "reef/lab", "mtengo/main", "reef", "mtengo", ""}
        assert (rows["reef/main"].of, rows["reef"].of, rows[""].of) == (15, 30, 45)
        assert (rows[""].done, rows[""].held, rows[""].empowered, rows[""].evidenced) == (0, 45, 0, 0)

    def test_the_number_of_a_day_is_that_of_its_last_hour(self, now):
        coverage_history.write_day(now)
        showing.note_practice(ALICE, WATCH, FLEET, done=Done(words="We rehearsed."), now=now)
        coverage_history.write_day(now + timedelta(hours=1))
        assert models.CoverageDay.objects.get(place="").done == 3

    def test_history_is_told_oldest_first_and_so_far_back(self, now):
        for days in range(4):
            coverage_history.write_day(now + timedelta(days=days))
        found = coverage_history.history(REEF, now=now + timedelta(days=3), days=3)
        assert [row.day.day for row in found] == [3, 4, 5]
        assert coverage_history.history(MAIN, now=now)[0].place == "reef/main"
        assert coverage_history.history(FLEET, now=now)[0].place == ""

    def test_a_fleet_without_hubs_has_a_number_too(self, now):
        models.Hub.objects.update(in_fleet=False)
        coverage_history.write_day(now)
        assert models.CoverageDay.objects.get().of == 0

    def test_what_is_amiss_keeps_its_day_while_it_lasts(self, now):
        coverage_history.write_day(now)
        first = models.Finding.objects.count()
        coverage_history.write_day(now + timedelta(days=2))
        assert models.Finding.objects.count() == first
        assert set(models.Finding.objects.values_list("since", flat=True)) == {now}

    def test_words_that_change_are_written_and_the_day_stays(self, now):
        models.Practised.objects.create(handle="dan", responsibility=ACCESS, community="reef", hub="main", at=now)
        for days in (200, 201):
            coverage_history.write_day(now + timedelta(days=days))
        row = models.Finding.objects.get(person="dan", kind="not-practised", responsibility=ACCESS)
        assert "for 201 days" in row.sentence
        assert row.since == now + timedelta(days=200)

    def test_what_was_mended_goes_and_begins_anew_when_it_comes_again(self, now):
        coverage_history.write_day(now)
        models.Appointment.objects.filter(handle="dan").delete()
        coverage_history.write_day(now + timedelta(days=1))
        assert not models.Finding.objects.filter(person="dan").exists()
        charter_stage.appoint("dan", "hub-administrator", community="reef", hub="main")
        coverage_history.write_day(now + timedelta(days=2))
        assert models.Finding.objects.filter(person="dan").first().since == now + timedelta(days=2)

    def test_the_tally_says_what_the_findings_say(self, now):
        told = []
        for turn, change in enumerate((lambda: None, models.Appointment.objects.filter(handle="bob").delete)):
            change()
            coverage_history.write_day(now + timedelta(days=turn))
            which = ("community", "kind", "person", "people")
            tallied = {tuple(row): many for *row, many in models.FindingTally.objects.values_list(*which, "many")}
            assert tallied == Counter(models.Finding.objects.values_list(*which))
            told.append(tallied)
        assert told[0] != told[1]

    def test_two_roles_with_too_few_holders_are_two_findings(self, now):
        text = "roles:\n  hub-administrator:\n    at_least: 2\n  community-representative:\n    at_least: 2\n"
        models.ModelRecord.objects.create(text=text, digest="two", seen=now)
        assert charters.current_model().role_by_id["hub-administrator"].at_least == 2
        coverage_history.write_day(now)
        rows = models.Finding.objects.filter(kind="too-few", community="reef")
        assert {row.role for row in rows} == {"hub-administrator", "community-representative"}

    def test_what_is_amiss_at_a_place_is_told_without_others(self, now):
        coverage_history.write_day(now)
        assert {row.community for row in coverage_history.amiss(REEF)} == {"reef"}
        assert {row.hub for row in coverage_history.amiss(MAIN)} == {"main"}
        assert {row.community for row in coverage_history.amiss(FLEET)} == {"reef", "mtengo"}

    def test_the_number_of_questions_does_not_grow_with_the_fleet(self, now, django_assert_max_num_queries):
        of = models.Community.objects.get(pk="reef")
        for number in range(30):
            models.Hub.objects.create(
                hub_id=f"reef/h{number}", community=of, name=f"h{number}", title="H", login="none"
            )
        with django_assert_max_num_queries(10):
            coverage_facts.gather(now=now)
