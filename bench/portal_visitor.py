"""Somebody at the portal: signs in and looks at pages, over loopback or the portal's own socket."""

import http.client
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

import psutil

import ours

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
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
    weighs: float = 0.0  # MB of the web process, where somebody looked
    pid: int = 0  # of the web process, where it is known

    def worked(self) -> float:
        """Seconds of processor time that the web process has used."""
        found = [each.cpu_times() for each in self.processes()]
        return float(sum(times.user + times.system for times in found))

    def processes(self) -> list[psutil.Process]:
        """The web process and those that it forked."""
        first = psutil.Process(self.pid)
        return [first, *first.children(recursive=True)]

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

    def sign_in(self, handle: str, password: str) -> None:
        """Sign in by the page's form."""
        _, page = self.ask("/sign-in")
        status, said = self.ask("/sign-in", {**token_in(page.decode()), "login": handle, "password": password})
        if status != FOUND:
            raise RuntimeError(f"{handle} could not sign in: {status} {said[:300]!r}")

    def another(self) -> "PortalVisitor":
        """Another browser at the same portal."""
        return PortalVisitor(host=self.host, port=self.port, socket_path=self.socket_path)


def token_in(page: str) -> dict[str, str]:
    """The field against forged requests, as the page's form holds it."""
    found = TOKEN.search(page)
    return {"csrfmiddlewaretoken": found[1] if found else ""}


def weights(visitor: PortalVisitor, path: str) -> dict[str, int]:
    """Bytes on the wire of a page and of all that it loads."""
    status, page = visitor.ask(path)
    if status != http.client.OK:
        raise RuntimeError(f"{path} answered {status}")
    assets = sorted(set(ASSET.findall(page.decode())))
    return {path: len(page)} | {asset: len(visitor.ask(asset)[1]) for asset in assets}


def look_around(stage: ours.Stage, *, pages: int) -> None:
    """Read a running stage's first page and its fleet's so many times, through the proxy."""
    visitor = PortalVisitor(host=stage.host, port=stage.port)
    visitor.sign_in("alice", stage.first_password())
    for _ in range(pages):
        status, page = visitor.ask("/fleet")
        if status != http.client.OK or b"Community" not in page:
            raise RuntimeError(f"the fleet page is not right: {status}")
