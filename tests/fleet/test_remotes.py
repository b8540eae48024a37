"""Commits are exchanged with real git servers: by HTTPS with a token, and with a bare repository on the same machine."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from commonhub.fleet import history, remotes
from commonhub.ground import errors
from fleet import git_server

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


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost/b.git", "not exchanged by http"),
        ("git://localhost/b.git", "not exchanged by git"),
        ("https://me:secret@localhost/b.git", "holds a password"),
    ],
)
def test_an_address_that_gives_something_away_is_refused(two, url, words):
    two.name(url)
    with pytest.raises(errors.RefusedError, match=words) as refused:
        two.remote.fetch()
    assert "secret@" not in str(refused.value)


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
