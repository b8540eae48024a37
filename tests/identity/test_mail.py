"""With a way to send mail: addresses that are shown to be theirs, and passwords set anew."""

import re

import pytest
from django.core import mail
from django.test import Client

import charter_stage
from commonhub import settings as shipped
from commonhub.communities import models
from commonhub.ground import errors
from identity.conftest import again, noted, sign_in, text


@pytest.fixture(autouse=True)
def mails(settings):
    settings.MAIL_WORKS = True


def link() -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[-1].body)
    return found[1]


def test_a_password_is_set_anew_by_a_link_that_works_once(door, give_password):
    give_password("eve")
    browser = Client()
    browser.post("/sign-in/forgotten", {"email": "eve@example.org"})
    assert mail.outbox[-1].to == ["eve@example.org"]
    path = link()
    form = browser.get(path, follow=True)
    to = form.redirect_chain[-1][0]
    values = {"password1": "another-long-password", "password2": "another-long-password"}
    assert browser.post(to, values).headers["Location"] == "/sign-in/forgotten/done"
    assert sign_in(Client(), "eve", "another-long-password").status_code == 302
    assert "This link is over" in text(Client().get(path, follow=True))
    assert noted("password.reset")[0].subject == "eve"


def test_nobody_learns_whether_an_address_is_known(door):
    answers = [Client().post("/sign-in/forgotten", {"email": each}) for each in ("eve@example.org", "no@example.org")]
    assert [answer.headers["Location"] for answer in answers] == ["/sign-in/forgotten/sent"] * 2
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("state", [{"claimed": None}, {"is_active": False}])
def test_no_link_goes_to_an_account_that_nobody_holds(door, state):
    models.Person.objects.filter(handle="eve").update(**state)
    Client().post("/sign-in/forgotten", {"email": "eve@example.org"})
    assert mail.outbox == []


def test_an_address_counts_when_it_is_shown_to_be_theirs(enter):
    eve = enter("eve")
    again(eve)
    eve.post("/account/e-mail", {"action_add": "", "email": "eve@example.com"})
    assert charter_stage.person("eve").email == "eve@example.org"
    assert mail.outbox[-1].to == ["eve@example.com"]
    path = link()
    assert "Is this address yours?" in text(Client().get(path))
    Client().post(path)
    assert charter_stage.person("eve").email == "eve@example.com"
    assert noted("email.confirm")[0].subject == "eve"


def test_the_account_leads_to_its_address(enter):
    assert 'href="/account/e-mail"' in enter("eve").get("/account/").content.decode()


def test_an_address_of_somebody_else_is_refused(enter):
    mallory = enter("mallory")
    again(mallory)
    mallory.post("/account/e-mail", {"action_add": "", "email": "alice@example.org"})
    assert charter_stage.person("mallory").email == "mallory@example.org"
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("text_", "values"),
    [
        ("smtp://u:p%40@mail.example.org", {"host": "mail.example.org", "port": 587, "password": "p@", "tls": True}),
        ("smtps://mail.example.org", {"port": 465, "ssl": True, "tls": False}),
        ("smtp://localhost:2525", {"port": 2525, "tls": False, "ssl": False}),
    ],
)
def test_the_address_of_a_mail_server_is_understood(text_, values):
    found = shipped.mail_by(text_, here=False)
    assert {name: getattr(found, name) for name in values} == values
    assert "p@" not in repr(found)


def test_without_a_mail_server_mail_is_printed_here_and_nowhere_else():
    assert shipped.mail_by("", here=True).works
    assert not shipped.mail_by("", here=False).works
    with pytest.raises(errors.CommonhubError, match="not the address of a mail server"):
        shipped.mail_by("http://mail", here=False)
