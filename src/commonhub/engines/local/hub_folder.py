"""A hub's own folder on disk: settings that it reads, secrets that are its alone, and data that it writes.

The folder belongs to the keeper, so that a hub can't replace its settings by a link; `data` and `sock`
belong to the hub's user.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import hub_config, machine, places
from commonhub.fleet import desired
from commonhub.ground import files

LOG_MAX = 5 * 1024 * 1024  # bytes; a larger log is moved aside when the hub starts


@dataclass(frozen=True)
class Login:
    """The shared passwords of one hub."""

    user_password: str
    admin_password: str


def _secrets(folder: Path, owner: int | None) -> None:
    """Make the hub's secrets once; they never change by themselves."""
    path = folder / "secrets.json"
    if path.exists():
        return
    made = {
        "user_password": "-".join(secrets.token_hex(2) for _ in range(4)),
        "admin_password": secrets.token_urlsafe(32),  # JupyterHub asks for at least 32 characters
        "culler_token": secrets.token_hex(32),
    }
    files.write(path, json.dumps(made, indent=1) + "\n", mode=0o600, owner=owner)


def _texts(hub: desired.DesiredHub, where: places.Places, on: machine.Machine) -> dict[str, str]:
    """The files that the hub and its culler read, by name."""
    paths = hub_config.HubPaths(
        socket=where.hub_socket(hub.id), gate=where.gate_socket(hub.id), data_files=on.hub_data_files
    )
    return {
        "jupyterhub_config.py": hub_config.hub_config(hub, paths),
        "culler.json": hub_config.culler_settings(hub),
    }


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def differs(hub: desired.DesiredHub, where: places.Places, on: machine.Machine) -> bool:
    """Whether the settings on disk, which an awake hub runs with, are others than `hub` asks for."""
    return not all(_holds(where.hub(hub.id) / name, text) for name, text in _texts(hub, where, on).items())


def ensure(hub: desired.DesiredHub, where: places.Places, on: machine.Machine, account: int) -> None:
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
    _secrets(folder, owner)
    for name, text in _texts(hub, where, on).items():
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
