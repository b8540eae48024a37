"""Lists of changes are narrowed alike on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

EXERCISE = Path(__file__).with_name("change_lists_exercise.py")


def test_a_list_is_narrowed_by_what_is_asked_for(facts: dict[str, Any]):
    assert facts == {
        "all": ["Theirs", "Bigger", "Tag"],
        "kind": ["Bigger", "Tag"],
        "who": ["Bigger"],
        "state": [],
        "community": ["Bigger", "Tag"],
        "hub": ["Tag"],
    }
