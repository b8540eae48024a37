"""A change from its proposal to its commit, by each of the cast."""

import os
import subprocess
from datetime import timedelta

import pytest

import charter_stage
from changes.folder_stage import by_hand, do, put, text
from commonhub.audit.models import AuditEntry
from commonhub.changes import committing, models
from commonhub.communities import allowing
from commonhub.communities.allowing import NotAllowedError
from commonhub.communities.asker import machine_owner
from commonhub.communities.models import Notice
from commonhub.fleet import rows
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

pytestmark = pytest.mark.django_db
GIT = {**os.environ} | {
    f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
MAIN = "communities/reef/hubs/main.yaml"
TAG = "quay.io/reef/analysis:2026-03"
ALICE, BOB, CAROL, DAN, EVE, MALLORY, ZURI = (
    charter_stage.asker(who) for who in ("alice", "bob", "carol", "dan", "eve", "mallory", "zuri")
)


def test_a_hub_administrator_rolls_an_image_forward_and_back(folder, now):
    done = do(DAN, folder, "propose", now, hub="reef/main", image=TAG, why="The spring release")
    assert done["change"]["state"] == "committed"
    head = folder.repository.head()
    assert (head.author, head.email) == ("Dan Rahman", "dan@localhost")
    assert head.body.startswith("Change: 1\nChange-Key: ") or "\nChange: 1\nChange-Key: " in head.body
    assert f'image: "{TAG}"   # built on the first Monday' in text(folder, MAIN)
    back = do(DAN, folder, "undo", now, number=1)
    assert back["change"]["state"] == "committed"
    assert models.Change.objects.get(pk=1).state == "undone"
    assert "analysis:2026-01   # built on the first Monday" in text(folder, MAIN)


def test_a_change_says_what_it_does_in_words_in_yaml_with_its_plan_and_price(folder, now):
    seen = do(DAN, folder, "preview", now, hub="reef/main", memory="8G", memory_guarantee="2G")
    assert seen["words"] == {
        "The hub reef/main": [
            "Memory of each server, surely: 1G → 2G",
            "Memory of each server, at most: 4G → 8G",
        ]
    }
    assert "-  memory: {guarantee: 1G, limit: 4G}" in seen["difference"]
    assert [each["kind"] for each in seen["plan"]] == ["change"]
    assert seen["price"]["total"] == pytest.approx(0.19, abs=0.01)
    assert "20 server hours" in seen["price"]["lines"][0]["words"]
    assert models.Change.objects.count() == 0
    assert folder.repository.log()[0].subject == "Begin the fleet"


def test_what_costs_more_than_the_threshold_waits_for_a_representative(folder, now):
    for number in range(60):
        person = charter_stage.newcomer(f"student-{number}", now=now)
        person.memberships.create(hub_id="reef/main", since=now, via="added", by="dan")
    done = do(DAN, folder, "propose", now, hub="reef/main", memory="16G", memory_guarantee="4G", why="Larger scenes")
    assert done["change"]["state"] == "waiting"
    assert "It waits for Carol Mendes" in done["said"]
    assert done["change"]["price"]["total"] > 20
    agreed = do(CAROL, folder, "agree", now, number=done["change"]["number"], words="We have the grant")
    assert agreed["change"]["state"] == "committed"
    assert folder.repository.head().author == "Dan Rahman"
    assert "Agreed-by: Carol Mendes" in folder.repository.head().body
    assert Notice.objects.filter(person__handle="dan", words__contains="is made").exists()


def test_a_representative_may_decide_both_and_it_flows_at_once(folder, now):
    done = do(CAROL, folder, "propose", now, hub="reef/main", memory="16G", why="Larger scenes")
    assert done["change"]["state"] == "committed"


def test_without_a_price_a_larger_size_waits_because_nobody_knows(folder, now):
    by_hand(folder, put(folder, "fleet.yaml", ["prices"], {"currency": "EUR"}))
    done = do(DAN, folder, "propose", now, hub="reef/main", memory_guarantee="2G", memory="4G")
    assert done["change"]["state"] == "waiting"
    assert done["change"]["price"]["total"] is None
    assert "not known" in done["said"]


def test_program_text_waits_for_an_engineer_and_no_one_else_will_do(folder, now):
    edit = put(folder, MAIN, ["extra"], {"hub": {"extraConfig": {"a": "print(1)"}}})
    done = do(CAROL, folder, "propose", now, files=edit, why="A hook")
    number = done["change"]["number"]
    assert done["change"]["state"] == "waiting"
    assert "It waits for Alice Okafor" in done["said"]
    with pytest.raises(NotAllowedError) as refused:
        do(DAN, folder, "agree", now, number=number)
    assert "Alice Okafor" in str(refused.value)
    assert AuditEntry.objects.filter(verb="change.agree", outcome="refused", actor="dan").exists()
    assert do(ALICE, folder, "agree", now, number=number)["change"]["state"] == "committed"


def test_a_stranger_can_not_propose_and_a_student_neither(folder, now):
    for who in (MALLORY, EVE):
        with pytest.raises(NotAllowedError):
            do(who, folder, "propose", now, hub="reef/main", image=TAG)
    with pytest.raises(NotAllowedError):
        do(ZURI, folder, "propose", now, hub="reef/main", image=TAG)
    assert models.Change.objects.count() == 0


def test_a_guide_may_propose_and_the_community_agrees(folder, now):
    done = do(BOB, folder, "propose", now, hub="reef/main", image=TAG, why="As they asked")
    assert done["change"]["state"] == "waiting"
    assert do(DAN, folder, "agree", now, number=1)["change"]["state"] == "committed"


def test_an_image_from_elsewhere_needs_a_second_person(folder, now):
    done = do(DAN, folder, "propose", now, hub="reef/main", image="docker.io/somebody/else:1")
    assert done["change"]["state"] == "waiting"
    assert "somebody else than who proposed it" in done["said"]
    assert do(DAN, folder, "agree", now, number=1)["change"]["state"] == "waiting"
    assert do(CAROL, folder, "agree", now, number=1)["change"]["state"] == "committed"


def test_a_token_made_without_the_permission_does_not_consent(folder, now):
    narrow = charter_stage.Asker(
        handle="carol", name="Carol Mendes", via="api", scopes=frozenset({"change:propose", "change:see"})
    )
    done = do(narrow, folder, "propose", now, hub="reef/main", image=TAG)
    assert done["change"]["state"] == "waiting"
    assert do(CAROL, folder, "agree", now, number=1)["change"]["state"] == "committed"


def test_who_lost_the_role_before_the_commit_does_not_count(folder, now):
    done = do(BOB, folder, "propose", now, hub="reef/main", image="docker.io/somebody/else:1")
    models.Consent.objects.create(change_id=done["change"]["number"], handle="zuri", name="Zuri", agreed=True, at=now)
    models.Change.objects.update(state="ready")
    committing.turn(folder, now=now)
    assert models.Change.objects.get().state == "waiting"
    assert len(folder.repository.log()) == 1


def test_declined_with_a_reason_that_its_author_reads(folder, now):
    do(BOB, folder, "propose", now, hub="reef/main", image=TAG)
    with pytest.raises(errors.RefusedError):
        do(DAN, folder, "decline", now, number=1, because=" ")
    done = do(DAN, folder, "decline", now, number=1, because="Exams are on")
    assert done["change"]["state"] == "declined"
    assert Notice.objects.get(person__handle="bob").words.endswith("Exams are on")
    with pytest.raises(errors.RefusedError):
        do(CAROL, folder, "agree", now, number=1)


def test_only_its_author_withdraws_a_change(folder, now):
    do(BOB, folder, "propose", now, hub="reef/main", image=TAG)
    with pytest.raises(errors.CommonhubError):
        do(CAROL, folder, "withdraw", now, number=1)
    assert do(BOB, folder, "withdraw", now, number=1)["change"]["state"] == "withdrawn"


def test_an_emergency_goes_at_once_and_its_review_is_owed(folder, now):
    do(ALICE, folder, "propose", now, hub="reef/lab", add_people=["mallory"], why="Locked out")
    assert models.Change.objects.get().state == "waiting"
    with pytest.raises(NotAllowedError):
        do(CAROL, folder, "bypass", now, number=1, because="I want it")
    for verb in ("agree", "bypass", "decline", "review", "undo", "withdraw"):
        with pytest.raises(errors.NotFoundError, match="no change 1 that you may see"):
            do(DAN, folder, verb, now, number=1, because="I look after another hub", words="x")
    done = do(ALICE, folder, "bypass", now, number=1, because="The lecture began")
    assert done["change"]["state"] == "committed"
    assert done["change"]["review"]["due"] == (now + timedelta(days=3)).isoformat(timespec="seconds")
    assert "Emergency: yes" in folder.repository.head().body
    assert Notice.objects.filter(person__handle="carol", words__contains="in an emergency").exists()
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "site-reliability-engineer", side="service")
    with pytest.raises(errors.RefusedError, match="yourself"):
        do(ALICE, folder, "review", now, number=1, words="Fine")
    greta = charter_stage.asker("greta")
    assert do(greta, folder, "review", now, number=1, words="It was right")["change"]["review"]["by"] == "greta"


