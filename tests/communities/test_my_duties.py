"""What waits for somebody, across communities, first who waits and the oldest before the rest, each with its next step."""

from datetime import timedelta

import pytest

import charter_stage
from charter_stage import FLEET, MAIN
from commonhub.communities import (
    agreements,
    asks,
    coverage_history,
    duties,
    endings,
    invitations,
    joining,
    models,
    notices,
)
from commonhub.communities.duties import Kind
from commonhub.responsibility.permissions import Permission

EVERYBODY = [each.user for each in charter_stage.EVERYBODY]
HOUR = timedelta(hours=1)


def waits(who, now, kind=None):
    found = duties.of(charter_stage.person(who), now=now)
    return [duty for duty in found.duties if kind is None or duty.kind is kind]


def for_whom(kind, now, *, without=()):
    return {who for who in EVERYBODY if who not in without and waits(who, now, kind)}


def ask(who, permission, place, now, **values):
    return asks.make(
        charter_stage.asker(who), charter_stage.person(who), Permission(permission), place, now=now, **values
    )


def agreed(now):
    for name, representative in (("reef", "carol"), ("mtengo", "zuri")):
        version = models.Community.objects.get(pk=name).version
        agreements.offer(charter_stage.asker("bob"), name, version, now=now)
        agreements.accept(charter_stage.asker(representative), name, version, now=now)
    models.Notice.objects.all().delete()


def test_nothing_waits_for_a_student_or_a_stranger(now):
    coverage_history.write_day(now)
    assert duties.of(charter_stage.person("eve"), now=now) == duties.Waiting(duties=(), count=0)
    assert waits("mallory", now) == []


def test_a_notice_waits_until_it_is_seen(now):
    eve = charter_stage.person("eve")
    notices.tell(eve, "Something happened.", url="/hubs/reef/main", now=now)
    (duty,) = waits("eve", now)
    assert (duty.sentence, duty.url, duty.since) == ("Something happened.", "/hubs/reef/main", now)
    notices.see(eve, duty.number, now=now)
    assert waits("eve", now) == []


def test_a_request_to_join_waits_for_those_who_can_answer_it(now):
    asked = joining.ask(charter_stage.asker("mallory"), "reef/main", charter_stage.person("mallory"), now=now)
    assert for_whom(Kind.JOIN, now) == {"carol", "dan"}
    (duty,) = waits("dan", now, Kind.JOIN)
    assert (duty.sentence, duty.number, duty.place) == ("Mallory asks to use Reef analysis.", asked.pk, MAIN)
    assert duty.url == "/hubs/reef/main/access#requests"


def test_a_request_to_join_another_hub_does_not_wait_for_its_neighbours_administrator(now):
    joining.ask(charter_stage.asker("mallory"), "reef/lab", charter_stage.person("mallory"), now=now)
    assert for_whom(Kind.JOIN, now) == {"carol"}


@pytest.mark.parametrize(
    ("permission", "place", "whom"),
    [
        ("hub:restart", MAIN, {"alice"}),
        ("person:add", MAIN, {"carol", "dan"}),
        ("access:set", MAIN, {"carol"}),
        ("server:open", MAIN, {"carol"}),
        ("agreement:offer", charter_stage.REEF, {"bob"}),
        ("access:set", charter_stage.ELSEWHERE, {"zuri"}),
        ("fleet:start", FLEET, {"alice"}),
    ],
)
def test_a_request_waits_for_those_who_can_do_it(permission, place, whom, now):
    ask("mallory", permission, place, now, words="Please.", subject="eve" if permission == "server:open" else "")
    assert for_whom(Kind.ASK, now) == whom
    (duty,) = waits(min(whom), now, Kind.ASK)
    leave = "give leave to open " if permission == "server:open" else ""
    assert duty.sentence.startswith(f"Mallory asks you to {leave}")
    assert duty.sentence.endswith(". “Please.”")


def test_where_nobody_can_do_it_it_waits_for_those_who_can_appoint(now):
    models.Appointment.objects.filter(handle="carol").delete()
    ask("mallory", "access:set", MAIN, now)
    assert for_whom(Kind.ASK, now) == {"alice"}


