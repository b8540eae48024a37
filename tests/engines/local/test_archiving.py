"""What a hub left behind is archived and read again before it is deleted; where anything is amiss, nothing is deleted."""

import os
import stat
import tarfile
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from commonhub.engines.local import archiving, places
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
    add = tarfile.TarFile.add

    def forgetful(self, name, arcname=None, recursive=True, **more):
        if not str(arcname).endswith("data.csv"):
            add(self, name, arcname, recursive, **more)

    monkeypatch.setattr(tarfile.TarFile, "add", forgetful)
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
