"""Logins of other institutions: which account they open, that they make none, and what a liar gets."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

import charter_stage
from commonhub.communities import invitations as links
from commonhub.communities import models, roster
from commonhub.communities.people import Person
from commonhub.ground import errors
from commonhub.identity import presets, upstream_file
from identity import foreign_issuer, provider_stage
from identity.conftest import again, noted, signed_in, text

pytestmark = pytest.mark.slow

EVERYBODY = len(charter_stage.EVERYBODY)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[foreign_issuer.Issuer, foreign_issuer.Issuer]]:
    with foreign_issuer.running() as one, foreign_issuer.running() as other:
        yield one, other


@pytest.fixture
def issuer(running) -> foreign_issuer.Issuer:
    running[0].person, running[0].says, running[0].told = dict(foreign_issuer.WHO), {}, []
    return running[0]


@pytest.fixture
def other(running) -> foreign_issuer.Issuer:
    running[1].person, running[1].says = dict(foreign_issuer.WHO), {}
    return running[1]


def entry(issuer: foreign_issuer.Issuer, name: str, **more: object) -> dict[str, object]:
    return {
        "id": name,
        "name": name.title(),
        "issuer": issuer.address,
        "client_id": "portal",
        "secret": issuer.secret,
    } | more


def write(path: Path, *providers: dict[str, object], mode: int = 0o600) -> Path:
    path.write_text(yaml.safe_dump({"providers": list(providers)}))
    path.chmod(mode)
    return path


@pytest.fixture
def connected(door, issuer, other, settings, tmp_path) -> Path:
    """The portal knows both issuers. The first may vouch for its own domain."""
    path = tmp_path / "upstream.yaml"
    settings.UPSTREAM_FILE = write(path, entry(issuer, "college", vouches_for=["Example.edu"]), entry(other, "other"))
    return path


def begin(browser: Client, name: str = "college", **values: str) -> str:
    """Press the button; gives the address to which the browser goes on."""
    answer = browser.post(f"/sign-in/with/{name}", {"process": "login"} | values)
    assert answer.status_code == 200, text(answer)
    return answer.context["target"]


def come_back(browser: Client, address: str):
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def by_login(browser: Client, issuer: foreign_issuer.Issuer, name: str = "college", **values: str):
    return come_back(browser, issuer.agree(begin(browser, name, **values)))


def link_to(handle: str, sub: str = "grace-7", name: str = "college") -> None:
    SocialAccount.objects.create(user=charter_stage.person(handle), provider=name, uid=sub)


def test_the_sign_in_page_offers_the_issuers(connected):
    words = text(Client().get("/sign-in"))
    assert "Sign in with College" in words
    assert "Sign in with Other" in words


def test_a_linked_login_opens_its_account_and_no_other(connected, issuer):
    link_to("eve")
    browser = Client()
    assert by_login(browser, issuer).status_code == 302
    assert browser.get("/account/").context["user"].handle == "eve"
    assert noted("session.begin")[0].words == "Signed in by their login at college."
    assert not SocialToken.objects.exists()


def test_the_portal_asks_with_a_state_and_with_pkce(connected, issuer):
    by_login(Client(), issuer)
    asked = issuer.told[0]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16
    assert asked["redirect_uri"].endswith("/sign-in/with/college/back")


def test_a_link_alone_sends_nobody_away(connected, issuer):
    answer = Client().get("/sign-in/with/college")
    assert answer.status_code == 200
    assert "Go to College?" in text(answer)


def test_an_unknown_login_makes_no_account_and_is_told_what_would(connected, issuer):
    browser = Client()
    answer = by_login(browser, issuer)
    assert answer.status_code == 403
    assert "no account here is connected with that login" in text(answer)
    assert Person.objects.count() == EVERYBODY
    assert not signed_in(browser)


def test_an_address_alone_opens_nothing_even_when_it_is_verified(connected, issuer):
    issuer.person |= {"email": "eve@example.org", "email_verified": True}
    assert by_login(Client(), issuer).status_code == 403
    assert not SocialAccount.objects.exists()


@pytest.fixture
def expected(door) -> Person:
    """Grace is on a roster, and has not come yet."""
    return roster.add(
        charter_stage.asker("dan"),
        "reef/main",
        roster.NewPerson(handle="hopper", name="G. Hopper", email="Grace@example.edu"),
        now=door,
    )


def test_an_expected_person_is_known_by_an_address_that_their_issuer_verified_and_vouches_for(
    connected, issuer, expected
):
    issuer.person["email_verified"] = True
    browser = Client()
    assert by_login(browser, issuer).status_code == 302
    person = browser.get("/account/").context["user"]
    assert (person.pk, person.handle) == (expected.pk, "hopper")
    assert person.claimed
    assert person.email_verified
    assert by_login(Client(), issuer).status_code == 302


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email_verified": True, "email": "grace@example.edu.evil.example"},
        {"email_verified": True, "email": "grace@evil.example"},
        {"email_verified": True, "email": ""},
        {"email_verified": True, "email": "grace@example.edu, eve@example.org"},
    ],
)
def test_an_expected_person_is_not_known_by_less(connected, issuer, expected, claims):
    issuer.person |= claims
    assert by_login(Client(), issuer).status_code == 403
    expected.refresh_from_db()
    assert expected.claimed is None


def test_an_issuer_vouches_for_no_domain_that_it_was_not_given(connected, other, expected):
    other.person["email_verified"] = True
    assert by_login(Client(), other, "other").status_code == 403
    expected.refresh_from_db()
    assert expected.claimed is None


def test_a_held_account_is_not_opened_by_its_address(connected, issuer, expected, door):
    Person.objects.filter(pk=expected.pk).update(claimed=door)
    issuer.person["email_verified"] = True
    assert by_login(Client(), issuer).status_code == 403


@pytest.fixture
def link(door) -> str:
    return links.invite(charter_stage.asker("dan"), "reef/main", most=2, now=door)[1]


def test_an_invited_person_makes_their_account_with_their_institutions_login(connected, issuer, link):
    browser = Client()
    onward = browser.post(f"/invitations/{link}/with/college")
    answer = come_back(browser, issuer.agree(onward.context["target"]))
    assert answer.headers["Location"] == "/sign-in/new"
    page = browser.get("/sign-in/new")
    assert 'value="grace"' in page.content.decode()
    assert 'value="Grace Hopper"' in page.content.decode()
    assert not Person.objects.filter(handle="grace").exists()
    done = browser.post("/sign-in/new", {"handle": "grace-h", "name": "Grace Hopper"}, follow=True)
    assert done.redirect_chain == [("/joined/reef/main", 302)]
    person = charter_stage.person("grace-h")
    assert not person.has_usable_password()
    assert person.can_sign_in
    assert (person.email, person.email_verified) == ("", None)
    assert models.Membership.objects.filter(person=person, hub_id="reef/main").exists()
    assert by_login(Client(), issuer).status_code == 302
    assert "commonhub.invitation" not in browser.session


def test_the_handle_stays_when_the_institution_renames_the_person(connected, issuer):
    link_to("eve")
    issuer.person |= {
        "preferred_username": "alice",
        "email": "alice@example.org",
        "name": "Alice",
        "email_verified": True,
    }
    browser = Client()
    by_login(browser, issuer)
    assert browser.get("/account/").context["user"].handle == "eve"
    assert charter_stage.person("eve").name == "Eve Banda"


def test_a_login_that_proposes_a_taken_handle_gets_another_and_cannot_insist(connected, issuer, link):
    issuer.person["preferred_username"] = "alice"
    browser = Client()
    come_back(browser, issuer.agree(browser.post(f"/invitations/{link}/with/college").context["target"]))
    assert 'value="alice-2"' in browser.get("/sign-in/new").content.decode()
    assert browser.post("/sign-in/new", {"handle": "alice", "name": "A"}).status_code == 400
    assert Person.objects.count() == EVERYBODY


def test_without_the_invitation_the_last_step_leads_nowhere(connected, issuer, link):
    browser = Client()
    come_back(browser, issuer.agree(browser.post(f"/invitations/{link}/with/college").context["target"]))
    models.Invitation.objects.update(revoked=charter_stage.person("eve").made)
    assert browser.post("/sign-in/new", {"handle": "grace", "name": "G"}).headers["Location"] == "/sign-in"
    assert Client().get("/sign-in/new").headers["Location"] == "/sign-in"
    assert Person.objects.count() == EVERYBODY


def test_one_person_connects_the_logins_of_two_institutions_and_lets_one_go(connected, issuer, other, enter):
    eve = enter("eve")
    again(eve)
    for name, each in (("college", issuer), ("other", other)):
        answer = come_back(eve, each.agree(begin(eve, name, process="connect")))
        assert answer.headers["Location"] == "/account/logins"
    assert SocialAccount.objects.filter(user__handle="eve").count() == 2
    assert by_login(Client(), other, "other").status_code == 302
    number = SocialAccount.objects.get(provider="college").pk
    eve.post("/account/logins", {"account": number})
    assert by_login(Client(), issuer).status_code == 403
    assert [entry.verb for entry in (*noted("login.connect"), *noted("login.disconnect"))] == [
        "login.connect",
        "login.connect",
        "login.disconnect",
    ]


def test_a_login_whose_issuer_has_gone_can_be_let_go(connected, enter):
    link_to("eve", name="gone")
    eve = enter("eve")
    again(eve)
    assert eve.get("/account/logins").status_code == 200
    eve.post("/account/logins", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()


def test_connecting_asks_for_the_password_again(connected, issuer, enter):
    eve = enter("eve")
    answer = come_back(eve, issuer.agree(begin(eve, process="connect")))
    assert answer.headers["Location"] == "/account/again"
    assert not SocialAccount.objects.exists()


def test_a_login_that_is_anothers_cannot_be_connected(connected, issuer, enter):
    link_to("alice")
    mallory = enter("mallory")
    again(mallory)
    come_back(mallory, issuer.agree(begin(mallory, process="connect")))
    assert SocialAccount.objects.get().user.handle == "alice"


def test_an_answer_that_this_browser_did_not_begin_is_refused(connected, issuer):
    link_to("mallory")
    planted = issuer.agree(begin(Client()))  # mallory begins, and sends the victim's browser the end of it
    victim = Client()
    answer = come_back(victim, planted)
    assert answer.status_code == 401
    assert "does not belong to what this browser began" in text(answer)
    assert not signed_in(victim)


def test_an_answer_works_once(connected, issuer):
    link_to("eve")
    browser = Client()
    address = issuer.agree(begin(browser))
    assert come_back(browser, address).status_code == 302
    browser.post("/sign-out")
    assert come_back(browser, address).status_code == 401


def test_a_state_of_one_issuer_is_of_no_use_with_another(connected, issuer, other):
    link_to("alice", name="other")
    browser = Client()
    state = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    other.codes["c"] = {"redirect_uri": "x", "code_challenge": "x"}
    assert browser.get(f"/sign-in/with/other/back?code=c&state={state}").status_code == 401
    assert "c" in other.codes  # it was not even asked
    assert not signed_in(browser)


def test_the_answer_must_name_the_issuer_that_was_asked_where_it_names_one(connected, issuer, other):
    link_to("eve")
    issuer.says["answer"] = {"iss": other.address}
    assert by_login(Client(), issuer).status_code == 401
    issuer.says["answer"] = {"iss": issuer.address}
    assert by_login(Client(), issuer).status_code == 302


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://elsewhere.example"},
        {"id_token": {"iss": "https://elsewhere.example"}},
        {"id_token": {"aud": "somebody-else"}},
        {"id_token": {"exp": 1}},
        {"id_token": {"sub": "grace-8"}},
        {"userinfo": {"sub": "grace-8"}},
        {"without": ["id_token"]},
        {"without": ["access_token"]},
    ],
    ids=json.dumps,
)
def test_a_lie_opens_nothing(connected, issuer, lie):
    link_to("eve", "grace-8")
    link_to("dan", "grace-7")
    browser = Client()
    if "issuer" in lie:
        issuer.says = lie
        assert browser.post("/sign-in/with/college", {"process": "login"}).status_code == 502
        return
    address = begin(browser)
    issuer.says = lie
    answer = come_back(browser, issuer.agree(address))
    assert answer.status_code in {401, 502}
    assert not signed_in(browser)


def test_who_says_no_over_there_is_back_at_the_door(connected, issuer):
    browser = Client()
    state = parse_qs(urlsplit(begin(browser)).query)["state"][0]
    answer = browser.get(f"/sign-in/with/college/back?error=access_denied&state={state}", follow=True)
    assert "You stopped signing in" in text(answer)


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "http://localhost:9/"])
def test_nobody_is_sent_to_another_site_after_a_login_elsewhere(connected, issuer, to):
    link_to("eve")
    answer = by_login(Client(), issuer, next=to)
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith(("//", "/\\"))


def test_a_login_elsewhere_does_not_jump_over_the_second_step(connected, issuer, give_password):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415 - needs settings

    TOTP.activate(give_password("eve"), generate_totp_secret())
    link_to("eve")
    browser = Client()
    assert by_login(browser, issuer).headers["Location"] == "/sign-in/second-step"
    assert not signed_in(browser)


def test_an_issuer_that_does_not_answer_is_said_in_words(connected, issuer, settings, tmp_path):
    settings.UPSTREAM_FILE = write(tmp_path / "dead.yaml", entry(issuer, "dead") | {"issuer": "http://127.0.0.1:9"})
    answer = Client().post("/sign-in/with/dead", {"process": "login"})
    assert answer.status_code == 502
    assert "Dead does not answer" in text(answer)


@pytest.mark.parametrize("path", ["/sign-in/with/nobody", "/sign-in/with/github", "/sign-in/with/nobody/back"])
def test_an_issuer_that_is_not_connected_has_no_page(connected, path):
    assert Client().post(path).status_code == 404


def test_a_file_that_others_may_read_connects_nobody_and_shuts_no_other_door(connected, issuer, enter):
    connected.chmod(0o640)
    assert "Sign in with College" not in text(Client().get("/sign-in"))
    assert signed_in(enter("eve"))
    with pytest.raises(errors.CommonhubError, match="others on this machine may read it"):
        upstream_file.read(connected)


GOOD = {"id": "college", "issuer": "https://login.example.edu", "client_id": "x", "secret": "very-secret-word"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issuer": "http://login.example.edu"}, "not an https address"),
        ({"issuer": ""}, "not an https address"),
        ({"issuer": "ftp://x"}, "not an https address"),
        ({"preset": "myspace"}, "no preset"),
        ({"preset": "github"}, "go together"),
        ({"id": "github"}, "go together"),
        ({"id": "../x"}, "id"),
        ({"secrets": "x"}, "secrets"),
        ({"client_id": ""}, "client_id"),
        ({"secret": 5}, "secret"),
    ],
)
def test_a_fault_of_the_file_is_said_without_its_secrets(tmp_path, change, words):
    path = write(tmp_path / "upstream.yaml", GOOD | change)
    with pytest.raises(errors.CommonhubError, match=words) as found:
        upstream_file.read(path)
    assert "very-secret-word" not in str(found.value)


def test_the_same_id_twice_and_text_that_is_no_yaml_are_faults(tmp_path):
    with pytest.raises(errors.CommonhubError, match="twice"):
        upstream_file.read(write(tmp_path / "twice.yaml", GOOD, GOOD))
    path = write(tmp_path / "no.yaml")
    path.write_text("providers: [")
    with pytest.raises(errors.CommonhubError, match="not YAML in line"):
        upstream_file.read(path)
    assert upstream_file.read(tmp_path / "none.yaml") == ()


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_each_preset_needs_no_more_than_what_its_issuer_gave(tmp_path, preset):
    given = {"id": preset, "preset": preset, "client_id": "x", "secret": "y"}
    found = upstream_file.read(write(tmp_path / "upstream.yaml", given))[0]
    assert found.name == presets.PRESETS[preset].name
    assert found.uid in {"sub", "id"}
    assert presets.PRESETS[preset].uid_because
    assert not found.vouches_for
    assert "y" not in repr(found).replace("secret=SecretStr('**********')", "")[-30:]


def agree_there(there: provider_stage.visitor.Visitor, address: str) -> str:
    """The person signs in at the other portal and agrees; gives where their browser is sent."""
    page = there.get(address)
    if page.status_code == 200:
        given = {**provider_stage.visitor.fields(page.text), "action": "grant", "scopes": ["openid", "profile"]}
        page = there.post("/identity/o/authorize", given, headers={"Referer": address})
    return page.headers["Location"]


def test_another_commonhub_is_an_issuer_too(door, enter, settings, tmp_path, state_folder):
    """A real second provider: allauth's, in two processes of its own."""
    with provider_stage.portal(state_folder) as far:
        made = far.act("register", uri="http://localhost/sign-in/with/far/back", out="http://localhost/")
        settings.UPSTREAM_FILE = write(
            tmp_path / "upstream.yaml",
            {"id": "far", "name": "Far", "issuer": f"{far.base}/identity", "client_id": made["client_id"]}
            | {"secret": made["secret"], "scopes": ["openid", "profile"]},
        )
        there = far.browser("eve")
        eve = enter("eve", browser=Client(SERVER_NAME="localhost"))
        again(eve)
        come_back(eve, agree_there(there, begin(eve, "far", process="connect")))
        assert SocialAccount.objects.get().user.handle == "eve"
        fresh = Client(SERVER_NAME="localhost")
        come_back(fresh, agree_there(there, begin(fresh, "far")))
        assert fresh.get("/account/").context["user"].handle == "eve"
        stranger = Client(SERVER_NAME="localhost")
        answer = come_back(stranger, agree_there(far.browser("mallory"), begin(stranger, "far")))
        assert answer.status_code == 403
        assert not signed_in(stranger)
