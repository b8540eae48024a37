"""Removing the files of somebody who may not use a hub any more: the page, its typed name, and taking it back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

import charter_stage
from commonhub.communities import roster
from commonhub.engines import rehearsal
from commonhub.ground import clock
from commonhub.hubs import homes, models
from portal.pages import reading

PAGE = "/hubs/reef/main/access"
REMOVE, KEEP = f"{PAGE}/people/eve/home/remove", f"{PAGE}/people/eve/home/keep"
FORM = {"confirm": "reef/main/eve"}


def said(answer) -> str:
    return reading.main(answer)


@pytest.fixture
def left(house, keeper) -> None:
    """Eve was removed, her server has ended, and the keeper knows the verbs of homes."""
    of = homes.Homes(engines={"local": rehearsal.RehearsalEngine(clock.system_clock)}, grace=timedelta(days=30))
    keeper.rooms = {homes.ROOM: lambda asker, verb, values: of.do(asker, None, verb, values, timezone.now())}
    roster.remove(charter_stage.asker("dan"), "reef/main", "eve", now=timezone.now())
    models.ServerRecord.objects.all().delete()


def test_a_removed_persons_files_are_removed_by_their_typed_name_and_kept_by_one_click(enter, left):
    carol = enter("carol")
    assert "Remove files… Eve Banda" in said(carol.get(f"{PAGE}?removed=1"))
    assert "Remove files…" not in said(carol.get(PAGE))
    page = carol.get(REMOVE)
    assert "Remove the files of Eve Banda on Reef analysis?" in said(page)
    assert "it was not measured how large it is" in said(page)
    assert "To confirm it, type reef/main/eve" in said(page)
    assert reading.faults(page) == []
    wrong = carol.post(REMOVE, {"confirm": "eve"}, follow=True)
    assert "type reef/main/eve to confirm it" in said(wrong)
    assert not models.HomeRemoval.objects.exists()
    done = carol.post(REMOVE, FORM, follow=True)
    assert "The files of Eve Banda go on" in said(done)
    assert "Files that go" in said(done)
    assert reading.faults(done) == []
    assert "Remove files…" not in said(carol.get(f"{PAGE}?removed=1"))
    assert "carol asked for it already." in said(carol.get(REMOVE))
    assert "will be archived and removed" in said(enter("eve").get("/"))
    kept = said(carol.post(KEEP, follow=True))
    assert "The files of Eve Banda stay." in kept
    assert "Files that go" not in kept
    assert models.HomeRemoval.objects.get().outcome == homes.Outcome.KEPT


def test_a_hub_administrator_sees_what_goes_and_may_not_decide_it(enter, left):
    enter("carol").post(REMOVE, FORM)
    page = enter("dan").get(PAGE)
    assert "Files that go" in said(page)
    assert KEEP not in page.content.decode()
    assert "Remove files…" not in said(enter("dan").get(f"{PAGE}?removed=1"))


@pytest.mark.parametrize("who", ["alice", "bob", "dan", "eve", "mallory", "zuri"])
def test_who_does_not_hold_it_is_refused_with_the_name_of_who_does(enter, left, keeper, who):
    for answer in (enter(who).get(REMOVE), enter(who).post(REMOVE, FORM), enter(who).post(KEEP)):
        assert answer.status_code == 403
        assert "Carol Mendes" in said(answer)
    assert keeper.asked == []


def test_files_of_somebody_who_may_use_the_hub_are_not_offered_to_be_removed(enter, left):
    roster.add(charter_stage.asker("dan"), "reef/main", roster.NewPerson(handle="eve"), now=timezone.now())
    assert "Eve Banda may use Reef analysis, so their files stay." in said(enter("carol").get(REMOVE))
    assert enter("carol").get(f"{PAGE}/people/nobody-here/home/remove").status_code == 404


def test_another_sites_form_and_a_link_do_nothing(enter, left):
    assert enter("carol").get(KEEP).status_code == 405
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charter_stage.person("carol"))
    assert browser.post(REMOVE, FORM).status_code == 403
    assert not models.HomeRemoval.objects.exists()


def test_what_did_not_work_is_said_on_the_page(enter, left):
    enter("carol").post(REMOVE, FORM)
    now = timezone.now()
    models.HomeRemoval.objects.update(begun=now, tried=now, trouble="There is no room. Make room.")
    assert "It did not work, and is tried again: There is no room. Make room." in said(enter("carol").get(PAGE))
    assert "are being archived already" in said(enter("carol").post(KEEP, follow=True))


def test_of_many_homes_that_go_the_next_ten_are_shown_and_the_rest_counted(enter, left):
    now = timezone.now()
    for number in range(12):
        charter_stage.newcomer(f"diver-{number:02}", now=now)
        models.HomeRemoval.objects.create(
            hub_id="reef/main", handle=f"diver-{number:02}", at=now, by="carol", goes=now + timedelta(days=number + 1)
        )
    page = said(enter("carol").get(PAGE))
    assert "diver-09" in page
    assert "diver-10" not in page
    assert "And 2 more, which follow when these are done." in page