def test_requests_that_others_hold_do_not_crowd_out_ones_own(now, monkeypatch):
    monkeypatch.setattr(duties, "LOOKED_AT", 3)
    for number in range(6):
        charter_stage.newcomer(f"guest{number}", now=now)
        ask(f"guest{number}", "access:set", MAIN, now - HOUR)
    ask("mallory", "hub:restart", MAIN, now)
    assert len(waits("alice", now, Kind.ASK)) == 1


def test_an_agreement_waits_for_one_side_after_the_other(now):
    assert for_whom(Kind.AGREEMENT, now) == {"bob"}
    agreements.offer(charter_stage.asker("bob"), "reef", "1111111111111111", now=now)
    assert for_whom(Kind.AGREEMENT, now) == {"bob", "carol"}  # Bob has still mtengo's to offer
    (duty,) = waits("carol", now, Kind.AGREEMENT)
    assert duty.sentence == "The agreement of Coral Reef Observatory waits for the community to accept it."
    agreed(now)
    assert for_whom(Kind.AGREEMENT, now) == set()


def test_what_is_amiss_waits_for_those_who_carry_it_one_line_for_each_kind(now):
    agreed(now)
    coverage_history.write_day(now)
    (rehearse,) = [duty for duty in waits("alice", now, Kind.FINDING) if duty.label == "Note what you rehearsed"]
    assert rehearse.sentence.startswith("You carry 'Monitor infrastructure for errors' for mtengo/main and have")
    assert rehearse.count == 5 * 3  # her responsibilities at three hubs
    assert for_whom(Kind.FINDING, now) == {"alice", "bob", "carol", "dan", "zuri"}
    assert {duty.place.community for duty in waits("carol", now, Kind.FINDING)} == {"reef"}
    assert {duty.place for duty in waits("dan", now, Kind.FINDING)} == {MAIN}


def test_what_nobody_carries_waits_for_those_who_can_appoint(now):
    agreed(now)
    models.Appointment.objects.filter(handle="bob").delete()
    coverage_history.write_day(now)
    (first, *_) = [duty for duty in waits("alice", now, Kind.FINDING) if duty.label == "Appoint somebody"]
    assert first.sentence.startswith("Nobody carries")
    assert not [duty for duty in waits("carol", now, Kind.FINDING) if duty.label == "Appoint somebody"]


def test_what_was_mended_waits_no_longer(now):
    agreed(now)
    models.Appointment.objects.filter(handle="bob").delete()
    coverage_history.write_day(now)
    before = {duty.label: duty.count for duty in waits("alice", now, Kind.FINDING)}
    charter_stage.appoint("bob", "community-guide", side="service")
    coverage_history.write_day(now + HOUR)
    after = {duty.label: duty.count for duty in waits("alice", now + HOUR, Kind.FINDING)}
    assert "Appoint somebody" in before
    assert after == {label: count for label, count in before.items() if label != "Appoint somebody"}


def test_who_leads_a_hub_and_another_community_is_told_of_both(now):
    charter_stage.appoint("dan", "community-representative", community="mtengo")
    coverage_history.write_day(now)
    (rehearse,) = [duty for duty in waits("dan", now, Kind.FINDING) if duty.label == "Note what you rehearsed"]
    own = models.Finding.objects.filter(person="dan", kind="not-practised")
    assert {row.community for row in own} == {"mtengo", "reef"}
    assert rehearse.count == own.count()


def test_what_the_community_carries_by_agreement_does_not_wait_for_the_service(now):
    charter_stage.appoint("dan", "site-reliability-engineer", community="reef")
    models.Departure.objects.create(community="reef", responsibility="respond-to-incidents", carried_by="community")
    coverage_history.write_day(now)
    (rehearse,) = [duty for duty in waits("alice", now, Kind.FINDING) if duty.label == "Note what you rehearsed"]
    assert rehearse.count == 5 * 3 - 2


