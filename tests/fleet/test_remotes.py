"""Commits are exchanged with real git servers: by HTTPS with a token, by SSH with a key, and with a bare repository on the same machine."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pygit2
import pytest
from pygit2.enums import CredentialType

from commonhub.fleet import history, remotes
from commonhub.ground import errors
from fleet import git_server, ssh_server

ALICE = history.Person(name="Alice Okafor", email="alice@example.org")


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Bob Lindqvist", "-c", "user.email=bob@example.org"]
    done = subprocess.run(["git", "-C", folder, *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that this process trusts, and its key."""
    cert, key = git_server.certificate(tmp_path_factory.mktemp("tls"))
    pygit2.settings.set_ssl_cert_locations(str(cert), None)
    return cert, key


@pytest.fixture
def server(trusted: tuple[Path, Path], tmp_path: Path) -> Iterator[git_server.GitServer]:
    served = git_server.GitServer(tmp_path, *trusted)
    yield served
    served.close()


@pytest.fixture
def known_hosts(tmp_path: Path) -> Iterator[Path]:
    """The list of servers' keys of whoever runs Commonhub; it is empty."""
    before = pygit2.settings.homedir
    (tmp_path / "home/.ssh").mkdir(parents=True)
    pygit2.settings.homedir = str(tmp_path / "home")
    yield tmp_path / "home/.ssh/known_hosts"
    pygit2.settings.homedir = before


@pytest.fixture(scope="module")
def ssh_key() -> asyncssh.SSHKey:
    """The key that the server lets in."""
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def by_ssh(two: "Two", ssh_key: asyncssh.SSHKey, tmp_path: Path) -> Iterator[ssh_server.SshServer]:
    """The fleet's remote is a server that takes one key, which lies where it should."""
    served = ssh_server.SshServer(tmp_path, ssh_key)
    two.name(served.url("b.git"))
    two.key(ssh_key)
    yield served
    served.close()


class Two:
    """A fleet with a remote, and somebody else who works with the same remote."""

    def __init__(self, root: Path) -> None:
        self.bare, self.fleet, self.secrets, self.other = (root / name for name in ("b.git", "fleet", "sec", "other"))
        git(root, "init", "--bare", "-b", "main", str(self.bare))
        self.fleet.mkdir()
        self.secrets.mkdir()
        (self.fleet / "fleet.yaml").write_text(json.dumps({"name": "One"}))
        (self.fleet / "README.md").write_text("ours\n")
        self.repository = history.FleetRepository.create(self.fleet, who=ALICE, why="Begin")
        self.name(str(self.bare))

    def name(self, url: str) -> None:
        """Give the fleet's remote an address."""
        subprocess.run(["git", "-C", self.fleet, "remote", "remove", "origin"], capture_output=True, check=False)
        git(self.fleet, "remote", "add", "origin", url)

    @property
    def remote(self) -> remotes.Remote:
        return remotes.Remote(self.fleet, self.secrets)

    def token(self, text: str, mode: int = 0o600) -> None:
        path = self.secrets / remotes.TOKEN
        path.write_text(text + "\n")
        path.chmod(mode)

    def key(self, key: asyncssh.SSHKey, form: str = "openssh", passphrase: str | None = None) -> None:
        path = self.secrets / remotes.KEY
        path.write_bytes(key.export_private_key(form, passphrase=passphrase))
        path.chmod(0o600)

    def here(self, name: str) -> str:
        return self.repository.change({"fleet.yaml": json.dumps({"name": name})}, who=ALICE, why=name).id

    def there(self, files: dict[str, str | None], why: str = "Elsewhere") -> str:
        """Somebody else's commit, pushed."""
        if not self.other.exists():
            git(self.bare, "clone", str(self.bare), str(self.other))
        git(self.other, "pull", "--rebase", "origin", "main")
        for path, text in files.items():
            full = self.other / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.unlink(missing_ok=True) if text is None else full.write_text(text)
        git(self.other, "add", "-A")
        git(self.other, "commit", "-m", why)
        git(self.other, "push", "origin", "main")
        return git(self.other, "rev-parse", "HEAD")

    def on_remote(self) -> str:
        return git(self.bare, "rev-parse", "main")


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_what_is_not_sent_yet_is_known_without_asking_anybody(two):
    first = two.remote.standing()
    assert (first.there, first.ahead, first.behind) == ("", 1, 0)
    two.remote.push()
    two.here("Two")
    made = two.here("Three")
    now = two.remote.standing()
    assert (now.here, now.ahead, now.branch) == (made, 2, "main")
    oldest = int(git(two.fleet, "log", "-1", "--format=%ct", "HEAD~1"))
    assert now.since is not None
    assert now.since.timestamp() == oldest


def test_commits_are_sent_and_taken_and_files_follow(two):
    assert two.remote.push().ahead == 0
    assert two.on_remote() == two.repository.head().id
    made = two.there({"fleet.yaml": json.dumps({"name": "Theirs"}), "README.md": None, "new/deep.txt": "deep\n"})
    assert two.remote.fetch().behind == 1
    now = two.remote.forward()
    assert (now.here, now.behind, two.repository.head().id) == (made, 0, made)
    assert json.loads((two.fleet / "fleet.yaml").read_text()) == {"name": "Theirs"}
    assert (two.fleet / "new/deep.txt").read_text() == "deep\n"
    assert not (two.fleet / "README.md").exists()
    assert git(two.fleet, "status", "--porcelain") == ""


