"""Coverage over time and by area, drawn."""

import re
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from commonhub.portal import charter_rows, coverage_picture
from commonhub.portal.coverage_picture import BAR, FOOT, PLOT, TOP, Bar, Point
from commonhub.responsibility import coverage, reading
from responsibility import charters, test_coverage
from responsibility.charters import MAIN, REEF, USUAL

DAY = date(2026, 3, 2)


@st.composite
def points(draw):
    of = draw(st.integers(1, 5000))
    days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
    return [
        Point(day=day, done=draw(st.integers(0, of)), of=of) for day in draw(st.sets(days, min_size=1, max_size=90))
    ]


def heights(path):
    return [int(level) for level in re.findall(r"^M0 (\d+)|V(\d+)", path) for level in level if level]


@given(points())
def test_the_line_stays_between_nothing_and_all_and_ends_at_the_newest_number(known):
    drawn = coverage_picture.history(known)
    newest = max(known, key=lambda point: point.day)
    assert all(TOP <= y <= FOOT for y in heights(drawn.path))
    assert drawn.y == heights(drawn.path)[-1] == FOOT - (FOOT - TOP) * newest.done // newest.of
    xs = [int(x) for x in re.findall(r"H(\d+)", drawn.path)]
    assert xs == sorted(xs)
    assert xs[-1] == drawn.x == PLOT


def test_ten_years_of_days_weigh_less_than_three_kilobytes():
    known = [Point(day=DAY + timedelta(day), done=day % 2 * 15, of=15) for day in range(3650)]
    drawn = render_to_string("portal/coverage_history.html", {"history": coverage_picture.history(known)})
    assert len(drawn.encode()) < 3000


def test_a_number_that_stays_is_one_line():
    known = [Point(day=DAY + timedelta(day), done=11, of=15) for day in range(90)]
    assert coverage_picture.history(known).path == f"M0 23H{PLOT}"


@pytest.mark.parametrize("known", [[], [Point(day=DAY, done=0, of=0)]])
def test_without_a_number_there_is_no_picture(known):
    assert coverage_picture.history(known) is None


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ([5], "On March 2, 2026 5 of 15 responsibilities were covered."),
        ([5, 11], "Covered responsibilities: 5 of 15 on March 2, 2026, 11 of 15 on March 3, 2026."),
        (
            [5, 2, 11],
            (
                "Covered responsibilities: 5 of 15 on March 2, 2026, 11 of 15 on March 4, 2026; "
                "the least were 2 of 15 on March 3, 2026."
            ),
        ),
    ],
)
def test_the_picture_says_the_same_in_a_sentence(numbers, sentence):
    known = [Point(day=DAY + timedelta(day), done=done, of=15) for day, done in enumerate(numbers)]
    with translation.override("en"):
        drawn = coverage_picture.history(known)
        assert drawn.sentence == sentence
        assert f'aria-label="{sentence}"' in render_to_string("portal/coverage_history.html", {"history": drawn})


@given(st.integers(1, 5000), st.data())
def test_a_bar_is_full_only_for_all_and_empty_only_for_nothing(of, data):
    done = data.draw(st.integers(0, of))
    bar = Bar(done=done, of=of)
    assert 0 <= bar.width <= BAR
    assert (bar.width == 0) == (done == 0)
    assert (bar.width == BAR) == (done == of)


def test_each_area_that_counts_has_its_three_bars():
    charter = charters.charter(*USUAL[:1], *USUAL[2:])  # without a guide
    known = test_coverage.facts(test_coverage.well(charter))
    of = charter_rows.account(charter, coverage.cover(charter, known), REEF, "Reef")
    found = {bars.title: bars for bars in coverage_picture.bars(of)}
    assert list(found) == [area.title for area in reading.default().areas if not area.without_roles]
    support = found["Service applications support"]
    assert (support.held, support.empowered, support.evidenced) == (
        Bar(done=0, of=5),
        Bar(done=0, of=5),
        Bar(done=5, of=5),
    )
    shown = render_to_string("portal/coverage_bars.html", {"bars": coverage_picture.bars(of)})
    assert shown.count("5 of 5") == 7


def test_before_there_is_a_hub_there_are_no_bars():
    charter = charters.charter(*USUAL)
    of = charter_rows.account(charter, coverage.Coverage(hubs=()), MAIN, "Main")
    assert coverage_picture.bars(of) == ()