def test_the_owner_of_the_machine_is_held_back_by_nothing(folder, now):
    done = do(machine_owner("root"), folder, "propose", now, hub="reef/main", image="docker.io/somebody/else:1")
    assert done["change"]["state"] == "committed"
    assert folder.repository.head().email == "machine-root@localhost"


def test_two_people_change_one_hub_and_both_hold(folder, now):
    base = folder.repository.head().id
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses", base=base)
    do(CAROL, folder, "propose", now, hub="reef/main", image=TAG, base=base)
    assert "title: Reef analyses" in text(folder, MAIN)
    assert TAG in text(folder, MAIN)


def test_two_people_change_one_key_and_the_second_is_told_of_both_sides(folder, now):
    base = folder.repository.head().id
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses", base=base)
    done = do(CAROL, folder, "propose", now, hub="reef/main", title="The reef", base=base)
    assert done["change"]["state"] == "conflict"
    assert '"The reef"' in done["said"]
    assert '"Reef analyses"' in done["said"]
    assert models.Change.objects.get(pk=2).edits[MAIN]
    assert "title: Reef analyses" in text(folder, MAIN)


@pytest.fixture
def met(folder, now):
    """Dan's title was quicker than Carol's, which is change 2."""
    base = folder.repository.head().id
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses", base=base)
    do(CAROL, folder, "propose", now, hub="reef/main", title="The reef", description="Corals", why="Short", base=base)
    return 2


