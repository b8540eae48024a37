"""Files are whole or not there, closed from their first byte, and never somebody else's through a link."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commonhub.ground import errors, files

AS_ROOT = os.geteuid() == 0
SOMEBODY = 54321  # a user id that nobody has here
LONG = 2**20  # characters: long enough to be killed in the middle of
KILLS = 25
WRITER = """
import itertools, os, sys
from pathlib import Path
from commonhub.ground import files
os.umask(0)
place, owner = Path(sys.argv[1]), int(sys.argv[2])
for letter in itertools.cycle("ab"):
    files.write(place, letter * int(sys.argv[3]), mode=0o640, owner=None if owner < 0 else owner)
    print(letter, flush=True)
"""


WATCHED = """
import os, sys
from pathlib import Path
from commonhub.ground import files
def watch(event, arguments):
    if event in ("os.chmod", "os.chown") and isinstance(arguments[0], int):
        seen = os.fstat(arguments[0])
        print(event, oct(seen.st_mode & 0o777), seen.st_size)
sys.addaudithook(watch)
os.umask(0)
files.write(Path(sys.argv[1]), "text", mode=0o644, owner=os.getuid())
"""


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def killed_while_writing(place: Path, seconds: float) -> None:
    """Write again and again in a process of its own, and end it at some moment."""
    owner = SOMEBODY if AS_ROOT else -1
    command = [sys.executable, "-c", WRITER, str(place), str(owner), str(LONG)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()  # it writes from here on
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert whole(place)
        writer.kill()


def whole(place: Path) -> bool:
    text = files.read(place)
    return len(text) == LONG and len(set(text)) == 1


def test_a_file_is_old_or_new_and_closed_whenever_its_writer_is_killed(tmp_path):
    place, chance, kills, torn = tmp_path / "file", random.Random(7), 0, set()
    while kills < KILLS or (not torn and kills < 20 * KILLS):
        killed_while_writing(place, chance.uniform(0, 0.02))
        kills += 1
        assert whole(place)
        for left in set(tmp_path.iterdir()) - {place}:
            torn.add(left.name)
            seen = left.stat()
            assert not seen.st_mode & 0o037  # never more than what was asked for, whatever the umask
            assert not seen.st_size or not AS_ROOT or seen.st_uid == SOMEBODY
            left.unlink()
    assert torn, "no write was killed in its middle: nothing was tried"
    assert place.stat().st_mode & 0o777 == 0o640
    assert not AS_ROOT or (place.stat().st_uid, place.stat().st_gid) == (SOMEBODY, SOMEBODY)


def test_a_file_is_empty_and_its_makers_alone_until_it_has_its_owner_and_mode(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", WATCHED, tmp_path / "file"], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == ["os.chown 0o600 0", "os.chmod 0o600 0"]
    assert (tmp_path / "file").read_text() == "text"


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o700])
def test_the_mode_is_what_was_asked_for_whatever_the_umask(tmp_path, mode):
    before = os.umask(0o077)
    try:
        files.write(tmp_path / "file", "text", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


def test_a_link_is_replaced_and_what_it_names_is_untouched(tmp_path):
    other = tmp_path / "other"
    other.write_text("other")
    (tmp_path / "link").symlink_to(other)
    files.write(tmp_path / "link", "new")
    assert other.read_text() == "other"
    assert not (tmp_path / "link").is_symlink()
    assert files.read(tmp_path / "link") == "new"


@pytest.mark.parametrize("how", [{"text": "\ud800"}, {"text": "new", "owner": 2**40}], ids=["text", "owner"])
def test_a_write_that_fails_leaves_the_old_text_and_nothing_else(tmp_path, how):
    files.write(tmp_path / "file", "old")
    before = open_files()
    with pytest.raises((UnicodeEncodeError, OverflowError)):
        files.write(tmp_path / "file", **how)
    assert files.read(tmp_path / "file") == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    assert open_files() == before


def test_a_link_is_not_read(tmp_path):
    (tmp_path / "file").write_text("secret")
    (tmp_path / "link").symlink_to("file")
    with pytest.raises(OSError, match="symbolic links"):
        files.read(tmp_path / "link")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_only_a_plain_file_is_read_and_nobody_waits_for_a_pipe(tmp_path, make):
    make(tmp_path / "thing")
    before = open_files()
    with pytest.raises(errors.CommonhubError, match="is not a plain file"):
        files.read(tmp_path / "thing")
    assert open_files() == before


def test_a_folder_is_made_with_its_parents_and_put_right(tmp_path):
    folder = tmp_path / "a" / "b"
    before = os.umask(0o077)
    try:
        files.ensure_folder(folder, mode=0o755)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o755
    files.ensure_folder(folder, mode=0o700)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.root
@pytest.mark.skipif(not AS_ROOT, reason="needs root")
def test_a_folder_gets_its_owner_and_its_group(tmp_path):
    for group, expected in ((None, SOMEBODY), (SOMEBODY + 1, SOMEBODY + 1)):
        files.ensure_folder(tmp_path / "folder", mode=0o750, owner=SOMEBODY, group=group)
        seen = (tmp_path / "folder").stat()
        assert (seen.st_uid, seen.st_gid, seen.st_mode & 0o777) == (SOMEBODY, expected, 0o750)


@pytest.mark.parametrize("kind", ["link to a folder", "broken link", "file"])
def test_what_stands_in_place_of_a_folder_is_refused_and_untouched(tmp_path, kind):
    place, other = tmp_path / "place", tmp_path / "other"
    other.mkdir(mode=0o755)
    if kind == "file":
        place.write_text("text")
    else:
        place.symlink_to(other if "folder" in kind else tmp_path / "nothing")
    with pytest.raises(errors.CommonhubError, match="is not a folder"):
        files.ensure_folder(place, mode=0o700)
    assert other.stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "nothing").exists()


def test_the_last_lines_of_a_log(tmp_path):
    log = tmp_path / "log"
    assert files.last_lines(log, 3) == []
    log.write_bytes(b"one\ntwo\nthr\xff\xc3\xa9e\nlast, without an end")
    assert files.last_lines(log, 2) == ["thr\ufffdée", "last, without an end"]
    assert len(files.last_lines(log, 9)) == 4


def test_only_the_end_of_a_long_log_is_read_and_no_torn_line_is_shown(tmp_path):
    log = tmp_path / "log"
    log.write_text("".join(f"line {number:04}\n" for number in range(1000)))
    assert files.last_lines(log, 1000, limit=25) == ["line 0998", "line 0999"]


def test_a_link_in_place_of_a_log_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "log").symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        files.last_lines(tmp_path / "log", 3)
