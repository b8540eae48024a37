"""What a reader asks of a list."""

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from commonhub.portal import listing

STATES = ("awake", "asleep")


def again(query):
    """The view that an address leads to."""
    return listing.read({name: values[0] for name, values in parse_qs(query.removeprefix("?")).items()}, STATES)


@given(st.dictionaries(st.sampled_from(["q", "state", "sort", "page", "fresh"]), st.text(max_size=200)))
def test_any_address_gives_a_view_that_can_be_linked_to(values):
    view = listing.read(values, STATES)
    assert view.state in {"", *STATES}
    assert view.column in listing.COLUMNS
    assert view.page.isdigit()
    assert again(view.query()) == view


def test_a_heading_sorts_and_the_same_heading_turns_it_round():
    view = again(listing.Listing().by("people"))
    assert view.order == "-people"
    assert again(view.by("people")).order == "people"
    assert again(view.by("hub")).order == "hub"


def test_narrowing_starts_again_at_the_first_page_and_keeps_the_search():
    view = listing.Listing(search="reef", page="7")
    assert again(view.with_state("awake")) == listing.Listing(search="reef", state="awake")


def test_keeping_fresh_keeps_the_view():
    view = listing.Listing(search="reef & co", order="-memory", page="2")
    assert again(view.refreshed(fresh=True)) == listing.Listing(
        search="reef & co", order="-memory", page="2", fresh=True
    )