def test_what_met_another_change_is_proposed_anew_with_its_own_values(folder, met, now):
    seen = do(CAROL, folder, "preview", now, anew=met)
    assert "Title: Reef analyses → The reef" in seen["words"]["The hub reef/main"]
    assert (seen["title_of_change"], seen["base"]) == ("Short", folder.repository.head().id)
    models.Change.objects.filter(pk=met).update(title="Title: Reef analysis → The reef")
    assert do(CAROL, folder, "preview", now, anew=met)["title_of_change"] == ""  # what the form had said by itself
    models.Change.objects.filter(pk=met).update(title="Short")
    done = do(CAROL, folder, "propose", now, anew=met, base=seen["base"])
    assert (done["change"]["state"], done["change"]["title"]) == ("committed", "Short")
    assert "title: The reef" in text(folder, MAIN)
    assert "description: Corals" in text(folder, MAIN)
    assert models.Change.objects.get(pk=met).state == "conflict"


def test_only_what_met_another_change_is_proposed_anew_and_by_who_may(folder, met, now):
    with pytest.raises(errors.RefusedError, match="did not meet another one: It is committed"):
        do(CAROL, folder, "propose", now, anew=1)
    for who, number in ((ZURI, met), (EVE, met), (CAROL, 99)):
        with pytest.raises(errors.NotFoundError):
            do(who, folder, "preview", now, anew=number)
    for wrong in (True, "2", -1, 2.0):
        with pytest.raises(errors.CommonhubError, match="`anew` must be the number"):
            do(CAROL, folder, "preview", now, anew=wrong)
    assert models.Change.objects.count() == 2


