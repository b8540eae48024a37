"""Somebody at the portal: signs in as the operator and looks at pages, over loopback or the portal's own socket."""

import http.client
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

import ours

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FOUND = 302


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: str, host: str) -> None:
        super().__init__(host)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


@dataclass(kw_only=True)
class PortalVisitor:
    """One browser at one portal: through the proxy's port, or straight at the portal's socket."""

    host: str
    port: int
    socket_path: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """What people type."""
        return f"http://{self.host}:{self.port}"

    def headers(self) -> dict[str, str]:
        """What the browser sends with each request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": f"{self.host}:{self.port}", "Accept-Encoding": "gzip", "Cookie": cookies}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """GET a page, or POST a form; the status and the bytes as they came."""
        connection = (
            _Unix(self.socket_path, self.host)
            if self.socket_path
            else http.client.HTTPConnection("127.0.0.1", self.port)
        )
        headers = self.headers()
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        try:
            connection.request("GET" if form is None else "POST", path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie") or ():
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()

    def sign_in(self, password: str) -> None:
        """Sign in as the operator."""
        _, page = self.ask("/sign-in")
        found = TOKEN.search(page.decode())
        form = {"csrfmiddlewaretoken": found[1] if found else "", "username": "operator", "password": password}
        status, said = self.ask("/sign-in", form)
        if status != FOUND:
            raise RuntimeError(f"the operator could not sign in: {status} {said[:300]!r}")


def look_around(stage: ours.Stage, *, pages: int) -> None:
    """Read a running stage's fleet page so many times, through the proxy."""
    visitor = PortalVisitor(host=stage.host, port=stage.port)
    visitor.sign_in((stage.state / "secrets" / "operator_password").read_text().strip())
    for _ in range(pages):
        status, page = visitor.ask("/")
        if status != http.client.OK or b"Community" not in page:
            raise RuntimeError(f"the fleet page is not right: {status}")
