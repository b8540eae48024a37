"""People's records keep one set of promises on SQLite and on PostgreSQL, also when several act at the same moment."""

from pathlib import Path
from typing import Any

EXERCISE = Path(__file__).with_name("people_exercise.py")


def test_of_four_who_take_the_last_place_at_once_one_gets_it(facts: dict[str, Any]):
    outcomes, used, members = facts["last place"]
    assert outcomes == ["NotFoundError"] * 3 + ["done"]
    assert (used, members) == (1, 1)


def test_a_list_that_is_taken_twice_at_once_is_taken_once(facts: dict[str, Any]):
    assert facts["same list"] == [["RefusedError", "done"], 50]


def test_a_person_who_is_added_three_times_at_once_is_there_once(facts: dict[str, Any]):
    outcomes, members = facts["same person"]
    assert members == 1
    assert set(outcomes) <= {"done", "RefusedError"}
    assert "done" in outcomes


def test_two_sides_may_sign_at_the_same_moment(facts: dict[str, Any]):
    assert facts["both sides"] == [["done"] * 3, "in-force", 2]


def test_a_request_that_two_answer_at_once_gets_one_answer(facts: dict[str, Any]):
    outcomes, told = facts["one answer"]
    assert outcomes == [["RefusedError", "done"]] * 12
    assert told == 12


def test_what_is_asked_twice_at_once_is_kept_once(facts: dict[str, Any]):
    assert facts["asked at once"] == [["done"] * 4, 2]


def test_days_and_what_is_amiss_are_written_over_and_taken_away(facts: dict[str, Any]):
    assert facts["two days"] == [2, 0, True]


def test_what_waits_is_counted_by_the_database(facts: dict[str, Any]):
    (sentence,) = facts["waiting"]
    assert sentence.endswith("There are 14 more like it.")


def test_the_roster_comes_out(facts: dict[str, Any]):
    assert facts["taken out"] == 51


def test_the_audit_of_acts_at_the_same_moment_is_unbroken(facts: dict[str, Any]):
    assert facts["audit"]
