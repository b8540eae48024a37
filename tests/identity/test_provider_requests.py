"""The rules for a request to sign somebody in, without a portal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.ground import errors
from commonhub.identity import provider_requests as requests

HERE = "https://reef.example.org/hub/oauth_callback"
RIGHT = {
    "client_id": ["hub.reef.main"],
    "redirect_uri": [HERE],
    "response_type": ["code"],
    "scope": ["openid profile"],
    "code_challenge": ["A" * 43],
    "code_challenge_method": ["S256"],
}
ALLOWED = ("openid", "profile", "email")
PIECES = st.sampled_from(
    [
        "https://",
        "http://",
        "reef.example.org",
        "/hub/oauth_callback",
        "@",
        "\\",
        "evil.example.com",
        "/",
        "?",
        "#",
        ":",
    ]
)


def test_a_right_request_has_no_fault():
    asked = requests.read(RIGHT)
    requests.check_place(asked, registered=[HERE])
    assert requests.fault(asked, allowed=ALLOWED) is None


@given(pieces=st.lists(PIECES, max_size=8))
def test_no_address_passes_but_the_registered_one(pieces: list[str]):
    place = "".join(pieces)
    asked = requests.read({**RIGHT, "redirect_uri": [place]})
    if place == HERE:
        requests.check_place(asked, registered=[HERE])
    else:
        with pytest.raises(errors.CommonhubError):
            requests.check_place(asked, registered=[HERE])


@given(challenge=st.text(max_size=50), method=st.sampled_from(["", "plain", "s256", "S256", "S512"]))
def test_only_a_sha_256_passes_as_a_challenge(challenge: str, method: str):
    values = {**RIGHT, "code_challenge": [challenge], "code_challenge_method": [method]}
    try:
        fault = requests.fault(requests.read(values), allowed=ALLOWED)
    except errors.CommonhubError:
        return  # it has control characters
    right = method == "S256" and len(challenge) == 43 and challenge.isascii()
    assert fault is not None or right


@given(scopes=st.lists(st.sampled_from(["openid", "profile", "email", "roles", "admin"]), max_size=5))
def test_scopes_beyond_the_clients_own_do_not_pass(scopes: list[str]):
    fault = requests.fault(requests.read({**RIGHT, "scope": [" ".join(scopes)]}), allowed=ALLOWED)
    assert (fault is None) == ("openid" in scopes and set(scopes) <= set(ALLOWED))


@given(name=st.sampled_from(sorted(RIGHT)), value=st.text(max_size=5))
def test_nothing_may_be_said_twice(name: str, value: str):
    with pytest.raises(errors.CommonhubError):
        requests.read({**RIGHT, name: [*RIGHT[name], value]})


@given(values=st.dictionaries(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=1), max_size=5))
def test_what_is_passed_on_is_of_the_kinds_that_are_known(values: dict[str, list[str]]):
    try:
        asked = requests.read({**values, **RIGHT})
    except errors.CommonhubError:
        return
    passed = requests.passed_on({**values, **RIGHT}, asked)
    assert not {"claims", "request", "max_age", "response_mode", "resource"} & passed.keys()
    assert passed["redirect_uri"] == HERE


def test_a_silent_request_is_passed_on_as_a_plain_one_because_it_was_judged_here():
    values = {**RIGHT, "prompt": ["none"]}
    asked = requests.read(values)
    assert asked.silent
    assert "prompt" not in requests.passed_on(values, asked)
    again = {**RIGHT, "prompt": ["login consent"]}
    assert requests.passed_on(again, requests.read(again))["prompt"] == "login"
