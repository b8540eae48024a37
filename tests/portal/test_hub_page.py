"""One hub, and what is asked of it."""

import html

import pytest
from django.test import Client
from django.utils import timezone

from commonhub.hubs import models
from portal import stage
from portal.test_fleet_page import words


def test_the_top_says_where_how_and_what_next(alice, fleet, keeper):
    page = words(alice.get("/hubs/reef/main"))
    assert "Coral Reef Observatory \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Hub Reef hub" in page
    assert "Awake. It answers its visitors. 2 people are working now." in page
    assert "http://reef.localhost:8000/" in page
    assert "Put to sleep" in page
    assert "Restart" in page


def test_a_sleeping_hub_can_be_woken_and_nothing_else(alice, fleet, keeper):
    page = alice.get("/hubs/upland/soil").content.decode()
    assert 'action="/hubs/upland/soil/wake"' in page
    assert 'action="/hubs/upland/soil/sleep"' not in page
    assert 'action="/hubs/upland/soil/restart"' not in page


def test_a_failed_hub_says_why(alice, fleet, keeper):
    assert "Its environment has no jupyterhub-singleuser." in words(alice.get("/hubs/delta/water"))


def test_people_on_it_are_named_with_their_memory(alice, fleet, keeper):
    page = words(alice.get("/hubs/reef/main"))
    assert "dan big 62 MB" in page
    assert "eve 126 MB" in page


def test_what_happens_next_and_the_log_come_from_the_keeper(alice, fleet, keeper):
    keeper.steps = ["Restart with the new settings."]
    page = words(alice.get("/hubs/reef/main"))
    assert "Restart with the new settings." in page
    assert "eve signed in" not in page  # reading the log is noted, so it is read when somebody asks to
    assert "[I 09:00:02] eve signed in" in words(alice.get("/hubs/reef/main?log=1"))


def test_a_hostile_log_line_stays_a_line(alice, fleet, keeper):
    keeper.lines = ["</pre><script>alert(1)</script>"]
    page = alice.get("/hubs/reef/main?log=1").content.decode()
    assert "<script>alert" not in page
    assert html.escape(keeper.lines[0]) in page


@pytest.mark.parametrize("verb", ["wake", "sleep", "restart"])
def test_an_act_reaches_the_keeper_in_the_readers_name(alice, fleet, keeper, verb):
    answer = alice.post(f"/hubs/reef/main/{verb}", follow=True)
    assert keeper.asked == [(verb, "reef/main", "alice")]
    assert "Reef hub was asked to" in words(answer)


def test_the_keepers_refusal_is_shown_in_its_own_words(alice, fleet, keeper):
    keeper.refusal = (409, {"error": {"message": "The hub is being prepared.", "mend": "Wait a minute."}})
    page = words(alice.post("/hubs/reef/main/wake", follow=True))
    assert "The hub is being prepared. Wait a minute." in page


def test_without_a_keeper_the_page_stands_and_says_so(alice, fleet, settings, tmp_path):
    settings.COMMONHUB_KEEPER_SOCKET = str(tmp_path / "nobody.sock")
    page = words(alice.get("/hubs/reef/main"))
    assert "Awake. It answers its visitors." in page
    assert "The keeper does not answer, so nothing can be asked of hubs now." in page
    said = words(alice.post("/hubs/reef/main/wake", follow=True))
    assert "The keeper does not answer" in said
    assert "was asked to wake" not in said


def test_an_act_is_never_done_by_a_link(alice, fleet, keeper):
    assert alice.get("/hubs/reef/main/restart").status_code == 405
    assert keeper.asked == []


def test_an_unknown_hub_or_act_is_not_found(alice, fleet, keeper):
    assert alice.get("/hubs/reef/other").status_code == 404
    assert alice.post("/hubs/reef/other/wake").status_code == 404
    assert alice.post("/hubs/reef/main/destroy").status_code == 404
    assert keeper.asked == []


def test_the_way_to_the_login_shows_only_where_a_password_is_shared(alice, fleet, keeper):
    assert "commonhub hub login reef/main" in words(alice.get("/hubs/reef/main"))
    models.HubRecord.objects.filter(pk="reef/main").update(settings={"login": "github"})
    page = words(alice.get("/hubs/reef/main"))
    assert "commonhub hub login" in page  # this machine can't do that kind of login yet, and says so in `validate`
    assert "With their GitHub account." in page
    models.HubRecord.objects.filter(pk="reef/main").update(engine="rehearsal")
    assert "commonhub hub login" not in words(alice.get("/hubs/reef/main"))


def test_a_home_over_its_quota_is_marked(alice, fleet, keeper):
    models.ServerRecord.objects.filter(hub_id="reef/main", user="eve").update(home_bytes=3_000_000_000)
    models.HubRecord.objects.filter(pk="reef/main").update(settings={"home_quota": 5_000_000_000})
    assert "over" not in words(alice.get("/hubs/reef/main"))
    models.HubRecord.objects.filter(pk="reef/main").update(settings={"home_quota": 2_000_000_000})
    assert "3.0 GB, over 2.0 GB" in words(alice.get("/hubs/reef/main"))


def test_changed_settings_are_announced(alice, fleet, keeper):
    models.HubRecord.objects.filter(pk="reef/main").update(wanted_digest="other")
    assert "Its settings have changed" in words(alice.get("/hubs/reef/main"))


def test_a_retired_hub_offers_no_act_and_no_address(alice, keeper):
    stage.hub(timezone.now(), "reef/main", state="retired")
    page = alice.get("/hubs/reef/main").content.decode()
    assert "main.localhost" not in page
    assert 'action="/hubs/' not in page
    assert "put its file back" in page


def test_a_community_shows_its_hubs_and_what_happened_to_them(alice, fleet):
    page = words(alice.get("/communities/reef"))
    assert "2 hubs; 1 awake, 1 asleep; 2 people are working now; 224 MB of memory in use." in page
    assert "Reef hub: It woke in 0.2 seconds, for a visitor." in page
    assert "Soil school" not in page
    assert alice.get("/communities/nobody").status_code == 404


def test_a_stranger_learns_nothing_of_which_hubs_exist(fleet):
    stranger = Client()
    there, absent = stranger.get("/hubs/reef/main"), stranger.get("/hubs/reef/other")
    assert there.status_code == absent.status_code == 302
