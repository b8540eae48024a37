"""A person's page, the search for people, the audit and the model, as far as each reader may see them."""

import json
import re

import pytest
from django.utils import timezone

import charter_stage
from commonhub.audit.models import AuditEntry
from commonhub.communities import models
from portal.pages import day, reading


def said(answer) -> str:
    return reading.main(answer)


def test_an_administrator_sees_the_people_of_their_hub(enter):
    page = said(enter("dan").get("/people/eve"))
    assert "eve · eve@example.org" in page
    assert "Reef analysis Coral Reef Observatory · added 100 days ago" in page


def test_what_is_at_other_hubs_stays_hidden(enter):
    eve = charter_stage.person("eve")
    models.Membership.objects.create(hub_id="mtengo/main", person=eve, since=timezone.now(), via="added")
    charter_stage.appoint("eve", "hub-administrator", community="mtengo", hub="main")
    assert "mtengo" not in said(enter("dan").get("/people/eve")).lower()
    assert "Mtengo classes" in said(enter("eve").get("/people/eve"))
    assert "Mtengo classes" in said(enter("alice").get("/people/eve"))


def test_an_engineer_without_the_permission_sees_no_mail(enter):
    page = said(enter("alice").get("/people/eve"))
    assert "eve@example.org" not in page
    assert "End all their sessions" in page


def test_why_somebody_may_is_explained(enter):
    page = said(enter("carol").get("/people/dan?permission=person:add&place=reef/main"))
    assert "Yes." in page
    assert "Dan Rahman is Hub Administrator for reef/main" in page
    page = said(enter("dan").get("/people/eve?permission=person:add&place=mtengo/main"))
    assert "You don't see them at that place." in page


def test_ones_own_page_shows_what_one_practised(enter):
    now = timezone.now()
    models.Practised.objects.create(handle="carol", responsibility="oversee-access", community="reef", at=now)
    page = said(enter("carol").get("/people/carol"))
    assert "Community Representative (reef)" in page
    assert "Oversee user access policy moments ago" in page
    assert "Your account" in page


def test_all_sessions_of_a_person_are_ended_by_those_who_may(enter):
    eve = enter("eve")
    assert eve.get("/").status_code == 200
    for who in ("bob", "carol", "dan", "mallory"):
        assert enter(who).post("/people/eve/sign-out").status_code == 403, who
    page = said(enter("alice").post("/people/eve/sign-out", follow=True))
    assert "Their sessions and tokens have ended" in page
    assert models.Ending.objects.filter(handle="eve").exists()


def test_a_recovery_link_is_shown_once_to_those_who_may_make_it(enter):
    for who in ("bob", "mallory", "zuri"):
        assert enter(who).post("/people/eve/open-again").status_code == 403, who
    answer = enter("dan").post("/people/eve/open-again")
    assert "A link for Eve Banda" in said(answer)
    assert re.search(r"/invitations/[\w-]{20,}", answer.content.decode())
    # Somebody in a role is opened again by the service alone.
    assert enter("dan").post("/people/carol/open-again").status_code == 403


def test_a_search_finds_the_people_of_ones_hubs_alone(enter):
    assert "Eve Banda" in said(enter("dan").get("/people?q=eve"))
    assert "Eve Banda" in said(enter("dan").get("/people"))
    page = said(enter("dan").get("/people?q=zuri"))
    assert "Nobody is like that." in page
    assert "Zuri Phiri" in said(enter("alice").get("/people?q=zuri"))


def test_each_reads_the_audit_that_concerns_them(enter):
    day.play(timezone.now())
    alice, carol, dan, eve, mallory, zuri = (
        said(enter(who).get("/audit")) for who in ("alice", "carol", "dan", "eve", "mallory", "zuri")
    )
    assert "You see the whole audit." in alice
    assert "You see the audit of reef, and all that you did" in carol
    assert "You see the audit of reef/main, and all that you did" in dan
    assert "Made the group field-school of reef." in carol
    assert "Made the group" not in dan  # of the whole community, which is not all his
    assert "Put Eve Banda into the group field-school." in eve
    assert "Ben Achieng" not in eve
    assert "asked to use reef/main." in mallory
    assert "Let " not in mallory
    assert "reef" not in zuri.replace("reef.example.org", "")


def test_a_search_in_the_audit_opens_no_more_than_the_list(enter):
    day.play(timezone.now())
    mallory = enter("mallory")
    for query in ("person=eve", "community=reef", "community=reef&hub=main", "permission=person:add", "text=Ben"):
        page = said(mallory.get(f"/audit?{query}"))
        assert "Ben Achieng" not in page, query
        assert "Eve Banda" not in page, query
    assert "Let Ben Achieng use" in said(enter("dan").get("/audit?text=ben"))
    assert "Let Ben Achieng use" not in said(enter("dan").get("/audit?outcome=refused"))


def test_an_entry_says_under_which_permission_and_why(enter):
    day.play(timezone.now())
    page = said(enter("dan").get("/audit?permission=person:add"))
    assert "Entry 1 · person:add · reef/main" in page
    assert "Dan Rahman is Hub Administrator for reef/main, and so carries 'Oversee user access policy'." in page


def test_the_audit_is_turned_page_by_page(enter):
    carol = enter("carol")
    for number in range(60):
        carol.post("/communities/reef/groups/create", {"name": f"g{number}"})
    first = carol.get("/audit")
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    assert "Made the group g59 of reef." in said(first)
    assert "Made the group g9 of reef." not in said(first)
    assert "Made the group g9 of reef." in said(carol.get(f"/audit{older}"))


@pytest.mark.parametrize("query", ["since=nonsense&until=2026-13-45", "before=abc", "permission=x", "outcome=maybe"])
def test_a_search_that_makes_no_sense_is_left_out(enter, query):
    assert enter("carol").get(f"/audit?{query}").status_code == 200


def test_the_audit_is_taken_out_by_those_who_may_and_that_is_noted(enter):
    day.play(timezone.now())
    alice = enter("alice")
    assert 'action="/audit.jsonl?community=reef"' in alice.get("/audit?community=reef").content.decode()
    assert alice.get("/audit.jsonl?community=reef").status_code == 405
    answer = alice.post("/audit.jsonl?community=reef&person=eve")
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]
    assert len(lines) > 2
    assert {line["community"] for line in lines} == {"reef"}
    assert {"eve"} <= {line["actor"] for line in lines} | {line["subject"] for line in lines}
    note = AuditEntry.objects.order_by("-number")[0]
    assert (note.actor, note.verb, note.via, note.outcome) == ("alice", "audit.export", "portal", "done")
    assert (note.words, note.permission) == ("Took the audit of reef out.", "audit:export")
    assert note.details == {"community": "reef", "person": "eve"}
    assert enter("carol").post("/audit.jsonl?community=reef").status_code == 403
    note = AuditEntry.objects.order_by("-number")[0]
    assert (note.actor, note.verb, note.outcome) == ("carol", "audit.export", "refused")


@pytest.mark.parametrize("who", ["bob", "carol", "dan", "eve", "mallory"])
def test_who_may_not_take_the_audit_out_is_told_who_may(enter, who):
    answer = enter(who).post("/audit.jsonl")
    assert answer.status_code == 403
    assert "Alice Okafor" in reading.main(answer)


def test_the_model_says_who_usually_carries_what_and_what_the_reader_is(enter):
    page = said(enter("carol").get("/responsibility"))
    assert "You are Community Representative · reef" in page
    assert "Respond to incidents Site Reliability Engineer" in page
    assert "There are no formal roles for this area." in page
    assert "You carry no responsibility here yet." in said(enter("eve").get("/responsibility"))
