"""What is tried against the provider: each refusal seen over real HTTP."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator

import pytest
import requests

from identity import provider_stage as stage
from identity import provider_visitor as visitor

pytestmark = pytest.mark.slow

FOREIGN = "https://wiki.example.org/back"
LEADS_AWAY = re.compile(r'(?:href|src|action|content)="[^"]*evil\.example')
HERE = visitor.CALLBACKS["reef/main"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Portal]:
    with stage.portal(tmp_path_factory.mktemp("state")) as portal:
        yield portal


@pytest.fixture
def portal(running: stage.Portal) -> stage.Portal:
    running.act("renew")
    return running


@pytest.fixture(scope="module")
def signed_in(running: stage.Portal) -> visitor.Visitor:
    return running.browser("eve")


@pytest.fixture
def eve(portal: stage.Portal, signed_in: visitor.Visitor) -> visitor.Visitor:
    """Eve's browser. She stays signed in from one test to the next."""
    return signed_in


@pytest.mark.parametrize(
    "place",
    [
        HERE + "/",
        HERE + "/../evil",
        HERE + "?next=https://evil.example.com",
        HERE + "#token",
        HERE + "%2f..%2fevil",
        HERE.replace("http://", "https://"),
        HERE.replace(":9999", ":9998"),
        HERE.replace(":9999", ""),
        HERE.replace("reef.localhost", "evil.reef.localhost"),
        HERE.replace("reef.localhost", "REEF.localhost"),
        HERE.replace("reef.localhost", "eve:x@reef.localhost"),
        HERE.replace("reef.localhost", "reef.localhost@evil.example.com"),
        HERE.replace("reef.localhost:9999", "evil.example.com\\@reef.localhost:9999"),
        HERE.replace("/hub", "//hub"),
        " " + HERE,
        HERE + "\nhttps://evil.example.com",
        f"{HERE}\r\nSet-Cookie: a=b",
        "//evil.example.com/hub/oauth_callback",
        "javascript:alert(1)//reef.localhost:9999/hub/oauth_callback",
        visitor.CALLBACKS["reef/lab"],
        "",
        None,
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_letter_by_letter_the_hubs_own(
    place: str | None, eve: visitor.Visitor
):
    answer = eve.ask(redirect_uri=place)
    assert answer.response.status_code == 400
    assert not answer.place
    assert not LEADS_AWAY.search(answer.response.text)
    assert visitor.Visitor(eve.base).ask(redirect_uri=place).response.status_code == 400, "also before signing in"


@pytest.mark.parametrize("client", ["hub.reef.nowhere", "hub.reef", "reef/main", "", None, "x" * 3000])
def test_an_unknown_client_gets_a_page_with_status_400(client: str | None, eve: visitor.Visitor):
    answer = eve.ask(client_id=client)
    assert answer.response.status_code == 400
    assert not answer.place
    assert "Open your hub from the list of your hubs" in answer.response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "=" * 43}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example.com/r"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"id_token_hint": "e30.e30.e30"}, "login_required"),
    ],
)
def test_a_request_that_is_not_as_it_must_be_goes_back_as_an_error(
    changes: dict[str, str | None], error: str, eve: visitor.Visitor
):
    answer = eve.ask(**changes)
    assert answer.place.startswith(HERE + "?"), answer.response.text
    assert (answer.error, answer.code) == (error, None)
    assert answer.said["state"] == "s-1"
    assert answer.said["iss"] == f"{eve.base}/identity"


def test_a_value_that_is_given_twice_is_refused(eve: visitor.Visitor):
    asked = eve.ask().response.request.url
    for twice in ("redirect_uri=https://evil.example.com", "code_challenge_method=plain", "client_id=hub.reef.lab"):
        answer = eve.get(f"{asked}&{twice}")
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_a_wrong_verifier_gets_nothing(portal: stage.Portal, eve: visitor.Visitor):
    for verifier in ("", "x" * 43, visitor.proof().verifier):
        refused = portal.hub().trade(eve.ask(), code_verifier=verifier)
        assert refused.status_code == 400
        assert "access_token" not in refused.json()
    answer = eve.ask()
    refused = portal.hub().trade(answer, code_verifier=answer.proof.challenge)
    assert refused.json()["error"] == "invalid_grant", "the challenge is no verifier"


def test_a_wrong_secret_gets_nothing(portal: stage.Portal, eve: visitor.Visitor):
    for secret in ("", "wrong", visitor.SECRETS["reef/lab"], visitor.SECRETS["reef/main"] + "0"):
        refused = portal.hub().trade(eve.ask(), client_secret=secret)
        assert refused.status_code == 401
        assert refused.json()["error"] == "invalid_client"


def test_a_code_is_good_once(portal: stage.Portal, eve: visitor.Visitor):
    answer = eve.ask()
    assert portal.hub().trade(answer).status_code == 200
    assert portal.hub().trade(answer).json()["error"] == "invalid_grant"


