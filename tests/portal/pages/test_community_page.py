"""A community's page: the picture, the gaps, the agreement, and forms that become commits."""

from datetime import timedelta

import pytest
from django.utils import timezone

import charter_stage
from commonhub.communities import coverage_history, models
from commonhub.hubs import models as hub_models
from portal import stage
from portal.pages import day, reading

PAGE = "/communities/reef"


def said(answer) -> str:
    return reading.main(answer)


def test_the_top_says_how_the_community_is(enter):
    day.play(timezone.now())
    page = said(enter("carol").get(PAGE))
    assert "17 of 30 responsibilities are covered. 2 hubs; 1 awake, 1 asleep" in page
    assert "Read the agreement and accept it." in page
    assert "now " in page


def test_the_picture_and_its_words_are_there(enter):
    page = enter("bob").get(PAGE).content.decode()
    assert 'role="img"' in page
    assert "The same in words" in page


def test_the_page_for_the_dean_is_the_picture_alone(enter):
    page = enter("carol").get(f"{PAGE}/responsibility").content.decode()
    assert 'class="charter"' in page
    assert page.count("<form") == 2  # signing out, and the language


def test_gaps_are_said_in_words_with_their_mending(enter):
    models.Appointment.objects.filter(role="community-guide").delete()
    coverage_history.write_day(timezone.now())
    page = said(enter("carol").get(PAGE))
    assert "Nobody carries 'Create documentation and training material' for reef/" in page
    assert "Alice Okafor can appoint a Community Guide." in page


def test_people_in_roles_stand_with_the_time_where_they_are(enter):
    page = said(enter("dan").get(PAGE))
    there = timezone.now() + timedelta(hours=1)  # Lagos
    assert f"Alice Okafor alice Site Reliability Engineer the whole fleet {there:%H:}" in page
    assert "Zuri" not in page


def test_a_representative_appoints_through_the_keeper(enter, keeper):
    carol = enter("carol")
    form = {"role": "hub-administrator", "hub": "lab", "handle": "Eve", "because": "She knows the lab."}
    page = said(carol.post(f"{PAGE}/appoint", form, follow=True))
    assert "It is committed." in page
    assert keeper.asked == [("appointment.make", "reef", "carol")]
    told = keeper.told[0]
    assert (told["role"], told["hub"], told["handle"], told["because"]) == (
        "hub-administrator",
        "lab",
        "eve",
        "She knows the lab.",
    )


@pytest.mark.parametrize(
    ("path", "verb", "form"),
    [
        ("end", "appointment.end", {"role": "hub-administrator", "hub": "main", "handle": "dan"}),
        ("depart", "agreement.depart", {"responsibility": "run-workshops", "carried_by": "community", "because": "x"}),
        ("return", "agreement.return", {"responsibility": "run-workshops"}),
        ("terms", "agreement.terms", {"terms": "Answers within two days."}),
        ("describe", "community.describe", {"title": "Reef", "time_zone": "Africa/Blantyre"}),
    ],
)
def test_every_form_reaches_the_keeper_in_the_readers_name(enter, keeper, path, verb, form):
    enter("carol").post(f"{PAGE}/{path}", form)
    assert keeper.asked == [(verb, "reef", "carol")]
    assert form.items() <= keeper.told[0].items()


def test_the_keepers_refusal_is_shown_in_its_words(enter, keeper):
    keeper.refusal = (403, {"error": {"message": "You may not do that.", "mend": "Ask Carol Mendes."}})
    page = said(enter("dan").post(f"{PAGE}/appoint", {"role": "hub-administrator"}, follow=True))
    assert "You may not do that. Ask Carol Mendes." in page


@pytest.mark.parametrize(("who", "shown"), [("carol", True), ("dan", False), ("bob", False)])
def test_forms_are_offered_to_those_who_may(enter, who, shown):
    page = enter(who).get(PAGE).content.decode()
    assert ('action="/communities/reef/appoint"' in page) is shown
    assert ('action="/communities/reef/describe"' in page) is shown


def test_an_agreement_is_offered_and_accepted_with_names(enter):
    version = {"version": "1111111111111111"}
    assert "It waits for the service to offer it." in said(enter("carol").get(PAGE))
    page = said(enter("bob").post(f"{PAGE}/sign-for-service", version, follow=True))
    assert "The agreement is offered, and waits for the community." in page
    page = said(enter("carol").post(f"{PAGE}/sign-for-community", version, follow=True))
    assert "The agreement is in force: both sides have accepted it." in page
    assert "For the service: Bob Lindqvist" in page
    assert "For the community: Carol Mendes" in page


@pytest.mark.parametrize(
    ("who", "side"), [("dan", "community"), ("eve", "community"), ("mallory", "service"), ("carol", "service")]
)
def test_who_does_not_speak_for_a_side_signs_nothing(enter, who, side):
    answer = enter(who).post(f"{PAGE}/sign-for-{side}", {"version": "1111111111111111"})
    assert answer.status_code == 403
    assert models.Acceptance.objects.count() == 0


def test_a_text_that_changed_meanwhile_is_not_accepted(enter):
    page = said(enter("bob").post(f"{PAGE}/sign-for-service", {"version": "2222222222222222"}, follow=True))
    assert "has changed since you read it" in page
    assert models.Acceptance.objects.count() == 0


