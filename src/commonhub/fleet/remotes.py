"""The fleet's git remote: commits are taken from it and sent to it, forward only.

It is what git calls `origin`, and of it the branch that is checked out here. Where both sides have gone on, nothing is
taken, sent or merged: a person brings them together. What opens the remote lies in secret files of mode 0600; it is in
no address, command, log or commit. No other program is started.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pygit2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pygit2.enums import CheckoutStrategy, CredentialType, FileMode, SortMode

from commonhub.fleet import opening
from commonhub.ground import errors, files

NAME: Final = "origin"
TOKEN: Final = "remote_token"  # noqa: S105 - the name of a file
KEY: Final = "remote_key"
_SAFE: Final = ("https", "ssh", "file")
_SHARED: Final = stat.S_IRWXG | stat.S_IRWXO

# Milliseconds. A remote that hangs must not hold up the keeper's next tries for long.
pygit2.settings.server_connect_timeout = 10_000
pygit2.settings.server_timeout = 30_000


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the fleet here stands to its remote, as that was last asked. `since`: when the oldest unsent commit was made."""

    url: str
    branch: str
    here: str
    there: str  # "" where the remote has no such branch, or was never asked
    ahead: int
    behind: int
    since: datetime | None

    @property
    def diverged(self) -> bool:
        """Whether both have gone on."""
        return bool(self.there and self.ahead and self.behind)


