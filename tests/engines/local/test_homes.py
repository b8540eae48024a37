"""Homes and shared folders: nothing a user puts into a home makes the keeper act outside it."""

import os
import stat
from pathlib import Path

import pytest

from commonhub.engines.local import homes, places
from commonhub.ground import errors

MINE = os.getuid()


@pytest.fixture
def place(tmp_path: Path) -> places.Places:
    return places.Places(tmp_path)


def test_a_home_is_private_and_others_only_pass_by(place):
    home = homes.ensure_home(place, "reef/main", "eve", uid=None)
    assert home == place.home("reef/main", "eve")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o711
    assert homes.ensure_home(place, "reef/main", "eve", uid=None) == home


@pytest.mark.parametrize("user", ["../x", "/etc", "a/b", "😀", "x" * 300, "", ".", "Ünï\ncode"])
def test_any_user_name_gets_a_home_of_its_own_below_the_hub(place, user):
    home = homes.ensure_home(place, "reef/main", user, uid=None)
    assert home.parent == place.homes("reef/main")
    assert home.resolve().is_relative_to(place.state.resolve())


def test_a_link_in_the_place_of_a_home_is_refused_and_not_followed(place, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o755)
    home = homes.ensure_home(place, "reef/main", "eve", uid=None)
    home.rmdir()
    home.symlink_to(elsewhere)
    with pytest.raises(errors.CommonhubError):
        homes.ensure_home(place, "reef/main", "eve", uid=None)
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


@pytest.mark.parametrize("kind", ["link", "link to a file", "dangling link", "file", "pipe"])
def test_what_is_in_the_way_of_a_folder_is_set_aside_and_never_followed(place, tmp_path, kind):
    home = homes.ensure_home(place, "reef/main", "mallory", uid=None)
    target = tmp_path / "target"
    target.mkdir(0o700)
    (tmp_path / "secret").write_text("kept")
    point = home / "shared"
    {
        "link": lambda: point.symlink_to(target),
        "link to a file": lambda: point.symlink_to(tmp_path / "secret"),
        "dangling link": lambda: point.symlink_to(tmp_path / "not there"),
        "file": lambda: point.write_text("mine"),
        "pipe": lambda: os.mkfifo(point),
    }[kind]()
    homes.ensure_point(home, "shared", uid=None)
    assert point.is_dir()
    assert not point.is_symlink()
    assert (home / "shared.set-aside-1").is_symlink() or (home / "shared.set-aside-1").exists()
    assert list(target.iterdir()) == []
    assert not (tmp_path / "not there").exists()


@pytest.mark.root
def test_as_root_a_home_and_its_folders_belong_to_the_person(place, tmp_path):
    home = homes.ensure_home(place, "reef/main", "eve", uid=212345)
    homes.ensure_point(home, "shared", uid=212345)
    assert (home.stat().st_uid, (home / "shared").stat().st_uid) == (212345, 212345)
    (tmp_path / "root's own").mkdir()
    (home / "shared").rmdir()
    (home / "shared").symlink_to(tmp_path / "root's own")
    homes.ensure_point(home, "shared", uid=212345)
    assert (tmp_path / "root's own").stat().st_uid == 0


@pytest.mark.root
def test_a_home_that_was_made_and_not_yet_handed_over_is_handed_over(place):
    home = homes.ensure_home(place, "reef/main", "eve", uid=None)
    homes.ensure_home(place, "reef/main", "eve", uid=212345)
    assert home.stat().st_uid == 212345
    with pytest.raises(errors.CommonhubError, match="212345"):
        homes.ensure_home(place, "reef/main", "eve", uid=212346)


@pytest.mark.root
def test_the_shared_folder_is_written_by_a_group_and_read_by_all(place):
    folder = homes.ensure_shared(place, "reef/main", group=300000)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2775
    assert (folder.stat().st_uid, folder.stat().st_gid) == (0, 300000)


async def test_measuring_counts_files_once_and_links_as_themselves(place, tmp_path):
    home = homes.ensure_home(place, "reef/main", "eve", uid=None)
    (tmp_path / "large").write_bytes(b"x" * 5_000_000)
    (home / "link").symlink_to(tmp_path / "large")
    (home / "folder-link").symlink_to(tmp_path)
    (home / "one").write_bytes(b"x" * 1_000_000)
    os.link(home / "one", home / "two")
    size = await homes.measure(home)
    assert size.whole
    assert 1_000_000 <= size.used < 1_200_000


def test_measuring_stops_at_its_bound_and_says_so(place):
    home = homes.ensure_home(place, "reef/main", "eve", uid=None)
    for number in range(20):
        (home / f"folder{number}").mkdir()
    assert not homes.measure_blocking(home, entries=5).whole
    assert homes.measure_blocking(home / "not there") == homes.Size(used=0, whole=True)
