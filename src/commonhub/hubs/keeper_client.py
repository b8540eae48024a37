"""Asks the keeper, over its unix socket. The keeper is another process on this machine and may be away for a while."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from commonhub.communities.asker import Asker
from commonhub.ground import errors

READ_SECONDS = 2.0  # a page is being rendered: better without the log than late
ACT_SECONDS = 15.0  # waking takes well under a second; more than this and the hub's state tells the rest
CHANGE_SECONDS = 60.0  # the fleet is read and checked, committed, and followed
LONG_SECONDS = 600.0  # ten thousand hubs are prepared, or all that runs is stopped
MOST_BYTES = 64_000_000  # far beyond a log's tail; a broken keeper cannot fill this process


HEADER = "Commonhub-Asker"
"""Where a request says in whose name it comes: JSON in ASCII, as `Asker.told` gives it."""


class NotAllowed(errors.RefusedError):
    """The responsibility model says no; with what was asked for, so that those who may can be asked."""

    def __init__(self, said: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        super().__init__(str(said.get("message", "")), str(said.get("mend", "")))
        self.permission = str(asked.get("permission", ""))
        self.community = str(asked.get("community", ""))
        self.hub = str(asked.get("hub", ""))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._seconds = timeout

    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._seconds)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        self.sock = connection


class KeeperClient:
    """The keeper's verbs as plain calls.

    Each raises `UnavailableError` while the keeper does not answer, and `CommonhubError` with the keeper's
    own words when it refuses.
    """

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path

    def act(self, verb: str, hub_id: str, asker: Asker | None = None, *, user: str = "") -> None:
        """Do one of `acts.KNOWN` in somebody's name; nobody's is the owner's of this machine.

        Raises NotAllowed where the responsibility model says no.
        """
        path = f"{_place(hub_id)}/{quote(verb, safe='')}"
        self._ask("POST", path, seconds=ACT_SECONDS, body={"user": user} if user else {}, asker=asker)

    def log(self, hub_id: str, lines: int, asker: Asker | None = None) -> list[str]:
        """The last lines of the hub's log, oldest first."""
        path = f"{_place(hub_id)}/log?lines={lines}"
        return _texts(self._ask("GET", path, seconds=READ_SECONDS, asker=asker), "lines")

    def change_charter(self, verb: str, asker: Asker | None, values: Mapping[str, Any]) -> str:
        """Change what the fleet's files say of people (`communities.charter_words`); gives a sentence of what came of it."""
        path = f"/charter/{quote(verb, safe='')}"
        return str(self._ask("POST", path, seconds=CHANGE_SECONDS, body=values, asker=asker).get("said", ""))

    def ask_room(
        self, room: str, verb: str, asker: Asker | None, values: Mapping[str, Any], *, seconds: float = CHANGE_SECONDS
    ) -> Mapping[str, Any]:
        """Ask a verb of a domain above hubs, such as `changes` or `rollouts`, for which the keeper holds the folder."""
        path = f"/rooms/{quote(room, safe='')}/{quote(verb, safe='')}"
        return self._ask("POST", path, seconds=seconds, body=values, asker=asker)

    def plan(self, hub_id: str) -> list[str]:
        """What will be done next to the hub, one sentence a step."""
        return _texts(self._ask("GET", f"{_place(hub_id)}/plan", seconds=READ_SECONDS), "steps")

    def progress(self) -> Mapping[str, Any]:
        """How far the fleet is applied: `settled`, `done`, `total`."""
        return self._ask("GET", "/progress", seconds=READ_SECONDS)

    def status(self) -> Mapping[str, Any]:
        """The fleet, its parts and every hub as they are now. For the owner of Commonhub alone."""
        return self._ask("GET", "/status", seconds=LONG_SECONDS)

    def apply(self) -> Mapping[str, Any]:
        """Have the newest commit applied now; gives `outcomes`. For the owner of Commonhub alone."""
        return self._ask("POST", "/apply", seconds=LONG_SECONDS, body={})

    def stop_all(self) -> Mapping[str, Any]:
        """Have every server and hub stopped; gives how many `hubs` and `servers`. For the owner alone."""
        return self._ask("POST", "/stop", seconds=LONG_SECONDS, body={})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        body: Mapping[str, Any] | None = None,
        asker: Asker | None = None,
    ) -> Mapping[str, Any]:
        connection = _UnixConnection(self._socket_path, seconds)
        try:
            sent = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json"} if sent else {}
            if asker is not None:
                headers[HEADER] = json.dumps(asker.told())
            connection.request(method, path, body=sent, headers=headers)
            answer = connection.getresponse()
            status, raw = answer.status, answer.read(MOST_BYTES)
        except TimeoutError as error:
            raise errors.UnavailableError(
                f"The keeper did not answer within {seconds:g} seconds.",
                "It may still be at it: look at the hub again in a moment.",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise errors.UnavailableError(
                "The keeper does not answer, so nothing can be asked of hubs now.",
                "It is started again by itself; if this stays, run `commonhub status`.",
            ) from error
        finally:
            connection.close()
        return _understood(status, raw)


def _place(hub_id: str) -> str:
    return f"/hubs/{quote(hub_id, safe='/')}"


def _understood(status: int, raw: bytes) -> Mapping[str, Any]:
    """The keeper's answer as a mapping, or the keeper's own words as an error."""
    try:
        answer = json.loads(raw or b"{}")
    except ValueError:
        answer = None
    if status == http.client.OK and isinstance(answer, dict):
        return answer
    said = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(said, dict):
        raise errors.UnavailableError(
            f"The keeper gave an answer that makes no sense (status {status}).",
            "Try again; if this stays, look at the keeper's own log.",
        )
    asked = said.get("asked")
    if status == http.client.FORBIDDEN and isinstance(asked, dict):
        raise NotAllowed(said, asked)
    kinds: dict[int, type[errors.CommonhubError]] = {404: errors.NotFoundError, 403: errors.RefusedError}
    message, mend = str(said.get("message", "")), str(said.get("mend", ""))
    if status == http.client.SERVICE_UNAVAILABLE:
        raise errors.UnavailableError(message, mend)
    raise kinds.get(status, errors.CommonhubError)(message, mend)


def _texts(answer: Mapping[str, Any], key: str) -> list[str]:
    found = answer.get(key)
    return [str(text) for text in found] if isinstance(found, list) else []
