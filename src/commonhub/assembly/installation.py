"""One fleet on this machine: where its state lies, and under which address it is seen."""

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from commonhub.communities import charter_checks
from commonhub.engines.local import machine, places
from commonhub.fleet import history, models, sound, trees
from commonhub.ground import errors, files

STATE_OF_ROOT = Path("/var/lib/commonhub")
STATE_PATH_MAX = 60  # characters: below it the longest socket path is one of a gate


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One fleet folder, its state folder, and the machine."""

    fleet: Path
    state: Path
    on: machine.Machine

    @property
    def where(self) -> places.Places:
        """Every path of the engine."""
        return places.Places(self.state)

    @property
    def short_name(self) -> str:
        """One name for this state folder on this machine: those of two fleets may have one last part."""
        return f"{places.slug(self.state.name)[:20]}-{hashlib.sha256(str(self.state).encode()).hexdigest()[:8]}"

    @property
    def portal_state(self) -> Path:
        """The records and the portal's own files; owned by the portal's user."""
        return self.state / "portal"

    @property
    def web_socket(self) -> Path:
        """Where the portal listens; only its own user and the proxy's may enter the folder."""
        return self.state / "web" / "web.sock"

    @property
    def secrets(self) -> Path:
        """What the owner alone may read."""
        return self.state / "secrets"

    def secret(self, name: str) -> str:
        """A secret of this installation, made once and kept in a file of mode 0600."""
        path = self.secrets / name
        files.ensure_folder(self.secrets, mode=0o700)
        if not path.exists():
            files.write(path, secrets.token_urlsafe(24) + "\n", mode=0o600)
        return files.read(path).strip()

    def environment(self, public: "Public") -> dict[str, str]:
        """What Django's settings read; the same for the portal, the keeper and the terminal."""
        given = {
            "COMMONHUB_STATE": str(self.portal_state),
            "COMMONHUB_URL": public.url,
            "COMMONHUB_KEEPER_SOCKET": str(self.where.keeper_socket),
            "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        }
        kept = (
            "COMMONHUB_DATABASE_URL",
            "COMMONHUB_DOCS_URL",
            "COMMONHUB_ENVIRONMENT",
            "COMMONHUB_MAIL_FROM",
            "COMMONHUB_PROXY",
            "COMMONHUB_SMTP_URL",
        )
        passed = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HOME")
        return given | {name: os.environ[name] for name in (*kept, *passed) if name in os.environ}


@dataclass(frozen=True, kw_only=True)
class Public:
    """How the fleet is seen from outside."""

    url: str  # the portal's, as people type it
    listen_ip: str
    listen_port: int
    by_host: bool  # each hub its own host name; else a path each

    @property
    def parts(self) -> SplitResult:
        """The address, taken apart."""
        return urlsplit(self.url)

    @classmethod
    def of(cls, fleet: models.FleetFile) -> "Public":
        """From fleet.yaml."""
        ip, port = fleet.listen_address
        return cls(
            url=fleet.url.rstrip("/"),
            listen_ip=ip,
            listen_port=port,
            by_host=fleet.routing is models.Routing.HOSTS,
        )


def find(fleet: Path, state: Path | None = None) -> Installation:
    """The installation of the fleet in this folder; nothing is made or changed.

    The state lies where `state` or COMMONHUB_STATE_ROOT says, else below /var/lib/commonhub for root and in
    the XDG state folder for anyone else, under a name of the fleet's own.
    """
    folder = fleet.resolve()
    if not folder.is_dir():
        raise errors.NotFoundError(
            f"There is no folder {fleet}.", "Name a fleet folder, or make one: `commonhub init`."
        )
    on = machine.this_machine()
    if state is None:
        given = os.environ.get("COMMONHUB_STATE_ROOT")
        xdg = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "commonhub"
        root = Path(given) if given else (STATE_OF_ROOT if on.as_root else xdg)
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:6]
        state = root / f"{places.slug(folder.name)[:20]}-{digest}"
    if len(str(state)) > STATE_PATH_MAX:
        raise errors.CommonhubError(
            f"The state folder's path has {len(str(state))} characters; sockets below it allow {STATE_PATH_MAX}.",
            "Name a shorter one with --state or COMMONHUB_STATE_ROOT.",
        )
    return Installation(fleet=folder, state=state.absolute(), on=on)


def public(fleet: Path) -> Public:
    """How the fleet is seen, from its working folder; while that has mistakes, from the newest commit without.

    An error with the first fault where there is no such commit.
    """
    found = charter_checks.reader().read(trees.folder(fleet))
    if found.fleet is None:
        with contextlib.suppress(errors.CommonhubError):
            before = sound.newest(history.FleetRepository(fleet), charter_checks.reader())
            if before is not None:
                return Public.of(before[1].file)
        first = found.mistakes[0]
        raise errors.CommonhubError(
            f"The fleet has {len(found.mistakes)} fault(s); the first: {first}",
            "`commonhub validate` shows them all.",
        )
    return Public.of(found.fleet.file)
