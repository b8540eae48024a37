"""With a way to send mail: addresses that are shown to be theirs, and passwords set anew."""

import re

import pytest
from allauth.idp.oidc.models import Client as RelyingParty
from allauth.idp.oidc.models import Token
from django.core import mail
from django.test import Client

import charter_stage
from commonhub import settings as shipped
from commonhub.communities import access, endings, models
from commonhub.ground import errors
from commonhub.identity import tokens
from identity.conftest import PASSWORD, again, noted, sign_in, signed_in, text


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


@pytest.fixture
def opened(enter, door):
    """Eve is signed in, has a token, and her hub holds one: the browser and the token's text."""
    browser = enter("eve")
    _, token = tokens.make(charter_stage.asker("eve"), name="x", scopes=[], days=9, now=door)
    hub = RelyingParty.objects.create(id="hub.reef.main", name="hub", secret="!")
    Token.objects.create(client=hub, user=charter_stage.person("eve"), type=Token.Type.REFRESH_TOKEN, hash="x")
    return browser, token


def is_open(token: str, door) -> list[bool]:
    """Whether the token opens something, the hub keeps its own, and it is not told to end what runs there."""
    try:
        tokens.authenticate(token, now=door)
        good = True
    except errors.RefusedError:
        good = False
    return [good, Token.objects.exists(), not models.Ending.objects.filter(handle="eve").exists()]


def test_what_was_open_before_a_password_is_set_anew_is_open_no_more(opened, door):
    browser, token = opened
    assert is_open(token, door) == [True, True, True]
    Client().post("/sign-in/forgotten", {"email": "eve@example.org"})
    owner = Client()
    to = owner.get(link(), follow=True).redirect_chain[-1][0]
    assert (
        owner.post(to, {"password1": "another-long-password", "password2": "another-long-password"}).status_code == 302
    )
    assert is_open(token, door) == [False, False, False]
    assert not signed_in(browser)


@pytest.mark.parametrize("everywhere", [True, False])
def test_who_changes_their_password_chooses_whether_all_else_ends_and_stays_signed_in(opened, enter, door, everywhere):
    browser, token = opened
    other = enter("eve")
    again(browser)
    assert "everything I have open at hubs" in text(browser.get("/account/password"))
    values = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
    answer = browser.post("/account/password", values | ({"everywhere": "1"} if everywhere else {}))
    assert answer.status_code == 302, text(answer)
    assert is_open(token, door) == [not everywhere] * 3
    assert signed_in(browser)
    assert not signed_in(other)
    assert noted("password.change")[0].details == {"everywhere": everywhere}


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


def test_what_the_address_of_before_opened_ends_with_it(enter, door):
    models.Hub.objects.filter(pk__in=["reef/main", "reef/lab"]).update(domains=["example.org"])
    for handle, hub in (("mallory", "reef/main"), ("mallory", "reef/lab"), ("eve", "reef/main")):
        access.enter(hub, charter_stage.person(handle), now=door)
    models.Hub.objects.filter(pk="reef/lab").update(everyone=True)
    for handle in ("mallory", "eve"):
        browser = enter(handle)
        again(browser)
        browser.post("/account/e-mail", {"action_add": "", "email": f"{handle}@example.com"})
        Client().post(link())
        assert charter_stage.person(handle).email == f"{handle}@example.com"
    assert [(each.hub_id, each.handle) for each in endings.pending()] == [("reef/main", "mallory")]


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
