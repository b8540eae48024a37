"""An OpenID Connect issuer on loopback, signed and checked with Authlib: an institution's own, honest or not."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, auto_kid=True)
WHO = {"sub": "grace-7", "name": "Grace Hopper", "preferred_username": "grace", "email": "grace@example.edu"}


@dataclass
class Issuer:
    """What it says. `told` is what clients asked of it; `says` overrides parts of its answers, as a liar would."""

    address: str
    client_id: str = "portal"
    secret: str = "between-the-two-of-us"
    person: dict[str, Any] = field(default_factory=lambda: dict(WHO))
    says: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    told: list[dict[str, str]] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.says.get("issuer", self.address),
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def agree(self, url: str) -> str:
        """The person agrees on the page at this address; gives where their browser is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.told.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"]} | self.says.get("answer", {})
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, given: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        right = (
            asked is not None
            and given.get("client_id") == self.client_id
            and secrets.compare_digest(given.get("client_secret", ""), self.secret)
            and given.get("redirect_uri") == asked["redirect_uri"]
            and create_s256_code_challenge(given.get("code_verifier", "")) == asked["code_challenge"]
        )
        if not right:
            return None
        claims = {"iss": self.address, "aud": self.client_id, "sub": self.person["sub"], "exp": int(time.time()) + 300}
        token = jwt.encode({"alg": "RS256"}, claims | self.says.get("id_token", {}), KEY)
        answer = {"access_token": "let-me-see", "token_type": "Bearer", "id_token": token}
        return {name: value for name, value in answer.items() if name not in self.says.get("without", ())}


@contextmanager
def running(port: int = 0) -> Iterator[Issuer]:
    """An issuer that answers."""

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def say(self, status: int, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/.well-known/openid-configuration":
                self.say(200, issuer.discovery())
            elif path == "/keys":
                self.say(200, {"keys": [KEY.as_dict(private=False)]})
            elif path == "/userinfo" and self.headers["Authorization"] == "Bearer let-me-see":
                self.say(200, issuer.person | issuer.says.get("userinfo", {}))
            else:
                self.say(401, {})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = issuer.exchange({name: values[0] for name, values in parse_qs(text).items()})
            self.say(*((200, answer) if answer else (400, {"error": "invalid_grant"})))

    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
