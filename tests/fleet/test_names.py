"""How communities and hubs may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.fleet import names

ID = st.builds("{}/{}".format, *2 * [st.text("ab-", min_size=1, max_size=8).filter(names.is_name)])


@pytest.mark.parametrize("text", ["a", "a1", "reef-lab", "1-a", "a" * 40, "a-" * 19 + "ab"])
def test_a_name(text):
    assert names.is_name(text)


@pytest.mark.parametrize(
    "text", ["", "-a", "a-", "a--b", "A", "a b", "a_b", "a/b", "ä", "a\n", "a" * 41, "a-" * 20 + "b"]
)
def test_no_name(text):
    assert not names.is_name(text)


@given(ID, ID)
def test_folders_and_addresses_join_two_names_with_two_hyphens_and_never_meet(one, other):
    assert (one.replace("/", "--") == other.replace("/", "--")) == (one == other)


@given(st.text(max_size=60))
def test_the_nearest_name_is_a_name(text):
    assert names.is_name(names.nearest_name(text))
