"""The /etc of one box, written anew before each start. It says nothing about the machine it is on."""

import json
import shutil
from pathlib import Path

from commonhub import hubside
from commonhub.engines.local import box, reach
from commonhub.fleet import desired

PASSWD = f"""root:x:0:0:root:/root:/bin/sh
jovyan:x:{box.USER_ID}:{box.USER_ID}:jovyan:{box.HOME}:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""
GROUP = f"root:x:0:\njovyan:x:{box.USER_ID}:\nnogroup:x:65534:\n"
HOSTS = "127.0.0.1 localhost jupyter\n::1 localhost\n"
NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\n"
MODULE = "commonhub_listening"
JUPYTER = f"""import sys

sys.path.insert(0, "{box.OURS}")  # for this process alone: kernels do not inherit it
"""
SETTINGS = json.dumps(
    {
        "ServerApp": {"jpserver_extensions": {MODULE: True}},
        # JupyterLab would ask each newcomer whether it may look for news, on servers that most boxes cannot reach.
        "LabApp": {
            "news_url": None,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        },
    }
)
MOUNTED = ("ssl", "alternatives", "fonts")  # folders of the machine that are mounted here
COPIED = (
    "localtime",
    "ld.so.cache",
    "ld.so.conf",
    "mime.types",
    "bash.bashrc",
)  # read from the machine where it has them
COPY_MAX = 4 * 2**20  # bytes


def write(folder: Path, *, egress: desired.Egress, subnet: str, extra: dict[str, str] | None = None) -> None:
    """Write the whole folder. `extra` are further files for our own folder inside, by name."""
    names = f"nameserver {reach.resolver(subnet)}\n" if egress is desired.Egress.INTERNET else ""
    files = {
        "passwd": PASSWD,
        "group": GROUP,
        "hosts": HOSTS,
        "nsswitch.conf": NSSWITCH,
        "resolv.conf": names,
        "hostname": "jupyter\n",
        "jupyter/jupyter_server_config.py": JUPYTER,
        "jupyter/jupyter_server_config.d/commonhub.json": SETTINGS,
        f"commonhub/{MODULE}.py": listening_source(),
        **{f"commonhub/{name}": text for name, text in (extra or {}).items()},
    }
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in MOUNTED:
        (folder / name).mkdir()
    _copy_from_the_machine(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def listening_source() -> str:
    """Our extension's text: boxes get a copy, so that they need not see where Commonhub itself is installed."""
    return Path(hubside.__path__[0], "listening.py").read_text(encoding="utf-8")


def _copy_from_the_machine(folder: Path) -> None:
    for name in COPIED:
        source = Path("/etc", name)
        if source.is_file() and source.stat().st_size <= COPY_MAX:
            (folder / name).write_bytes(source.read_bytes())
