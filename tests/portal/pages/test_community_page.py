"""A community's page: the picture, the gaps, the agreement, and forms that become commits."""

from datetime import timedelta

import pytest
from django.utils import timezone

import charter_stage
from commonhub.communities import coverage_history, models
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


def test_another_community_is_nowhere_on_the_page(enter):
    day.play(timezone.now())
    page = enter("carol").get(PAGE).content.decode()
    assert "mtengo" not in page.lower()
    assert charter_stage.ZURI.name not in page
