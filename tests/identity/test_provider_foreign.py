"""A foreign relying party, made with Authlib: it reads the discovery document, asks, and checks signatures."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from authlib.oauth2.rfc6749 import OAuth2Token
from django.test import RequestFactory
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from identity import provider_stage as stage
from identity import provider_visitor as visitor

pytestmark = pytest.mark.slow

BACK = "https://wiki.example.org/back"
OUT = "https://wiki.example.org/"
DAY = 1.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Portal]:
    with stage.portal(tmp_path_factory.mktemp("state")) as portal:
        yield portal


@pytest.fixture
def portal(running: stage.Portal) -> stage.Portal:
    running.act("renew")
    return running


class Wiki:
    """The relying party: Authlib's client for Django, with a session of its own."""

    def __init__(self, portal: stage.Portal, made: dict[str, Any]) -> None:
        self.base = portal.base
        self.client_id = made["client_id"]
        self.session: dict[str, Any] = {}
        self.app: DjangoOAuth2App = OAuth().register(
            "commonhub",
            client_id=made["client_id"],
            client_secret=made["secret"],
            server_metadata_url=f"{portal.base}/identity/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
        )

    def send(self) -> str:
        """Where it sends a person to sign in."""
        request = RequestFactory().get("/sign-in")
        request.session = self.session
        place: str = self.app.authorize_redirect(request, BACK)["Location"]
        return place

    def receive(self, place: str) -> OAuth2Token:
        """What it makes of the address that the person came back with: it checks state, PKCE, nonce, issuer, signature."""
        assert place.startswith(BACK)
        request = RequestFactory().get(place.removeprefix("https://wiki.example.org"))
        request.session = self.session
        return self.app.authorize_access_token(request)


@pytest.fixture
def wiki(portal: stage.Portal) -> Wiki:
    return Wiki(portal, portal.act("register", uri=BACK, out=OUT))


