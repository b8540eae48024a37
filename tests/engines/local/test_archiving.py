"""What a hub left behind is archived and read again before it is deleted; where anything is amiss, nothing is deleted."""

import os
import socket
import stat
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from commonhub.engines.local import archiving, clearing, places
from commonhub.ground import errors

RETIRED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HUB = "reef/main"


@pytest.fixture
def where(tmp_path):
    found = places.Places(tmp_path)
    for folder, name, words in (
        (found.hub(HUB), "hub.sqlite", "who was here"),
        (found.home(HUB, "eve"), "thesis.txt", "all of it"),
        (found.shared(HUB), "data.csv", "1,2"),
        (found.home("reef/lab", "eve"), "other.txt", "of another hub"),
        (found.gate_folder(HUB), "left", ""),
    ):
        folder.mkdir(parents=True)
        (folder / name).write_text(words)
    home = found.home(HUB, "eve")
    (home / "link").symlink_to("/etc/passwd")
    (home / "away").symlink_to(found.home("reef/lab", "eve"))
    os.link(home / "thesis.txt", home / "same.txt")
    (home / "empty").mkdir()
    return found


def leave(where):
    return archiving.leave(where, HUB, retired=RETIRED)


def test_everything_is_in_the_archive_and_then_gone(where):
    archive = leave(where)
    assert (archive.name, stat.S_IMODE(archive.stat().st_mode)) == ("reef--main.20260302T120000.tar.gz", 0o600)
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    with tarfile.open(archive) as found:
        assert found.extractfile("homes/eve/thesis.txt").read() == b"all of it"
        assert {"hub/hub.sqlite", "shared/data.csv", "homes/eve/link", "homes/eve/empty"} <= set(found.getnames())
        assert found.getmember("homes/eve/link").issym()
    left = (where.hub(HUB), where.homes(HUB), where.shared(HUB), where.gate_folder(HUB))
    assert not any(path.exists() for path in left)
    assert (where.home("reef/lab", "eve") / "other.txt").read_text() == "of another hub"


def test_where_the_archive_lacks_a_file_nothing_is_deleted(where, monkeypatch):
    add = tarfile.TarFile.addfile

    def forgetful(self, member, content=None):
        if not member.name.endswith("data.csv"):
            add(self, member, content)

    monkeypatch.setattr(tarfile.TarFile, "addfile", forgetful)
    with pytest.raises(errors.CommonhubError, match=r"data\.csv is not in the archive"):
        leave(where)
    assert (where.home(HUB, "eve") / "thesis.txt").exists()
    assert not list((where.state / "archives").glob("*.tar.gz"))
    monkeypatch.undo()
    assert leave(where).exists()


def test_where_a_file_changes_meanwhile_nothing_is_deleted(where, monkeypatch):
    check = archiving._check

    def late(written, sources):
        (where.home(HUB, "eve") / "thesis.txt").write_text("one more word")
        check(written, sources)

    monkeypatch.setattr(archiving, "_check", late)
    with pytest.raises(errors.CommonhubError, match="nothing is deleted"):
        leave(where)
    assert (where.home(HUB, "eve") / "thesis.txt").read_text() == "one more word"


