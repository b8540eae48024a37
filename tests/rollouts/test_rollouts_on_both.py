"""Roll-outs go the same way on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

EXERCISE = Path(__file__).with_name("rollouts_exercise.py")


def test_the_bad_one_is_taken_back_and_the_good_one_is_done(facts: dict[str, Any]):
    first, second = facts["told"]
    assert (first["title"], first["state"], first["reached"]) == ("Ünsinn 李", "back", 1)
    assert (second["state"], second["reached"]) == ("done", 3)
    assert facts["limits"] == dict.fromkeys(("main", "second", "staging"), 3 * 10**9)
    assert facts["head"] == "Better"


def test_verdicts_and_settings_come_back_as_they_went(facts: dict[str, Any]):
    staging = facts["told"][0]["hubs"][0]
    assert (staging["hub"], staging["settings"]) == ("reef/staging", ["memory_limit"])
    assert staging["verdict"]["words"] == "The start did not work."
    assert staging["back"]["failed"] is None


def test_the_database_itself_refuses_a_hub_twice_and_a_stage_left_twice(facts: dict[str, Any]):
    assert facts["a hub twice refused"]
    assert facts["moved by two"] == [True, False]


def test_the_audit_is_whole_afterwards(facts: dict[str, Any]):
    assert facts["audit is whole"]
