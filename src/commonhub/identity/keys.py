"""The keys with which the portal signs what it says of people, and the key that hides their row numbers.

A key's file is named by the second in which it was made, and everything else follows from that: it is published
at once, signs a day later (the first one at once), and stays published for a while after the next one has taken
over, until nothing is left that it signed. Relying parties that keep the published keys for hours never meet a
signature that they can't check.
"""

import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from allauth.core.internal import jwkkit
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from commonhub.ground import files

BITS: Final = 3072  # NIST SP 800-57: 128 bits of strength, good beyond 2030
EVERY: Final = timedelta(days=90)  # a key signs for this long
AHEAD: Final = timedelta(days=1)  # it is published for this long before it signs
KEPT: Final = timedelta(days=15)  # and after: an identity token is good for minutes, as proof at sign-out for a session
LOOK_AGAIN: Final = timedelta(hours=1)  # a process asks so often whether it is time for the next key

_FORM: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"\d{8}T\d{6}Z\.pem")
_PEOPLE: Final = "people.key"
_PARSED: Final = 8  # keys; at most three are in use


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """One key: published from `made` to `until`, signing from `signs`."""

    made: datetime
    signs: datetime
    until: datetime | None  # None: no next key is there yet
    pem: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """When one key has its turn."""

    made: datetime
    signs: datetime
    until: datetime | None


def turns(made: Iterable[datetime]) -> tuple[Turn, ...]:
    """The turns of keys made at these times, oldest first. Pure."""
    order = sorted(made)
    signs = [when if place == 0 else when + AHEAD for place, when in enumerate(order)]
    until = [*(following + KEPT for following in signs[1:]), None]
    return tuple(Turn(made=one, signs=start, until=end) for one, start, end in zip(order, signs, until, strict=True))


def next_is_due(made: Iterable[datetime], now: datetime) -> bool:
    """Whether it is time to make a key: there is none, or the newest one's time is over in a day. Pure."""
    newest = max(made, default=None)
    return newest is None or now >= newest + EVERY - AHEAD


def ensure_keys(folder: Path, now: datetime) -> tuple[SigningKey, ...]:
    """After: a key signs, the next one is there in time, and those that are over are gone. Gives the published ones.

    To be called by the portal's own user, at least once a day; twice, or by two processes at once, is harmless.
    A key that leaked is deleted by hand: the next call makes another where none is left that may sign.
    """
    files.ensure_folder(folder, mode=0o700)
    with _alone(folder):
        made = _made(folder)
        if next_is_due(made, now):
            fresh = now.astimezone(UTC).replace(microsecond=0)
            files.write(folder / f"{fresh.strftime(_FORM)}.pem", _new_pem(), mode=0o600)
            made = _made(folder)
        for turn in turns(made):
            if turn.until is not None and turn.until <= now:
                _file(folder, turn.made).unlink()
        return _read(folder, made, now)


def _made(folder: Path) -> list[datetime]:
    names = sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return [datetime.strptime(name, f"{_FORM}.pem").replace(tzinfo=UTC) for name in names]


def _file(folder: Path, made: datetime) -> Path:
    return folder / f"{made.strftime(_FORM)}.pem"


def _read(folder: Path, made: Iterable[datetime], now: datetime) -> tuple[SigningKey, ...]:
    """The keys that are not over."""
    return tuple(
        SigningKey(made=turn.made, signs=turn.signs, until=turn.until, pem=files.read(_file(folder, turn.made)))
        for turn in turns(made)
        if turn.until is None or turn.until > now
    )


def _new_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While this lasts, no other process makes or deletes keys here."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class KeyRing:
    """The keys of one folder as one process knows them: read again when the folder changed or an hour has passed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, datetime, tuple[SigningKey, ...]] | None = None

    def keys(self, now: datetime) -> tuple[SigningKey, ...]:
        """The published keys, oldest first; made where there are none."""
        seen = self._seen
        if seen is None or seen[0] != self._changed() or not timedelta() <= now - seen[1] < LOOK_AGAIN:
            found = ensure_keys(self._folder, now)
            seen = self._seen = (self._changed(), now, found)
        return tuple(key for key in seen[2] if key.until is None or key.until > now)

    def _changed(self) -> int:
        try:
            return self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


@cache
def ring(folder: Path) -> KeyRing:
    """This process's ring of a folder."""
    return KeyRing(folder)


@cache
def passing_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for keys where there is no state folder: tests and tools. It goes with the process."""
    return tempfile.TemporaryDirectory(prefix="commonhub-keys-")


def people_key(folder: Path) -> bytes:
    """The key from which people's subject identifiers are made: 64 random bytes, made once and never changed."""
    path = folder / _PEOPLE
    try:
        return bytes.fromhex(files.read(path).strip())
    except FileNotFoundError:
        files.ensure_folder(folder, mode=0o700)
    with _alone(folder):
        if not path.exists():
            files.write(path, secrets.token_hex(64) + "\n", mode=0o600)
    return bytes.fromhex(files.read(path).strip())


def remember_parsed() -> None:
    """After: allauth parses each key once. It parsed and checked the key anew for each token: 33 of 41 ms.

    `jwkkit` is allauth's own and no promise to us; tests/identity/test_provider_keys.py says when it changes.
    """
    if not hasattr(jwkkit.load_jwk_from_pem, "cache_info"):
        jwkkit.load_jwk_from_pem = lru_cache(_PARSED)(jwkkit.load_jwk_from_pem)
