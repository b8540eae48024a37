"""Numbers, times and states in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.engines import engine
from commonhub.fleet import quantities
from commonhub.portal import words

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (214_000_000, "214 MB"),
        (999_600_000, "1.0 GB"),
        (3_400_000_000, "3.4 GB"),
        (34_000_000_000, "34 GB"),
    ],
)
def test_a_measured_size_is_in_the_unit_that_reads_best(count, text):
    assert words.size(count).replace(words.NO_BREAK, " ") == text


@given(st.integers(0, 10**14))
def test_a_measured_size_never_needs_more_than_four_figures(count):
    number, _, unit = words.size(count).partition(words.NO_BREAK)
    assert len(number.replace(",", "").replace(".", "")) <= 4
    assert unit in {"B", "kB", "MB", "GB", "TB"}


@pytest.mark.parametrize(
    ("count", "text"), [(1024**3, "1 GiB"), (2_000_000_000, "2 GB"), (512 * 1024**2, "512 MiB"), (7, "7 B")]
)
def test_a_size_that_was_set_is_shown_as_it_was_set(count, text):
    assert words.limit(count).replace(words.NO_BREAK, " ") == text


@given(st.integers(1, 10**17))
def test_a_size_that_was_set_loses_nothing(count):
    text = words.limit(count).replace(words.NO_BREAK, "").replace(",", "")
    assert quantities.bytes_of(text) == count


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (600, "10 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (604_800, "7 days"),
    ],
)
def test_a_length_of_time_is_said_exactly(seconds, text):
    assert words.span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "moments ago"),
        (44, "moments ago"),
        (45, "1 minute ago"),
        (3_599, "60 minutes ago"),
        (3_600, "1 hour ago"),
        (90_000, "1 day ago"),
    ],
)
def test_how_long_ago_is_said_in_words(seconds, text):
    assert words.ago(MORNING - timedelta(seconds=seconds), MORNING) == text


def test_every_state_of_a_hub_has_a_word_and_a_sentence():
    assert set(words.STATES) == set(engine.HubState)
    for state in engine.HubState:
        assert words.state(state)
        assert words.state_sentence(state).endswith(".")


def test_a_state_that_is_not_known_shows_its_own_name():
    assert words.state("dreaming") == "dreaming"
    assert words.part_state("dreaming") == "dreaming"
