"""The systemd unit of one fleet. Pure text, except for where it is written.

Sources: systemd.service(5), systemd.kill(5), systemd.resource-control(5).
"""

import os
from pathlib import Path

from commonhub.assembly import installation
from commonhub.ground import files

SYSTEM = Path("/etc/systemd/system")


def name(of: installation.Installation) -> str:
    """The unit's name: one for each fleet of a machine."""
    return f"commonhub-{of.state.name}.service"


def text(of: installation.Installation, *, whole_machine: bool) -> str:
    """The unit. Stopping or restarting it leaves people's servers running; `commonhub down` ends them too."""
    command = f"{_quoted(of.on.python)} -m commonhub.cli.main"
    lines = [
        "[Unit]",
        f"Description=Commonhub: {of.fleet.name}",
        "Documentation=man:systemd.service(5)",
        *(("Wants=network-online.target", "After=network-online.target") if whole_machine else ()),
        "",
        "[Service]",
        f"ExecStart={command} up {_quoted(of.fleet)} --state {_quoted(of.state)}",
        "Restart=on-failure",
        "RestartSec=1",
        "# Only the parent is ended: hubs and people's kernels go on through a restart or an upgrade.",
        "KillMode=process",
        "# Hands the unit's control groups over, so that limits hold for each person's server.",
        "Delegate=yes",
        "TasksMax=infinity",
        "LimitNOFILE=65536",
        *(("NoNewPrivileges=yes",) if not whole_machine else ()),
        "",
        "[Install]",
        f"WantedBy={'multi-user.target' if whole_machine else 'default.target'}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    """A path as one word of a command line in a unit."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def folder(*, whole_machine: bool) -> Path:
    """Where systemd looks for units of the machine, or of this user."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return SYSTEM if whole_machine else home / "systemd" / "user"


def install(of: installation.Installation) -> Path:
    """Write the unit; gives where. The same unit twice changes nothing."""
    path = folder(whole_machine=of.on.as_root) / name(of)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, text(of, whole_machine=of.on.as_root), mode=0o644)
    return path