def test_an_invitation_that_ends_unused_waits_for_who_made_it(now):
    invitations.invite(charter_stage.asker("dan"), "reef/main", days=5, now=now)
    assert waits("dan", now, Kind.INVITATION) == []
    (duty,) = waits("dan", now + timedelta(days=3), Kind.INVITATION)
    assert duty.sentence == "Your invitation to Reef analysis ends on 2026-03-07, and nobody has used it."
    assert waits("dan", now + timedelta(days=6), Kind.INVITATION) == []
    assert for_whom(Kind.INVITATION, now + timedelta(days=3)) == {"dan"}


def test_a_removal_of_which_the_hub_could_not_be_told_waits_for_engineers(now):
    endings.end("reef/main", "eve", now=now)
    (ending,) = endings.pending()
    for _ in range(4):
        endings.failed(ending, "The hub does not answer.")
    assert for_whom(Kind.ENDING, now) == {"alice"}
    (duty,) = waits("alice", now, Kind.ENDING)
    assert "tried 4 times" in duty.sentence
    endings.done(ending, now=now)
    assert waits("alice", now, Kind.ENDING) == []


def test_the_oldest_comes_first_whatever_it_is(now):
    notices.tell(charter_stage.person("dan"), "Second.", now=now)
    joining.ask(charter_stage.asker("mallory"), "reef/main", charter_stage.person("mallory"), now=now - HOUR)
    also = duties.Duty(kind=Kind.OWN, sentence="Third.", since=now + HOUR, place=FLEET, url="/account/", label="Look")
    found = duties.of(charter_stage.person("dan"), now=now, also=[also])
    assert [duty.kind for duty in found.duties] == [Kind.JOIN, Kind.NOTICE, Kind.OWN]


def test_who_waits_comes_before_what_is_amiss(now):
    coverage_history.write_day(now - 24 * HOUR)
    ask("mallory", "access:set", MAIN, now)
    kinds = [duty.kind for duty in duties.of(charter_stage.person("carol"), now=now).duties]
    assert Kind.FINDING in kinds
    assert kinds[0] is Kind.ASK
    assert kinds == sorted(kinds, key=lambda kind: kind is Kind.FINDING)


def test_what_is_alike_is_one_line_that_speaks_to_the_reader(now):
    coverage_history.write_day(now)
    lines = waits("carol", now, Kind.FINDING)
    assert len({duty.label for duty in lines}) == len(lines)
    rehearse = next(duty for duty in lines if duty.label == "Note what you rehearsed")
    assert rehearse.sentence.startswith("You carry '")
    assert "and have never done or practised it. There are" in rehearse.sentence
    assert f"There are {rehearse.count - 1} more like it." in rehearse.sentence


def test_many_are_counted_and_the_oldest_are_shown(now):
    eve = charter_stage.person("eve")
    for number in range(duties.LOOKED_AT + 5):
        notices.tell(eve, f"Notice {number}.", now=now + timedelta(minutes=number))
    found = duties.of(eve, now=now)
    assert (len(found.duties), found.count, found.more) == (duties.SHOWN, duties.LOOKED_AT, True)
    assert found.duties[0].sentence == "Notice 0."


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_takes_few_questions_to_the_database(who, now, django_assert_max_num_queries):
    coverage_history.write_day(now)
    models.Appointment.objects.filter(handle="zuri").delete()
    for asker in ("mallory", "eve"):
        for place in (MAIN, charter_stage.ELSEWHERE):
            ask(asker, "access:set", place, now)
            ask(asker, "hub:restart", place, now)
    with django_assert_max_num_queries(13):
        duties.of(charter_stage.person(who), now=now)


def test_many_who_ask_to_use_one_hub_make_one_line(now):
    for hour, handle in enumerate(("mallory", "zuri")):
        person = charter_stage.person(handle)
        joining.ask(charter_stage.asker(handle), "reef/main", person, now=now - HOUR * (3 - hour))
    (duty,) = waits("dan", now, Kind.JOIN)
    assert (duty.sentence, duty.since, duty.count) == (
        "Mallory asks to use Reef analysis. So does one other.",
        now - HOUR * 3,
        2,
    )
