"""The rival: plain JupyterHub as everybody runs it, one hub with one proxy of its own, with JupyterHub's defaults.

It runs the same installed packages as Commonhub's hubs do, and users' servers from the same environment. Set are: ports,
`SimpleLocalProcessSpawner`, `shared-password`, and a folder. It runs under a user of its own where we are root.
`scripts/setup` leaves an optional grammar out of these packages, which saves a hub memory and a second of its start. The
rival keeps that gift and is faster for it than after `pip install`, unless `as_installed` takes it back.
"""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import ours
from commonhub.engines.local import machine
from commonhub.ground import process

ACCOUNT = 450_000  # beyond every account that Commonhub gives
STOP_SECONDS = 30.0

AS_INSTALLED = """
import sys
if sys.modules.get("rfc3987_syntax", sys) is not None:
    sys.exit("the line that scripts/setup writes is not there: nothing to take back")
del sys.modules["rfc3987_syntax"]
from jupyterhub.app import main
main()
"""
CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {command!r}
c.ConfigurableHTTPProxy.should_start = {own_proxy!r}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allow_all = True
"""


class PlainHub:
    """One hub in a folder of its own. Use as a context: what it started ends with it."""

    def __init__(self, *, own_proxy: bool = True, as_installed: bool = False, more: str = "") -> None:
        """`more` is appended to its configuration."""
        self._more = more
        self._as_installed = as_installed
        self._on = machine.this_machine()
        self._user = self._on.account(ACCOUNT)
        self._token = secrets.token_hex(16)
        self._own_proxy = own_proxy
        self._hub: subprocess.Popen[bytes] | None = None
        self._proxy: subprocess.Popen[bytes] | None = None
        self.port, self._hub_port, self._api_port = free_ports(3)
        self.password = secrets.token_urlsafe(24)
        self.folder = Path(tempfile.mkdtemp(prefix="chp-", dir="/tmp"))
        (self.folder / "homes").mkdir()
        self._configure()
        if self._user is not None:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, self._user, self._user)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where its people find it."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def hub_url(self) -> str:
        """The hub itself, without its proxy."""
        return f"http://127.0.0.1:{self._hub_port}/"

    def _configure(self) -> None:
        text = CONFIG.format(
            port=self.port,
            hub_port=self._hub_port,
            api_port=self._api_port,
            command=[str(self._on.node), str(self._on.proxy)],
            own_proxy=self._own_proxy,
            homes=str(self.folder / "homes" / "{username}"),
            password=self.password,
        )
        (self.folder / "jupyterhub_config.py").write_text(text + self._more)

    def _begin(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": f"{self._on.environment}/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "CONFIGPROXY_AUTH_TOKEN": self._token,
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                words,
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the hub's process; returns at once."""
        program = ["-c", AS_INSTALLED] if self._as_installed else ["-m", "jupyterhub"]
        self._hub = self._begin(sys.executable, *program, "-f", "jupyterhub_config.py")

    def start_proxy(self) -> None:
        """Start the proxy by itself, before the hub (`own_proxy=False`), and wait until it answers."""
        place = ["--ip", "127.0.0.1", "--port", str(self.port)]
        api = ["--api-ip", "127.0.0.1", "--api-port", str(self._api_port)]
        errors = ["--error-target", f"http://127.0.0.1:{self._hub_port}/hub/error"]
        self._proxy = self._begin(str(self._on.node), str(self._on.proxy), *place, *api, *errors)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                ours.ask(self.port, "127.0.0.1", "/")
                return
            time.sleep(ours.POLL)
        raise TimeoutError(self.url)

    def until_login_page(self) -> float:
        """Start the hub; the seconds until its login form is there."""
        begun = time.perf_counter()
        self.start()
        ours.until_login_page(self.url)
        return time.perf_counter() - begun

    def hub_process(self) -> process.Process:
        """The hub's own process."""
        found = process.Process.of(self._hub.pid) if self._hub else None
        if found is None:
            raise RuntimeError(f"the plain hub does not run: {self.last_words()}")
        return found

    def proxy_process(self) -> process.Process:
        """The proxy that the hub started."""
        for child in process.children(self.hub_process().pid):
            if str(self._on.proxy).encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                found = process.Process.of(child)
                if found:
                    return found
        raise RuntimeError("the plain hub has no proxy")

    def last_words(self) -> str:
        """The end of its log."""
        return (self.folder / "log").read_text(errors="replace")[-500:]

    def stop(self) -> None:
        """End the hub as an administrator would (SIGTERM), and wait until it is gone."""
        if self._hub:
            self._hub.terminate()
            try:
                self._hub.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._hub.kill()
                self._hub.wait()
            self._hub = None

    def kill(self) -> None:
        """End the hub's process as a crash would."""
        if self._hub:
            self._hub.kill()
            self._hub.wait()
            self._hub = None

    def forget(self) -> None:
        """Remove the database, so that the next start is the first ever."""
        for name in ("jupyterhub.sqlite", "jupyterhub_cookie_secret"):
            (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """End everything that lives in this folder, and remove it."""
        self.stop()
        if self._proxy:
            self._proxy.terminate()
            self._proxy.wait(STOP_SECONDS)
        for one in self._left():
            one.signal(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _left(self) -> list[process.Process]:
        """What a killed hub left behind: every process whose working folder or home lies in ours."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                home = f"HOME={self.folder}".encode()
                if any(word.startswith(home) for word in (entry / "environ").read_bytes().split(b"\0")):
                    found.append(process.Process.of(int(entry.name)))
        return [one for one in found if one]


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that nobody uses now."""
    found: set[int] = set()
    while len(found) < count:
        found.add(ours.free_port())
    return sorted(found)
