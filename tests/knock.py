"""Asks at a unix socket, as ourselves or as another user of the machine, and tells the answer.

Run as a program it asks once, so that the kernel sees another process and another user.
"""

import asyncio
import contextlib
import http.client
import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNREACHABLE = 0  # the status when the socket itself was out of reach


@dataclass(frozen=True)
class Answer:
    """Status and body; `error` is the body's one error shape."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, str]:
        """The words of a refusal; the test fails where the answer has another shape."""
        body = self.json
        assert set(body) == {"error"}
        assert set(body["error"]) - {"asked"} == {"message", "mend"}
        assert all(isinstance(body["error"][name], str) and body["error"][name] for name in ("message", "mend"))
        return body["error"]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(path: str, method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One request. `url` goes out as it stands: nothing is tidied on the way."""
    connection = _Connection(path)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may refuse before it has read all
            connection.request(method, url, body=None if body is None else body.encode(), headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())
    except PermissionError as error:
        return Answer(UNREACHABLE, str(error))
    finally:
        connection.close()


async def knock(
    path: Path,
    method: str,
    url: str,
    body: Any = None,
    *,
    user: int | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask while our own loop answers; `body` is sent as JSON, text as it is; `user` asks from a process of that user."""
    sent = body if isinstance(body, str | None) else json.dumps(body)
    if user is None:
        return await asyncio.to_thread(ask, str(path), method, url, sent, headers)
    return await asyncio.to_thread(_ask_as, user, str(path), method, url, sent, headers)


def _ask_as(user: int, *request: Any) -> Answer:
    done = subprocess.run(
        [sys.executable, "-S", str(Path(__file__))],
        input=json.dumps(request),
        text=True,
        capture_output=True,
        check=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[],
    )
    return Answer(**json.loads(done.stdout))


if __name__ == "__main__":
    given = ask(*json.loads(sys.stdin.read()))
    print(json.dumps({"status": given.status, "text": given.text}))