def test_who_does_not_see_all_of_a_change_does_not_propose_it_anew(folder, now):
    base, college = folder.repository.head().id, "communities/mtengo/hubs/main.yaml"
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses", base=base)
    titles = put(folder, college, ["title"], "Classes") | put(folder, MAIN, ["title"], "The reef")
    done = do(machine_owner("root"), folder, "propose", now, files=titles, base=base)
    assert done["change"]["state"] == "conflict"
    with pytest.raises(errors.RefusedError, match="other places too") as told:
        do(CAROL, folder, "preview", now, anew=2)
    assert "mtengo" not in str(told.value)
    assert do(ALICE, folder, "preview", now, anew=2)["words"]


def test_what_is_proposed_anew_needs_the_consents_of_what_it_brings(folder, now):
    base = folder.repository.head().id
    do(ALICE, folder, "propose", now, hub="reef/main", image=TAG, base=base)
    do(DAN, folder, "propose", now, hub="reef/main", image="docker.io/somebody/else:1", base=base)
    do(ALICE, folder, "agree", now, number=2)
    assert models.Change.objects.get(pk=2).state == "conflict"
    again = do(DAN, folder, "propose", now, anew=2)
    assert again["change"]["state"] == "waiting"


def test_a_file_with_edits_that_nobody_committed_is_refused_in_words_and_kept(folder, now):
    place = folder.repository.path / MAIN
    place.write_text(place.read_text() + "# in the middle of something\n")
    with pytest.raises(errors.UnavailableError, match="edits in the folder that are not committed"):
        do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
    assert "in the middle" in place.read_text()
    assert models.Change.objects.get().state == "ready"
    subprocess.run(["git", "checkout", "--quiet", MAIN], cwd=folder.repository.path, check=True)
    committing.turn(folder, now=now + timedelta(minutes=1))
    assert models.Change.objects.get().state == "committed"


def test_a_fault_is_refused_before_anything_is_kept(folder, now):
    with pytest.raises(errors.RefusedError, match="no size"):
        do(DAN, folder, "propose", now, hub="reef/main", memory="lots")
    with pytest.raises(errors.RefusedError, match="changes nothing"):
        do(DAN, folder, "propose", now, hub="reef/main", title="Reef analysis")
    for path in ("../outside.yaml", ".git/config", "communities/../../x.yaml", "/etc/passwd"):
        with pytest.raises(errors.RefusedError, match="no file of a fleet"):
            do(ALICE, folder, "propose", now, files={path: "a: b\n"})
    assert models.Change.objects.count() == 0


def test_undoing_leaves_what_others_did_since(folder, now):
    do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
    do(CAROL, folder, "propose", now, hub="reef/main", title="Reef analyses")
    do(DAN, folder, "undo", now, number=1)
    assert "analysis:2026-01" in text(folder, MAIN)
    assert "Reef analyses" in text(folder, MAIN)


def test_undoing_what_was_changed_since_names_the_conflict(folder, now):
    do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
    do(CAROL, folder, "propose", now, hub="reef/main", image="quay.io/reef/analysis:2026-04")
    with pytest.raises(errors.RefusedError, match="since"):
        do(DAN, folder, "undo", now, number=1)


def test_a_change_can_be_undone_for_thirty_days(folder, now):
    do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
    with pytest.raises(errors.RefusedError, match="could be undone until"):
        do(DAN, folder, "undo", now + timedelta(days=31), number=1)
    assert do(DAN, folder, "undo", now + timedelta(days=29), number=1)["change"]["state"] == "committed"


