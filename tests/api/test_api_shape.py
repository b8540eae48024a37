"""One shape for everything that goes wrong, and nothing that a cookie opens."""

import json
import re
import sys
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

import charter_stage
from api import api_stage
from commonhub.api import document, door, shapes
from commonhub.changes import committing, seen
from commonhub.communities import charter_acts, verbs
from commonhub.hubs import acts
from commonhub.identity import tokens
from commonhub.portal import web

REFUSED = ("POST", "/hubs/reef/main/people", {"handle": "newcomer"})


def operations():
    for path, methods in document.openapi()["paths"].items():
        for method, each in methods.items():
            yield method.upper(), path, each


def filled(path):
    """A path with one of the cast's things in each place."""
    values = {"community": "reef", "hub": "main", "handle": "eve", "user": "eve", "number": "1", "name": "advanced"}
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], path)


CLOSED = [(method, filled(path)) for method, path, each in operations() if each["operationId"] != "health.see"]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_without_a_token_nothing_opens(now, method, path):
    answer = api_stage.Caller.by("", method, path, {})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Commonhub"'
    assert answer.error["mend"].startswith("Send the header")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_browser_that_is_signed_in_opens_nothing(now, method, path):
    browser = Client()
    browser.force_login(charter_stage.person("alice"))
    assert browser.generic(method, f"/api/v1{path}", b"{}", content_type="application/json").status_code == 401


def test_no_answer_sets_a_cookie(api):
    assert "Set-Cookie" not in api("eve", "GET", "/me").headers


@pytest.mark.parametrize("text", ["x", "ch_", "ch_" + "A" * 43, "ch_\u0661", "ch_" + "A" * 9000])
def test_a_token_that_is_none_is_said_to_be_none(now, text):
    assert api_stage.Caller.by(text.encode().decode("latin-1"), "GET", "/me").status == 401


def test_a_revoked_token_is_over_at_once(api, now):
    text = api.token("eve")
    assert api.by(text, "GET", "/me").status == 200
    tokens.revoke_all(charter_stage.person("eve"), now=now)
    answer = api.by(text, "GET", "/me")
    assert (answer.status, "was revoked" in answer.error["message"]) == (401, True)


def test_the_token_of_a_closed_account_opens_nothing(api):
    text = api.token("eve")
    eve = charter_stage.person("eve")
    eve.is_active = False
    eve.save()
    assert api.by(text, "GET", "/me").status == 401


@pytest.mark.parametrize("path", ["/nowhere", "/me/", "/hubs/reef/main/explode", "/%00", "/me/tokens/x/y"])
def test_an_address_that_is_none_is_told_so(api, path):
    assert api("eve", "GET", path).error["message"] == "There is no such address."


def test_a_method_that_an_address_does_not_take_is_told_with_those_that_it_takes(api):
    answer = api("eve", "DELETE", "/me")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert answer.error["mend"] == "It takes GET."


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "The body is not JSON."),
        (b"\xff", "The body is not JSON."),
        (b"", "The body: field required."),
        (b"[]", "The body: input should be a valid dictionary"),
        (b'{"handle": "eve", "colour": "blue"}', "colour: extra inputs are not permitted."),
        (b'{"handle": "E v"}', "handle: string should match pattern"),
        (b'{"handle": "eve", "name": "a\\u0000b"}', "name: string should match pattern"),
        (b'{"handle": "eve", "name": "\\ud800"}', "name:"),
        (b'{"handle": ' + b"9" * 5000 + b"}", "The body is not JSON."),
        (b"[" * 100_000, "The body is not JSON."),
    ],
)
def test_a_body_that_can_not_be_taken_is_said_to_be(api, body, says):
    answer = api("dan", "POST", "/hubs/reef/main/people", body)
    assert answer.status == 400
    assert answer.error["message"].startswith(says) or says in answer.error["message"], answer.text


@pytest.mark.parametrize(
    "path", ["/me/tokens/0", "/me/tokens/-1", "/me/tokens/9223372036854775808", "/me/tokens/%C2%B2"]
)
def test_a_number_that_no_record_has_is_not_understood(api, path):
    assert api("eve", "DELETE", path).status == 400


def test_a_request_that_is_too_large_is_not_read(api):
    answer = api("dan", "POST", "/hubs/reef/main/import/preview", {"text": "x" * door.MOST_BYTES})
    assert answer.status == 413
    assert "2.5 MB" in answer.error["message"]


def test_a_token_that_asks_too_often_is_told_when_to_come_again(api):
    text = api.token("eve")
    key, later = tokens.digest(text), door.clock.system_clock() + timedelta(hours=1)  # so long no test takes
    while not door.PACE.wait(key, later):
        pass
    answer = api.by(text, "GET", "/me")
    assert answer.status == 429
    assert 3000 < int(answer.headers["Retry-After"]) <= 3601
    assert answer.error["message"] == "This token asks too often."
    assert api("dan", "GET", "/me").status == 200


