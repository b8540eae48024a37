"""The fleet's git history, with a real git beside it."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import folders
import pytest

from commonhub.fleet import history, reading
from commonhub.ground import errors

ALICE = history.Person(name="Alice Okafor", email="alice@example.org")
BOB = history.Person(name="Bob Lindqvist", email="bob@example.org")
HUB = "communities/reef/hubs/main.yaml"


def git(root, *words):
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"]}
    person = ["-c", "user.name=Carol", "-c", "user.email=carol@example.org", "-c", f"safe.directory={root}"]
    done = subprocess.run(["git", *person, *words], cwd=root, env=quiet, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path):
    return history.FleetRepository.create(folders.put(tmp_path, folders.REEF), who=ALICE, why="Begin the fleet")


def test_create_makes_a_repository_with_one_commit_that_git_understands(repository):
    head = repository.head()
    assert (head.subject, head.author, head.email) == ("Begin the fleet", "Alice Okafor", "alice@example.org")
    assert head.when.tzinfo is not None
    assert git(repository.path, "log", "--format=%H %an <%ae> %s").split("\n")[0] == (
        f"{head.id} Alice Okafor <alice@example.org> Begin the fleet"
    )
    assert git(repository.path, "status", "--porcelain") == ""
    assert git(repository.path, "symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_create_twice_changes_nothing(repository):
    again = history.FleetRepository.create(repository.path, who=BOB, why="Again")
    assert again.head() == repository.head()


def test_a_commit_is_read_like_the_folder_it_was_made_of(repository):
    from_commit = reading.read(repository.tree(repository.head().id))
    from_folder = reading.read(repository.working_tree())
    assert from_commit.faults == from_folder.faults == ()
    assert from_commit.fleet.communities == from_folder.fleet.communities
    assert from_commit.fleet.revision == repository.head().id
    blobs = {entry.path: entry.blob for entry in repository.tree("HEAD").entries}
    assert blobs == {entry.path: entry.blob for entry in repository.working_tree().entries}


def test_a_change_is_written_and_committed_with_who_and_why(repository):
    made = repository.change({HUB: "title: New\n"}, who=BOB, why="Rename the hub\n\nCarol asked for it.")
    assert (made.subject, made.body, made.author) == ("Rename the hub", "Carol asked for it.", "Bob Lindqvist")
    assert (repository.path / HUB).read_text() == "title: New\n"
    assert git(repository.path, "status", "--porcelain") == ""
    assert [one.subject for one in repository.log()] == ["Rename the hub", "Begin the fleet"]
    assert [one.subject for one in repository.log("fleet.yaml")] == ["Begin the fleet"]
    assert git(repository.path, "fsck", "--strict") == ""


def test_a_change_can_remove_a_file(repository):
    repository.change({HUB: None}, who=BOB, why="Retire the hub")
    assert not (repository.path / HUB).exists()
    assert reading.read(repository.tree("HEAD")).fleet.hubs == ()


def test_a_change_refuses_to_overwrite_edits_that_nobody_committed(repository):
    (repository.path / HUB).write_text("title: Somebody's work\n")
    with pytest.raises(errors.RefusedError, match="has edits in the folder that are not committed"):
        repository.change({HUB: "title: New\n"}, who=BOB, why="Rename")
    assert (repository.path / HUB).read_text() == "title: Somebody's work\n"
    assert repository.head().subject == "Begin the fleet"


def test_a_commit_leaves_what_a_person_edited_and_staged_elsewhere(repository):
    root = repository.path
    (root / "fleet.yaml").write_text("name: Edited and staged\n")
    git(root, "add", "fleet.yaml")
    (root / "communities/reef/community.yaml").write_text("title: Edited\n")
    repository.change({HUB: "title: New\n"}, who=BOB, why="Rename the hub")
    assert set(git(root, "status", "--porcelain").splitlines()) == {
        "M  fleet.yaml",
        " M communities/reef/community.yaml",
    }
    assert git(root, "show", "--format=", "--name-only", "HEAD").split() == [HUB]
    assert repository.uncommitted() == ("communities/reef/community.yaml", "fleet.yaml")
    assert repository.is_dirty()


def test_a_change_refuses_when_somebody_else_changed_the_same_file_meanwhile(repository):
    base = repository.head().id
    repository.change({HUB: "title: First\n"}, who=ALICE, why="First")
    repository.change({"fleet.yaml": "name: Other\n"}, who=ALICE, why="Another file", base=base)
    with pytest.raises(errors.RefusedError, match="changed by somebody else"):
        repository.change({HUB: "title: Second\n"}, who=BOB, why="Second", base=base)


def test_an_edit_of_a_person_with_git_is_seen(repository):
    (repository.path / HUB).write_text("title: By hand\n")
    assert repository.uncommitted() == (HUB,)
    git(repository.path, "commit", "-am", "By hand")
    assert repository.head().author == "Carol"
    assert not repository.is_dirty()


def test_a_second_reading_after_one_commit_loads_one_file(repository):
    reader = reading.Reader()
    reader.read(repository.tree("HEAD"))
    made = repository.change({HUB: "title: New\n"}, who=BOB, why="Rename")
    loads = []
    tree = repository.tree(made.id)
    for entry in tree.entries:
        object.__setattr__(entry, "load", lambda entry=entry, load=entry.load: loads.append(entry.path) or load())
    assert reader.read(tree).fleet.hubs[0].file.title == "New"
    assert loads == [HUB]


def test_a_fleet_may_stand_in_a_folder_of_a_larger_repository(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    root = folders.put(tmp_path / "deploy/fleet", folders.REEF)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "Everything")
    (tmp_path / "code.py").write_text("1\n")
    repository = history.FleetRepository.create(root, who=ALICE, why="Begin the fleet")
    assert repository.head().subject == "Everything"
    repository.change({HUB: "title: New\n"}, who=BOB, why="Rename")
    assert reading.read(repository.tree("HEAD")).fleet.hubs[0].file.title == "New"
    assert git(tmp_path, "status", "--porcelain") == "?? code.py\n"
    assert [one.subject for one in repository.log(HUB)] == ["Rename", "Everything"]


def test_a_new_fleet_inside_somebodys_other_work_becomes_a_repository_of_its_own(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--allow-empty", "-m", "Other work")
    root = folders.put(tmp_path / "fleet", folders.REEF)
    repository = history.FleetRepository.create(root, who=ALICE, why="Begin the fleet")
    assert [one.subject for one in repository.log()] == ["Begin the fleet"]
    assert git(tmp_path, "log", "--format=%s") == "Other work\n"


def test_a_repository_without_a_fleet_gets_it_as_its_next_commit(tmp_path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--allow-empty", "-m", "Empty")
    repository = history.FleetRepository.create(folders.put(tmp_path, folders.REEF), who=ALICE, why="Begin the fleet")
    assert [one.subject for one in repository.log()] == ["Begin the fleet", "Empty"]


def test_links_in_a_commit_are_followed_inside_and_refused_outside(repository):
    hubs = repository.path / "communities/reef/hubs"
    (hubs / "in.yaml").symlink_to("../hubs/main.yaml")
    (hubs / "out.yaml").symlink_to("../../../../secret.yaml")
    (hubs / "gone.yaml").symlink_to("nothing.yaml")
    git(repository.path, "add", ".")
    git(repository.path, "commit", "-m", "Links")
    tree = repository.tree("HEAD")
    assert "communities/reef/hubs/in.yaml" in {entry.path for entry in tree.entries}
    assert {fault.file: fault.problem for fault in tree.faults} == {
        "communities/reef/hubs/out.yaml": "This link points out of the fleet folder.",
        "communities/reef/hubs/gone.yaml": "This link points to a folder, or to nothing.",
    }


def test_a_commit_of_nothing_or_without_a_reason_is_refused(repository):
    with pytest.raises(errors.CommonhubError, match="nothing to commit"):
        repository.commit([HUB], who=ALICE, why="Nothing")
    with pytest.raises(errors.CommonhubError, match="no reason"):
        repository.commit([HUB], who=ALICE, why=" ")


@pytest.mark.parametrize("path", ["../other.yaml", ".git/hooks/post-commit", "communities/away/x.yaml", "/etc/x"])
def test_a_path_outside_the_fleet_is_refused_before_anything_is_written(repository, path, tmp_path_factory):
    away = tmp_path_factory.mktemp("away")
    (repository.path / "communities/away").symlink_to(away)
    with pytest.raises(errors.RefusedError, match="is not inside the fleet folder"):
        repository.commit([path], who=ALICE, why="Escape")
    with pytest.raises(errors.RefusedError, match="is not inside the fleet folder"):
        repository.change({HUB: "title: New\n", path: "title: x\n"}, who=ALICE, why="Escape")
    assert list(away.iterdir()) == []
    assert (repository.path / HUB).read_text() == folders.REEF[HUB]


def test_a_name_that_git_would_refuse_is_made_fit(repository):
    person = history.Person(name="Eve <script>\n", email="\n")
    made = repository.change({HUB: "title: New\n"}, who=person, why="Rename")
    assert (made.author, made.email) == ("Eve script", "unknown")


def test_a_locked_index_is_an_error_that_may_go_away_and_nothing_is_lost(repository):
    lock = repository.path / ".git/index.lock"
    lock.write_text("")
    with pytest.raises(errors.UnavailableError) as found:
        repository.change({HUB: "title: New\n"}, who=ALICE, why="Rename")
    assert found.value.retry
    assert repository.head().subject == "Begin the fleet"
    assert (repository.path / HUB).read_text() == folders.REEF[HUB]
    lock.unlink()
    assert repository.change({HUB: "title: New\n"}, who=ALICE, why="Rename").subject == "Rename"


def test_a_detached_head_can_be_read_and_not_committed_to(repository):
    git(repository.path, "checkout", "--quiet", "--detach")
    assert reading.read(repository.tree(repository.head().id)).faults == ()
    with pytest.raises(errors.CommonhubError, match="on no branch"):
        repository.change({HUB: "title: New\n"}, who=ALICE, why="Rename")
    assert (repository.path / HUB).read_text() == folders.REEF[HUB]


def test_folders_that_are_no_repository_are_told_apart(tmp_path):
    with pytest.raises(errors.NotFoundError, match="There is no folder"):
        history.FleetRepository(tmp_path / "nowhere")
    with pytest.raises(errors.NotFoundError, match="is not in a git repository"):
        history.FleetRepository(tmp_path)
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    with pytest.raises(errors.CommonhubError, match="it is bare"):
        history.FleetRepository(tmp_path / "bare")
    git(tmp_path, "init", "--quiet", "empty")
    with pytest.raises(errors.NotFoundError, match="has no commit yet"):
        history.FleetRepository(tmp_path / "empty").head()


def test_a_commit_that_is_not_there_is_an_error_in_words(repository):
    for name in ("0" * 40, "no-such-branch", "", "HEAD:fleet.yaml", "../x"):
        with pytest.raises(errors.NotFoundError, match="The fleet has no commit"):
            repository.tree(name)


def test_a_damaged_repository_is_an_error_in_words(repository):
    tree = repository.tree("HEAD")
    for entry in tree.entries:
        (repository.path / ".git/objects" / entry.blob[:2] / entry.blob[2:]).unlink()
    with pytest.raises(errors.CommonhubError, match="is damaged"):
        reading.read(history.FleetRepository(repository.path).tree("HEAD"))
    (repository.path / ".git/refs/heads/main").write_text("rubbish")
    with pytest.raises(errors.CommonhubError):
        history.FleetRepository(repository.path).head()
    (repository.path / ".git/HEAD").write_text("rubbish")
    with pytest.raises(errors.CommonhubError):
        history.FleetRepository(repository.path).head()


def test_a_commit_keeps_the_time_zone_of_its_author(repository):
    (repository.path / HUB).write_text("title: By hand\n")
    git(repository.path, "commit", "-am", "By hand", "--date=2026-03-02T09:00:00+0200")
    assert repository.head().when.isoformat() == "2026-03-02T09:00:00+02:00"
    assert repository.head().when.utcoffset() == timedelta(hours=2)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_fleet_of_another_user_is_committed_to_and_stays_theirs(tmp_path):
    owner = 65534
    root = folders.put(tmp_path / "fleet", folders.REEF)
    for path in (root, *root.rglob("*")):
        os.chown(path, owner, owner)
    repository = history.FleetRepository.create(root, who=ALICE, why="Begin the fleet")
    repository.change({HUB: "title: New\n", "communities/sea/community.yaml": "title: Sea\n"}, who=BOB, why="Change")
    assert {Path(path).lstat().st_uid for path in root.rglob("*")} == {owner}