def test_undoing_what_was_no_routine_needs_its_consent_again(folder, now):
    do(CAROL, folder, "propose", now, hub="reef/lab", remove_admins=["dan"], why="He left the lab")
    charter_stage.appoint("dan", "hub-administrator", community="reef", hub="lab")
    done = do(DAN, folder, "undo", now, number=1)
    assert done["change"]["state"] == "waiting"
    assert "Carol Mendes" in done["said"]


def test_a_hub_goes_only_by_its_name_a_second_person_and_comes_back(folder, now):
    with pytest.raises(errors.RefusedError, match="type reef/lab"):
        do(CAROL, folder, "propose", now, hub="reef/lab", remove=True)
    goes = do(CAROL, folder, "what-goes", now, place="reef/lab")
    assert goes["name"] == "reef/lab"
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "community-representative", community="reef")
    done = do(CAROL, folder, "propose", now, hub="reef/lab", remove=True, confirm="reef/lab", why="The course is over")
    assert done["change"]["state"] == "waiting"
    do(charter_stage.asker("greta"), folder, "agree", now, number=1)
    assert not (folder.repository.path / "communities/reef/hubs/lab.yaml").exists()
    assert do(CAROL, folder, "undo", now, number=1)["change"]["state"] == "committed"
    assert "title: Reef lab" in text(folder, "communities/reef/hubs/lab.yaml")


def test_with_a_hub_goes_what_its_community_says_of_it_alone_and_comes_back_with_it(folder, now):
    community = "communities/reef/community.yaml"
    lab = [
        (
            ["agreement", "departures"],
            [{"responsibility": "oversee-access", "carried_by": "shared", "because": "A trial"}],
        ),
        (["agreement", "departures", 1], {"responsibility": "oversee-access", "carried_by": "community", "hub": "lab"}),
        (["agreement", "departures", 1, "because"], "The lab does it"),
        (["events"], [{"name": "Course", "people": 9, "begins": "2026-06-01", "ends": "2026-06-02", "hub": "lab"}]),
        (["roles", "hub-administrator", 1], {"login": "eve", "name": "Eve Tan", "hub": "lab"}),
    ]
    for path, value in lab:
        by_hand(folder, put(folder, community, path, value))
    before = text(folder, community)
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "community-representative", community="reef")
    do(CAROL, folder, "propose", now, hub="reef/lab", remove=True, confirm="reef/lab", why="The course is over")
    done = do(charter_stage.asker("greta"), folder, "agree", now, number=1)
    assert done["change"]["state"] == "committed", done["said"]
    after = text(folder, community)
    assert "lab" not in after
    assert "- {login: dan, name: Dan Rahman, hub: main}   # this hub only" in after
    assert "A trial" in after
    do(CAROL, folder, "undo", now, number=1)
    assert rows.value_at(text(folder, community), ()) == rows.value_at(before, ())


def test_each_sees_the_changes_of_their_own_places(folder, now):
    do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
    do(ALICE, folder, "propose", now, files=put(folder, "fleet.yaml", ["defaults", "sleep_after"], "20m"))
    do(ZURI, folder, "propose", now, hub="mtengo/main", title="Classes")

    def numbers(who):
        return [each["number"] for each in do(who, folder, "list", now)["changes"]]

    assert numbers(ALICE) == [3, 2, 1]
    assert numbers(CAROL) == [1]
    assert numbers(ZURI) == [3]
    assert numbers(MALLORY) == []
    with pytest.raises(errors.NotFoundError):
        do(ZURI, folder, "show", now, number=1)


def test_what_holds_for_all_hubs_is_the_engineers_word(folder, now):
    done = do(ALICE, folder, "propose", now, files=put(folder, "fleet.yaml", ["defaults", "sleep_after"], "20m"))
    assert done["change"]["state"] == "committed"
    with pytest.raises(NotAllowedError):
        do(CAROL, folder, "propose", now, files=put(folder, "fleet.yaml", ["defaults", "sleep_after"], "30m"))


