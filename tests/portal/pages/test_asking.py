"""Refused, asked, answered: a request goes its way from the one who may not to the one who can."""

import pytest

from commonhub.audit import models as audit
from commonhub.communities import models
from portal.pages import reading

RESTART = {"permission": "hub:restart", "community": "reef", "hub": "main"}


def asked(enter, who="dan", **more):
    return enter(who).post("/asks", {**RESTART, "words": "It answers slowly.", **more}, follow=True)


def test_a_refusal_says_whose_it_is_why_and_offers_to_ask(enter, keeper):
    answer = enter("dan").post("/hubs/reef/main/restart")
    page = reading.main(answer)
    assert answer.status_code == 403
    assert (
        "You may not restart reef/main: that belongs to 'Respond to incidents', carried here by Alice Okafor." in page
    )
    assert "Dan Rahman is appointed to nothing that carries 'Respond to incidents'." in page
    assert '<input type="hidden" name="permission" value="hub:restart">' in answer.content.decode()
    assert keeper.asked == []


def test_a_request_is_kept_and_lands_on_the_list_of_those_who_can(enter):
    answer = asked(enter)
    assert "Your request is kept." in reading.main(answer)
    assert "To restart reef/main: waits" in reading.main(answer)
    assert "Dan Rahman asks you to restart reef/main. “It answers slowly.”" in reading.main(enter("alice").get("/"))
    for who in ("bob", "carol", "eve", "mallory"):
        assert "restart" not in reading.main(enter(who).get("/")), who


def test_asking_twice_keeps_one_request(enter):
    asked(enter)
    asked(enter)
    assert models.Ask.objects.count() == 1


def test_what_one_may_do_oneself_is_not_asked_for(enter):
    page = reading.main(asked(enter, "alice"))
    assert "You may do this yourself." in page
    assert models.Ask.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"permission": "hub:destroy"},
        {"permission": ""},
        {"community": "../reef"},
        {"community": "x" * 100},
        {"hub": "main\x00"},
        {"community": "", "hub": "main"},
    ],
)
def test_a_request_for_nothing_is_not_understood(enter, wrong):
    assert asked(enter, **wrong).status_code == 404
    assert models.Ask.objects.count() == 0


@pytest.mark.parametrize(
    ("button", "said", "ended"), [("done", "did what you asked", "done"), ("no", "did not do", "not done")]
)
def test_an_answer_reaches_the_one_who_asked(enter, button, said, ended):
    asked(enter)
    number = models.Ask.objects.get().pk
    alice = enter("alice")
    page = alice.get(f"/asks/{number}")
    assert "Dan Rahman asks you to restart reef/main" in reading.main(page)
    assert reading.faults(page) == []
    alice.post(f"/asks/{number}", {button: "", "words": "The disk was full."})
    assert models.Ask.objects.get().done is (button == "done")
    dans = reading.main(enter("dan").get("/"))
    assert said in dans
    assert f"To restart reef/main: {ended} · The disk was full." in dans
    assert "asks you to" not in reading.main(alice.get("/"))


def test_where_an_act_needs_leave_the_one_who_can_give_it_is_asked_for_leave(enter):
    asked(enter, permission="server:open", subject="eve")
    page = enter("carol").get(f"/asks/{models.Ask.objects.get().pk}")
    assert "Dan Rahman asks you to give leave to open a person's server at reef/main" in reading.main(page)


@pytest.mark.parametrize("who", ["bob", "carol", "eve", "mallory", "zuri"])
def test_nobody_else_sees_or_answers_a_request(enter, who):
    asked(enter)
    number = models.Ask.objects.get().pk
    browser = enter(who)
    there, nowhere = browser.get(f"/asks/{number}"), browser.get("/asks/99999")
    assert there.status_code == nowhere.status_code == 404
    assert reading.main(there).replace(str(number), "#") == reading.main(nowhere).replace("99999", "#")
    assert browser.post(f"/asks/{number}", {"done": ""}).status_code == 404
    assert models.Ask.objects.get().answered is None


def test_a_refusal_of_an_act_is_in_the_audit(enter, keeper):
    enter("eve").post("/hubs/reef/main/access/add", {"handle": "friend"})
    entry = audit.AuditEntry.objects.get(outcome="refused")
    assert (entry.actor, entry.permission, entry.hub) == ("eve", "person:add", "main")


def test_may_i_explains_both_ways(enter):
    yes = reading.main(enter("alice").get("/may?permission=hub:restart&community=reef&hub=main"))
    no = reading.main(enter("carol").get("/may?permission=hub:restart&community=reef&hub=main"))
    assert "Yes, you may" in yes
    assert "Alice Okafor is Site Reliability Engineer for the fleet, and so carries 'Respond to incidents'." in yes
    assert "No, others carry this" in no
    assert "Ask them" in no
    assert enter("alice").get("/may?permission=hub:destroy").status_code == 404


def test_a_refusal_speaks_german(enter, keeper):
    eve = enter("eve")
    eve.post("/language", {"language": "de", "next": "/"})
    page = eve.get("/hubs/reef/main/access")
    assert page.status_code == 403
    assert "Carol Mendes und Dan Rahman" in reading.main(page)


def test_a_request_that_could_not_be_kept_is_in_its_form_again(enter):
    page = enter("dan").post("/asks", {**RESTART, "hub": "nowhere", "words": "It answers slowly."}, follow=True)
    assert "There is no hub reef/nowhere" in reading.main(page)
    assert "It answers slowly.</textarea>" in page.content.decode()