class Remote:
    """The remote of one fleet's repository. `secrets` is the folder with `remote_token` or `remote_key`."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        self._folder = folder.resolve()
        self._secrets = secrets
        self._repository = opening.open_repository(self._folder)

    @property
    def exists(self) -> bool:
        """Whether the repository has a remote of that name."""
        return NAME in {each.name for each in self._repository.remotes}

    def standing(self) -> Standing:
        """How the two stand, without asking the remote. Raises CommonhubError where there is no remote or no branch."""
        branch, here = self._branch(), self._here()
        tracked = f"refs/remotes/{NAME}/{branch}"
        there = self._repository.references.get(tracked)
        if there is None:
            return self._standing(branch, here, "", (self._count(here), 0))
        target = there.peel(pygit2.Commit).id
        return self._standing(branch, here, str(target), self._repository.ahead_behind(here, target))

    def fetch(self) -> Standing:
        """Ask the remote for its commits. Raises UnavailableError where it does not answer, RefusedError where it refuses."""
        branch = self._branch()
        with self._in_words(), opening.owned(self._folder, self._repository):
            self._remote().fetch(
                [f"+refs/heads/{branch}:refs/remotes/{NAME}/{branch}"], callbacks=self._callbacks(), message="fetch"
            )
        return self.standing()

    def push(self) -> Standing:
        """Send the commits that the remote lacks. Raises as `fetch` does, and RefusedError where both have gone on."""
        branch, callbacks = self._branch(), self._callbacks()
        with self._in_words(), opening.owned(self._folder, self._repository):
            self._remote().push([f"refs/heads/{branch}:refs/heads/{branch}"], callbacks=callbacks)
        if callbacks.refused:
            raise errors.RefusedError(
                f"The remote {self.url} refuses the commits: {callbacks.refused}.", "Ask those who run it why."
            )
        return self.standing()

    def forward(self) -> Standing:
        """Bring the folder to the remote's newest commit, where that follows the one here; nothing else is changed.

        It may be killed at any line and done again. Raises RefusedError where both have gone on, or where a file that
        would change has edits that are not committed.
        """
        now = self.standing()
        if now.diverged:
            raise both_went_on(now)
        if not now.behind:
            return now
        with opening.in_words(self._folder), opening.alone(self._repository, self._folder):
            self._check_free(now)
            target = self._repository[now.there].peel(pygit2.Commit)
            changed = self._changed(self._repository[now.here].peel(pygit2.Commit), target)
            with opening.owned(self._folder, self._repository):
                if changed:
                    strategy = CheckoutStrategy.FORCE | CheckoutStrategy.DISABLE_PATHSPEC_MATCH
                    self._repository.checkout_tree(  # type: ignore[no-untyped-call]
                        target, strategy=strategy, paths=changed
                    )
                self._hand_over(changed)
                self._repository.head.set_target(target.id, f"pull: {now.url}")
        return self.standing()

    @property
    def url(self) -> str:
        """The remote's address, which holds no secret."""
        return str(self._remote().url)

    # -- what it is

    def _remote(self) -> pygit2.Remote:
        if not self.exists:
            raise errors.NotFoundError(
                f"The fleet's git repository has no remote {NAME}.", f"Name one: git remote add {NAME} ADDRESS"
            )
        remote = self._repository.remotes[NAME]
        if remote.push_url not in {None, remote.url}:
            raise errors.RefusedError(
                f"The remote {NAME} has one address to take from and another to send to.",
                f"Name one: git remote set-url --delete --push {NAME} '.*'",
            )
        _check_address(str(remote.url))
        return remote

    def _branch(self) -> str:
        if self._repository.head_is_unborn or self._repository.head_is_detached:
            raise errors.CommonhubError(
                f"The git repository of {self._folder} is on no branch (its HEAD is detached).",
                "Check out a branch first.",
            )
        return str(self._repository.head.shorthand)

    def _here(self) -> pygit2.Oid:
        return self._repository.head.peel(pygit2.Commit).id

    def _count(self, here: pygit2.Oid) -> int:
        return sum(1 for _ in self._repository.walk(here))

    def _standing(self, branch: str, here: pygit2.Oid, there: str, apart: tuple[int, int]) -> Standing:
        return Standing(
            url=self.url,
            branch=branch,
            here=str(here),
            there=there,
            ahead=apart[0],
            behind=apart[1],
            since=self._oldest_unsent(here, there) if apart[0] else None,
        )

    def _oldest_unsent(self, here: pygit2.Oid, there: str) -> datetime | None:
        walker = self._repository.walk(here, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        if there:
            walker.hide(pygit2.Oid(hex=there))
        oldest = next(iter(walker), None)
        return datetime.fromtimestamp(oldest.commit_time, tz=UTC) if oldest is not None else None

    # -- the folder

    def _check_free(self, now: Standing) -> None:
        if Path(self._repository.path, "index.lock").exists():
            raise errors.UnavailableError(
                opening.BUSY, "Try again; if no git runs there, delete index.lock in its .git folder."
            )
        if str(self._here()) != now.here:
            raise errors.UnavailableError("Somebody else committed at the same moment.", "Try again.")

    def _changed(self, before: pygit2.Commit, after: pygit2.Commit) -> list[str]:
        """The paths that differ. Raises RefusedError where one of them has edits of somebody's."""
        deltas = list(self._repository.diff(before, after).deltas)
        paths = sorted({side.path for delta in deltas for side in (delta.old_file, delta.new_file)})
        edited = [path for path in paths if self._there(path) not in {_blob(before, path), _blob(after, path)}]
        if edited:
            raise errors.RefusedError(
                f"{', '.join(edited[:5])} has edits in the folder that are not committed, and the remote changes it.",
                "Commit or undo them first.",
            )
        return paths

    def _there(self, path: str) -> str:
        """The id of what stands in the folder; "" for nothing, "edited" for what git holds as no file."""
        full = Path(self._repository.workdir) / path
        if full.is_symlink():
            return str(pygit2.hash(os.fsencode(full.readlink())))
        if full.is_dir():
            return "" if not any(full.iterdir()) else "edited"
        return str(pygit2.hash(full.read_bytes())) if full.is_file() else ""

    def _hand_over(self, paths: list[str]) -> None:
        owner, root = self._folder.stat(), Path(self._repository.workdir)
        if os.geteuid() or not owner.st_uid:
            return
        for path in paths:
            for each in (root / path, *(above for above in (root / path).parents if above.is_relative_to(root))):
                if each.is_symlink() or each.exists():
                    os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)

    # -- what opens it

    def _callbacks(self) -> "_Callbacks":
        return _Callbacks(self.url, self._secrets)

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (pygit2.GitError, KeyError, ValueError, OSError) as error:
            reason = str(error).strip("'\"").rstrip(".")
            if "not present locally" in reason or "non-fast" in reason:
                raise errors.RefusedError(
                    f"The remote {self.url} has commits that are not here: nothing was sent.",
                    "Take them first: commonhub sync --pull",
                ) from error
            raise errors.UnavailableError(
                f"Commits cannot be exchanged with {self.url}: {reason}.", "It is tried again; see that it is reached."
            ) from error