def test_everything_is_noted(folder, now):
    do(BOB, folder, "propose", now, hub="reef/main", image=TAG)
    do(DAN, folder, "agree", now, number=1)
    verbs = list(AuditEntry.objects.order_by("number").values_list("verb", "actor"))
    assert verbs == [("change.propose", "bob"), ("change.agree", "dan"), ("change.commit", "bob")]


def test_a_fault_elsewhere_lets_nothing_cheap_through(folder, now):
    by_hand(folder, put(folder, "fleet.yaml", ["prices"], {"currency": "EUR"}))
    by_hand(folder, {"communities/mtengo/hubs/main.yaml": "title: Mtengo\nserver: {memory: {limit: lots}}\n"})
    done = do(DAN, folder, "propose", now, hub="reef/main", memory_guarantee="3G", memory="6G")["change"]
    assert done["state"] == "waiting"
    assert [each["hub"] for each in done["plan"]] == ["reef/main"]
    assert "0.931 GiB → 2.79 GiB" in done["price"]["lines"][0]["words"]
    assert done["price"]["total"] is None


def test_where_nobody_can_say_what_a_change_does_its_cost_is_asked_for(folder, now):
    for commit in range(60):
        by_hand(folder, {"fleet.yaml": f"name: [{commit}]\n"})
    done = do(DAN, folder, "propose", now, hub="reef/main", memory_guarantee="3G", memory="6G")["change"]
    assert (done["state"], done["price"]["total"]) == ("waiting", None)
    assert "Carol Mendes" in str(done["needs"])


def test_the_fault_of_another_file_excuses_none(folder, now):
    by_hand(folder, {"communities/mtengo/hubs/main.yaml": "title: Mtengo\nserver: {memory: {limit: lots}}\n"})
    with pytest.raises(errors.RefusedError, match="no size"):
        do(DAN, folder, "propose", now, hub="reef/main", memory="lots")


BOTH = (MAIN, "communities/mtengo/hubs/main.yaml", "communities/mtengo/community.yaml")


def test_each_community_sees_its_part_of_a_change_of_several(folder, now):
    edit = (
        put(folder, MAIN, ["title"], "secret-a.example.org")
        | put(folder, BOTH[1], ["title"], "secret-b.example.org")
        | put(folder, BOTH[2], ["budget"], {"threshold": 4711})
    )
    done = do(ALICE, folder, "propose", now, files=edit, why="For two")["change"]
    shown = do(DAN, folder, "show", now, number=done["number"])
    assert "secret-a.example.org" in shown["difference"]
    for hidden in ("secret-b", "4711"):
        assert hidden not in str(shown)
        assert hidden in str(done)
    assert shown["words"]["Elsewhere"] == ["It changes 2 places more, which you may not see."]
    assert (shown["places"], [each["hub"] for each in shown["plan"]]) == (["reef/main"], ["reef/main"])
    assert [each["hub"] for each in done["plan"]] == ["mtengo/main", "reef/main"]
    assert (shown["price"]["total"], shown["price"]["lines"]) == (None, [])
    assert {each["community"] for each in shown["needs"]} == {"reef"}
    theirs = do(ZURI, folder, "show", now, number=done["number"])
    assert "4711" in theirs["difference"]
    assert "secret-a" not in str(theirs)


