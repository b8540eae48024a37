"""Sessions are listed, ended one by one, and ended everywhere."""

import pytest
from allauth.idp.oidc.models import Client as RelyingParty
from allauth.idp.oidc.models import Token
from django.test import Client

import charter_stage
from commonhub.communities import models
from commonhub.ground import errors
from commonhub.identity import browsers, sessions, tokens
from identity.conftest import PASSWORD, noted, signed_in, text

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"


def row_of(person: str, browser: Client) -> int:
    found = sessions.of(charter_stage.person(person), key=browser.session.session_key)
    return next(each.number for each in found if each.here)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Linux"),
        (PHONE, "Chrome · Android"),
        ("curl/8.5", "curl"),
        ("Thing/1.0", "Thing/1.0"),
        ("", "?"),
    ],
)
def test_a_browser_is_known_again_by_its_words(agent, words):
    assert browsers.in_words(agent) == words


def test_the_page_lists_where_one_is_signed_in(enter):
    here = enter("eve", headers={"user-agent": FIREFOX})
    enter("eve", headers={"user-agent": PHONE}, REMOTE_ADDR="192.0.2.7")
    enter("mallory", headers={"user-agent": "Thing/1.0"})
    words = text(here.get("/account/sessions"))
    assert "Firefox · Linux this one" in words
    assert "Chrome · Android" in words
    assert "192.0.2.7" in words
    assert "Thing" not in words


def test_one_session_is_ended_from_another(enter):
    here, there = enter("eve"), enter("eve")
    here.post(f"/account/sessions/{row_of('eve', there)}/end")
    assert signed_in(here)
    assert not signed_in(there)
    assert noted("session.end")[0].subject == "eve"


def test_another_persons_session_is_not_found(enter):
    alice, mallory = enter("alice"), enter("mallory")
    answer = mallory.post(f"/account/sessions/{row_of('alice', alice)}/end", follow=True)
    assert "no such session" in text(answer)
    assert signed_in(alice)


def test_signing_out_everywhere_ends_sessions_tokens_and_hubs(enter, door):
    here, there, other = enter("eve"), enter("eve"), enter("mallory")
    _, token = tokens.make(charter_stage.asker("eve"), name="x", scopes=[], days=9, now=door)
    hub = RelyingParty.objects.create(id="reef/main", name="hub", secret="!")
    Token.objects.create(client=hub, user=charter_stage.person("eve"), type=Token.Type.REFRESH_TOKEN, hash="x")
    answer = here.post("/account/sessions/end", follow=True)
    assert "signed out everywhere" in text(answer)
    assert not signed_in(here)
    assert not signed_in(there)
    assert signed_in(other)
    with pytest.raises(errors.RefusedError):
        tokens.authenticate(token, now=door)
    assert not Token.objects.exists()
    assert [(row.hub_id, row.handle) for row in models.Ending.objects.all()] == [("reef/main", "eve")]
    assert noted("session.end-everywhere")[0].details == {"hubs": 1}


def test_an_engineer_ends_somebodys_sessions_and_a_hub_administrator_does_not(enter, door):
    eve = enter("eve")
    with pytest.raises(errors.RefusedError):
        sessions.end_of(charter_stage.asker("dan"), "eve", now=door)
    assert signed_in(eve)
    sessions.end_of(charter_stage.asker("alice"), "eve", now=door)
    assert not signed_in(eve)
    assert [entry.outcome for entry in noted("session.end-person")] == ["refused", "done"]


@pytest.mark.parametrize("path", ["/account/sessions/end", "/account/sessions/1/end", "/account/tokens/1/revoke"])
def test_a_link_ends_nothing(enter, path):
    eve = enter("eve")
    assert eve.get(path).status_code == 405
    assert signed_in(eve)


def test_a_sign_in_over_another_persons_session_carries_nothing_over(enter, give_password):
    browser = enter("eve")
    browser.session["planted"] = True
    browser.post("/sign-out")
    give_password("mallory")
    browser.post("/sign-in", {"login": "mallory", "password": PASSWORD})
    assert "planted" not in browser.session
