"""What is another community's is not reached by its number, and what one may not know of is not told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import charter_stage
from api import api_stage
from commonhub.audit.models import AuditEntry
from commonhub.communities import asks, duties, groups, invitations, joining, leaves, models, roster
from commonhub.communities.asker import Asker
from commonhub.identity import askers, tokens
from commonhub.responsibility.permissions import Permission

ZURI = Asker(handle="zuri", name="Zuri Phiri", via="portal")


@pytest.fixture
def theirs(now):
    """What mtengo has: an invitation, a request to join, a group, a leave and a request to somebody there."""
    row, _ = invitations.invite(ZURI, "mtengo/main", now=now)
    mallory = charter_stage.person("mallory")
    wish = joining.ask(askers.of(mallory), "mtengo/main", mallory, now=now)
    groups.create(ZURI, "mtengo", "teachers", now=now)
    leave = leaves.give(
        ZURI, "mtengo/main", to="bob", about="mallory", reason="Help.", lasts=timedelta(hours=1), now=now
    )
    ask = asks.make(
        askers.of(mallory), mallory, Permission.PERSON_ADD, charter_stage.ELSEWHERE, words="Let me in.", now=now
    )
    return {"invitation": row.pk, "wish": wish.pk, "leave": leave.pk, "ask": ask.pk}


REACHES = [
    ("DELETE", "/hubs/reef/main/invitations/{invitation}", None, 404),
    ("DELETE", "/hubs/mtengo/main/invitations/{invitation}", None, 403),
    ("POST", "/hubs/reef/main/join-requests/{wish}", {"accept": True}, 404),
    ("POST", "/hubs/mtengo/main/join-requests/{wish}", {"accept": True}, 403),
    ("GET", "/hubs/mtengo/main/join-requests", None, 403),
    ("GET", "/communities/reef/groups/teachers/people", None, 404),
    ("GET", "/communities/mtengo/groups/teachers/people", None, 403),
    ("DELETE", "/communities/reef/groups/teachers", None, 404),
    ("DELETE", "/leaves/{leave}", None, 404),
    ("GET", "/hubs/mtengo/main/leaves", None, 403),
    ("GET", "/asks/{ask}", None, 404),
    ("POST", "/asks/{ask}/answer", {"done": True}, 404),
    ("GET", "/hubs/mtengo/main/people", None, 403),
    ("GET", "/hubs/mtengo/main/people.csv", None, 403),
    ("GET", "/communities/mtengo/coverage", None, 403),
    ("GET", "/communities/mtengo/agreement", None, 403),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REACHES)
def test_the_representative_of_another_community_reaches_nothing_by_its_number(api, theirs, method, path, body, status):
    answer = api("carol", method, path.format(**theirs), body)
    assert answer.status == status, answer.text
    assert "Mallory" not in answer.text
    assert models.JoinRequest.objects.get(pk=theirs["wish"]).answered is None
    assert models.Invitation.objects.get(pk=theirs["invitation"]).revoked is None
    assert models.Leave.objects.get(pk=theirs["leave"]).ended is None
    assert models.Group.objects.filter(community="mtengo", name="teachers").exists()


ASKED_OF_A_HUB = [
    ("GET", ""),
    ("GET", "/people"),
    ("GET", "/log"),
    ("GET", "/plan"),
    ("POST", "/wake"),
    ("POST", "/sleep"),
    ("POST", "/restart"),
    ("POST", "/servers/eve/start"),
    ("POST", "/servers/eve/stop"),
    ("POST", "/sessions/eve/end"),
]


def says_the_same(api, method, path, there, not_there):
    """Whether two names of one length are refused in the same words, but for the name itself."""
    body = None if method == "GET" else {}
    one, other = (api("mallory", method, path.format(name), body) for name in (there, not_there))
    assert (one.status, other.status) == (403, 403), (one.text, other.text)
    assert there in one.text
    assert not_there in other.text
    assert other.text.replace(not_there, there) == one.text
    assert one.headers == other.headers


@pytest.mark.parametrize(("method", "what"), ASKED_OF_A_HUB)
def test_a_refusal_says_the_same_of_a_hub_that_is_there_and_of_one_that_is_not(api, kept, method, what):
    says_the_same(api, method, f"/hubs/reef/{{}}{what}", "lab", "bay")


@pytest.mark.parametrize(("method", "what"), [*ASKED_OF_A_HUB, ("GET", "community")])
def test_a_refusal_says_the_same_of_a_community_that_is_there_and_of_one_that_is_not(api, kept, method, what):
    models.Appointment.objects.filter(community="mtengo").delete()  # those who carry something there are named to all
    path = "/communities/{}" if what == "community" else f"/hubs/{{}}/main{what}"
    says_the_same(api, method, path, "mtengo", "atolls")


def test_somebody_whom_one_may_not_see_looks_like_somebody_who_is_not_there(api):
    there, not_there = api("eve", "GET", "/people/zuri"), api("eve", "GET", "/people/nobody-at-all")
    assert (there.status, there.text) == (403, not_there.text)
    assert api("dan", "GET", "/people/zuri").text == api("dan", "GET", "/people/nobody-at-all").text


def test_a_person_is_shown_at_the_places_where_the_reader_sees_them(api, now):
    eve = charter_stage.person("eve")
    models.Membership.objects.create(hub_id="mtengo/main", person=eve, since=now, via="added", by="zuri")
    assert [each["hub"] for each in api("dan", "GET", "/people/eve").json["hubs"]] == ["reef/main"]
    assert [each["hub"] for each in api("zuri", "GET", "/people/eve").json["hubs"]] == ["mtengo/main"]
    assert len(api("eve", "GET", "/people/eve").json["hubs"]) == 2
    own = api("dan", "GET", "/people").json["people"]
    assert [each["handle"] for each in own] == ["eve"]
    assert api("eve", "GET", "/people").status == 403
    assert {each["handle"] for each in api("alice", "GET", "/people").json["people"]} == set(charter_stage.NAMES)


def test_lists_hold_what_is_ones_own(api):
    def hubs(handle):
        return [each["hub"] for each in api(handle, "GET", "/hubs").json["hubs"]]

    assert hubs("alice") == hubs("bob") == ["mtengo/main", "reef/lab", "reef/main"]
    assert hubs("carol") == ["reef/lab", "reef/main"]
    assert hubs("dan") == hubs("eve") == ["reef/main"]
    assert hubs("zuri") == ["mtengo/main"]
    assert hubs("mallory") == []

    def communities(handle, permission="community:see"):
        found = api(handle, "GET", f"/communities?permission={permission}").json["communities"]
        return [each["name"] for each in found]

    assert communities("alice") == ["mtengo", "reef"]
    assert communities("dan") == communities("eve") == communities("carol") == ["reef"]
    assert communities("eve", "person:add") == []
    assert communities("dan", "person:add") == ["reef"]
    assert communities("mallory") == []


def test_the_audit_shows_ones_own_acts_and_those_of_ones_places(api, theirs):
    api("dan", "POST", "/hubs/reef/main/people", {"handle": "mallory"})

    def seen(handle):
        return {
            (each["actor"], each["verb"], each["place"]["community"])
            for each in api(handle, "GET", "/audit?limit=200").json["entries"]
        }

    added = ("dan", "membership.add", "reef")
    assert added in seen("alice") & seen("bob") & seen("carol") & seen("dan") & seen("mallory")
    assert added not in seen("eve") | seen("zuri")
    assert not [entry for entry in seen("dan") | seen("carol") if entry[2] == "mtengo"]
    assert {entry[2] for entry in seen("zuri")} == {"mtengo", ""}
    assert api("dan", "GET", "/audit.jsonl?community=reef").error["holders"] == ["Alice Okafor"]
    taken = api("alice", "GET", "/audit.jsonl?community=reef")
    assert taken.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert '"membership.add"' in taken.text
    assert "mtengo" not in taken.text
    noted = AuditEntry.objects.order_by("-number")[0]
    assert (noted.actor, noted.verb, noted.via, noted.outcome) == ("alice", "audit.export", "api", "done")
    assert (noted.community, noted.details) == ("reef", {"community": "reef"})


def test_the_audit_turns_its_pages_by_number_and_narrows(api):
    for handle in ("mallory", "bob", "carol"):
        api("dan", "POST", "/hubs/reef/main/people", {"handle": handle})
    first = api("dan", "GET", "/audit?verb=membership.add&limit=2").json
    rest = api("dan", "GET", f"/audit?verb=membership.add&limit=2&before={first['older']}").json
    assert [each["subject"] for each in first["entries"] + rest["entries"]] == ["carol", "bob", "mallory"]
    assert rest["older"] is None
    assert api("dan", "GET", "/audit?subject=bob&since=2020-01-01T00:00:00Z").json["entries"]
    assert not api("dan", "GET", "/audit?subject=bob&until=2020-01-01T00:00:00").json["entries"]


def test_a_token_does_no_more_than_its_scopes(api, now):
    text = api_stage.token("dan", "access:see", now=now)
    assert api.by(text, "GET", "/hubs/reef/main/people").status == 200
    refused = api.by(text, "POST", "/hubs/reef/main/people", {"handle": "mallory"})
    assert refused.status == 403
    assert "with this token, which was made without person:add" in refused.error["message"]
    assert api.by(text, "GET", "/me/permissions?community=reef&hub=main").json["permissions"] == ["access:see"]
    assert api.by(text, "GET", "/me").json["token"]["scopes"] == ["access:see"]


def test_a_token_without_scopes_is_told_nothing_of_others(api, now):
    mallory = charter_stage.person("mallory")
    joining.ask(askers.of(mallory), "reef/main", mallory, now=now)
    ask = asks.make(askers.of(mallory), mallory, Permission.PERSON_ADD, charter_stage.MAIN, now=now)
    text = api_stage.token("dan", now=now, all_of_them=False)
    whole = api("dan", "GET", "/me/duties").json
    assert {"ask", "join"} <= {each["kind"] for each in whole["duties"]}
    bare = api.by(text, "GET", "/me/duties").json
    assert not {"ask", "join", "agreement"} & {each["kind"] for each in bare["duties"]}
    assert bare["count"] == sum(each["count"] for each in bare["duties"])
    assert api.by(text, "GET", f"/asks/{ask.pk}").status == 404
    assert api.by(text, "POST", f"/asks/{ask.pk}/answer", {"done": True}).status == 404
    assert api("dan", "POST", f"/asks/{ask.pk}/answer", {"done": True}).json == {"said": "Mallory was told."}
    assert api.by(text, "GET", "/people").status == 403
    assert api.by(text, "GET", "/hubs/reef/main").json["servers"] == []


def test_what_a_token_may_not_know_of_takes_no_place_among_what_it_is_told(api, now):
    dan = charter_stage.person("dan")
    for number in range(duties.SHOWN + 5):
        older = charter_stage.newcomer(f"older-{number:02}", now=now)
        asks.make(askers.of(older), older, Permission.PERSON_ADD, charter_stage.MAIN, now=now - timedelta(days=9))
    joining.ask(askers.of(charter_stage.person("mallory")), "reef/main", charter_stage.person("mallory"), now=now)
    models.Notice.objects.filter(person=dan).delete()
    whole = api("dan", "GET", "/me/duties").json
    assert "join" not in {each["kind"] for each in whole["duties"]}
    text = api_stage.token("dan", "join:answer", now=now)
    told = api.by(text, "GET", "/me/duties").json
    assert "join" in {each["kind"] for each in told["duties"]}
    assert "ask" not in {each["kind"] for each in told["duties"]}
    assert told["count"] == sum(each["count"] for each in told["duties"])
    assert not told["more"]


def test_a_token_whose_maker_lost_the_role_is_worth_nothing(api, now):
    text = api.token("dan")
    models.Appointment.objects.filter(handle="dan").delete()
    assert api.by(text, "GET", "/hubs/reef/main/people").status == 403


def test_one_can_not_end_anothers_token(api, now):
    number = tokens.open_ones(charter_stage.person("dan"), now)
    assert number == []
    api.token("dan")
    theirs = tokens.open_ones(charter_stage.person("dan"), now)[0].pk
    assert api("eve", "DELETE", f"/me/tokens/{theirs}").status == 404
    assert api("dan", "DELETE", f"/me/tokens/{theirs}").status == 200
    assert api("dan", "GET", "/me").status == 401


def test_who_only_uses_a_hub_is_told_less_of_it(api):
    told = api("eve", "GET", "/hubs/reef/main").json
    assert (told["why"], told["settings"], told["servers"], told["memory"]) == ("roster", {}, [], None)
    assert api("alice", "GET", "/hubs/reef/main").json["memory"] == 0


def test_a_hub_that_takes_no_requests_looks_like_one_that_is_not_there(api):
    models.Hub.objects.filter(hub_id="mtengo/main").update(requests=False)
    closed, none = (api("eve", "POST", f"/hubs/{hub}/join", {}) for hub in ("mtengo/main", "atlantis/main"))
    assert (closed.status, none.status) == (404, 404)
    assert api("mallory", "POST", "/hubs/reef/main/join", {"words": "For my thesis."}).status == 200
    assert api("mallory", "GET", "/me/join-requests").json[0]["words"] == "For my thesis."


def test_a_roster_is_turned_by_handle(api, now):
    people = models.Person.objects.bulk_create(
        models.Person(handle=f"crowd-{number:03}", name="Crowd", password="!", made=now) for number in range(120)
    )
    models.Membership.objects.bulk_create(
        models.Membership(hub_id="reef/main", person=each, since=now, via="import") for each in people
    )
    found, after = [], ""
    while True:
        page = api("dan", "GET", f"/hubs/reef/main/people?after={after}").json
        found += [each["handle"] for each in page["people"]]
        after = page["after"]
        if not after:
            break
    assert found == [*(f"crowd-{number:03}" for number in range(120)), "eve"]


def test_a_long_roster_is_read_in_the_way_that_is_quick_for_it(api, monkeypatch):
    monkeypatch.setattr(roster, "LONG", 1)
    with CaptureQueriesContext(connection) as asked:
        told = api("dan", "GET", "/hubs/reef/main/people").json
    assert [each["handle"] for each in told["people"]] == ["eve"]
    (by_people,) = [
        each["sql"] for each in asked if "EXISTS" in each["sql"] and f"LIMIT {roster.PAGE + 1}" in each["sql"]
    ]
    assert 'FROM "communities_person"' in by_people
