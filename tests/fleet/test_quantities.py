"""Sizes and times, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.fleet import quantities


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512M", 512_000_000),
        ("1.5G", 1_500_000_000),
        ("1Gi", 1_073_741_824),
        ("384Mi", 402_653_184),
        ("1 GB", 1_000_000_000),
        ("2k", 2000),
        (1951419879, 1951419879),
    ],
)
def test_a_size_is_read_as_kubernetes_reads_it(text, size):
    assert quantities.bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1G", "0", "1X", "1GG", True, None, [], "9" * 40, "1e3"])
def test_what_is_no_size_is_none(text):
    assert quantities.bytes_of(text) is None


@given(st.integers(min_value=1, max_value=quantities.LARGEST))
def test_a_size_survives_being_written_and_read(size):
    assert quantities.bytes_of(quantities.size_text(size)) == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("7d", 604_800), (45, 45), ("45", 45)]
)
def test_a_time_is_read_in_seconds(text, seconds):
    assert quantities.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "m10", "12:30", "-5m", True, None, 1.5, 0, "400d", "9" * 30 + "s"])
def test_what_is_no_time_is_none(text):
    assert quantities.seconds_of(text) is None


@given(st.integers(min_value=1, max_value=quantities.LONGEST))
def test_a_time_survives_being_written_and_read(seconds):
    assert quantities.seconds_of(quantities.duration_text(seconds)) == seconds