def test_by_https_with_a_token_that_is_kept_in_a_secret_file(two, server):
    two.name(server.url("b.git"))
    two.token(git_server.TOKEN)
    assert two.remote.push().ahead == 0
    assert two.on_remote() == two.repository.head().id
    made = two.there({"fleet.yaml": json.dumps({"name": "Theirs"})})
    two.remote.fetch()
    assert two.remote.forward().here == made
    assert git_server.TOKEN not in (two.fleet / ".git/config").read_text()
    assert any(server.seen)


def test_a_wrong_token_is_offered_once_and_refused_in_words(two, server):
    two.name(server.url("b.git"))
    two.token("wrong-token")
    with pytest.raises(errors.RefusedError, match="refuses what remote_token holds") as refused:
        two.remote.fetch()
    assert len([each for each in server.seen if each]) == 1
    assert "wrong-token" not in str(refused.value)


def test_without_a_token_and_with_one_that_others_can_read_nothing_is_offered(two, server):
    two.name(server.url("b.git"))
    with pytest.raises(errors.RefusedError, match="there is no remote_token"):
        two.remote.fetch()
    two.token(git_server.TOKEN, mode=0o640)
    with pytest.raises(errors.RefusedError, match="can be read by others"):
        two.remote.push()
    assert not any(server.seen)


def test_a_server_that_does_not_prove_who_it_is_gets_no_token(two, tmp_path):
    (tmp_path / "own").mkdir()
    stranger = git_server.GitServer(tmp_path, *git_server.certificate(tmp_path / "own"))
    try:
        two.name(stranger.url("b.git"))
        two.token(git_server.TOKEN)
        with pytest.raises(errors.RefusedError, match="does not prove to be it"):
            two.remote.fetch()
        assert stranger.seen == []
    finally:
        stranger.close()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_by_ssh_with_a_key_to_a_server_that_is_known(two, known_hosts, tmp_path, kind):
    key = asyncssh.generate_private_key(kind)
    two.key(key)
    server = ssh_server.SshServer(tmp_path, key)
    try:
        two.name(server.url("b.git"))
        known_hosts.write_text(server.known() + "\n")
        assert two.remote.push().ahead == 0
        assert two.on_remote() == two.repository.head().id
        made = two.there({"fleet.yaml": json.dumps({"name": "Theirs"})})
        two.remote.fetch()
        assert two.remote.forward().here == made
        assert server.users == ["git", "git"]
        assert [words.split()[0] for words in server.commands] == ["git-receive-pack", "git-upload-pack"]
    finally:
        server.close()


def test_a_server_whose_key_is_unknown_or_another_is_not_offered_ours(two, by_ssh, known_hosts, ssh_key):
    with pytest.raises(errors.RefusedError, match="does not prove to be it") as refused:
        two.remote.push()
    assert "known_hosts" in refused.value.mend
    another = ssh_key.export_public_key().decode()
    known_hosts.write_text(f"[127.0.0.1]:{by_ssh.port} {another}\n")
    with pytest.raises(errors.RefusedError, match="does not prove to be it"):
        two.remote.push()
    assert by_ssh.tried == []


def test_a_key_that_the_server_does_not_take_is_offered_once_and_refused_in_words(two, by_ssh, known_hosts):
    known_hosts.write_text(by_ssh.known() + "\n")
    two.key(asyncssh.generate_private_key("ssh-ed25519"))
    with pytest.raises(errors.RefusedError, match="refuses what remote_key holds"):
        two.remote.fetch()
    assert len(by_ssh.tried) == 1
    assert by_ssh.commands == []


def _rsa() -> tuple[asyncssh.SSHKey, str | None]:
    return asyncssh.generate_private_key("ssh-rsa", key_size=2048), None


def _with_passphrase() -> tuple[asyncssh.SSHKey, str | None]:
    return asyncssh.generate_private_key("ssh-ed25519"), "sesame"


@pytest.mark.parametrize(
    ("made", "form", "words"),
    [
        (_rsa, "openssh", "RSA key"),
        (_rsa, "pkcs1-pem", "RSA key"),
        (_with_passphrase, "pkcs8-pem", "has a passphrase"),
    ],
)
def test_a_key_that_cannot_be_used_is_said_to_be_so_and_how_to_make_one(two, by_ssh, known_hosts, made, form, words):
    known_hosts.write_text(by_ssh.known() + "\n")
    key, passphrase = made()
    two.key(key, form, passphrase)
    with pytest.raises(errors.RefusedError, match=words) as refused:
        two.remote.push()
    assert "ssh-keygen -t ed25519" in refused.value.mend