def test_what_was_done_outside_of_the_pages_can_be_noted(enter):
    what = "|run-workshops|workshop-held"
    assert what in enter("bob").get(PAGE).content.decode()
    page = said(enter("bob").post(f"{PAGE}/note", {"what": what, "words": "Two afternoons."}, follow=True))
    assert "It is noted, and counts." in page
    assert models.Shown.objects.get().by == "bob"
    enter("bob").post(f"{PAGE}/note", {"what": "|run-workshops|rehearsed", "words": "Tried it."})
    assert models.Practised.objects.filter(handle="bob").exists()
    page = said(enter("carol").post(f"{PAGE}/note", {"what": what, "words": "Me too."}, follow=True))
    assert "You do not carry" in page
    assert models.Shown.objects.count() == 1


@pytest.mark.parametrize("day_said", ["yesterday", "2999-01-01", "1999-01-01"])
def test_a_day_that_can_not_be_is_not_noted(enter, day_said):
    form = {"what": "|run-workshops|workshop-held", "words": "x", "day": day_said}
    answer = enter("bob").post(f"{PAGE}/note", form, follow=True)
    assert 'class="said error"' in answer.content.decode()
    assert models.Shown.objects.count() == 0


def test_the_first_view_of_a_full_page_is_light(enter, static_files):
    day.play(timezone.now())
    assert reading.weight(enter("carol").get(PAGE), static_files) <= 50_000


def test_a_guide_of_the_communitys_own_is_not_offered_to_sign_for_the_service(enter):
    assert "Offer it in the service" in said(enter("bob").get(PAGE))
    charter_stage.newcomer("greta", now=timezone.now())
    charter_stage.appoint("greta", "community-guide", side="community", community="reef")
    page = said(enter("greta").get(PAGE))
    assert "Propose a change" in page
    assert "Offer it in the service" not in page


def test_another_community_is_nowhere_on_the_page(enter):
    day.play(timezone.now())
    page = enter("carol").get(PAGE).content.decode()
    assert "mtengo" not in page.lower()
    assert charter_stage.ZURI.name not in page


def test_who_carries_something_at_one_hub_learns_of_the_others_by_name_alone(enter):
    now = timezone.now()
    seen_of_lab = {"state": "failed", "message": "No room", "people": 7, "memory": 7_777 * stage.MB}
    hub_models.HubRecord.objects.filter(pk="reef/lab").update(
        **seen_of_lab, last_activity=now, seen=now - timedelta(days=3)
    )
    for hub_id, words in (("reef/lab", "The lab woke up."), ("reef/main", "The main hub woke up.")):
        hub_models.HubEvent.objects.create(hub_id=hub_id, at=now, kind="awake", words=words)
    told = ("Look at Reef lab, which failed.", "8 people", "1 failed", "8.2 GB", "The lab woke up.")
    carols, dans = (said(enter(handle).get(PAGE)) for handle in ("carol", "dan"))
    assert [words for words in told if words not in carols] == []
    assert [words for words in told if words in dans] == []
    assert "2 hubs; 1 awake" not in dans
    assert "1 hub; 1 awake" in dans
    assert "The main hub woke up." in dans
    assert "Other hubs here: Reef lab" in dans
    assert "Other hubs here" not in carols
    assert "3 days" in carols  # so old is what is known of the lab
    assert "3 days" not in dans
    assert b"/hubs/reef/lab" not in enter("dan").get(PAGE).content


WRITTEN = [
    ("terms", {"terms": "Answers within <two> days."}),
    ("depart", {"responsibility": "run-workshops", "carried_by": "community", "because": "We teach <ourselves>."}),
    ("appoint", {"role": "hub-administrator", "handle": "eve", "because": "She <knows> the lab."}),
    ("describe", {"title": "Reef", "description": "Those who <count> corals."}),
]


@pytest.mark.parametrize(("path", "form"), WRITTEN)
def test_what_was_written_is_in_its_form_again_when_it_could_not_be_done(enter, settings, path, form):
    settings.COMMONHUB_KEEPER_SOCKET = "/nowhere/keeper.sock"
    written = list(form.values())[-1].replace("<", "&lt;").replace(">", "&gt;")
    carol = enter("carol")
    answer = carol.post(f"{PAGE}/{path}", form, follow=True)
    assert "The keeper does not answer" in said(answer)
    assert answer.content.decode().count(written) == 1
    assert reading.faults(answer) == []
    plain = carol.get(PAGE).content.decode()
    assert written not in plain
    assert answer.content.decode().count("<details open") == plain.count("<details open") + 1


def test_what_was_written_goes_into_no_other_form(enter, settings):
    settings.COMMONHUB_KEEPER_SOCKET = "/nowhere/keeper.sock"
    alice = enter("alice")
    charter_stage.appoint("alice", "community-representative", community="mtengo")
    charter_stage.appoint("alice", "community-representative", community="reef")
    alice.post("/communities/mtengo/terms", {"terms": "Of Mtengo alone."})
    assert "Of Mtengo alone." not in alice.get(PAGE).content.decode()
    assert "Of Mtengo alone." in alice.get("/communities/mtengo").content.decode()
