"""Changes and roll-outs over the API: proposed, agreed to, steered; and what is another community's is not there."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api import api_stage
from commonhub.audit import entries, records
from commonhub.changes import models
from commonhub.rollouts import models as rollout_models
from commonhub.rollouts.stages import Phase, State
from portal.pages import changing

MAIN = "communities/reef/hubs/main.yaml"
WORDS = {"community": "reef", "hub": "main", "title": "Reef maps", "why": "A clearer name.\nThe old one was long."}


@pytest.fixture
def proposed(api, kept):
    """`proposed(handle, **values)`: the number of a change that one of the cast proposes of reef/main."""

    def propose(handle, **values):
        answer = api(handle, "POST", "/changes", WORDS | values)
        assert answer.status == 200, answer.text
        return answer.json["change"]["number"]

    return propose


def test_a_routine_change_of_ones_own_hub_is_a_commit_in_ones_name_at_once(api, kept):
    before = api("dan", "POST", "/changes/preview", {name: WORDS[name] for name in ("community", "hub", "title")}).json
    assert (before["flows"], before["destructive"]) == (True, False)
    assert "+" in before["difference"]
    assert not models.Change.objects.exists()
    answer = api("dan", "POST", "/changes", WORDS).json
    change = answer["change"]
    assert change["state"] == "committed"
    assert (change["title"], change["why"]) == ("A clearer name.", "The old one was long.")
    assert answer["said"].startswith(f"Change {change['number']}: It is committed")
    assert json.loads(kept.read(MAIN))["title"] == "Reef maps"
    head = kept.git.head()
    assert (head.id, head.author) == (change["commit"], "Dan Rahman")
    assert api("dan", "GET", f"/changes/{change['number']}").json == change
    assert [each["via"] for each in audit("change.propose")] == ["api"]


def test_what_one_may_not_decide_alone_waits_and_is_committed_with_the_last_consent(api, kept, proposed):
    number = proposed("bob")
    waiting = api("carol", "GET", f"/changes/{number}").json
    assert (waiting["state"], waiting["can"]) == ("waiting", ["agree", "decline"])
    assert {"Carol Mendes", "Dan Rahman"} <= {each["name"] for each in waiting["needs"][0]["holders"]}
    assert "Reef maps" not in kept.read(MAIN)
    done = api("carol", "POST", f"/changes/{number}/agree", {"words": "Good."}).json
    assert done["change"]["state"] == "committed"
    assert [(each["name"], each["words"]) for each in done["change"]["consents"]] == [
        ("Bob Lindqvist", ""),
        ("Carol Mendes", "Good."),
    ]
    assert "Reef maps" in kept.read(MAIN)


def test_a_change_is_declined_with_a_reason_and_withdrawn_by_its_own(api, proposed):
    first = proposed("bob")
    assert api("dan", "POST", f"/changes/{first}/decline", {}).error["message"] == "No reason is given."
    done = api("dan", "POST", f"/changes/{first}/decline", {"because": "Not now."}).json["change"]
    assert (done["state"], done["because"]) == ("declined", "Not now.")
    second = proposed("bob")
    assert api("dan", "POST", f"/changes/{second}/withdraw").status == 403
    assert api("bob", "POST", f"/changes/{second}/withdraw").json["change"]["state"] == "withdrawn"
    assert api("dan", "POST", f"/changes/{second}/agree", {}).error["message"].startswith(f"Change {second} is withd")


def test_an_emergency_goes_at_once_and_owes_its_review(api, kept, proposed):
    number = proposed("bob")
    refused = api("dan", "POST", f"/changes/{number}/bypass", {"because": "Now!"})
    assert (refused.status, refused.error["holders"]) == (403, ["Alice Okafor"])
    done = api("alice", "POST", f"/changes/{number}/bypass", {"because": "The course stands still."}).json["change"]
    assert (done["state"], done["emergency"], done["review"]["at"]) == ("committed", True, None)
    assert "Reef maps" in kept.read(MAIN)
    seen = api("alice", "POST", f"/changes/{number}/review", {"words": "It was right."}).json["change"]
    assert (seen["review"]["by"], seen["review"]["words"]) == ("Alice Okafor", "It was right.")


def test_a_change_is_undone_by_another(api, kept, proposed):
    number = proposed("dan")
    done = api("dan", "POST", f"/changes/{number}/undo", {"because": "People liked the old name."}).json["change"]
    assert (done["undoes"], done["state"]) == (number, "committed")
    assert json.loads(kept.read(MAIN))["title"] == "Reef analysis"
    assert api("dan", "GET", f"/changes/{number}").json["undone_by"] == [done["number"]]


def test_what_met_another_change_is_proposed_anew(api, kept, proposed):
    base = kept.git.head().id
    proposed("dan")
    met = proposed("carol", title="Corals", base=base)
    assert api("carol", "GET", f"/changes/{met}").json["state"] == "conflict"
    before = api("carol", "POST", "/changes/preview", {"anew": met}).json
    assert (before["title_of_change"], before["why"]) == ("A clearer name.", "The old one was long.")
    assert api("carol", "POST", "/changes", {"anew": met}).json["change"]["state"] == "committed"
    assert json.loads(kept.read(MAIN))["title"] == "Corals"
    assert api("zuri", "POST", "/changes/preview", {"anew": met}).status == 404
    assert api("eve", "POST", "/changes/preview", {"anew": met}).status in {403, 404}
    assert api("carol", "POST", "/changes", {"anew": 0}).status == 400


def test_whole_files_and_events_are_proposed_as_well(api, kept):
    files = {MAIN: json.dumps({"title": "Reef maps"}) + "\n"}
    assert api("dan", "POST", "/changes", {"files": files, "why": "By hand"}).json["change"]["state"] == "committed"
    assert kept.read(MAIN) == files[MAIN]
    event = {"name": "Reef week", "hub": "main", "people": 80, "begins": "2026-10-05", "ends": "2026-10-09"}
    told = api("carol", "POST", "/changes/preview", {"community": "reef", "event": event}).json
    assert "Reef week" in told["difference"]
    assert '""' not in told["difference"]  # what was left out is not written


def test_a_hub_goes_only_with_its_name_typed_and_after_its_list_was_shown(api, kept):
    going = api("carol", "GET", "/what-goes?community=reef&hub=lab").json
    assert (going["name"], going["hubs"]) == ("reef/lab", ["reef/lab"])
    assert api("dan", "GET", "/what-goes?community=reef&hub=lab").error["asked"]["permission"] == "change:propose"
    gone = {"community": "reef", "hub": "lab", "remove": True}
    assert api("carol", "POST", "/changes/preview", gone).json["goes"] == going["sentences"]
    refused = api("carol", "POST", "/changes", gone | {"why": "Unused"})
    assert (refused.status, "type reef/lab" in refused.error["message"]) == (403, True)
    done = api("carol", "POST", "/changes", gone | {"why": "Unused", "confirm": "reef/lab"})
    assert done.status == 200, done.text


@pytest.mark.parametrize("handle", ["zuri", "eve", "mallory"])
def test_a_change_elsewhere_looks_like_one_that_is_not_there(api, proposed, handle):
    number = proposed("bob")
    none = number + 1000
    for act in ("agree", "decline", "withdraw", "bypass", "review", "undo"):
        body = {"words": "x"} if act in {"agree", "review"} else {"because": "x"}
        there, not_there = (api(handle, "POST", f"/changes/{each}/{act}", body) for each in (number, none))
        assert (there.status, not_there.status) == (404, 404), act
        assert there.text.replace(str(number), str(none)) == not_there.text, act
    assert api(handle, "GET", f"/changes/{number}").status == 404
    assert api(handle, "GET", "/changes").json == {"changes": [], "older": None}
    assert api(handle, "GET", "/changes?community=reef").json["changes"] == []
    assert models.Change.objects.get(pk=number).state == "waiting"


def test_who_may_not_propose_at_a_place_learns_nothing_of_its_files(api, kept):
    faulty = {"choice": "no-such-choice", "image": "x"}
    there = api("eve", "POST", "/changes", {"community": "mtengo", "hub": "main"} | faulty)
    none = api("eve", "POST", "/changes", {"community": "mtengo", "hub": "nothing"} | faulty)
    assert (there.status, none.status) == (403, 403)
    assert (
        there.text.replace("mtengo/main", "mtengo/nothing")
        .replace('"main"', '"nothing"')
        .replace("hub=main", "hub=nothing")
        == none.text
    )
    assert there.error["asked"] == {"permission": "change:propose", "community": "mtengo", "hub": "main"}
    files = {"files": {"communities/mtengo/hubs/main.yaml": "{"}}
    assert api("dan", "POST", "/changes/preview", files).error["asked"]["community"] == "mtengo"
    assert api("dan", "POST", "/changes", {"files": {"fleet.yaml": "{"}}).error["asked"]["community"] == ""
    assert {(each["actor"], each["verb"]) for each in audit("change.propose", "change.preview")} == {
        ("eve", "change.propose"),
        ("dan", "change.preview"),
        ("dan", "change.propose"),
    }


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "It is not said what should change."),
        ({"community": "reef", "hub": "main"}, "It is not said what should change."),
        ({"hub": "main", "title": "X"}, "A hub is named without its community."),
        ({"files": {}}, "`files` must be texts by path."),
        ({"community": "reef", "hub": "main", "cpu": 0}, "Cpu"),
        ({"community": "reef", "hub": "main", "colour": "red"}, "Colour"),
        ({"community": "reef", "hub": "main", "base": "main"}, "Base"),
    ],
)
def test_what_can_not_be_understood_is_said(api, kept, body, says):
    answer = api("dan", "POST", "/changes/preview", body)
    assert answer.status == 400
    assert answer.error["message"].lower().startswith(says.lower())


def test_files_outside_of_the_fleet_are_refused(api, kept):
    for path in ("../secret.yaml", "/etc/passwd", "communities/reef/hubs/../../x.yaml", "notes.txt"):
        answer = api("alice", "POST", "/changes/preview", {"files": {path: "x"}})
        assert (answer.status, answer.error["message"]) == (403, f"{path} is no file of a fleet.")


def test_changes_are_listed_by_place_author_and_state_and_their_pages_turned_by_number(api, kept, proposed):
    numbers = [proposed("bob", title=f"Reef {number}") for number in range(3)]
    theirs = api(
        "zuri", "POST", "/changes", {"community": "mtengo", "hub": "main", "title": "Classes", "why": "Short"}
    ).json["change"]["number"]

    def listed(handle, query=""):
        found = api(handle, "GET", f"/changes?{query}").json
        return [each["number"] for each in found["changes"]], found["older"]

    assert listed("alice") == ([theirs, *reversed(numbers)], None)
    assert listed("dan") == (numbers[::-1], None)
    assert listed("zuri") == ([theirs], None)
    assert listed("dan", "limit=2") == (numbers[:0:-1], numbers[1])
    assert listed("dan", f"limit=2&before={numbers[1]}") == ([numbers[0]], None)
    assert listed("alice", "community=mtengo&hub=main") == ([theirs], None)
    assert listed("alice", "community=reef") == (numbers[::-1], None)
    assert listed("alice", "author=zuri") == ([theirs], None)
    assert listed("alice", "state=committed") == ([theirs], None)
    assert listed("alice", "open=true") == (numbers[::-1], None)
    assert api("alice", "GET", "/changes?state=lost").status == 400
    assert api("alice", "GET", "/changes?hub=main").status == 400


def test_a_token_proposes_and_agrees_within_its_scopes_only(api, kept, now, proposed):
    number = proposed("bob")
    bare = api_stage.token("dan", "access:see", now=now)
    assert api.by(bare, "GET", "/changes").json["changes"] == []
    assert api.by(bare, "GET", f"/changes/{number}").status == 404
    assert api.by(bare, "POST", f"/changes/{number}/agree", {}).status == 404
    sees = api_stage.token("dan", "change:see", now=now)
    refused = api.by(sees, "POST", f"/changes/{number}/agree", {})
    assert (refused.status, "with this token" in refused.error["message"]) == (403, True)
    assert api.by(sees, "POST", "/changes", WORDS).error["asked"]["permission"] == "change:propose"
    enough = api_stage.token("dan", "change:see", "change:approve-routine", now=now)
    assert api.by(enough, "POST", f"/changes/{number}/agree", {}).json["change"]["state"] == "committed"
    # Who proposes with a token that may not agree, has not agreed.
    proposes = api_stage.token("dan", "change:propose", now=now)
    waits = api.by(proposes, "POST", "/changes", WORDS | {"title": "Reef again"}).json["change"]
    assert waits["state"] == "waiting"


def test_history_is_accepted_by_those_who_run_the_fleet(api, kept):
    refused = api("carol", "POST", "/history/accept", {"because": "x"})
    assert (refused.status, refused.error["asked"]["permission"]) == (403, "fleet:sync")
    none = api("alice", "POST", "/history/accept", {"because": "x"})
    assert none.error["message"] == "The fleet's history was not written anew."


def test_reading_goes_on_while_the_keeper_is_away(api, now, settings, state_folder):
    settings.COMMONHUB_KEEPER_SOCKET = str(state_folder / "nobody.sock")
    assert api("dan", "GET", "/changes").status == 200
    assert api("dan", "POST", "/changes", WORDS).status == 503


def rollout(now, *hubs, **values):
    """The number of a roll-out to these hubs, one a cohort."""
    rows = [{"hub_id": hub_id, "cohort": number} for number, hub_id in enumerate(hubs)]
    return changing.rollout(now, rows, **values).pk


def test_a_roll_out_is_steered_by_those_who_run_the_fleet(api, kept, now):
    number = rollout(now, "reef/main", "reef/lab")
    told = api("carol", "GET", f"/rollouts/{number}").json
    assert [each["hub"] for each in told["hubs"]] == ["reef/main", "reef/lab"]
    assert (told["cohorts"], told["reached"], told["acts"]) == (2, 0, ["pause", "start", "stop"])
    refused = api("carol", "POST", f"/rollouts/{number}/pause", {})
    assert (refused.status, refused.error["holders"]) == (403, ["Alice Okafor"])
    for act, words in (("pause", "Paused"), ("resume", "Resumed"), ("start", "Let the next"), ("stop", "Stopped")):
        done = api("alice", "POST", f"/rollouts/{number}/{act}", {"why": "The course."})
        assert done.json["said"].startswith(words), done.text
    stopped = api("alice", "GET", f"/rollouts/{number}").json
    assert (stopped["state"], stopped["reason"]) == ("going-back", "Alice Okafor stopped it. The course.")
    assert api("alice", "POST", f"/rollouts/{number}/pause", {}).error["message"].startswith("It is not running")
    over = rollout(now, "reef/main", state=State.DONE, phase=Phase.ENDED, ended=now)
    assert api("alice", "POST", f"/rollouts/{over}/undo", {}).json["said"].startswith("Took back")
    late = rollout(now, "reef/main", state=State.DONE, phase=Phase.ENDED, ended=now - timedelta(days=31))
    assert "more than 30 days ago" in api("alice", "POST", f"/rollouts/{late}/undo", {}).error["message"]


@pytest.mark.parametrize("handle", ["dan", "zuri", "eve", "mallory"])
def test_a_roll_out_elsewhere_looks_like_one_that_is_not_there(api, kept, now, handle):
    number = rollout(now, "reef/lab")
    none = number + 1000
    for act in ("pause", "resume", "start", "stop", "undo"):
        there, not_there = (api(handle, "POST", f"/rollouts/{each}/{act}", {}) for each in (number, none))
        assert (there.status, there.text.replace(str(number), str(none))) == (404, not_there.text), act
    there, not_there = (api(handle, "GET", f"/rollouts/{each}") for each in (number, none))
    assert (there.status, there.text.replace(str(number), str(none))) == (404, not_there.text)
    assert api(handle, "GET", "/rollouts").json == {"rollouts": [], "older": None}
    assert rollout_models.Rollout.objects.get(pk=number).state == State.RUNNING


def test_roll_outs_are_listed_by_place_state_and_change(api, now):
    main = rollout(now, "reef/main", change=17)
    both = rollout(now, "reef/main", "reef/lab", state=State.DONE, phase=Phase.ENDED, ended=now)
    all_ = rollout(now, "reef/main", "mtengo/main")
    theirs = rollout(now, "mtengo/main")

    def listed(handle, query=""):
        found = api(handle, "GET", f"/rollouts?{query}").json
        return [each["number"] for each in found["rollouts"]], found["older"]

    assert listed("alice") == ([theirs, all_, both, main], None)
    assert listed("carol") == ([both, main], None)
    assert listed("dan") == ([main], None)
    assert listed("zuri") == ([theirs], None)
    assert listed("alice", "community=reef&hub=lab") == ([both], None)
    assert listed("alice", "state=done") == ([both], None)
    assert listed("alice", "change=17") == ([main], None)
    assert listed("alice", "limit=2") == ([theirs, all_], all_)
    assert listed("alice", f"limit=2&before={all_}") == ([both, main], None)
    found, turned = [], ""
    while True:  # those that one may not see take their room on a page
        numbers, older = listed("dan", f"limit=1{turned}")
        found += numbers
        if older is None:
            break
        turned = f"&before={older}"
    assert found == [main]


def test_a_list_asks_the_database_no_more_where_more_is_in_it(api, now):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert api("carol", "GET", "/rollouts").status == 200
        return len(queries)

    api.token("carol")
    rollout(now, "reef/main", "reef/lab")
    asked()  # the first request of a token is noted
    one = asked()
    for _ in range(20):
        rollout(now, "reef/main", "reef/lab")
    assert asked() == one


def audit(*names):
    """The audit's entries of these verbs, the newest first."""
    found = records.newest(entries.Search(), reader=entries.EVERYTHING, limit=200).entries
    return [{"actor": each.actor, "verb": each.verb, "via": str(each.via)} for each in found if each.verb in names]