def test_a_code_of_one_hub_is_nothing_at_another(portal: stage.Portal, eve: visitor.Visitor):
    answer = eve.ask()
    for place in (visitor.CALLBACKS["reef/lab"], HERE):
        refused = portal.hub("reef/lab").trade(answer, redirect_uri=place)
        assert refused.json()["error"] == "invalid_grant"
    assert portal.hub().trade(answer, redirect_uri=visitor.CALLBACKS["reef/lab"]).status_code == 400


def test_a_stolen_refresh_token_is_nothing_at_another_hub(portal: stage.Portal):
    got = portal.tokens()
    assert portal.hub("reef/lab").refresh(got["refresh_token"]).json()["error"] == "invalid_grant"
    assert portal.hub().refresh(got["refresh_token"]).status_code == 200


def test_a_hub_ends_its_own_tokens_and_nobody_elses(portal: stage.Portal):
    got = portal.tokens()
    assert portal.hub("reef/lab").revoke(got["access_token"]).status_code == 400
    assert portal.hub().userinfo(got["access_token"]).status_code == 200
    basic = (portal.hub("reef/lab").client_id, visitor.SECRETS["reef/lab"])
    sly = requests.post(
        f"{portal.base}/identity/o/api/revoke",
        data={"token": got["access_token"], "client_id": portal.hub().client_id},
        auth=basic,
        timeout=visitor.WAIT,
    )
    assert sly.status_code == 400
    assert portal.hub().userinfo(got["access_token"]).status_code == 200
    assert portal.hub().revoke(got["access_token"]).status_code == 200
    assert portal.hub().userinfo(got["access_token"]).status_code == 401


@pytest.mark.parametrize("where", ["query", "cookie", "nothing", "scrambled", "refresh token", "identity token"])
def test_claims_are_told_to_the_bearer_of_an_access_token_alone(where: str, portal: stage.Portal):
    got = portal.tokens()
    place, headers = f"{portal.base}/identity/o/api/userinfo", {}
    if where == "query":
        place += f"?access_token={got['access_token']}"
    if where == "cookie":
        headers = {"Cookie": portal.browser("eve").get("/health").request.headers["Cookie"]}
    bearer = {
        "scrambled": got["access_token"][::-1],
        "refresh token": got["refresh_token"],
        "identity token": got["id_token"],
    }
    if where in bearer:
        headers = {"Authorization": f"Bearer {bearer[where]}"}
    answer = requests.get(place, headers=headers, timeout=visitor.WAIT)
    assert answer.status_code in {401, 403}, answer.text
    assert "eve" not in answer.text