def test_a_disk_without_room_is_said_and_nothing_is_deleted(where, monkeypatch):

    monkeypatch.setattr(archiving.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(errors.UnavailableError, match="no room"):
        leave(where)
    assert where.homes(HUB).exists()


def test_killed_between_archive_and_deletion_the_whole_archive_is_kept(where):
    archive = leave(where)
    whole = archive.read_bytes()
    where.homes(HUB).mkdir(parents=True)  # half of it was not deleted yet
    assert leave(where).read_bytes() == whole
    assert not where.homes(HUB).exists()


def test_a_begun_archive_is_begun_anew(where):
    (where.state / "archives").mkdir(mode=0o700)
    (where.state / "archives" / "reef--main.20260302T120000.tar.part").write_text("half")
    assert tarfile.is_tarfile(leave(where))


def nest(folder, name, depth):
    """Folders in one another, deeper than any path can say, with a file in the last."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open("last.txt", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:
        file.write("at the bottom")
    os.close(here)


@pytest.mark.parametrize(("name", "depth"), [("d", 1200), ("n" * 250, 40)], ids=["1200 folders", "10000 letters"])
def test_folders_deeper_than_calls_or_paths_are_archived_and_deleted(where, tmp_path_factory, name, depth):
    home = where.home(HUB, "eve")
    nest(home, name, depth)
    (home / "zuletzt.txt").write_text("after the deep one")
    archive = leave(where)
    assert not where.homes(HUB).exists()
    unpacked = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xzf", archive, "-C", unpacked, "--no-same-owner"], check=True)
    assert (unpacked / "homes/eve/zuletzt.txt").read_text() == "after the deep one"
    found = subprocess.run(["find", unpacked, "-name", "last.txt"], check=True, capture_output=True, text=True).stdout
    assert Path(found.strip()).read_text() == "at the bottom"
    clearing.delete(unpacked)


def test_names_and_kinds_that_are_rare_come_back(where, tmp_path_factory):
    home = where.home(HUB, "eve")
    (home / os.fsdecode(b"caf\xe9.txt")).write_text("not UTF-8")
    (home / "line\nbreak").write_text("two")
    os.mkfifo(home / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "s"))
    (home / "thesis.txt").chmod(0o640)
    os.utime(home / "thesis.txt", (1_000_000_000, 1_000_000_000))
    archive = leave(where)
    unpacked = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xzf", archive, "-C", unpacked, "--no-same-owner"], check=True)
    back = unpacked / "homes/eve"
    assert (back / os.fsdecode(b"caf\xe9.txt")).read_text() == "not UTF-8"
    assert (back / "line\nbreak").read_text() == "two"
    assert (back / "pipe").is_fifo()
    assert not (back / "s").exists()
    seen = (back / "thesis.txt").stat()
    assert (stat.S_IMODE(seen.st_mode), seen.st_mtime, seen.st_nlink) == (0o640, 1_000_000_000, 2)


def test_killed_while_it_deletes_nothing_is_half_there_and_the_next_start_deletes_the_rest(where, monkeypatch):
    unlink, left = os.unlink, 2

    def killed(*what, **more):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        unlink(*what, **more)

    monkeypatch.setattr(clearing.os, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        leave(where)
    monkeypatch.undo()
    assert not any(path.exists() for path in (where.hub(HUB), where.homes(HUB), where.shared(HUB)))
    where.home(HUB, "eve").mkdir(parents=True)
    (where.home(HUB, "eve") / "new.txt").write_text("of the hub that came back")
    archiving.finish(where).join()
    assert {path.name for path in where.homes(HUB).parent.iterdir()} == {"reef--lab", "reef--main"}
    assert [path.name for path in where.home(HUB, "eve").iterdir()] == ["new.txt"]
    assert not list(where.state.glob("*/.gone-*"))


def test_a_folder_is_deleted_with_folders_closed_to_their_owner_and_without_what_links_lead_to(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "kept").mkdir(parents=True)
    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "link").symlink_to(elsewhere)
    (folder / "a" / "link").symlink_to(elsewhere)
    (folder / "a" / "b").chmod(0o500)
    (folder / "a").chmod(0o500)
    clearing.delete(folder)
    assert not folder.exists()
    assert (elsewhere / "kept").is_dir()
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(NotADirectoryError):
        clearing.delete(tmp_path / "link")
    assert clearing.set_aside(tmp_path / "link") is None
    assert (elsewhere / "kept").is_dir()


def keep_home(where, user="eve"):
    return archiving.keep_home(where, HUB, user, since=RETIRED)


def test_one_home_is_archived_with_its_links_and_owners_and_nothing_else_is_touched(where):
    home = where.home(HUB, "eve")
    where.home(HUB, "dan").mkdir()
    (where.home(HUB, "dan") / "his.txt").write_text("of somebody else")
    if os.geteuid() == 0:
        os.chown(home / "empty", 12345, 54321)
        (home / "empty").chmod(0)
    archive = keep_home(where)
    assert (archive.name, stat.S_IMODE(archive.stat().st_mode)) == ("reef--main.eve.20260302T120000.tar.gz", 0o600)
    assert (home / "thesis.txt").exists()  # archiving alone deletes nothing
    with tarfile.open(archive) as found:
        assert sorted(found.getnames()) == sorted(
            ["home", *(f"home/{name}" for name in ("away", "empty", "link", "same.txt", "thesis.txt"))]
        )
        assert found.extractfile("home/thesis.txt").read() == b"all of it"
        assert (found.getmember("home/link").linkname, found.getmember("home/link").issym()) == ("/etc/passwd", True)
        if os.geteuid() == 0:
            assert (found.getmember("home/empty").uid, found.getmember("home/empty").gid) == (12345, 54321)
    archiving.clear_home(where, HUB, "eve")
    assert [path.name for path in where.homes(HUB).iterdir()] == ["dan"]
    assert (where.home("reef/lab", "eve") / "other.txt").read_text() == "of another hub"
    assert (where.hub(HUB) / "hub.sqlite").exists()
    assert Path("/etc/passwd").exists()
    archiving.clear_home(where, HUB, "eve")  # twice is once
    assert keep_home(where) == archive


def test_a_home_that_is_a_link_or_not_there_is_left_alone(where):
    where.home(HUB, "mallory").symlink_to(where.home("reef/lab", "eve"))
    assert keep_home(where, "mallory") is None
    assert keep_home(where, "nobody") is None
    archiving.clear_home(where, HUB, "mallory")
    assert (where.home("reef/lab", "eve") / "other.txt").exists()


def test_a_home_that_changed_after_its_archive_comes_into_a_further_one(where):
    first = keep_home(where)
    assert keep_home(where) == first
    (where.home(HUB, "eve") / "thesis.txt").write_text("one more chapter")
    second = keep_home(where)
    assert second.name == "reef--main.eve.20260302T120000.2.tar.gz"
    assert keep_home(where) == second
    with tarfile.open(second) as found:
        assert found.extractfile("home/thesis.txt").read() == b"one more chapter"


def test_a_home_whose_archive_lacks_something_stays_and_half_an_archive_counts_for_nothing(where, monkeypatch):
    (where.state / "archives").mkdir(mode=0o700)
    (where.state / "archives" / "reef--main.eve.20260302T120000.tar.part").write_text("half")
    monkeypatch.setattr(archiving.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(errors.UnavailableError, match="no room"):
        keep_home(where)
    monkeypatch.undo()
    (where.state / "archives" / "reef--main.eve.20260302T120000.tar.gz").write_text("not an archive")
    assert keep_home(where).name == "reef--main.eve.20260302T120000.2.tar.gz"


def test_killed_while_a_home_is_deleted_none_of_it_is_there_and_the_next_start_deletes_the_rest(where, monkeypatch):
    def killed(*_what, **_more):
        raise KeyboardInterrupt

    archive = keep_home(where)
    monkeypatch.setattr(clearing.os, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        archiving.clear_home(where, HUB, "eve")
    monkeypatch.undo()
    assert not where.home(HUB, "eve").exists()
    assert keep_home(where) == archive
    assert list(where.homes(HUB).iterdir())
    archiving.finish(where).join()
    assert not list(where.homes(HUB).iterdir())
