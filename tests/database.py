"""A throw-away PostgreSQL for tests: Debian's own programs, a temporary folder, a unix socket and no network."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN_VERSIONS = Path("/usr/lib/postgresql")
OWNER = "postgres"  # the programs refuse to run as root; Debian's package makes this user
OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=20 -c shared_buffers=16MB"


def programs() -> Path | None:
    """The folder that holds initdb and pg_ctl, of the newest version here; None where there is none."""
    on_path = shutil.which("pg_ctl")
    found = sorted(DEBIAN_VERSIONS.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3].split(".")[0]))
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def run(*command: str | Path) -> None:
    """Run one of PostgreSQL's programs, as its own user when we are root; its words are shown when it fails."""
    who = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, cwd="/", **who
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")


@contextmanager
def cluster(folder: Path) -> Iterator[Path]:
    """A running PostgreSQL that keeps everything in `folder`, and listens on a socket there."""
    place = programs()
    if place is None:
        raise RuntimeError("PostgreSQL's programs are not installed: scripts/setup development installs them.")
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    data, log = folder / "data", folder / "log"
    run(place / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--username=commonhub", "--pgdata", data)
    run(place / "pg_ctl", "--pgdata", data, "--log", log, "--wait", "--options", f"{OPTIONS} -k {folder}", "start")
    try:
        yield folder
    finally:
        run(place / "pg_ctl", "--pgdata", data, "--wait", "--mode=immediate", "stop")


def new(cluster: Path, name: str) -> str:
    """The address of a new, empty database in a running cluster."""
    place = programs()
    if place is None:
        raise RuntimeError("PostgreSQL's programs are not installed.")
    run(place / "createdb", "--host", cluster, "--username=commonhub", name)
    # The empty host with ?host= is how libpq writes a unix socket in a URL.
    return f"postgresql://commonhub@/{name}?host={cluster}"
