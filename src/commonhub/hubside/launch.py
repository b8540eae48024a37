"""The two programs that run as a hub's user: the hub itself, and the culler of its idle servers.

Used by the nursery in a forked child, and as `python -m commonhub.hubside.launch KIND FOLDER` where
forking is impossible.
"""

import json
import os
import sys
from pathlib import Path

from jupyterhub.app import JupyterHub
from jupyterhub.handlers.base import BaseHandler
from jupyterhub_idle_culler import IdleCuller
from tornado.netutil import Resolver

from commonhub.hubside import sockets

HOME_VARIABLES = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def run_hub(folder: Path) -> None:
    """Run JupyterHub with the settings in `folder`; returns when it ends."""
    # JupyterHub 6.1.1 reads this attribute in pages where only token requests set it
    # (handlers/base.py, refresh_auth): an administrator who starts someone's server would see an error 500.
    if not hasattr(BaseHandler, "_token_authenticated"):
        BaseHandler._token_authenticated = False  # noqa: SLF001
    sys.argv = ["jupyterhub", "-f", str(folder / "jupyterhub_config.py")]
    JupyterHub.launch_instance(sys.argv[1:])


def run_culler(folder: Path) -> None:
    """Run jupyterhub-idle-culler against the hub in `folder`; returns when it ends."""
    settings = json.loads((folder / "culler.json").read_text())
    secrets = json.loads((folder / "secrets.json").read_text())
    os.environ["JUPYTERHUB_API_TOKEN"] = secrets["culler_token"]
    Resolver.configure(sockets.OneSocket, path=str(folder / "sock" / "hub.sock"))
    sys.argv = ["idle-culler"]
    IdleCuller.launch_instance(
        [
            f"--url=http://hub{settings['base_path']}hub/api",
            f"--timeout={settings['idle']}",
            f"--max-age={settings['max_age']}",
            f"--cull-every={settings['every']}",
        ]
    )


PROGRAMS = {"hub": run_hub, "culler": run_culler}


def run(kind: str, folder: Path) -> None:
    """Become the program `kind` for the hub in `folder`."""
    kept = {name: os.environ[name] for name in HOME_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=str(folder / "data"))
    os.chdir(folder / "data")
    PROGRAMS[kind](folder)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
