"""The words that a hub and the portal share."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commonhub.engines import sign_on
from commonhub.fleet import names
from engines.contract import hub

NAMES = st.from_regex(names.PATTERN, fullmatch=True).filter(names.is_name)


@given(NAMES, NAMES)
def test_a_hub_is_found_again_by_its_client_id(community, name):
    assert sign_on.hub_of(sign_on.client_id_of(f"{community}/{name}")) == f"{community}/{name}"


HUBS = st.builds("{}/{}".format, NAMES, NAMES)


@given(HUBS, HUBS)
def test_no_two_hubs_are_one_client(one, other):
    assume(one != other)
    assert sign_on.client_id_of(one) != sign_on.client_id_of(other)


@pytest.mark.parametrize(
    "client_id",
    ["", "hub", "hub.", "hub.reef", "hub.reef.", "hub..main", "hub.reef.main.x", "app.reef.main", "hub.Reef.main", "hub.reef/x.main", "hub.reef.main\n"],
)  # fmt: skip
def test_what_is_no_hubs_client_names_no_hub(client_id):
    assert sign_on.hub_of(client_id) is None


def test_people_come_back_to_every_address_of_the_hub_and_to_nothing_else():
    one = hub(addresses=("reef.hubs.example.org", "lab.example.edu"))
    assert sign_on.callbacks(one, "https://hubs.example.org") == (
        "https://reef.hubs.example.org/hub/oauth_callback",
        "https://lab.example.edu/hub/oauth_callback",
    )
    below = hub(addresses=("localhost",), base_path="/reef/")
    assert sign_on.callbacks(below, "http://localhost:8000") == ("http://localhost:8000/reef/hub/oauth_callback",)
