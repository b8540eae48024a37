"""Asks a portal's API over HTTP, and turns what goes wrong into the errors of this house."""

import http.client
import json
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from commonhub import __version__
from commonhub.cli import remote_book
from commonhub.ground import errors

SECONDS: Final = 70.0  # the portal itself waits a minute for a change of the fleet's files
MOST_BYTES: Final = 64_000_000


class RefusedThereError(errors.RefusedError):
    """The portal says no; with what was asked for, where the responsibility model says it."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        asked = said.get("asked")
        mend = clean(str(said.get("mend", "")))
        if isinstance(asked, dict):
            place = "/".join(clean(str(asked[name])) for name in ("community", "hub") if asked.get(name))
            words = " ".join(word for word in (clean(str(asked.get("permission", ""))), place) if word)
            mend = f"{mend} To ask them: commonhub remote ask {words}"
        super().__init__(clean(str(said.get("message", ""))), mend)


class Api:
    """The API of one portal, as the owner of a token."""

    def __init__(self, remote: remote_book.Remote) -> None:
        self._remote = remote

    @property
    def url(self) -> str:
        """The portal's address."""
        return self._remote.url

    def get(self, path: str, **query: object) -> Any:
        """What stands at a path. What is empty in the query is left out."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, **values: object) -> Any:
        """Do something."""
        return self.ask("POST", path, body=values)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Any:
        """One request; gives its JSON.

        Raises UnavailableError where the portal does not answer, RefusedThereError where it says no, NotFoundError and
        CommonhubError with its own words.
        """
        asked = urlencode([(name, value) for name, value in (query or {}).items() if value not in {"", None}])
        status, raw = self._send(method, f"{path}?{asked}" if asked else path, body)
        return _understood(self._remote.url, status, raw)

    def _send(self, method: str, path: str, body: Mapping[str, object] | None) -> tuple[int, bytes]:
        url = urlsplit(self._remote.url)
        connection = _connection(url.scheme, url.netloc)
        headers = {"Authorization": f"Bearer {self._remote.token}", "User-Agent": f"commonhub/{__version__}"}
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, f"{url.path}/api/v1{path}", body=sent, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MOST_BYTES)
        except ssl.SSLError as error:
            raise errors.UnavailableError(
                f"The certificate of {url.netloc} can't be trusted: {error.reason or 'TLS failed'}.",
                "Nothing was sent. Ask the people who run the portal.",
            ) from error
        except TimeoutError as error:
            raise errors.UnavailableError(
                f"{url.netloc} did not answer within {SECONDS:g} seconds.", "It may still be at it: look in a moment."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise errors.UnavailableError(
                f"{url.netloc} does not answer.", "See whether the address is right and the portal is up."
            ) from error
        except (UnicodeError, ValueError) as error:
            raise errors.CommonhubError(
                "The token or the address holds a sign that can't be sent.", "Sign in again."
            ) from error
        finally:
            connection.close()


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(netloc, timeout=SECONDS)


def _understood(url: str, status: int, raw: bytes) -> Any:
    """The answer's JSON, or its error. An address elsewhere that it points to is not followed: the token stays here."""
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if status == http.client.OK and answer is not None:
        return answer
    said = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(said, dict):
        raise errors.UnavailableError(
            f"{url} does not answer as a portal of Commonhub (status {status}).", "See whether the address is right."
        )
    message, mend = clean(str(said.get("message", ""))), clean(str(said.get("mend", "")))
    if status == http.client.UNAUTHORIZED:
        raise errors.RefusedError(message, f"{mend} Then: commonhub remote login {url}")
    if status == http.client.FORBIDDEN:
        raise RefusedThereError(said)
    if status in {http.client.SERVICE_UNAVAILABLE, http.client.TOO_MANY_REQUESTS}:
        raise errors.UnavailableError(message, mend)
    kind = errors.NotFoundError if status == http.client.NOT_FOUND else errors.CommonhubError
    raise kind(message, mend)


def clean(text: str) -> str:
    """Text from elsewhere without signs that would steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in text)


def cells(values: Iterable[object]) -> tuple[str, ...]:
    """One row of a table, as it may be shown."""
    return tuple(clean("-" if value is None or value == "" else str(value)) for value in values)


def segment(word: str) -> str:
    """A word as one part of a path: it can't lead to another place."""
    if not word or word in {".", ".."}:
        raise errors.CommonhubError(f"{word!r} is no name.", "Give the name.")
    return quote(word, safe="")


def hub_path(word: str) -> str:
    """The path of a hub, from `community/hub`. Raises CommonhubError where it is none."""
    community, slash, hub = word.partition("/")
    if not slash or not community or not hub or "/" in hub:
        raise errors.CommonhubError(f"{word[:80]!r} is no hub.", "Write it as community/hub, such as reef/main.")
    return f"/hubs/{segment(community)}/{segment(hub)}"


def place(word: str) -> dict[str, str]:
    """Community and hub, from `community`, `community/hub` or nothing for the fleet."""
    community, _, hub = word.partition("/")
    return {"community": community, "hub": hub}
