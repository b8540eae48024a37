"""Each page of one's own account opens, for those it is for, and nothing of allauth that is not offered."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from identity.conftest import again, noted, signed_in, text

OPEN = ["/sign-in", "/sign-in/forgotten", "/sign-in/forgotten/sent", "/sign-in/forgotten/done", "/sign-in/closed"]
OPEN += ["/sign-in/cancelled", "/sign-in/forgotten/1-set-password"]
OWN = ["/account/", "/account/password", "/account/e-mail", "/account/e-mail/sent", "/account/second-step"]
OWN += ["/account/second-step/app", "/account/second-step/passkeys/add", "/account/logins", "/account/sessions"]
OWN += ["/account/tokens", "/sign-out"]


@pytest.mark.parametrize("path", OPEN)
def test_a_stranger_opens_the_pages_before_the_door(door, path):
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("path", OWN)
def test_a_stranger_is_sent_to_sign_in_from_pages_behind_it(door, path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("handle", ["eve", "alice"])
@pytest.mark.parametrize("path", OWN)
def test_everybody_opens_the_pages_of_their_own_account(enter, path, handle):
    eve = enter(handle)
    again(eve)
    answer = eve.get(path)
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()
    assert len(answer.content) < 50_000


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_signup_by_passkey",
        "account_request_login_code",
        "account_confirm_login_code",
        "mfa_download_recovery_codes",
        "mfa_signup_webauthn",
        "mfa_trust",
        "usersessions_list",
        "socialaccount_login_error",
    ],
)
def test_what_is_not_offered_has_no_address(door, name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["/accounts/signup/", "/account/signup", "/sign-in/code", "/account/phone"])
def test_addresses_of_what_is_not_offered_are_not_there(enter, path):
    assert enter("eve").get(path).status_code == 404


def test_without_a_way_to_send_mail_its_pages_are_not_there_and_sign_in_says_what_to_do(enter, settings):
    settings.MAIL_WORKS = False
    eve = enter("eve")
    assert eve.get("/account/e-mail").status_code == 404
    assert Client().get("/sign-in/forgotten").status_code == 404
    assert "can make you a link that sets a new one" in text(Client().get("/sign-in"))


def test_people_change_their_name_zone_and_language_and_never_their_handle(enter):
    eve = enter("eve")
    answer = eve.post(
        "/account/",
        {"name": " Eve  B. ", "time_zone": "Africa/Blantyre", "language": "de", "handle": "alice"},
        follow=True,
    )
    person = answer.context["user"]
    assert (person.handle, person.name, person.time_zone, person.language) == ("eve", "Eve B.", "Africa/Blantyre", "de")
    assert 'lang="de"' in answer.content.decode()
    assert [entry.actor for entry in noted("account.describe")] == ["eve"]


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"name": "a\u202eb"}, {"name": "Eve", "time_zone": "Moon/Base"}, {"name": "x" * 201}]
)
def test_what_cannot_be_kept_is_refused_in_words(enter, values):
    eve = enter("eve")
    answer = eve.post("/account/", {"time_zone": "", "language": ""} | values, follow=True)
    assert "said error" in answer.content.decode()
    assert answer.context["user"].name == "Eve Banda"


def test_changing_the_password_keeps_this_browser_and_ends_the_others(enter):
    here, there = enter("eve"), enter("eve")
    answer = here.post(
        "/account/password",
        {
            "oldpassword": "correct-horse-battery",
            "password1": "another-long-password",
            "password2": "another-long-password",
        },
    )
    assert answer.status_code == 302, text(answer)
    assert signed_in(here)
    assert not signed_in(there)
    assert noted("password.change")[0].subject == "eve"


@pytest.mark.parametrize("weak", ["short", "password123", "eve-banda-eve", "1234567890123"])
def test_a_weak_password_is_refused(enter, weak):
    eve = enter("eve")
    answer = eve.post(
        "/account/password", {"oldpassword": "correct-horse-battery", "password1": weak, "password2": weak}
    )
    assert answer.status_code == 200
    assert noted("password.change") == []