def test_all_web_processes_together_let_through_what_is_promised():
    assert door.PROCESSES == web.WORKERS
    now = door.clock.system_clock()
    passed = sum(not door.PACE.wait("somebody", now) for _ in range(1000))
    assert passed * web.WORKERS == door.BURST
    second = sum(not door.PACE.wait("somebody", now + timedelta(seconds=1)) for _ in range(1000))
    assert second * web.WORKERS == timedelta(seconds=1) / door.EVERY


def test_a_fault_of_ours_tells_nothing_of_itself(api, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("secret")

    text = api.token("eve")
    monkeypatch.setattr("commonhub.communities.notices.unseen", broken)
    answer = api.by(text, "GET", "/me/notices")
    assert answer.status == 500
    assert "secret" not in answer.text
    assert answer.error["message"] == "This failed, and it is a fault of Commonhub."
    assert "ZeroDivisionError" in caplog.text
    assert text not in caplog.text


def test_a_keeper_that_is_away_is_said_to_be_away(api, settings, state_folder):
    settings.COMMONHUB_KEEPER_SOCKET = str(state_folder / "none.sock")
    answer = api("alice", "POST", "/hubs/reef/main/wake")
    assert answer.status == 503
    assert answer.error["message"].startswith("The keeper does not answer")


def test_health_is_open_to_all_and_says_when_the_database_is_away(now, monkeypatch):
    assert api_stage.Caller.by("", "GET", "/health").json == {"ok": True}

    def away(*_args):
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr("commonhub.api.health.connection.cursor", away)
        assert api_stage.Caller.by("", "GET", "/health").status == 503


def test_a_refusal_names_the_responsibility_and_who_holds_it_and_where_to_ask(api):
    error = api("eve", *REFUSED).error
    assert error["message"] == (
        "You may not add people to reef/main with this token, which was made without person:add: that belongs to "
        "'Oversee user access policy', carried here by Carol Mendes and Dan Rahman."
    )
    assert error["asked"] == {"permission": "person:add", "community": "reef", "hub": "main"}
    assert error["responsibility"] == "Oversee user access policy"
    assert error["holders"] == ["Carol Mendes", "Dan Rahman"]
    assert error["ask"] == "http://localhost:8000/may?permission=person%3Aadd&community=reef&hub=main"


def test_a_refusal_by_the_keeper_has_the_same_shape(api, kept):
    error = api("dan", "POST", "/hubs/reef/main/restart").error
    assert error["asked"] == {"permission": "hub:restart", "community": "reef", "hub": "main"}
    assert error["holders"] == ["Alice Okafor"]


def test_the_document_is_open_to_all_and_loads_nothing_from_elsewhere(now):
    page = Client().get("/api/v1/")
    assert page.status_code == 200
    assert not re.search(rb"<script|<link|src=", page.content)
    told = json.loads(Client().get("/api/v1/openapi.json").content)
    assert told["servers"] == [{"url": "http://localhost:8000/api/v1"}]
    for _, _, each in operations():
        assert f'id="{each["operationId"]}"'.encode() in page.content


def test_each_operation_has_a_name_of_its_own_and_says_what_may_go_wrong():
    names = [each["operationId"] for _, _, each in operations()]
    assert len(names) == len(set(names)) > 60
    for _, path, each in operations():
        assert each["summary"], path
        wanted = {"200", "500", "503"} | (set() if path == "/health" else {"400", "401", "403", "404", "413", "429"})
        assert wanted <= set(each["responses"]), path


NOT_HERE = {
    "account.describe": "a token can't change its person's account",
    "administrator.read-back": "the keeper's own",
    "invitation.take": "a person's own, with the code in a browser",
    "session.end": "of browsers, in a browser",
    "session.end-everywhere": "a token can't sign its person out",
    "token.make": "a token can't make a token",
    "change.commit": "the keeper's own, once everybody has agreed",
    "fleet.sync": "of whoever holds the fleet folder, at the machine",
    "change.see-commit": "the keeper's own, of what somebody committed with an editor",
}


def test_every_verb_of_the_program_is_an_operation_or_stays_away_for_a_reason():
    keepers = {charter_acts.__name__, acts.__name__, committing.__name__, seen.__name__}
    assert keepers <= set(sys.modules)  # what only the keeper knows is known here
    names = {each["operationId"] for _, _, each in operations()}
    assert set(verbs.KNOWN) - names == set(NOT_HERE) & set(verbs.KNOWN)


def test_every_operation_says_the_permission_that_its_verb_takes():
    for _, _, each in operations():
        known = verbs.KNOWN.get(each["operationId"])
        if known and known.permission:
            assert each["description"].endswith(f"Permission: `{known.permission}`."), each["operationId"]


def test_no_two_shapes_of_the_document_share_a_name():
    def below(kind):
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    shapes_of_ours = below(shapes.Told) | below(shapes.Given)
    names = [each.__name__ for each in shapes_of_ours if each.__module__.startswith("commonhub.api.")]
    assert sorted(names) == sorted(set(names))
