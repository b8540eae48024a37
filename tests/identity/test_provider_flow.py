"""A hub signs people in at the portal: over real HTTP, on SQLite and on PostgreSQL, in two processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from identity import provider_stage as stage
from identity import provider_visitor as visitor


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Portal]:
    """A portal on one of the two databases."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    with stage.portal(tmp_path_factory.mktemp("state"), url) as portal:
        assert portal.act("tokens")["vendor"] == request.param
        yield portal


@pytest.fixture
def portal(running: stage.Portal) -> stage.Portal:
    """The portal as at the beginning."""
    running.act("renew")
    return running


def test_eve_signs_in_and_the_hub_learns_who_she_is(portal: stage.Portal):
    answer = portal.browser("eve").ask()
    assert answer.place.startswith(visitor.CALLBACKS["reef/main"] + "?")
    assert answer.said["state"] == "s-1"
    assert answer.said["iss"] == f"{portal.base}/identity"
    got = portal.hub().trade(answer).json()
    assert (got["token_type"], got["expires_in"]) == ("Bearer", 300)
    said = portal.hub().userinfo(got["access_token"]).json()
    subject = said.pop("sub")
    assert said == {
        "name": "Eve Banda",
        "preferred_username": "eve",
        "zoneinfo": "Africa/Nairobi",
        "email": "eve@example.org",
        "email_verified": True,
        "groups": ["people"],
    }
    assert "eve" not in subject
    assert len(subject) == 48


def test_the_subject_is_the_same_at_every_hub_and_every_time(portal: stage.Portal):
    seen = {
        portal.hub(hub_id).userinfo(portal.tokens("eve", hub_id)["access_token"]).json()["sub"]
        for hub_id in ("reef/main", "reef/lab", "reef/main")
    }
    dan = portal.hub().userinfo(portal.tokens("dan")["access_token"]).json()["sub"]
    assert len(seen) == 1
    assert dan not in seen


def test_dans_role_and_groups_reach_the_hub_and_an_address_that_nobody_checked_is_not_called_verified(
    portal: stage.Portal,
):
    portal.act("put_in_group", name="divers", person="dan")
    said = portal.hub().userinfo(portal.tokens("dan")["access_token"]).json()
    assert {"group:divers", "hub-administrators", "people"} <= set(said["groups"])
    assert said["email_verified"] is False


def test_a_hub_that_asks_for_less_learns_less(portal: stage.Portal):
    answer = portal.browser("eve").ask(scope="openid")
    said = portal.hub().userinfo(portal.hub().trade(answer).json()["access_token"]).json()
    assert set(said) == {"sub"}


def test_somebody_who_has_to_sign_in_first_goes_on_to_the_hub(portal: stage.Portal):
    eve = portal.browser()
    to_sign_in = eve.ask().place
    signed_in = eve.sign_in("eve", to_sign_in)
    onward = eve.get(signed_in.headers["Location"])
    assert onward.status_code == 200
    target = visitor.attribute(onward.text[onward.text.index("<h1>") :], "href")
    assert f'content="0; url={target.replace("&", "&amp;")}"' in onward.text
    assert visitor.Answer(response=eve.get(target), proof=visitor.proof()).code


def test_a_hub_refreshes_and_its_refresh_token_stays_the_same(portal: stage.Portal):
    got = portal.tokens()
    fresh = [portal.hub().refresh(got["refresh_token"]).json() for _ in range(2)]
    assert [each["refresh_token"] for each in fresh] == [got["refresh_token"]] * 2
    assert len({got["access_token"], *(each["access_token"] for each in fresh)}) == 3
    assert portal.hub().userinfo(fresh[1]["access_token"]).status_code == 200


def test_the_database_keeps_no_token_that_could_be_used(portal: stage.Portal):
    got = portal.tokens()
    kept = portal.act("tokens")["hashes"]
    assert len(kept) == 2
    assert not {got["access_token"], got["refresh_token"]} & set(kept)


def test_two_processes_share_codes_tokens_and_keys(portal: stage.Portal):
    answer = portal.browser("eve").ask()
    other = visitor.Hub(portal.other)
    got = other.trade(answer)
    assert got.status_code == 200, got.text
    assert portal.hub().userinfo(got.json()["access_token"]).status_code == 200
    jwks = "/identity/.well-known/jwks.json"
    assert portal.browser().get(jwks).json() == visitor.Visitor(portal.other).get(jwks).json()
    assert portal.hub().trade(answer).json()["error"] == "invalid_grant"


def test_whoever_stays_out_is_told_why_and_whom_to_ask(portal: stage.Portal):
    answer = portal.browser("mallory").ask()
    page = answer.response
    assert page.status_code == 403
    assert answer.code is None
    assert "You have an account, and nobody has let you into this hub so far." in page.text
    assert "Who may let you in: Dan Rahman." in page.text
    assert 'action="/hubs/reef/main/join"' in page.text
    portal.act("close_requests", hub="reef/main")
    closed = portal.browser("mallory").ask().response.text
    assert "/join" not in closed
    assert "its people are invited" in closed


