"""The second step: authenticator apps, printed recovery codes, and what happens when all is lost."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

import charter_stage
from commonhub.communities import models
from commonhub.ground import errors
from commonhub.identity import recovery, second_step
from identity.conftest import again, noted, sign_in, signed_in, text


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def protected(enter) -> tuple[str, list[str]]:
    """Eve has set up an app; gives its key and her recovery codes."""
    eve = enter("eve")
    again(eve)
    page = eve.get("/account/second-step/app")
    secret = page.context["form"].secret
    assert "<svg" in page.content.decode()
    shown = eve.post("/account/second-step/app", {"code": code_of(secret)}, follow=True)
    cache.clear()  # a code counts once within half a minute
    return secret, re.findall(r"<code>(\d{8})</code>", shown.content.decode())


def at_second_step(handle: str = "eve") -> Client:
    browser = Client()
    assert sign_in(browser, handle, to="/account/tokens").headers["Location"] == "/sign-in/second-step"
    return browser


def test_a_password_alone_opens_nothing_any_more(protected):
    browser = at_second_step()
    assert not signed_in(browser)
    assert browser.get("/sign-in/second-step").status_code == 200


def test_the_apps_code_opens_the_account_and_leads_where_one_wanted_to_go(protected):
    browser = at_second_step()
    answer = browser.post("/sign-in/second-step", {"code": code_of(protected[0])})
    assert answer.headers["Location"] == "/account/tokens"
    assert noted("session.begin")[-1].words == "Signed in by password and authenticator app."


def test_a_code_that_somebody_saw_does_not_work_again(protected):
    code = code_of(protected[0])
    assert at_second_step().post("/sign-in/second-step", {"code": code}).status_code == 302
    thief = at_second_step()
    assert thief.post("/sign-in/second-step", {"code": code}).status_code == 200
    assert not signed_in(thief)


def test_guessing_codes_is_refused_in_the_end_and_noted(protected):
    browser = at_second_step()
    for _ in range(50):
        browser.post("/sign-in/second-step", {"code": "000000"})
    assert browser.post("/sign-in/second-step", {"code": code_of(protected[0])}).status_code == 200
    assert not signed_in(browser)
    found = noted("second-step.fail")
    assert 1 <= len(found) <= 50
    assert {entry.outcome for entry in found} == {"refused"}


def test_ten_codes_are_shown_once_and_each_opens_the_account_once(protected):
    _, codes = protected
    assert len(set(codes)) == 10
    browser = at_second_step()
    assert browser.post("/sign-in/second-step", {"code": codes[3]}).status_code == 302
    assert at_second_step().post("/sign-in/second-step", {"code": codes[3]}).status_code == 200
    again(browser)
    page = browser.get("/account/second-step/codes")
    assert "9 codes are left" in text(page)
    assert not any(code in page.content.decode() for code in codes)
    assert noted("second-step.recover")[0].details == {"left": 9}
    assert "A recovery code was used; 9 are left." in models.Notice.objects.get(person__handle="eve").words


def test_new_codes_make_the_old_ones_worthless(protected):
    eve = at_second_step()
    eve.post("/sign-in/second-step", {"code": code_of(protected[0])})
    again(eve)
    shown = eve.post("/account/second-step/codes/new", follow=True)
    fresh = re.findall(r"<code>(\d{8})</code>", shown.content.decode())
    assert len(fresh) == 10
    assert not set(fresh) & set(protected[1])
    assert at_second_step().post("/sign-in/second-step", {"code": protected[1][0]}).status_code == 200


def test_the_database_alone_makes_no_codes(protected):
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert protected[0] not in kept
    assert not any(code in kept for code in protected[1])


def test_with_another_secret_key_it_is_said_what_to_do(protected, settings):
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert second_step.Adapter().decrypt(kept) == protected[0]
    settings.SECRET_KEY = "another-key"
    with pytest.raises(errors.UnavailableError, match="present secret key"):
        second_step.Adapter().decrypt(kept)


def test_who_stops_at_the_second_step_is_out(protected):
    browser = at_second_step()
    browser.post("/sign-out")
    assert browser.get("/sign-in/second-step").headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "path",
    [
        "/account/second-step/app",
        "/account/second-step/app/remove",
        "/account/second-step/codes",
        "/account/second-step/codes/new",
        "/account/second-step/passkeys/add",
    ],
)
def test_a_browser_left_open_does_not_change_the_second_step(protected, path):
    eve = at_second_step()
    eve.post("/sign-in/second-step", {"code": code_of(protected[0])})
    assert eve.get(path).headers["Location"].startswith(("/account/again", "/account/second-step/app/remove"))
    answer = eve.post(path, {"code": "1"})
    assert answer.status_code == 405 or answer.headers["Location"].startswith("/account/")
    assert Authenticator.objects.filter(user__handle="eve").count() == 2


def test_an_engineer_removes_what_is_lost_and_nobody_else_does(protected, door):
    with pytest.raises(errors.RefusedError):
        recovery.forget_second_step(charter_stage.asker("dan"), "eve", now=door)
    assert recovery.forget_second_step(charter_stage.asker("alice"), "eve", now=door) == 2
    browser = Client()
    assert sign_in(browser, "eve", to="/account/").headers["Location"] == "/account/"
    assert "removed your second step" in text(browser.get("/account/"))


def test_those_who_work_for_the_whole_fleet_are_reminded_and_not_locked_out(enter):
    assert "You work for the whole fleet" in text(enter("alice").get("/account/"))
    for handle in ("dan", "eve"):
        assert "whole fleet" not in text(enter(handle).get("/account/"))


def test_a_recovery_link_does_not_jump_over_the_second_step(protected, door):
    code = recovery.open_for(charter_stage.asker("dan"), "eve", now=door)
    browser = Client()
    answer = browser.post(f"/invitations/{code}", {"password": "dans-own-choice", "again": "dans-own-choice"})
    assert answer.headers["Location"] == "/sign-in/second-step"
    assert not signed_in(browser)
