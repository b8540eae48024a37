"""A browser, a hub and a foreign place in front of a portal: plain HTTP, nothing of ours inside."""

import base64
import hashlib
import html
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

PASSWORD = "a-whale-of-a-password"
CALLBACKS = {
    "reef/main": "http://reef.localhost:9999/hub/oauth_callback",
    "reef/lab": "http://lab.localhost:9999/hub/oauth_callback",
}
SECRETS = {hub_id: hashlib.sha256(hub_id.encode()).hexdigest() for hub_id in CALLBACKS}
SCOPE = "openid profile email roles"
FIELD = re.compile(r"<input[^>]*>")
WAIT = 30  # seconds for one answer; a slow machine is no failure


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def fields(page: str) -> dict[str, str]:
    """The fields of the page's main form, as a browser would send them."""
    main = page[page.index("<main") : page.index("</main>")]
    return {attribute(tag, "name"): attribute(tag, "value") for tag in FIELD.findall(main) if attribute(tag, "name")}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """PKCE: what is shown first, and what is shown last."""

    verifier: str
    challenge: str


def proof() -> Proof:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Proof(verifier=verifier, challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the portal answered to a request to sign somebody in."""

    response: requests.Response
    proof: Proof

    @property
    def place(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def said(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.place).query).items()}

    @property
    def code(self) -> str | None:
        return self.said.get("code")

    @property
    def error(self) -> str | None:
        return self.said.get("error")


class Visitor:
    """One browser with its cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **values: Any) -> requests.Response:
        place = path if path.startswith("http") else self.base + path
        return self.session.get(place, timeout=WAIT, allow_redirects=False, **values)

    def post(self, path: str, data: dict[str, str], **values: Any) -> requests.Response:
        place = path if path.startswith("http") else self.base + path
        return self.session.post(place, data=data, timeout=WAIT, allow_redirects=False, **values)

    def sign_in(self, handle: str, path: str = "/sign-in") -> requests.Response:
        """Fill in the page with a name and a password."""
        page = self.get(path)
        given = fields(page.text)
        name = next(each for each in ("login", "username") if each in given)
        return self.post(path, given | {name: handle, "password": PASSWORD}, headers={"Referer": self.base + path})

    def ask(self, hub_id: str = "reef/main", **changes: str | None) -> Answer:
        """Go to the authorization endpoint as a hub sends people there; None leaves a value out."""
        made = proof()
        values: dict[str, str | None] = {
            "client_id": f"hub.{hub_id.replace('/', '.')}",
            "redirect_uri": CALLBACKS[hub_id],
            "response_type": "code",
            "scope": SCOPE,
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": made.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in values.items() if value is not None}
        return Answer(response=self.get("/identity/o/authorize", params=given), proof=made)


class Hub:
    """One hub's side of it, as OAuthenticator does it: by a form, with client_id and client_secret in it."""

    def __init__(self, base: str, hub_id: str = "reef/main") -> None:
        self.base = base
        self.hub_id = hub_id
        self.client_id = f"hub.{hub_id.replace('/', '.')}"
        self._session = requests.Session()
        self._session.trust_env = False

    def _post(self, path: str, **values: str) -> requests.Response:
        given = {"client_id": self.client_id, "client_secret": SECRETS[self.hub_id], **values}
        return self._session.post(self.base + path, data=given, timeout=WAIT)

    def trade(self, answer: Answer, **changes: str) -> requests.Response:
        values = {
            "grant_type": "authorization_code",
            "code": answer.code or "",
            "redirect_uri": CALLBACKS[self.hub_id],
            "code_verifier": answer.proof.verifier,
        }
        return self._post("/identity/o/api/token", **{**values, **changes})

    def refresh(self, token: str, **changes: str) -> requests.Response:
        values = {"grant_type": "refresh_token", "refresh_token": token, **changes}
        return self._post("/identity/o/api/token", **values)

    def revoke(self, token: str) -> requests.Response:
        return self._post("/identity/o/api/revoke", token=token)

    def userinfo(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self._session.get(f"{self.base}/identity/o/api/userinfo", headers=headers, timeout=WAIT)
