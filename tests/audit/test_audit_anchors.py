"""The file of anchors: it grows only, is for its owner alone, and survives a power cut."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from audit import noted
from commonhub.audit import anchors, chain
from commonhub.ground import errors


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.anchors"


def head(number: int, letter: str = "a") -> chain.Head:
    return chain.Head(number=number, digest=letter * 64, at=noted.MORNING + timedelta(minutes=number))


def test_each_move_of_the_end_is_one_line(path: Path):
    told = [anchors.anchor(path, head(number)) for number in (1, 1, 4)]
    assert told == ["new", "same", "new"]
    assert path.read_text() == f"1 {'a' * 64} 2026-03-02T09:01:00.123456Z\n4 {'a' * 64} 2026-03-02T09:04:00.123456Z\n"
    assert [each.number for each in anchors.read(path)] == [1, 4]


def test_it_is_for_its_owner_alone(path: Path):
    anchors.anchor(path, head(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_chain_has_no_anchor(path: Path):
    assert anchors.anchor(path, chain.Head()) == "same"
    assert not path.exists()
    assert list(anchors.read(path)) == []


def test_a_chain_that_fell_back_is_told_and_not_written(path: Path):
    anchors.anchor(path, head(4))
    before = path.read_text()
    for end in (head(3), head(4, "b"), chain.Head()):
        assert anchors.anchor(path, end) == "behind"
    assert path.read_text() == before


def test_a_line_that_a_power_cut_tore_is_passed_over_and_then_taken_off(path: Path):
    anchors.anchor(path, head(1))
    whole = path.read_text()
    path.write_text(whole + "2 aaaa")
    assert [each.number for each in anchors.read(path)] == [1]
    assert anchors.anchor(path, head(3)) == "new"
    assert [each.number for each in anchors.read(path)] == [1, 3]


@pytest.mark.parametrize("line", ["nonsense", "0 " + "a" * 64 + " 2026-03-02T09:01:00.123456Z", "é" * 80, ""])
def test_a_line_of_somebody_else_is_told(path: Path, line: str):
    anchors.anchor(path, head(1))
    path.write_text(f"{path.read_text()}{line}\n", encoding="utf-8")
    with pytest.raises(errors.CommonhubError, match="did not write"):
        list(anchors.read(path))
    with pytest.raises(errors.CommonhubError, match="did not write"):
        anchors.anchor(path, head(3))


def test_what_is_written_while_it_is_read_waits_for_the_next_time(path: Path):
    anchors.anchor(path, head(1))
    anchors.anchor(path, head(2))
    reading = anchors.read(path)
    assert next(reading).number == 1
    anchors.anchor(path, head(3))
    assert [each.number for each in reading] == [2]


def test_a_link_in_its_place_is_not_followed(path: Path, tmp_path: Path):
    (tmp_path / "elsewhere").write_text("kept")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        anchors.anchor(path, head(1))
    with pytest.raises(OSError, match="symbolic"):
        list(anchors.read(path))
    assert (tmp_path / "elsewhere").read_text() == "kept"


def test_a_long_file_is_read_to_its_end(path: Path):
    for number in range(1, 41):
        anchors.anchor(path, head(number))
    assert [each.number for each in anchors.read(path)] == list(range(1, 41))
