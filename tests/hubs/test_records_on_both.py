"""The records keep one set of promises on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest

EXERCISE = Path(__file__).with_name("records_exercise.py")


def test_settings_come_back_as_they_went(facts: dict[str, Any]):
    assert facts["settings"] == {
        "admins": ["zoë", "李"],
        "memory_limit": None,
        "cpu_limit": 1.5,
        "extra": {"a.b": [1, {"c": "</script>"}]},
    }


def test_times_keep_their_zone_and_their_microseconds(facts: dict[str, Any]):
    assert facts["since"] == "2026-03-02T12:00:00.123456+00:00"


def test_sizes_beyond_four_gigabytes_and_unknown_sizes_are_kept(facts: dict[str, Any]):
    assert facts["memory"] == 5 * 2**40
    assert facts["home_bytes"] is None


def test_hubs_are_ordered_by_community_and_found_in_any_case(facts: dict[str, Any]):
    assert facts["titles"] == ["Hub of college", "Hub of reef", "Hub of weather"]
    assert facts["search"] == ["college/statistics"]
    assert facts["asleep"] == 2


def test_one_person_has_one_server_of_each_name(facts: dict[str, Any]):
    assert facts["servers"] == ["reef/hub eve/", "reef/hub eve/second"]
    assert facts["second server refused"]


def test_one_home_is_asked_to_go_once_at_a_time(facts: dict[str, Any]):
    assert facts["second removal refused"]


def test_events_come_newest_first_and_outlive_their_hub(facts: dict[str, Any]):
    assert facts["events"] == ["woken again", "asleep again", "woken"]
    assert facts["events after their hub went"] == 3


def test_the_keeper_writes_what_it_saw_once_even_after_its_restart(facts: dict[str, Any]):
    assert facts["hubs written at each look"] == [2, 0, 0]


def test_server_hours_add_up_by_hub_and_day(facts: dict[str, Any]):
    assert facts["server seconds"] == [
        [f"glacier/{name}", day, seconds]
        for name in ("a", "b")
        for day, seconds in (("2026-03-02", 170), ("2026-03-03", 70))
    ]


def test_what_was_measured_is_scaled_to_a_month_from_a_week_on(facts: dict[str, Any]):
    hour = 5 * 2**40 / 3600
    assert facts["hours of a month"] == [pytest.approx(30 * hour), pytest.approx(8 * hour * 30 / 7.5), None]


def test_servers_go_with_their_hub(facts: dict[str, Any]):
    assert facts["servers after their hub went"] == 0


@pytest.mark.parametrize("what", ["same hub", "negative memory", "no state"])
def test_the_database_itself_refuses(what: str, facts: dict[str, Any]):
    assert facts[f"{what} refused"]