class _Callbacks(pygit2.RemoteCallbacks):
    """Offers the token or the key once, to the remote's own host alone, and takes no certificate on trust."""

    def __init__(self, url: str, secrets: Path) -> None:
        super().__init__()
        self.refused = ""
        self._url = url
        self._secrets = secrets
        self._offered = False

    def credentials(
        self, url: str, username_from_url: str | None, allowed_types: CredentialType
    ) -> pygit2.Keypair | pygit2.Username | pygit2.UserPass:
        """What opens the remote."""
        user = username_from_url or "git"
        if allowed_types & CredentialType.USERNAME and not allowed_types & CredentialType.SSH_KEY:
            return pygit2.Username(user)
        by_key = bool(allowed_types & CredentialType.SSH_KEY)
        name = KEY if by_key else TOKEN
        if _host(url) != _host(self._url):
            raise errors.RefusedError(
                f"The remote {self._url} leads to another host, which is not told the secret.",
                "Name the remote by its last address.",
            )
        if self._offered:
            raise errors.RefusedError(
                f"The remote {self._url} refuses what {name} holds.", "Make a new one there, and write it to that file."
            )
        self._offered = True
        path = _secret(self._secrets / name, self._url)
        if by_key:
            _check_key(path)
            return pygit2.Keypair(user, None, str(path), "")
        return pygit2.UserPass(user, files.read(path).strip())

    def certificate_check(self, certificate: None, valid: bool, host: bytes) -> bool:  # noqa: ARG002 - pygit2's own
        """Whether the other side proved who it is: by a certificate that is known here, or a key in known_hosts."""
        if valid or _scheme(self._url) == "file":
            return True
        words = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
        raise errors.RefusedError(
            f"Who answers as {words} does not prove to be it.",
            "For ssh put its key into known_hosts of whoever runs Commonhub; for https name its authority in SSL_CERT_FILE.",
        )

    def push_update_reference(self, refname: str, message: str | None) -> None:  # noqa: ARG002 - pygit2's own
        """The remote took a branch, or says why not."""
        if message:
            self.refused = message


def both_went_on(now: Standing) -> errors.RefusedError:
    """What is said where both sides have commits that the other lacks."""
    return errors.RefusedError(
        f"The fleet here ({now.here[:10]}) and its remote {now.url} ({now.there[:10]}) have both gone on: "
        f"{now.ahead} commit(s) are only here and {now.behind} only there. Nothing was taken or sent, and nothing is lost.",
        f"Bring them together with git in the fleet folder (git pull --rebase {NAME} {now.branch}), then: commonhub sync",
    )


def _blob(commit: pygit2.Commit, path: str) -> str:
    try:
        found = commit.tree[path]
    except KeyError:
        return ""
    return "" if found.filemode == FileMode.COMMIT else str(found.id)


def _scheme(url: str) -> str:
    """By what a remote is reached; `host:path` is git's short way of writing ssh."""
    if "://" in url:
        return url.partition("://")[0].lower()
    before, colon, _ = url.partition(":")
    return "ssh" if colon and "/" not in before else "file"


def _host(url: str) -> tuple[str, str]:
    """Who is told a secret, and how."""
    if "://" in url:
        parts = urlsplit(url)
        return parts.scheme.lower(), f"{parts.hostname}:{parts.port or ''}"
    return "ssh", url.partition(":")[0].rpartition("@")[2] + ":"


def _check_address(url: str) -> None:
    """Raises RefusedError for an address that gives something away."""
    scheme, parts = _scheme(url), urlsplit(url if "://" in url else "")
    if scheme not in _SAFE:
        raise errors.RefusedError(
            f"Commits are not exchanged by {scheme}, which hides nothing and proves nobody.",
            "Name the remote by https:// or ssh://.",
        )
    # A token can stand before the host as the name of a user; whoever signs in by https is known by the token.
    if parts.password or (scheme == "https" and parts.username is not None):
        raise errors.RefusedError(
            f"The address of the remote {NAME} holds a name or a password, which everybody sees who can read the folder.",
            f"Take it out (git remote set-url), and keep the token in the secret file {TOKEN}.",
        )


def _check_key(path: Path) -> None:
    """Raises RefusedError for a private key that ssh cannot be opened with here.

    Signing with RSA overwrites memory in libssh2 1.11.1, which pygit2 1.21 brings, when the server names the signatures
    that it takes: seen with keys in both formats, and never with ECDSA or Ed25519.
    """
    data = path.read_bytes()
    read = serialization.load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else serialization.load_pem_private_key
    mend = f'Make one of its own for this remote: ssh-keygen -t ed25519 -N "" -f {path}'
    try:
        key = read(data, password=None)
    except TypeError:
        raise errors.RefusedError(f"{path.name} has a passphrase, which nobody is there to type.", mend) from None
    except (ValueError, UnsupportedAlgorithm):
        raise errors.RefusedError(f"{path.name} holds no private key for ssh.", mend) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise errors.RefusedError(f"{path.name} is an RSA key or an older one, which is not used here.", mend)


def _secret(path: Path, url: str) -> Path:
    """A secret file that nobody else can read."""
    try:
        seen = path.lstat()
    except OSError:
        raise errors.RefusedError(
            f"The remote {url} asks who we are, and there is no {path.name}.",
            f"Write it to {path}, with mode 0600.",
        ) from None
    if not stat.S_ISREG(seen.st_mode) or seen.st_mode & _SHARED or seen.st_uid not in {0, os.geteuid()}:
        raise errors.RefusedError(f"{path.name} can be read by others.", f"chmod 600 {path}")
    return path
