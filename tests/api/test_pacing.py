"""How often one token may ask."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from commonhub.api import pacing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_burst_goes_through_and_then_a_steady_pace():
    pace = pacing.Pace(burst=3, every=SECOND)
    assert [pace.wait("a", NOON) for _ in range(4)] == [timedelta(0)] * 3 + [SECOND]
    assert pace.wait("b", NOON) == timedelta(0)
    assert pace.wait("a", NOON + SECOND) == timedelta(0)
    assert pace.wait("a", NOON + SECOND) == SECOND
    assert pace.wait("a", NOON + timedelta(hours=1)) == timedelta(0)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60).map(sorted))
def test_within_any_time_no_more_go_through_than_the_burst_and_what_was_earned(moments):
    pace = pacing.Pace(burst=4, every=SECOND)
    passed = [at for at in moments if not pace.wait("a", NOON + timedelta(milliseconds=at))]
    for first, start in enumerate(passed):
        for count, end in enumerate(passed[first:], start=1):
            assert count <= 4 + (end - start) / 1000 + 1e-9


def test_memory_is_bounded_and_rested_tokens_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(pacing, "MOST_KNOWN", 10)
    pace = pacing.Pace(burst=2, every=SECOND)
    for number in range(50):
        pace.wait(str(number), NOON + timedelta(seconds=number))
    assert len(pace._due) <= 10
    for number in range(50):
        pace.wait(f"fast-{number}", NOON + timedelta(minutes=5))
    assert len(pace._due) <= 10
