"""The real web process: waitress on a unix socket, with its own database."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from commonhub.ground import process

pytestmark = pytest.mark.hubs
PROGRAM = """
import sys
from commonhub.portal import web
web.prepare()
web.prepare()
from commonhub.portal import people
people.prepare('{"first": {"handle": "alice", "name": "Alice Okafor", "password": "a-long-password"}}')
web.serve(sys.argv[1])
"""


class Connection(http.client.HTTPConnection):
    """HTTP to the web process, as the proxy speaks it."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self.path))


def ask(path: Path, method: str, target: str, *, body: dict | None = None, **headers: str):
    """Status, headers and text of one answer."""
    connection = Connection(path)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        named["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, target, body=None if body is None else urlencode(body), headers=named)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer, text


@pytest.fixture
def web(running) -> Path:
    """The socket of a web process behind https://hubs.example.org."""
    return running[0]


@pytest.fixture
def running(state_folder) -> Iterator[tuple[Path, int]]:
    """The same, with its process id."""
    path = state_folder / "web.sock"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COMMONHUB_STATE": str(state_folder),
        "COMMONHUB_URL": "https://hubs.example.org",
    }
    with subprocess.Popen([sys.executable, "-W", "error", "-c", PROGRAM, str(path)], env=environment) as web_process:
        try:
            deadline = time.monotonic() + 60
            while not path.exists():
                assert web_process.poll() is None, "the web process ended"
                assert time.monotonic() < deadline, "the web process did not listen within a minute"
                time.sleep(0.05)
            yield path, web_process.pid
        finally:
            web_process.send_signal(signal.SIGTERM)


def eventually(holds) -> None:
    """Wait until something holds. Fails after twenty seconds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core has one process that answers")
def test_whoever_answers_may_die_and_ends_with_the_first(running):
    path, first = running
    eventually(lambda: len(process.children(first)) == 2)
    workers = process.children(first)
    os.kill(workers[0], signal.SIGKILL)
    for _ in range(20):
        assert ask(path, "GET", "/health", Host="localhost")[0] == 200
    eventually(lambda: len(process.children(first)) == 2 and workers[0] not in process.children(first))
    born = [process.Process.of(pid) for pid in process.children(first)]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not any(each and each.alive() for each in born))


def test_the_web_process_signs_people_in_over_https(web, state_folder):
    host = {"Host": "hubs.example.org"}
    status, _, text = ask(web, "GET", "/health", Host="localhost")
    assert (status, text) == (200, "ok\n")
    status, answer, text = ask(web, "GET", "/sign-in", **host)
    assert status == 200
    assert "Server" not in answer.headers
    assert answer.headers["Strict-Transport-Security"]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    form = {"csrfmiddlewaretoken": token, "login": "alice", "password": "a-long-password"}
    wrong = ask(web, "POST", "/sign-in", body=form, Cookie=cookie, Origin="https://evil.example.org", **host)
    assert wrong[0] == 403
    status, answer, _ = ask(
        web, "POST", "/sign-in", body=form, Cookie=cookie, Origin="https://hubs.example.org", **host
    )
    assert status == 302
    session = next(line for line in answer.headers.get_all("Set-Cookie") if "__Host-commonhub_session" in line)
    assert "Secure" in session
    assert "HttpOnly" in session
    status, _, text = ask(web, "GET", "/", Cookie=session.split(";")[0], **host)
    assert status == 200
    assert "Welcome, Alice Okafor" in text
    assert ask(web, "GET", "/sign-in", Host="evil.example.org")[0] == 400
    with sqlite3.connect(state_folder / "commonhub.sqlite") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_only_the_last_word_of_the_proxy_says_where_a_visitor_comes_from(web):
    def guess(chain: str) -> int:
        headers = {"Host": "hubs.example.org", "X_Forwarded_For": chain}
        _, answer, text = ask(web, "GET", "/sign-in", **headers)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]
        form = {"csrfmiddlewaretoken": token, "login": "alice", "password": "a-wrong-password"}
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        origin = "https://hubs.example.org"
        return ask(web, "POST", "/sign-in", body=form, Cookie=cookie, Origin=origin, **headers)[0]

    # What a guesser writes into the header changes nothing; the proxy adds the true address at its end.
    assert [guess(f"198.51.100.{number}, 192.0.2.1") for number in range(11)] == [200] * 10 + [429]
    assert guess("192.0.2.2") == 200
