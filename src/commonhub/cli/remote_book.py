"""The portals that this user of a machine has signed in to from afar, with a token for each; for the user's eyes alone."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from commonhub.ground import errors, files

NAME = "remotes.json"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A portal and the token for it."""

    url: str
    token: str = field(repr=False)


def path() -> Path:
    """Where they are kept: $XDG_CONFIG_HOME/commonhub/remotes.json."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "commonhub" / NAME


def check_url(text: str) -> str:
    """The portal's address in its standard form. Raises CommonhubError for one to which a token would go in clear."""
    url = urlsplit(text.strip().rstrip("/"))
    host = url.hostname or ""
    if url.scheme not in {"http", "https"} or not host or url.username or url.query or url.fragment:
        raise errors.CommonhubError(f"{text[:200]!r} is not a portal's address.", "Write https://hubs.example.org.")
    if url.scheme == "http" and host not in LOOPBACK and not host.endswith(".localhost"):
        raise errors.RefusedError(f"A token would travel to {host} in clear.", f"Use https://{url.netloc}{url.path}.")
    return url.geturl()


def _read() -> dict[str, object]:
    place = path()
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"current": "", "tokens": {}}
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not isinstance(kept.get("tokens"), dict):
        raise errors.CommonhubError(f"{place} is not as it was written.", "Remove it, and sign in again.")
    return kept


def _tokens(kept: dict[str, object]) -> dict[str, str]:
    found = kept["tokens"]
    return {str(url): str(token) for url, token in found.items()} if isinstance(found, dict) else {}


def find(at: str = "") -> Remote:
    """The portal to ask: the one that is named, or the one that was signed in to last. Raises RefusedError for none."""
    kept = _read()
    url = check_url(at) if at else str(kept.get("current", ""))
    token = _tokens(kept).get(url)
    if token is None:
        where = f"to {url} " if url else ""
        raise errors.RefusedError(
            f"You are not signed in {where}from this terminal.", f"commonhub remote login {url or 'URL'}"
        )
    return Remote(url=url, token=token)


def keep(remote: Remote) -> None:
    """Keep a token, and ask this portal from now on."""
    kept = _read()
    _write({"current": remote.url, "tokens": {**_tokens(kept), remote.url: remote.token}})


def forget(url: str) -> None:
    """Forget the token of a portal."""
    kept = _read()
    left = {each: token for each, token in _tokens(kept).items() if each != url}
    current = str(kept.get("current", ""))
    _write({"current": next(iter(left), "") if current == url else current, "tokens": left})


def _write(kept: dict[str, object]) -> None:
    place = path()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.write(place, json.dumps(kept, indent=2) + "\n", mode=0o600)