def test_what_is_no_key_and_a_key_that_others_can_read_are_refused(two, by_ssh, known_hosts):
    known_hosts.write_text(by_ssh.known() + "\n")
    path = two.secrets / remotes.KEY
    path.chmod(0o644)
    with pytest.raises(errors.RefusedError, match="can be read by others"):
        two.remote.push()
    path.write_text("not a key\n")
    path.chmod(0o600)
    with pytest.raises(errors.RefusedError, match="holds no private key"):
        two.remote.push()
    path.unlink()
    with pytest.raises(errors.RefusedError, match="there is no remote_key"):
        two.remote.push()
    assert by_ssh.tried == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost/b.git", "not exchanged by http"),
        ("git://localhost/b.git", "not exchanged by git"),
        ("https://me:secret@localhost/b.git", "holds a name or a password"),
        ("https://secret@localhost/b.git", "holds a name or a password"),
        ("ssh://git:secret@localhost/b.git", "holds a name or a password"),
    ],
)
def test_an_address_that_gives_something_away_is_refused(two, url, words):
    two.name(url)
    with pytest.raises(errors.RefusedError, match=words) as refused:
        two.remote.fetch()
    assert "secret@" not in str(refused.value)


def test_a_second_address_to_send_to_is_refused(two, server):
    git(two.fleet, "remote", "set-url", "--push", "origin", server.url("b.git"))
    two.token(git_server.TOKEN)
    with pytest.raises(errors.RefusedError, match="another to send to"):
        two.remote.push()
    assert server.seen == []


@pytest.mark.parametrize("leads_to", ["http://localhost:{port}/b.git", "https://elsewhere.example:{port}/b.git"])
def test_a_secret_is_told_to_the_remote_itself_alone_and_never_in_the_open(two, server, leads_to):
    two.name(server.url("b.git"))
    two.token(git_server.TOKEN)
    callbacks = remotes._Callbacks(two.remote.url, two.secrets)
    with pytest.raises(errors.RefusedError, match="leads to another host"):
        callbacks.credentials(leads_to.format(port=server.port), None, CredentialType.USERPASS_PLAINTEXT)


def test_a_fleet_without_a_remote_says_how_to_name_one(two):
    git(two.fleet, "remote", "remove", "origin")
    assert not two.remote.exists
    with pytest.raises(errors.NotFoundError, match="has no remote origin"):
        two.remote.standing()


def test_a_remote_that_is_away_is_said_to_be(two):
    shutil.rmtree(two.bare)
    with pytest.raises(errors.UnavailableError, match="Commits cannot be exchanged"):
        two.remote.push()


def test_where_both_have_gone_on_nothing_moves_and_nothing_is_lost(two):
    two.remote.push()
    there, here = two.there({"README.md": "theirs\n"}), two.here("Ours")
    with pytest.raises(errors.RefusedError, match="has commits that are not here"):
        two.remote.push()
    now = two.remote.fetch()
    assert now.diverged
    with pytest.raises(errors.RefusedError) as refused:
        two.remote.forward()
    assert here[:10] in str(refused.value)
    assert there[:10] in str(refused.value)
    assert (two.repository.head().id, two.on_remote()) == (here, there)


def test_a_remote_that_was_rewritten_moves_nothing_here(two):
    two.remote.push()
    here = two.here("Two")
    two.remote.push()
    git(two.bare, "clone", str(two.bare), str(two.other))
    git(two.other, "reset", "--hard", "HEAD~1")
    (two.other / "README.md").write_text("anew\n")
    git(two.other, "commit", "-am", "Anew")
    git(two.other, "push", "--force", "origin", "main")
    two.remote.fetch()
    with pytest.raises(errors.RefusedError, match="both gone on"):
        two.remote.forward()
    assert two.repository.head().id == here


def test_what_somebody_is_editing_is_not_overwritten(two):
    two.remote.push()
    two.there({"README.md": "theirs\n", "new.txt": "theirs\n"})
    two.remote.fetch()
    for path in ("README.md", "new.txt"):
        before = (two.fleet / path).read_text() if (two.fleet / path).exists() else None
        (two.fleet / path).write_text("being edited\n")
        with pytest.raises(errors.RefusedError, match=f"{path} has edits"):
            two.remote.forward()
        assert (two.fleet / path).read_text() == "being edited\n"
        (two.fleet / path).unlink() if before is None else (two.fleet / path).write_text(before)
    (two.fleet / "fleet.yaml").write_text(json.dumps({"name": "Being edited"}))
    two.remote.forward()
    assert "Being edited" in (two.fleet / "fleet.yaml").read_text()


def test_half_of_a_forward_that_was_killed_is_finished(two):
    two.remote.push()
    made = two.there({"README.md": "theirs\n", "new.txt": "theirs\n"})
    two.remote.fetch()
    (two.fleet / "README.md").write_text("theirs\n")  # the files were written, the branch was not moved yet
    assert two.remote.forward().here == made
    assert git(two.fleet, "status", "--porcelain") == ""


def test_another_git_at_work_is_waited_for(two):
    two.remote.push()
    two.there({"README.md": "theirs\n"})
    two.remote.fetch()
    (two.fleet / ".git/index.lock").touch()
    with pytest.raises(errors.UnavailableError):
        two.remote.forward()
    assert (two.fleet / "README.md").read_text() == "ours\n"
