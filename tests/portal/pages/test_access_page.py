"""Who may use a hub: every form of the access page, each wrong reader, and other communities' numbers."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

import charter_stage
from commonhub.communities import invitations, joining, leaves, models, roster
from portal.pages import reading

PAGE = "/hubs/reef/main/access"
FORMS = {
    f"{PAGE}/add": {"handle": "grace", "name": "Grace", "email": "grace@example.org"},
    f"{PAGE}/invite": {"words": "", "most": "5", "days": "7"},
    f"{PAGE}/people/eve/remove": {"because": "She left."},
    f"{PAGE}/people/eve/link": {},
    f"{PAGE}/leaves": {"to": "dan", "about": "eve", "hours": "1", "reason": "She asked."},
    f"{PAGE}/policy": {"everyone": "on"},
    f"{PAGE}/import": {"list": "handle\nzoe"},
    f"{PAGE}/export": {},
    f"{PAGE}/reviewed": {},
    "/communities/reef/groups/create": {"name": "divers"},
}


def said(answer) -> str:
    return reading.main(answer)


def test_the_page_says_who_where_and_what_next(enter):
    page = said(enter("dan").get(PAGE))
    assert "Who may use Reef analysis" in page
    assert "1 person is on the list." in page
    assert "Eve Banda eve" in page
    assert "Carol Mendes can change the rule." in page


def test_adding_somebody_new_gives_a_link_once(enter):
    answer = enter("dan").post(f"{PAGE}/add", FORMS[f"{PAGE}/add"])
    link = re.search(r'value="(http://localhost:8000/invitations/[\w-]+)"', answer.content.decode())
    assert link
    assert "A link for Grace" in said(answer)
    assert 'class="qr-ink"' in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"
    code = link[1].rpartition("/")[2]
    assert invitations.find(code, timezone.now()).person.handle == "grace"
    assert code not in enter("dan").get(PAGE).content.decode()
    assert reading.faults(answer) == []


def test_adding_somebody_known_lets_them_in(enter):
    page = said(enter("dan").post(f"{PAGE}/add", {"handle": "Mallory"}, follow=True))
    assert "Mallory may use it now." in page
    assert models.Membership.objects.filter(person__handle="mallory", removed=None).exists()


def test_a_handle_that_can_not_be_one_is_said_to_be_none(enter):
    page = said(enter("dan").post(f"{PAGE}/add", {"handle": "../root"}, follow=True))
    assert "can't be a handle." in page


@pytest.mark.parametrize("who", ["alice", "bob", "eve", "mallory", "zuri"])
@pytest.mark.parametrize("path", FORMS)
def test_who_does_not_look_after_the_hub_changes_nothing(enter, keeper, who, path):
    before = (models.Membership.objects.count(), models.Invitation.objects.count(), models.Person.objects.count())
    answer = enter(who).post(path, FORMS[path])
    assert answer.status_code == 403
    assert "Carol Mendes" in said(answer)
    assert before == (
        models.Membership.objects.count(),
        models.Invitation.objects.count(),
        models.Person.objects.count(),
    )
    assert not models.Membership.objects.exclude(removed=None).exists()
    assert keeper.asked == []


@pytest.mark.parametrize("path", [f"{PAGE}/policy", f"{PAGE}/leaves"])
def test_what_stays_with_representatives_is_refused_to_administrators(enter, keeper, path):
    answer = enter("dan").post(path, FORMS[path])
    assert answer.status_code == 403
    assert "Carol Mendes" in said(answer)
    assert keeper.asked == []


@pytest.mark.parametrize("path", FORMS)
def test_another_sites_form_does_nothing(enter, path):
    enter("carol")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charter_stage.person("carol"))
    answer = browser.post(path, FORMS[path])
    assert answer.status_code == 403
    assert "That form was too old" in said(answer)
    assert models.Person.objects.filter(handle__in=["grace", "zoe"]).count() == 0


@pytest.mark.parametrize("path", [path for path in FORMS if not path.endswith(("remove", "import"))])
def test_nothing_is_done_by_a_link(enter, path):
    assert enter("carol").get(path).status_code == 405


def test_removing_says_first_what_it_means(enter):
    dan = enter("dan")
    page = said(dan.get(f"{PAGE}/people/eve/remove"))
    assert "Their server is running now. It is stopped, and what was not saved is lost." in page
    assert "Their files stay on the hub (88 MB)" in page
    assert models.Membership.objects.get(person__handle="eve").removed is None
    page = said(dan.post(f"{PAGE}/people/eve/remove", {"because": "She left."}, follow=True))
    assert "Eve Banda may not use Reef analysis any more." in page
    assert models.Ending.objects.filter(handle="eve", hub_id="reef/main").exists()
    assert "She left." in said(dan.get(f"{PAGE}?removed=1"))
    assert "ended your use of Reef analysis" in said(enter("eve").get("/"))


def test_somebody_who_is_not_on_the_list_can_not_be_removed(enter):
    assert enter("dan").get(f"{PAGE}/people/zuri/remove").status_code == 404
    assert enter("dan").get(f"{PAGE}/people/nobody-here/remove").status_code == 404


def test_an_invitation_is_made_shown_counted_and_taken_back(enter):
    dan = enter("dan")
    page = said(dan.post(f"{PAGE}/invite", {"words": "Spring", "most": "30", "days": "7"}))
    assert "It lets in 30 people." in page
    assert "0 of 30 have come by it. Spring" in said(dan.get(PAGE))
    number = models.Invitation.objects.get().pk
    page = said(dan.post(f"{PAGE}/invitations/{number}/revoke", follow=True))
    assert "The link opens nothing any more." in page
    assert "No link is open." in page


@pytest.mark.parametrize("most", ["0", "-3", "many", "99999999999", "5001"])
def test_a_link_for_a_senseless_number_is_not_made(enter, most):
    answer = enter("dan").post(f"{PAGE}/invite", {"most": most, "days": "7"}, follow=True)
    assert 'class="said error"' in answer.content.decode()
    assert models.Invitation.objects.count() == 0


@pytest.mark.parametrize(("button", "allowed"), [("accept", True), ("decline", False)])
def test_a_request_to_join_is_answered(enter, button, allowed):
    enter("mallory").post("/hubs/reef/main/join", {"words": "I dive."})
    assert "To join Reef analysis: waits" in said(enter("mallory").get("/"))
    assert "I dive." in said(enter("dan").get(PAGE))
    number = models.JoinRequest.objects.get().pk
    enter("dan").post(f"{PAGE}/requests/{number}", {button: "", "words": "Welcome."})
    assert models.JoinRequest.objects.get().accepted is allowed
    assert models.Membership.objects.filter(person__handle="mallory").exists() is allowed
    assert "Welcome." in said(enter("mallory").get("/"))


def test_a_hub_that_takes_no_requests_looks_like_none(enter):
    models.Hub.objects.filter(pk="reef/lab").update(requests=False)
    mallory = enter("mallory")
    closed, nowhere = (mallory.get(f"/hubs/reef/{name}/join") for name in ("lab", "nowhere"))
    assert closed.status_code == nowhere.status_code == 404
    assert said(closed).replace("reef/lab", "#") == said(nowhere).replace("reef/nowhere", "#")
    assert mallory.post("/hubs/reef/lab/join", {"words": "Let me in."}).status_code == 404


def test_another_communitys_numbers_open_nothing(enter):
    now = timezone.now()
    zuri, eve = charter_stage.asker("zuri"), charter_stage.person("eve")
    link, _ = invitations.invite(zuri, "mtengo/main", most=3, now=now)
    wish = joining.ask(charter_stage.asker("eve"), "mtengo/main", eve, now=now)
    charter_stage.newcomer("asha", now=now)
    leave = leaves.give(
        zuri, "mtengo/main", to="asha", about="mallory", reason="Asked.", lasts=timedelta(hours=1), now=now
    )
    dan = enter("dan")
    for path in (f"invitations/{link.pk}/revoke", f"requests/{wish.pk}"):
        dan.post(f"{PAGE}/{path}", {"accept": ""})
    answer = dan.post(f"/leaves/{leave.pk}/end", follow=True)
    assert "There is no leave" in said(answer)
    assert "mtengo" not in said(answer)
    for row in (link, wish, leave):
        row.refresh_from_db()
    assert (link.revoked, wish.answered, leave.ended) == (None, None, None)
    assert dan.post("/communities/mtengo/groups/create", {"name": "mine"}).status_code == 403


def test_leave_is_asked_for_given_told_and_ended_by_the_one_it_concerns(enter):
    ask = enter("dan").get("/may?permission=server:open&community=reef&hub=main&subject=eve")
    assert "Ask for leave" in said(ask)
    carol = enter("carol")
    page = said(carol.post(f"{PAGE}/leaves", FORMS[f"{PAGE}/leaves"], follow=True))
    assert "Dan Rahman has leave, and the person whose server it is was told." in page
    eves = said(enter("eve").get("/hubs/reef/main"))
    assert "Dan Rahman may open your server; carol gave leave." in eves
    assert "She asked." in eves
    enter("eve").post(f"/leaves/{models.Leave.objects.get().pk}/end")
    assert models.Leave.objects.get().ended is not None


def test_the_rule_is_handed_to_the_keeper_as_it_was_set(enter, keeper):
    form = {"everyone": "on", "domains": "example.org, @Example.edu", "requests": "on", "groups": ["divers"]}
    page = said(enter("carol").post(f"{PAGE}/policy", form, follow=True))
    assert "It is committed." in page
    assert keeper.asked == [("access.set", "reef/main", "carol")]
    assert keeper.told[0]["domains"] == ["example.org", "example.edu"]
    assert (keeper.told[0]["everyone"], keeper.told[0]["requests"], keeper.told[0]["groups"]) == (
        True,
        True,
        ["divers"],
    )


def test_a_look_through_the_list_is_noted(enter):
    assert "Nobody has looked through the list yet." in said(enter("dan").get(PAGE))
    page = said(enter("dan").post(f"{PAGE}/reviewed", follow=True))
    assert "Noted: you have looked through the list." in page
    assert "Last looked through moments ago" in page


def test_a_list_is_shown_before_it_is_taken(enter):
    dan = enter("dan")
    preview = dan.post(
        f"{PAGE}/import", {"list": "handle,name,email\nzoe,Zoe,zoe@example.org\neve,Eve,eve@example.org"}
    )
    page = said(preview)
    assert "Nothing was done yet." in page
    assert "Is let in: 1; Is on the list already: 1." in page
    assert models.Person.objects.filter(handle="zoe").count() == 0
    assert reading.faults(preview) == []
    digest = re.search(r'name="digest" value="(\w+)"', preview.content.decode())[1]
    assert enter("eve").post(f"{PAGE}/import/apply", {"digest": digest}).status_code == 403
    page = said(dan.post(f"{PAGE}/import/apply", {"digest": digest}, follow=True))
    assert "1 people were let in." in page
    assert "Zoe zoe" in page
    assert dan.post(f"{PAGE}/import/apply", {"digest": digest}).status_code == 404


def test_a_list_with_a_fault_is_not_taken(enter):
    preview = enter("dan").post(f"{PAGE}/import", {"list": "handle\n../root\nzoe"})
    assert "A list is taken whole or not at all." in said(preview)
    assert 'name="digest"' not in preview.content.decode()
    assert "can't be a handle" in said(preview)
    assert enter("dan").post(f"{PAGE}/import", {"list": "nonsense"}).status_code == 400


def test_the_list_can_be_taken_out(enter):
    answer = enter("dan").post(f"{PAGE}/export")
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines() == ["handle,name,email,groups", "eve,Eve Banda,eve@example.org,"]


def test_groups_are_made_filled_and_removed(enter):
    carol = enter("carol")
    carol.post("/communities/reef/groups/create", {"name": "divers", "title": "Divers"})
    page = said(carol.post("/communities/reef/groups/divers/change", {"handle": "eve"}, follow=True))
    assert "Eve Banda eve" in page
    carol.post("/communities/reef/groups/divers/change", {"handle": "eve", "out": ""})
    assert models.GroupMember.objects.count() == 0
    carol.post("/communities/reef/groups/divers/remove")
    assert models.Group.objects.count() == 0


@pytest.mark.slow
def test_fifty_thousand_people_are_found_and_turned_page_by_page(enter, static_files):
    now = timezone.now()
    people = models.Person.objects.bulk_create(
        [
            models.Person(
                handle=f"s{number:05d}",
                name=f"Student {number}",
                email=f"s{number}@example.edu",
                password="!",
                made=now,
            )
            for number in range(50_000)
        ],
        batch_size=5_000,
    )
    models.Membership.objects.bulk_create(
        [models.Membership(hub_id="reef/main", person=person, since=now, via="import") for person in people],
        batch_size=5_000,
    )
    dan = enter("dan")
    first = dan.get(PAGE)
    assert "50,001 people are on the list." in said(first)
    assert reading.weight(first, static_files) <= 50_000
    after = re.search(r'rel="next" href="([^"#]+)', first.content.decode())[1]
    second = said(dan.get(f"{PAGE}{after}"))
    assert f"Student {roster.PAGE - 2} " in said(first)  # Eve is the first of all
    assert f"Student {roster.PAGE - 1} " in second
    for words, removed in (("student 4999", False), ("s4999", False), ("dan", False), ("student 4999", True)):
        some = [row.pk for row in roster.page("reef/main", words=words, removed=removed, handle="s12")]
        plain = roster.after(roster.search("reef/main", words=words, removed=removed), "s12")
        assert some == [row.pk for row in plain]
    assert "Student 49999" in said(dan.get(f"{PAGE}?q=s49999"))
    assert "Student 49999" in said(dan.get("/people?q=s49999"))


def test_an_administrator_stops_a_server_and_others_do_not(enter, keeper):
    for who in ("alice", "bob", "eve", "mallory"):
        assert enter(who).post("/hubs/reef/main/servers/stop", {"user": "eve"}).status_code == 403, who
    assert keeper.asked == []
    page = said(enter("dan").post("/hubs/reef/main/servers/stop", {"user": "eve"}, follow=True))
    assert "The server of eve was stopped; the files stay." in page
    assert keeper.asked == [("stop-server", "reef/main", "dan")]
    assert keeper.told == [{"user": "eve"}]
