"""A hub's own folder on disk: settings that it reads, secrets that are its alone, and data that it writes.

The folder belongs to the keeper, so that a hub can't replace its settings by a link; `data` and `sock`
belong to the hub's user.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import hub_config, machine, places
from commonhub.fleet import desired
from commonhub.ground import errors, files

LOG_MAX = 5 * 1024 * 1024  # bytes; a larger log is moved aside when the hub starts


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
    """The hub's secrets. Each is made once and never changes by itself; one that an earlier version lacked is added."""
    path = where.hub(hub_id) / "secrets.json"
    kept: dict[str, str] = json.loads(files.read(path)) if path.exists() else {}
    made = {name: make() for name, make in MAKERS.items() if name not in kept}
    if made:
        files.write(path, json.dumps(kept | made, indent=1) + "\n", mode=0o600, owner=owner)
    return kept | made


def secret(hub_id: str, name: str, where: places.Places) -> str:
    """One secret of a prepared hub."""
    kept = json.loads(files.read(where.hub(hub_id) / "secrets.json"))
    if name not in kept:
        raise errors.UnavailableError(
            f"{hub_id} was prepared by an earlier version of Commonhub.", "Apply the fleet: `commonhub apply`."
        )
    return str(kept[name])


def lacks_secrets(hub_id: str, where: places.Places) -> bool:
    """Whether the hub was prepared by an earlier version, and runs without secrets that it has today."""
    path = where.hub(hub_id) / "secrets.json"
    return not path.exists() or not set(MAKERS) <= set(json.loads(files.read(path)))


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
    """The hub's shared passwords, for those who may read its folder."""
    kept = json.loads(files.read(where.hub(hub_id) / "secrets.json"))
    return Login(kept["user_password"], kept["admin_password"])


def log(hub_id: str, kind: str, where: places.Places) -> Path:
    """The log of the hub (`hub`) or of its culler (`culler`)."""
    return where.hub(hub_id) / "logs" / f"{kind}.log"


def bound_log(path: Path) -> None:
    """Move a log that has grown too long aside; the one before it goes."""
    if path.exists() and path.stat().st_size > LOG_MAX:
        path.replace(path.with_suffix(".log.1"))
