"""A hub's own folder on disk: settings that it reads, secrets that are its alone, and data that it writes.

The folder belongs to the keeper, so that a hub can't replace its settings by a link; `data` and `sock`
belong to the hub's user. Its secrets are the keeper's too: the hub may read them and not change them, since the
keeper goes by them.
"""

import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import hub_config, machine, places
from commonhub.fleet import desired
from commonhub.ground import errors, files

LOG_MAX = 5 * 1024 * 1024  # bytes; a larger log is moved aside when the hub starts
_SECRETS = "secrets.json"
_SECRETS_MAX = 64 * 1024  # bytes; ours are a hundredth of it
_SHAPES = {"user_password": re.compile(r"[!-~]{8,200}")}  # one that people type; JupyterHub asks for 8 characters
_SHAPE = re.compile(r"[!-~]{32,200}")


@dataclass(frozen=True)
class Login:
    """The shared passwords of one hub."""

    user_password: str
    admin_password: str


MAKERS: Mapping[str, Callable[[], str]] = {
    "user_password": lambda: "-".join(secrets.token_hex(2) for _ in range(4)),
    "admin_password": lambda: secrets.token_urlsafe(32),  # JupyterHub asks for at least 32 characters
    "culler_token": lambda: secrets.token_hex(32),
    "keeper_token": lambda: secrets.token_hex(32),
    "portal_secret": lambda: secrets.token_urlsafe(32),
    "crypt_key": lambda: secrets.token_hex(32),  # 32 bytes, for what the portal says of people who are signed in
}
"""The secrets of a hub by name, and how each is made."""


def ensure_secrets(hub_id: str, where: places.Places, owner: int | None) -> Mapping[str, str]:
    """The hub's secrets. Each is made once and never changes by itself; one that is missing or no secret is made.

    A file of an earlier version, which the hub itself could write, becomes the keeper's.
    """
    path = where.hub(hub_id) / _SECRETS
    kept, safe = _kept(path) if path.is_symlink() or path.exists() else ({}, False)
    made = {name: make() for name, make in MAKERS.items() if name not in kept}
    if made or not safe or (owner is not None and path.stat().st_gid != owner):
        _write_secrets(path, kept | made, reader=owner)
    return kept | made


def _write_secrets(path: Path, kept: Mapping[str, str], *, reader: int | None) -> None:
    """Whole or not at all, and nobody else's at any moment. `reader` is the hub's own group."""
    beside = path.with_name(f".{path.name}")
    files.write(beside, json.dumps(dict(kept), indent=1) + "\n", mode=0o600)
    if reader is not None:
        os.chown(beside, -1, reader)
        beside.chmod(0o640)
    beside.replace(path)


def _kept(path: Path) -> tuple[dict[str, str], bool]:
    """What is a secret in the file, and whether the keeper alone can have written it.

    An earlier version gave the file to the hub's user, so nothing in it is trusted.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        found, keeper = os.fstat(handle), path.parent.stat().st_uid
        text = file.read(_SECRETS_MAX + 1) if stat.S_ISREG(found.st_mode) else b""
    try:
        known = json.loads(text) if len(text) <= _SECRETS_MAX else None
    except (ValueError, RecursionError):
        known = None
    said = known if isinstance(known, dict) else {}
    kept = {
        name: value
        for name, value in said.items()
        if name in MAKERS and isinstance(value, str) and _SHAPES.get(name, _SHAPE).fullmatch(value)
    }
    return kept, found.st_uid == keeper and not stat.S_IMODE(found.st_mode) & 0o022


def secret(hub_id: str, name: str, where: places.Places) -> str:
    """One secret of a prepared hub. UnavailableError where there is none that the keeper can go by."""
    try:
        kept, safe = _kept(where.hub(hub_id) / _SECRETS)
    except OSError:
        kept, safe = {}, False
    if not safe or name not in kept:
        raise _unprepared(hub_id)
    return kept[name]


def _unprepared(hub_id: str) -> errors.UnavailableError:
    return errors.UnavailableError(
        f"{hub_id} was prepared by an earlier version of Commonhub, or its secrets are damaged.",
        "Apply the fleet: `commonhub apply`.",
    )


def lacks_secrets(hub_id: str, where: places.Places) -> bool:
    """Whether the hub was prepared by an earlier version, or has no secrets that the keeper can go by."""
    try:
        kept, safe = _kept(where.hub(hub_id) / _SECRETS)
    except OSError:
        return True
    return not safe or not set(MAKERS) <= set(kept)


def _texts(hub: desired.DesiredHub, where: places.Places, on: machine.Machine, portal_url: str) -> dict[str, str]:
    """The files that the hub and its culler read, by name."""
    paths = hub_config.HubPaths(
        socket=where.hub_socket(hub.id),
        gate=where.gate_socket(hub.id),
        data_files=on.hub_data_files,
        portal_url=portal_url,
    )
    return {
        "jupyterhub_config.py": hub_config.hub_config(hub, paths),
        "culler.json": hub_config.culler_settings(hub),
    }


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def differs(hub: desired.DesiredHub, where: places.Places, on: machine.Machine, *, portal_url: str = "") -> bool:
    """Whether the settings on disk, which an awake hub runs with, are others than `hub` asks for."""
    texts = _texts(hub, where, on, portal_url)
    return lacks_secrets(hub.id, where) or not all(
        _holds(where.hub(hub.id) / name, text) for name, text in texts.items()
    )


def ensure(
    hub: desired.DesiredHub, where: places.Places, on: machine.Machine, account: int, *, portal_url: str = ""
) -> None:
    """Prepare the folder; what is right already is left alone."""
    owner = on.account(account)
    folder = where.hub(hub.id)
    files.ensure_folder(folder, mode=0o711)
    files.ensure_folder(folder / "data", mode=0o700, owner=owner)
    files.ensure_folder(where.hub_sockets(hub.id), mode=0o755, owner=owner)
    files.ensure_folder(folder / "logs", mode=0o700)
    gates = where.gate_folder(hub.id)
    files.ensure_folder(gates.parent, mode=0o711)
    files.ensure_folder(gates, mode=0o700, owner=owner)
    ensure_secrets(hub.id, where, owner)
    for name, text in _texts(hub, where, on, portal_url).items():
        if not _holds(folder / name, text):
            files.write(folder / name, text, mode=0o644)


def login(hub_id: str, where: places.Places) -> Login:
    """The hub's shared passwords, for those who may read its folder. FileNotFoundError where it was never prepared."""
    kept, safe = _kept(where.hub(hub_id) / _SECRETS)
    if not safe or not {"user_password", "admin_password"} <= set(kept):
        raise _unprepared(hub_id)
    return Login(kept["user_password"], kept["admin_password"])


def log(hub_id: str, kind: str, where: places.Places) -> Path:
    """The log of the hub (`hub`) or of its culler (`culler`)."""
    return where.hub(hub_id) / "logs" / f"{kind}.log"


def bound_log(path: Path) -> None:
    """Move a log that has grown too long aside; the one before it goes."""
    if path.exists() and path.stat().st_size > LOG_MAX:
        path.replace(path.with_suffix(".log.1"))
