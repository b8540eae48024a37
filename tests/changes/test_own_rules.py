"""What an organisation rules otherwise of changes: whose consent a kind needs, and the numbers of the rules."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import charter_stage
from changes.folder_stage import by_hand, do, put
from commonhub.changes import kinds, models, ruling, seen, undoing
from commonhub.communities import charter_checks
from commonhub.fleet import change_rules, trees
from commonhub.responsibility.permissions import Permission

MAIN = "communities/reef/hubs/main.yaml"
TAG = "quay.io/reef/analysis:2026-03"
ALICE, BOB, CAROL, DAN = (charter_stage.asker(who) for who in ("alice", "bob", "carol", "dan"))


def ruled(**rules):
    return kinds.of_fleet(change_rules.ChangeRules.model_validate(rules))


def test_every_kind_but_the_rules_themselves_can_be_ruled():
    assert {*map(str, change_rules.KindName), "consent-rules"} == set(kinds.shipped().by_id)


def test_without_rules_of_its_own_all_is_as_usual():
    assert ruled() == kinds.shipped()
    assert ruled(kinds={"image-tag": {}}) == kinds.shipped()


def test_a_kind_is_ruled_otherwise_and_what_it_is_about_stays():
    rule = {"consent": ["change:approve-cost"], "self_approval": "second-person", "costs": True}
    usual, own = kinds.shipped().by_id["image-tag"], ruled(kinds={"image-tag": rule}).by_id["image-tag"]
    assert own.consent == (Permission.CHANGE_APPROVE_COST,)
    assert (own.self_approval, own.costs) == ("second-person", True)
    assert (own.touches, own.when, own.title, own.destructive) == (
        usual.touches,
        usual.when,
        usual.title,
        usual.destructive,
    )
    assert not ruled(kinds={"appointment": {"consent": ["engineer:appoint"]}}).by_id["appointment"].by_role


@given(
    st.dictionaries(
        st.sampled_from(list(change_rules.KindName)),
        st.fixed_dictionaries(
            {},
            optional={
                "consent": st.lists(st.sampled_from([str(each) for each in Permission]), max_size=3),
                "self_approval": st.sampled_from(["yes", "second-person"]),
                "costs": st.booleans(),
            },
        ),
        max_size=5,
    ),
    st.integers(0, 3650),
)
@settings(max_examples=60)
def test_whatever_is_ruled_the_order_and_the_other_kinds_stay(rules, days):
    own = ruled(kinds=rules, undo_days=days)
    assert [each.id for each in own.kinds] == [each.id for each in kinds.shipped().kinds]
    assert own.numbers == kinds.shipped().numbers | {"undo_days": days}
    for kind in own.kinds:
        if kind.id not in rules:
            assert kind == kinds.shipped().by_id[kind.id]
        assert kind.consent or kind.by_role


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("  kinds:\n    image-tags: {consent: [change:approve-cost]}\n", 4, "image-tag"),
        ("  kinds:\n    image-tag: {consent: [change:aprove-cost]}\n", 4, "change:approve-cost"),
        ("  kinds:\n    image-tag: {consent: [server:open]}\n", 4, "comes with a role"),
        ("  kinds:\n    consent-rules: {costs: true}\n", 4, "consent-rules"),
        ("  kinds:\n    image-tag: {self_approval: never}\n", 4, "second-person"),
        ("  kinds:\n    image-tag: {touches: [server]}\n", 4, "touches"),
        ("  undo_days: -1\n", 3, "undo_days"),
        ("  grace: 1d\n", 3, "grace"),
    ],
)
def test_a_fault_is_named_with_its_line(text, line, words):
    data = f"name: Open Shore Computing\nchanges:\n{text}".encode()
    tree = trees.Tree(entries=(trees.Entry(path="fleet.yaml", blob="1", load=lambda: data),))
    (fault,) = charter_checks.reader().read(tree).mistakes
    assert (fault.file, fault.line) == ("fleet.yaml", line)
    assert words in f"{fault.problem} {fault.mend}"


@pytest.mark.django_db
class TestInAFleet:
    def rule(self, folder, now, **rules):
        """The engineer's own commit, seen by the keeper."""
        by_hand(folder, put(folder, "fleet.yaml", ["changes"], rules))
        seen.turn(folder, now=now + timedelta(minutes=1))

    def test_what_flowed_waits_for_whom_the_fleet_names(self, folder, now):
        seen.turn(folder, now=now)
        self.rule(folder, now, kinds={"image-tag": {"consent": ["change:approve-cost"]}})
        done = do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
        assert done["change"]["state"] == "waiting"
        assert [who["handle"] for need in done["change"]["needs"] for who in need["holders"]] == ["carol"]
        assert do(CAROL, folder, "agree", now, number=done["change"]["number"])["change"]["state"] == "committed"

    def test_a_change_is_weighed_by_the_rules_of_the_commit_that_it_is_made_for(self, folder, now):
        by_hand(
            folder, put(folder, "fleet.yaml", ["changes"], {"kinds": {"image-tag": {"self_approval": "second-person"}}})
        )
        assert ruling.in_force() == kinds.shipped()  # nobody has looked yet
        done = do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
        assert done["change"]["state"] == "waiting"

    def test_no_older_commit_brings_older_rules_back(self, folder, now):
        old = folder.repository.head().id
        self.rule(folder, now, kinds={"image-tag": {"self_approval": "second-person"}})
        done = do(DAN, folder, "propose", now, hub="reef/main", image=TAG, base=old)
        assert done["change"]["state"] == "waiting"
        assert do(CAROL, folder, "agree", now, number=done["change"]["number"])["change"]["state"] == "committed"

    def test_numbers_hold_on_pages_too_and_usual_comes_back(self, folder, now):
        seen.turn(folder, now=now)
        done = do(DAN, folder, "propose", now, hub="reef/main", image=TAG)
        change = models.Change.objects.get(pk=done["change"]["number"])
        assert undoing.until(change) == change.ended + timedelta(days=30)
        self.rule(folder, now, undo_days=3, threshold_a_month=5)
        assert ruling.in_force().numbers["threshold_a_month"] == 5
        assert undoing.until(change) == change.ended + timedelta(days=3)
        self.rule(folder, now)
        assert undoing.until(change) == change.ended + timedelta(days=30)

    def test_a_threshold_of_the_fleet_holds_where_the_community_says_nothing(self, folder, now):
        asked = {"hub": "reef/main", "memory": "8G", "memory_guarantee": "2G"}
        assert do(DAN, folder, "preview", now, **asked)["flows"]
        self.rule(folder, now, threshold_a_month=0.01)
        assert not do(DAN, folder, "preview", now, **asked)["flows"]

    def test_the_rules_themselves_take_an_engineer_and_a_second_one(self, folder, now):
        charter_stage.newcomer("greta", now=now)
        charter_stage.appoint("greta", "site-reliability-engineer", side="service")
        files = put(folder, "fleet.yaml", ["changes"], {"kinds": {"program-text": {"consent": ["change:propose"]}}})
        done = do(ALICE, folder, "propose", now, files=files)
        assert done["change"]["state"] == "waiting"
        assert [each["id"] for each in done["change"]["kinds"]] == ["consent-rules"]
        assert "greta" in {who["handle"] for need in done["change"]["needs"] for who in need["holders"]}

    def test_a_fleet_with_a_fault_is_weighed_by_the_rules_in_force(self, folder, now):
        seen.turn(folder, now=now)
        self.rule(folder, now, kinds={"image-tag": {"consent": ["change:approve-cost"]}})
        assert ruling.of_fleet(None).by_id["image-tag"].consent == (Permission.CHANGE_APPROVE_COST,)