def test_addresses_of_people_are_hidden_from_who_may_not_see_people_and_are_kept(folder, now):
    community = "communities/reef/community.yaml"
    entry = {"login": "eve", "name": "Eve Tan", "email": "eve@private.example.org"}
    by_hand(folder, put(folder, community, ["roles", "hub-administrator", 1], entry))
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "community-guide", community="reef", side="service")
    greta = charter_stage.asker("greta")
    assert Permission.PERSON_SEE not in allowing.permissions(greta, Place(community="reef"), now=now)
    told = do(greta, folder, "files", now, community="reef")
    masked = told["files"][community]
    assert "private" not in masked
    assert "private" in do(CAROL, folder, "files", now, community="reef")["files"][community]
    edited = masked.replace("Coral Reef", "Great Reef").replace("Eve Tan", "Eva Tan")
    edited += "description: hidden-1\n"
    values = {"files": {community: edited}, "base": told["base"]}
    seen = do(greta, folder, "preview", now, **values)
    assert "Great Reef" in seen["difference"]
    assert "private" not in str(seen)
    done = do(greta, folder, "propose", now, **values, why="Clearer")["change"]
    assert "private" not in str(done)
    kept = models.Change.objects.get(pk=done["number"]).edits[community]
    assert kept.count("eve@private.example.org") == 1
    assert "description: hidden-1" in kept
    whole = do(CAROL, folder, "show", now, number=done["number"])
    assert "eve@private.example.org" in whole["difference"]


def test_undoing_what_made_a_hub_asks_for_its_name(folder, now):
    file = "communities/reef/hubs/class.yaml"
    do(machine_owner("root"), folder, "propose", now, files={file: "title: Class\n"}, why="A class")
    with pytest.raises(errors.RefusedError, match="type reef/class"):
        do(machine_owner("root"), folder, "undo", now, number=1)
    assert (folder.repository.path / file).exists()
    assert do(machine_owner("root"), folder, "show", now, number=1)["undo_takes"] == ["reef/class"]
    do(machine_owner("root"), folder, "undo", now, number=1, confirm="reef/class")
    assert not (folder.repository.path / file).exists()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [(["storage", "homes"], "temporary", "not kept any more"), (["engine"], "local", "do not go with it")],
)
def test_what_is_lost_where_a_hub_stays_is_said_and_its_name_asked_for(folder, now, path, value, words):
    edit = put(folder, MAIN, path, value)
    seen = do(ALICE, folder, "preview", now, files=edit)
    assert words in seen["goes"][0]
    assert seen["goes"][-1] == "To confirm it, type reef/main."
    with pytest.raises(errors.RefusedError, match="type reef/main"):
        do(ALICE, folder, "propose", now, files=edit)


def test_what_goes_with_a_hub_is_said_as_before(folder, now):
    seen = do(CAROL, folder, "preview", now, hub="reef/lab", remove=True)
    assert seen["goes"] == list(do(CAROL, folder, "what-goes", now, place="reef/lab")["sentences"])


def test_an_emergency_is_told_to_those_who_can_review_it(folder, now):
    do(ALICE, folder, "propose", now, hub="reef/lab", add_people=["mallory"], why="Locked out")
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "site-reliability-engineer", side="service")
    do(ALICE, folder, "bypass", now, number=1, because="The lecture began.")
    (words,) = Notice.objects.filter(person__handle="greta").values_list("words", flat=True)
    assert "review" in words
    assert not Notice.objects.filter(person__handle="alice", words__contains="review").exists()


def test_one_broken_file_holds_up_no_other_change(folder, now):
    for hub, title in (("reef/main", "Reef analyses"), ("mtengo/main", "Classes")):
        do(BOB if hub == "reef/main" else ZURI, folder, "propose", now, hub=hub, title=title, why="Better")
    models.Change.objects.filter(pk=1).update(state="committing")
    models.Change.objects.filter(pk=2).update(state="ready", commit="", tried=None)
    (folder.repository.path / MAIN).write_bytes(b"title: \xff\n")
    subprocess.run(["git", "commit", "--quiet", "-am", "Broken"], cwd=folder.repository.path, check=True, env=GIT)
    committing.turn(folder, now=now + timedelta(minutes=1))
    assert models.Change.objects.get(pk=2).state == "committed"
    stuck = models.Change.objects.get(pk=1)
    assert "UTF-8" in stuck.trouble
