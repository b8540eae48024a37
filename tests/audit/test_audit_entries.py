"""What the audit takes, and what it makes of what no database keeps."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import noted
from commonhub.audit import entries


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_can_be_kept(text: str):
    kept = entries.keepable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert entries.keepable(kept) == kept


def test_a_text_without_such_characters_stays_as_it_is():
    assert entries.keepable("zoë 李 \u2028\t\x7f") == "zoë 李 \u2028\t\x7f"
    assert entries.keepable("a\0b\ud800c") == "a\ufffdb\ufffd\ufffd\ufffdc"


def test_a_text_that_is_too_long_is_cut_and_shows_it():
    kept = entries.keepable("x" * 5000, entries.NAME_MAX)
    assert (len(kept), kept[-1]) == (entries.NAME_MAX, "…")


def test_lists_and_sets_have_one_order():
    assert entries.keepable_value({"a": ("x", "y"), "b": {"z", "q"}, "c": None}) == {
        "a": ["x", "y"],
        "b": ["q", "z"],
        "c": None,
    }


@pytest.mark.parametrize(
    "value", [0.5, b"x", object(), noted.MORNING, {1: "x"}, [{"a": 1.0}]], ids=lambda value: type(value).__name__
)
def test_what_is_no_json_is_refused(value: Any):
    with pytest.raises(TypeError):
        entries.keepable_value({"value": value})


@pytest.mark.parametrize("value", [2**53, -(2**53)])
def test_a_number_that_other_languages_read_wrongly_is_refused(value: int):
    with pytest.raises(ValueError, match="as text"):
        entries.keepable_value(value)


def test_a_time_is_kept_in_utc_and_needs_its_zone():
    nepal = timezone(timedelta(hours=5, minutes=45))
    assert entries.in_utc(noted.MORNING.astimezone(nepal)).isoformat() == "2026-03-02T09:00:00.123456+00:00"
    with pytest.raises(ValueError, match="zone"):
        entries.in_utc(datetime(2026, 3, 2))  # noqa: DTZ001 - that is what is refused
