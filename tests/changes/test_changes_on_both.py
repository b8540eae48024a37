"""Changes keep one set of promises on SQLite and on PostgreSQL, also when people act at the same moment."""

from pathlib import Path
from typing import Any

EXERCISE = Path(__file__).with_name("changes_exercise.py")


def test_five_people_change_one_list_at_once_and_nobody_is_lost(facts: dict[str, Any]):
    assert facts["five at once"] == ["done"] * 5
    assert facts["groups"] == [1] * 5
    assert facts["commits"] == 6


def test_two_who_agree_at_once_make_one_commit(facts: dict[str, Any]):
    assert "done" in facts["both agree at once"]
    assert not [each for each in facts["both agree at once"] if each.startswith("failed")]
    assert facts["committed once"]
    assert facts["title"] == ["Title: Reef analysis → Reef: 李, zoë"]


def test_of_agreed_and_declined_one_holds(facts: dict[str, Any]):
    assert facts["agreed and declined at once"] == "done"
    assert facts["one of the two"]


def test_commits_by_editor_are_told_from_our_own(facts: dict[str, Any]):
    assert facts["by editor"] == ["By hand"]


def test_each_sees_what_is_theirs(facts: dict[str, Any]):
    assert facts["seen by zuri"] == 0
    assert facts["seen by dan"]
    assert facts["waits"] == []