def agree(person: visitor.Visitor, place: str, action: str = "grant") -> str:
    """The person is asked, and answers; gives where they are sent."""
    page = person.get(place)
    assert page.status_code == 200, page.text
    assert "Reef wiki asks who you are" in page.text
    assert "wiki.example.org" in page.text
    assert "form-action 'self' https://wiki.example.org;" in page.headers["Content-Security-Policy"]
    given = {**visitor.fields(page.text), "action": action}
    # Three scopes are three fields of one name.
    sent = [(name, value) for name, value in given.items() if name != "scopes"]
    sent += [("scopes", scope) for scope in ("openid", "profile", "email")]
    answer = person.session.post(
        f"{person.base}/identity/o/authorize",
        data=sent,
        headers={"Referer": place},
        allow_redirects=False,
        timeout=visitor.WAIT,
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def head_of(token: str) -> dict[str, Any]:
    return dict(jws.extract_compact(token.encode()).headers())


def test_the_wiki_signs_eve_in_after_she_agreed(portal: stage.Portal, wiki: Wiki):
    got = wiki.receive(agree(portal.browser("eve"), wiki.send()))
    said = got["userinfo"]  # from the identity token, checked
    assert said["iss"] == f"{portal.base}/identity"
    assert said["aud"] == wiki.client_id
    assert (said["preferred_username"], said["email"], said["email_verified"]) == ("eve", "eve@example.org", True)
    assert said["exp"] - said["iat"] == 300
    assert "groups" not in said
    asked = wiki.app.userinfo(token=got)
    assert asked["sub"] == said["sub"]


def test_who_declines_is_not_named(portal: stage.Portal, wiki: Wiki):
    place = agree(portal.browser("eve"), wiki.send(), "cancel")
    assert "error=access_denied" in place
    assert "code=" not in place
    with pytest.raises(Exception, match="access_denied"):
        wiki.receive(place)


def test_a_stranger_to_every_hub_may_use_the_wiki(portal: stage.Portal, wiki: Wiki):
    got = wiki.receive(agree(portal.browser("mallory"), wiki.send()))
    assert got["userinfo"]["preferred_username"] == "mallory"


def test_keys_change_while_people_sign_in(portal: stage.Portal, wiki: Wiki):
    """The next key is published before it signs; the old one still proves what it signed; no sign-in fails."""
    eve = portal.browser("eve")
    jwks = f"{portal.base}/identity/.well-known/jwks.json"

    def published() -> dict[str, Any]:
        found: dict[str, Any] = requests.get(jwks, timeout=visitor.WAIT).json()
        return found

    def signer() -> tuple[str, str]:
        token = wiki.receive(agree(eve, wiki.send()))["id_token"]
        return head_of(token)["kid"], token

    first, token = signer()
    assert [key["kid"] for key in published()["keys"]] == [first]
    portal.act("age_keys", days=89.5)
    both = {key["kid"] for key in published()["keys"]}
    assert len(both) == 2
    assert signer()[0] == first
    known = jwk.KeySet.import_key_set(published())  # as a party that looked now, and not again for a day
    portal.act("age_keys", days=DAY)
    second, later = signer()
    assert {first, second} == both
    for each in (token, later):
        assert jwt.decode(each, known, algorithms=["RS256"]).claims["preferred_username"] == "eve"
    portal.act("age_keys", days=15.0)
    assert [key["kid"] for key in published()["keys"]] == [second]


def test_a_signature_of_another_is_refused(portal: stage.Portal, wiki: Wiki):
    token = wiki.receive(agree(portal.browser("eve"), wiki.send()))["id_token"]
    head, body, signature = token.split(".")
    jwks = f"{portal.base}/identity/.well-known/jwks.json"
    keys = jwk.KeySet.import_key_set(requests.get(jwks, timeout=visitor.WAIT).json())
    forged = jwt.encode({"alg": "RS256", "kid": head_of(token)["kid"]}, {"sub": "x"}, jwk.RSAKey.generate_key(2048))
    for bad in (forged, f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."):
        with pytest.raises((JoseError, ValueError)):
            jwt.decode(bad, keys, algorithms=["RS256"])


def test_a_forged_hint_signs_nobody_out(portal: stage.Portal, wiki: Wiki):
    eve = portal.browser("eve")
    token = wiki.receive(agree(eve, wiki.send()))["id_token"]
    claims = {"sub": "x", "iss": f"{portal.base}/identity", "aud": wiki.client_id}
    forged = jwt.encode({"alg": "RS256", "kid": head_of(token)["kid"]}, claims, jwk.RSAKey.generate_key(2048))
    asked = eve.get("/identity/o/logout", params={"id_token_hint": forged})
    assert asked.status_code == 200
    assert eve.ask().code
    done = eve.get("/identity/o/logout", params={"id_token_hint": token, "post_logout_redirect_uri": OUT})
    assert done.headers["Location"] == OUT
    assert eve.ask().code is None


def test_an_answer_of_the_wiki_is_nothing_at_a_hub(portal: stage.Portal, wiki: Wiki):
    """Mix-up: a code for one client shown by another, and a token for one told to another."""
    place = agree(portal.browser("eve"), wiki.send())
    mixed = visitor.Answer(response=requests.Response(), proof=visitor.proof())
    mixed.response.headers["Location"] = place
    assert mixed.said["iss"] == f"{portal.base}/identity"
    assert portal.hub().trade(mixed, redirect_uri=BACK).json()["error"] == "invalid_grant"
    got = wiki.receive(place)
    refused = portal.hub().refresh(got.get("refresh_token", "x"))
    assert refused.json()["error"] == "invalid_grant"


def test_the_wiki_may_not_refresh_and_not_ask_for_groups(portal: stage.Portal, wiki: Wiki):
    eve = portal.browser("eve")
    got = wiki.receive(agree(eve, wiki.send()))
    refused = requests.post(
        f"{portal.base}/identity/o/api/token",
        data={"grant_type": "refresh_token", "refresh_token": got.get("refresh_token", "x")},
        auth=(wiki.app.client_id, wiki.app.client_secret),
        timeout=visitor.WAIT,
    )
    assert refused.json()["error"] == "unauthorized_client"
    answer = eve.ask(client_id=wiki.client_id, redirect_uri=BACK, scope="openid roles")
    assert answer.error == "invalid_scope"


def test_access_to_the_wiki_ends_with_the_account(portal: stage.Portal, wiki: Wiki):
    eve = portal.browser("eve")
    got = wiki.receive(agree(eve, wiki.send()))
    portal.act("close", person="eve")
    told = requests.get(
        f"{portal.base}/identity/o/api/userinfo",
        headers={"Authorization": f"Bearer {got['access_token']}"},
        timeout=visitor.WAIT,
    )
    assert told.status_code in {401, 403}