@pytest.mark.parametrize(
    "grant", ["password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "x"]
)
def test_other_ways_to_a_token_are_closed(grant: str, portal: stage.Portal):
    refused = portal.hub().refresh("x", grant_type=grant, username="eve", password=visitor.PASSWORD, device_code="x")
    assert refused.status_code in {400, 401}
    assert "access_token" not in refused.json()


@pytest.mark.parametrize("path", ["o/device", "o/api/device/code", "o/api/clients", "o/api/introspect"])
def test_what_is_not_offered_is_not_there(path: str, eve: visitor.Visitor):
    assert eve.get(f"/identity/{path}").status_code == 404
    assert eve.post(f"/identity/{path}", {}).status_code in {403, 404}


def test_a_forged_host_changes_no_address(portal: stage.Portal):
    for host in ("127.0.0.1", "[::1]:81", "localhost"):
        said = requests.get(
            f"{portal.base}/identity/.well-known/openid-configuration",
            headers={"Host": host, "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "https"},
            timeout=visitor.WAIT,
        ).json()
        places = [value for value in said.values() if isinstance(value, str)]
        assert said["issuer"] == f"{portal.base}/identity"
        assert all(place.startswith(f"{portal.base}/identity/") for place in places if place != said["issuer"])
    evil = requests.get(
        f"{portal.base}/identity/.well-known/openid-configuration", headers={"Host": "evil.example.com"}, timeout=10
    )
    assert evil.status_code == 400


def test_an_identity_token_names_the_issuer_whatever_host_was_asked(portal: stage.Portal, eve: visitor.Visitor):
    there = visitor.Hub(portal.base.replace("localhost", "127.0.0.1"))
    body = there.trade(eve.ask()).json()["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["iss"] == f"{portal.base}/identity"


def test_the_key_of_a_session_changes_at_sign_in(portal: stage.Portal):
    eve = portal.browser()
    eve.get("/sign-in")
    eve.session.cookies.set("commonhub_session", "a" * 32, domain="localhost.local", path="/")
    assert eve.sign_in("eve").status_code == 302
    planted = visitor.Visitor(portal.base)
    planted.session.cookies.set("commonhub_session", "a" * 32, domain="localhost.local", path="/")
    assert planted.ask().code is None
    assert planted.ask().place.startswith("/sign-in")


def test_a_silent_request_tells_nothing_of_a_stranger_and_lets_no_foreigner_in(portal: stage.Portal):
    assert portal.browser().ask(prompt="none").error == "login_required"
    mallory = portal.browser("mallory").ask(prompt="none")
    assert (mallory.error, mallory.response.status_code) == ("access_denied", 302)
    made = portal.act("register", uri=FOREIGN, out="https://wiki.example.org/")
    eve = portal.browser("eve")
    portal.hub().trade(eve.ask())  # tokens of one client must not count as consent to another
    answer = eve.ask(client_id=made["client_id"], redirect_uri=FOREIGN, prompt="none", scope="openid profile email")
    assert (answer.error, answer.code) == ("consent_required", None)
    assert eve.ask(prompt="none").code, "a hub may come silently"


def test_an_answer_that_another_site_sends_for_the_person_is_refused(portal: stage.Portal, eve: visitor.Visitor):
    made = portal.act("register", uri=FOREIGN, out="https://wiki.example.org/")
    page = eve.ask(client_id=made["client_id"], redirect_uri=FOREIGN, scope="openid profile").response
    given = visitor.fields(page.text)
    given.pop("csrfmiddlewaretoken")
    forged = eve.post("/identity/o/authorize", {**given, "action": "grant"})
    assert forged.status_code == 403
    assert "Location" not in forged.headers
    scrambled = {**visitor.fields(page.text), "action": "grant"}
    scrambled["request"] = scrambled["request"][:-4] + "aaaa"
    assert eve.post("/identity/o/authorize", scrambled, headers={"Referer": eve.base}).status_code == 403


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example.com/",
        "//evil.example.com",
        HERE,
        "http://reef.localhost:9999/x",
        "http://a@reef.localhost:9999/",
    ],
)
def test_signing_out_leads_nowhere_but_to_registered_addresses(place: str, portal: stage.Portal, eve: visitor.Visitor):
    token = portal.hub().trade(eve.ask()).json()["id_token"]
    answer = eve.get("/identity/o/logout", params={"id_token_hint": token, "post_logout_redirect_uri": place})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert eve.ask().code, "and nobody was signed out"


def test_a_hub_that_shows_whom_it_means_signs_them_out_and_gets_them_back(portal: stage.Portal):
    eve = portal.browser("eve")
    got = portal.hub().trade(eve.ask()).json()
    home = "http://reef.localhost:9999/"
    said = {"id_token_hint": got["id_token"], "post_logout_redirect_uri": home, "state": "z"}
    answer = eve.get("/identity/o/logout", params=said)
    assert answer.headers["Location"] == f"{home}?state=z"
    assert eve.ask().place.startswith("/sign-in")
    assert portal.hub().userinfo(got["access_token"]).status_code == 401


def test_somebody_elses_identity_token_signs_nobody_out(portal: stage.Portal, eve: visitor.Visitor):
    dans = portal.tokens("dan")["id_token"]
    answer = eve.get("/identity/o/logout", params={"id_token_hint": dans})
    assert answer.status_code == 200
    unasked = eve.post("/identity/o/logout", {"id_token_hint": dans, "action": "logout"})
    assert unasked.status_code in {200, 403}
    assert eve.ask().code


def test_an_old_code_is_worth_nothing_and_codes_are_long(portal: stage.Portal, eve: visitor.Visitor):
    codes = {eve.ask().code for _ in range(5)}
    assert len(codes) == 5
    assert min(len(code) for code in codes if code) >= 30


def test_no_secret_is_in_the_log(portal: stage.Portal, eve: visitor.Visitor):
    answer = eve.ask()
    got = portal.hub().trade(answer).json()
    portal.hub().trade(answer)
    log = (portal.state / "log").read_text(encoding="utf-8")
    secrets = [answer.code, got["access_token"], got["refresh_token"], *visitor.SECRETS.values(), visitor.PASSWORD]
    assert not [secret for secret in secrets if secret and secret in log]
    assert log.count("Traceback") == log.count("exceptions.DisallowedHost: "), log[-3000:]


@pytest.mark.parametrize(
    "odd", ["\ud7ff", "%", "%zz", "a" * 1900, "{}", "[]=1", "&&;;", "\u202e", "'--", "<script>alert(1)</script>"]
)
def test_odd_words_break_nothing(odd: str, portal: stage.Portal, eve: visitor.Visitor):
    for name in ("state", "nonce", "scope", "prompt", "claims", "ui_locales", "max_age", "resource", "login_hint"):
        answer = eve.ask(**{name: odd})
        assert answer.response.status_code in {200, 302, 400}, (name, answer.response.text)
        assert "<script>alert" not in answer.response.text
    hashed = hashlib.sha256(odd.encode(errors="replace")).hexdigest()
    for given in ({"grant_type": odd}, {"grant_type": "refresh_token", "refresh_token": odd}, {odd: hashed}):
        assert portal.hub().refresh("x", **given).status_code in {400, 401}
    bearer = base64.b64encode(odd.encode(errors="replace")).decode()
    assert portal.hub().userinfo(bearer).status_code == 401
