"""The first page: what waits, one's hubs, and what one asked for."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import charter_stage
from commonhub.communities import models, notices
from portal.pages import day, reading


def test_a_student_sees_their_hub_and_a_way_in(enter):
    answer = enter("eve").get("/")
    page = reading.main(answer)
    assert "Welcome, Eve Banda" in page
    assert "Reef analysis" in page
    assert 'class="open" href="http://main-reef.localhost:8000"' in answer.content.decode()
    assert "Reef lab" not in page
    assert "Mtengo" not in page


def test_a_stranger_is_told_how_to_join(enter):
    page = reading.main(enter("mallory").get("/"))
    assert "You are on no hub's list yet." in page
    assert "open the invitation link" in page


def test_an_engineer_with_nothing_to_do_sees_the_fleet(enter):
    page = reading.main(enter("alice").get("/"))
    assert "The fleet : 3 hubs; 1 awake, 2 asleep" in page


def test_the_oldest_comes_first_with_its_next_step(enter):
    day.play(timezone.now())
    answer = enter("carol").get("/")
    page = reading.main(answer)
    agreement, join, ask = (page.index(word) for word in ("waits for the community", "Mallory asks", "Dan Rahman asks"))
    assert agreement < join < ask
    assert 'href="/communities/reef#agreement"' in answer.content.decode()
    assert 'href="/hubs/reef/main/access#requests"' in answer.content.decode()


def test_the_count_stands_in_the_navigation_of_every_page(enter):
    day.play(timezone.now())
    page = enter("dan").get("/help").content.decode()
    assert '<span class="count">3<span class="unseen"> waiting</span></span>' in page


def test_a_notice_goes_when_it_was_read(enter):
    eve = charter_stage.person("eve")
    notices.tell(eve, "Dan Rahman let you use Reef lab.", url="/hubs/reef/lab", now=timezone.now())
    number = models.Notice.objects.get().pk
    assert enter("mallory").post(f"/notices/{number}").status_code == 302  # another's is left alone
    assert "let you use Reef lab" in reading.main(enter("eve").get("/"))
    enter("eve").post(f"/notices/{number}")
    assert "let you use Reef lab" not in reading.main(enter("eve").get("/"))


def test_who_was_removed_does_not_see_the_hub_any_more(enter):
    models.Membership.objects.update(removed=timezone.now())
    assert "Reef analysis" not in reading.main(enter("eve").get("/"))


def test_a_hub_that_is_open_to_a_group_is_on_the_list(enter):
    now = timezone.now()
    group = models.Group.objects.create(community_id="mtengo", name="class", title="Class")
    models.GroupMember.objects.create(group=group, person=charter_stage.person("eve"), at=now)
    assert "Mtengo classes" not in reading.main(enter("eve").get("/"))
    models.Hub.objects.filter(pk="mtengo/main").update(groups=["class"])
    assert "Mtengo classes" in reading.main(enter("eve").get("/"))


def test_a_hub_with_an_address_that_is_none_has_no_link(enter):
    models.Hub.objects.update(url="javascript:alert(1)")
    assert "javascript:" not in enter("eve").get("/").content.decode()


def test_the_number_of_queries_does_not_grow_with_hubs_and_people(enter):
    eve = enter("eve")

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert eve.get("/").status_code == 200
        return len(made)

    few = queries()
    now = timezone.now()
    for number in range(30):
        hub = models.Hub.objects.create(
            hub_id=f"reef/h{number}", community_id="reef", name=f"h{number}", title=f"Hub {number}", login="commonhub"
        )
        models.Membership.objects.create(hub=hub, person=charter_stage.person("eve"), since=now, via="added")
    assert queries() == few <= 26
