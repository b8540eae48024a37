"""The fleet as a picture."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.portal import picture

COUNTS = st.dictionaries(st.sampled_from(["failed", "waking", "awake", "asleep"]), st.integers(0, 3000))


def windows(drawn):
    """Each window of the picture with its state."""
    for block in drawn.blocks:
        for x in range(block.x, block.x + block.width, drawn.cell):
            for y in range(block.y, block.y + block.height, drawn.cell):
                yield (x, y), block.state


@given(COUNTS)
def test_each_hub_has_one_window_of_its_own(counts):
    drawn = picture.draw(counts)
    places = list(windows(drawn))
    assert Counter(state for _, state in places) == Counter({state: count for state, count in counts.items() if count})
    assert len({place for place, _ in places}) == sum(counts.values())
    assert all(x + drawn.cell <= drawn.width and y + drawn.cell <= drawn.height for (x, y), _ in places)


@given(COUNTS)
def test_the_picture_stays_small_however_many_hubs(counts):
    drawn = picture.draw(counts)
    assert len(drawn.blocks) <= 3 * len(counts)
    assert drawn.width <= picture.WIDTH
    assert drawn.pane >= 1


@pytest.mark.parametrize("hubs", [3, 50, 171, 1000, 10_000])
def test_the_wall_keeps_its_height(hubs):
    assert picture.draw({"asleep": hubs}).height <= picture.HEIGHT + 20


def test_no_hubs_make_an_empty_picture():
    assert picture.draw({"asleep": 0}).blocks == ()
