"""Accounts made and used by many at once keep their promises on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

EXERCISE = Path(__file__).with_name("identity_exercise.py")


def test_of_eight_at_once_three_get_in_by_a_link_for_three(facts: dict[str, Any]):
    assert facts["eight come by a link for three"] == ["NotFoundError"] * 5 + ["done"] * 3
    assert facts["accounts by it"] == 3


def test_of_five_who_want_one_handle_one_gets_it_and_the_others_use_no_place(facts: dict[str, Any]):
    assert facts["five want one handle"] == ["CommonhubError"] * 4 + ["done"]
    assert facts["a link for nine was used"] == 1


def test_a_token_serves_many_at_once_and_then_nobody(facts: dict[str, Any]):
    assert facts["six use one token"] == ["done"] * 6
    assert facts["last used"]
    assert facts["after everything ended"] == ["RefusedError"] * 2