def test_who_was_removed_is_told_that_the_files_are_kept(portal: stage.Portal):
    eve = portal.browser("eve")
    portal.act("remove", hub="reef/main", person="eve")
    answer = eve.ask()
    assert answer.response.status_code == 403
    assert "Your files are kept there." in answer.response.text
    assert eve.ask("reef/lab").code


def test_who_comes_in_by_an_open_door_is_on_the_roster_from_then_on(portal: stage.Portal):
    portal.act("open_to_all", hub="reef/main")
    mallory = portal.browser("mallory")
    assert ["mallory", "everyone"] not in portal.act("roster", hub="reef/main")["rows"]
    assert mallory.ask().code
    assert mallory.ask().code
    assert portal.act("roster", hub="reef/main")["rows"].count(["mallory", "everyone"]) == 1


@pytest.mark.parametrize("how", ["remove", "close"])
def test_access_that_ends_ends_at_once_at_every_endpoint(how: str, portal: stage.Portal):
    eve = portal.browser("eve")
    got, waiting = portal.hub().trade(eve.ask()).json(), eve.ask()
    assert waiting.code
    portal.act(how, person="eve", **({"hub": "reef/main"} if how == "remove" else {}))
    assert portal.hub().userinfo(got["access_token"]).status_code in {401, 403}
    for _ in range(2):
        assert portal.hub().refresh(got["refresh_token"]).status_code in {400, 403}
    narrow = portal.hub().refresh(got["refresh_token"], scope="profile")
    assert "access_token" not in narrow.json()
    late = portal.hub().trade(waiting)
    assert late.status_code in {400, 403}
    assert "access_token" not in late.json()


def test_of_many_who_show_one_code_at_once_one_gets_a_token(portal: stage.Portal):
    answer = portal.browser("eve").ask()
    hubs = [portal.hub(), visitor.Hub(portal.other)] * 4
    with ThreadPoolExecutor(len(hubs)) as pool:
        statuses = list(pool.map(lambda hub: hub.trade(answer).status_code, hubs))
    assert sorted(statuses) == [200] + [400] * 7


def test_tokens_that_are_cut_are_void_and_others_stay(portal: stage.Portal):
    here, there, dans = portal.tokens(), portal.tokens("eve", "reef/lab"), portal.tokens("dan")
    assert portal.act("cut", hub="reef/main", person="eve")["count"] == 2
    assert portal.hub().userinfo(here["access_token"]).status_code == 401
    assert portal.hub().refresh(here["refresh_token"]).json()["error"] == "invalid_grant"
    assert portal.hub("reef/lab").userinfo(there["access_token"]).status_code == 200
    assert portal.hub().userinfo(dans["access_token"]).status_code == 200


def test_a_code_made_before_everything_was_ended_opens_nothing_after_it(portal: stage.Portal):
    waiting, dans = portal.browser("eve").ask(), portal.browser("dan").ask()
    assert waiting.code
    portal.act("end_all", person="eve")
    late = portal.hub().trade(waiting)
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
    assert portal.hub().trade(dans).status_code == 200
    assert portal.hub().trade(portal.browser("eve").ask()).status_code == 200  # she signs in anew


def test_tokens_that_are_over_are_cleared(portal: stage.Portal):
    got = portal.tokens()
    assert portal.act("overdue") == {"cleared": 2, "left": 0}
    assert portal.hub().userinfo(got["access_token"]).status_code == 401


def test_leaving_a_hub_asks_once_and_ends_the_session_here(portal: stage.Portal):
    eve = portal.browser("eve")
    page = eve.get("/identity/o/logout")
    assert page.status_code == 200
    assert eve.ask().code, "asking alone ends nothing"
    given = visitor.fields(page.text)
    left = eve.post("/identity/o/logout", {**given, "action": "logout"}, headers={"Referer": eve.base})
    assert left.status_code == 302
    assert eve.ask().place.startswith("/sign-in")


def test_a_zero_byte_is_refused_and_breaks_nothing(portal: stage.Portal):
    eve = portal.browser("eve")
    assert eve.ask(client_id="hub.reef\0main").response.status_code == 400
    assert portal.hub().refresh("x", client_id="hub\0").status_code == 400
    assert portal.hub().revoke("x\0").status_code == 400
    assert eve.get("/identity/o/api/token", auth=("a\0b", "c")).status_code == 405
    traded = eve.post("/identity/o/api/token", {"grant_type": "refresh_token"}, auth=("a\0b", "c"))
    assert traded.status_code == 400
    assert eve.get("/identity/o/logout?client_id=%00").status_code == 400
