"""The audit keeps one set of promises on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("audit_exercise.py")


def test_an_act_and_its_note_are_one(facts: dict[str, Any]):
    assert facts["noted outside a transaction"] == "refused"
    assert facts["half done"] == [True, True]


def test_several_writers_at_once_never_fork_the_chain(facts: dict[str, Any]):
    assert facts["several writers"] == {"of each": [15] * 4, "took turns": True, "sound": True}


def test_an_entry_comes_back_as_it_went_with_its_digest(facts: dict[str, Any]):
    assert facts["round trip"] == {
        "same": True,
        "digest": True,
        "words": "zoë 李 \u2028 a\ufffdb \ufffd\ufffd\ufffd \U0001f41f \x7f \"'\\",
        "lengths": [200, 200, 2000, 64, 64],
        "sound": True,
    }


@pytest.mark.parametrize("what", ["an update", "a deletion", "a gap", "a head that falls back", "a head that goes"])
def test_the_database_itself_refuses(what: str, facts: dict[str, Any]):
    assert facts["refused"][what] == "IntegrityError: the audit is append-only"


def test_the_table_is_neither_emptied_nor_written_over(facts: dict[str, Any]):
    assert facts["emptied"] == "IntegrityError: the audit is append-only"


def test_who_drops_the_guards_and_edits_is_found(facts: dict[str, Any]):
    assert facts["attacks"] == {
        "edited": ["edited", 3, 2, True],
        "edited time": ["edited", 3, 2, True],
        "edited details": ["edited", 3, 2, True],
        "swapped": ["reordered", 3, 2, True],
        "gone": ["missing", 3, 2, True],
    }


def test_a_row_that_cannot_be_read_is_found_and_stops_nothing(facts: dict[str, Any]):
    assert facts["unreadable"] == [["edited", 2, 1, True]] * len(facts["unreadable"])
    assert len(facts["unreadable"]) >= 3


def test_what_is_noted_during_a_verification_breaks_nothing(facts: dict[str, Any]):
    assert facts["growing"] == [True, 3, 3]


def test_an_export_holds_every_entry_in_order(facts: dict[str, Any]):
    assert facts["exported"] is True


def test_the_last_use_of_a_permission_is_known(facts: dict[str, Any]):
    assert facts["last use"] == [["person:add", "reef/main", "2026-03-02T09:00:00.123456+00:00"]]


def test_an_end_that_was_taken_away_is_found_and_acts_are_noted_on(facts: dict[str, Any]):
    assert facts["head gone"] == ["head", True, True]


def test_the_migration_can_be_taken_back(facts: dict[str, Any]):
    assert facts["tables after going back"] == []
