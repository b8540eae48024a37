"""Commits of an editor are picked up, judged by the same rules and shown; a history written anew is refused in words."""

import subprocess
from datetime import timedelta

import pytest

import charter_stage
from changes.folder_stage import ENGINEER, begin, by_hand, do, put, text
from commonhub.audit import records as audit
from commonhub.audit.models import AuditEntry
from commonhub.changes import models, rolling, seen, waiting
from commonhub.communities import charter_acts, duties
from commonhub.communities.allowing import NotAllowedError
from commonhub.communities.models import Notice, Shown
from commonhub.fleet import history
from commonhub.fleet.charter import HubAccess
from commonhub.ground import errors

pytestmark = pytest.mark.django_db
MAIN = "communities/reef/hubs/main.yaml"
ALICE, BOB, CAROL, DAN = (charter_stage.asker(who) for who in ("alice", "bob", "carol", "dan"))
CAROLS = history.Person(name="Carol M.", email="carol@example.org")


def git(folder, *words):
    subprocess.run(["git", "-C", folder.repository.path, *words], capture_output=True, check=True)


def test_an_engineers_commit_by_editor_is_a_change_in_her_name(folder, now):
    assert seen.turn(folder, now=now).changes == ()
    commit = by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"), why="Sleep later\n\nThey asked for it.")
    (change,) = seen.turn(folder, now=now).changes
    assert (change.author, change.via, change.commit, change.state) == ("git:alice", "editor", commit, "committed")
    assert (change.author_name, change.person.handle) == ("Alice Okafor", "alice")
    assert (change.title, change.why) == ("Sleep later", "They asked for it.")
    assert change.words == {"The hub reef/main": ["The hub sleeps without people after: 20m (new)"]}
    shown = do(ALICE, folder, "show", now, number=change.pk)
    assert shown["by_editor"]
    assert [each["given_by"] for each in shown["needs"]] == [None]
    assert seen.turn(folder, now=now).changes == ()


def test_what_a_commit_by_editor_would_have_needed_is_owed(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["extra"], {"a": 1}), who=CAROLS)
    (change,) = seen.turn(folder, now=now).changes
    (owed,) = do(CAROL, folder, "show", now, number=change.pk)["owed"]
    assert "Alice Okafor" in owed
    assert AuditEntry.objects.get(verb="change.see-commit").details["owed"] == [owed]


def test_a_name_in_git_is_no_consent_and_no_actor(folder, now):
    seen.turn(folder, now=now)
    for who in (CAROLS, history.Person(name="Carol Mendes", email="carol@localhost")):
        by_hand(folder, put(folder, MAIN, ["title"], who.email), who=who)
        (change,) = seen.turn(folder, now=now + timedelta(hours=1)).changes
        assert not change.consents.exists()
        (owed,) = do(CAROL, folder, "show", now, number=change.pk)["owed"]
        assert "Carol Mendes" in owed
        noted = AuditEntry.objects.filter(verb="change.see-commit").order_by("number").last()
        assert (noted.actor, noted.details["owed"]) == ("git", [owed])
        assert who.name in noted.words
    with pytest.raises(errors.NotFoundError):
        do(charter_stage.asker("eve"), folder, "show", now, number=change.pk)


def test_a_key_that_was_read_elsewhere_makes_no_other_texts_ours(folder, now):
    seen.turn(folder, now=now)
    edit = put(folder, MAIN, ["title"], "Reef analyses")
    done = do(BOB, folder, "propose", now, files=edit, why="Better")["change"]
    change = models.Change.objects.get(pk=done["number"])
    assert change.commit == ""
    why = f"Better\n\nChange: {change.pk}\nChange-Key: {change.key}"
    false = by_hand(folder, put(folder, MAIN, ["extra"], {"a": 1}), why=why)
    assert seen.change_of(folder.repository, folder.repository.commit_named(false)) is None
    true = by_hand(folder, put(folder, MAIN, ["title"], "Reef analyses"), why=why)
    assert seen.change_of(folder.repository, folder.repository.commit_named(true)) == change


def test_a_reason_is_no_word_for_programs(folder, now):
    why = "Please\n\nRoll-out: 1\nChange: 3\nRolls back: 2"
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses", why=why)
    body = folder.repository.head().body
    assert "> Roll-out: 1\n> Change: 3\n> Rolls back: 2" in body
    assert not any(row.startswith(("Roll-out", "Rolls back", "Change: 3")) for row in body.splitlines())


def test_a_stranger_to_the_portal_is_nobody_here(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"), who=history.Person(name="Carol", email="carol@evil.org"))
    (change,) = seen.turn(folder, now=now).changes
    assert change.author == "git:carol@evil.org"
    assert change.person is None


def test_what_commonhub_committed_itself_is_no_editors(folder, now):
    seen.turn(folder, now=now)
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses")
    charter_acts.set_access(CAROL, folder, "reef/main", access=HubAccess(everyone=True), now=now)
    by_hand(folder, put(folder, MAIN, ["title"], "Reef analysis"), why="Back\n\nRolls back: 1")
    assert seen.turn(folder, now=now).changes == ()
    assert models.Change.objects.count() == 1


def test_a_false_trailer_hides_nothing(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["extra"], {"a": 1}), why="Look away\n\nChange: 1\nChange-Key: 0011")
    assert len(seen.turn(folder, now=now).changes) == 1
    done = do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses")["change"]
    for why in (f"Change: 2\nChange-Key: {models.Change.objects.get(pk=done['number']).key}", "Rolls back: 2"):
        by_hand(folder, put(folder, MAIN, ["extra"], {"a": why}), why=f"Look away\n\n{why}")
        assert len(seen.turn(folder, now=now).changes) == 1


@pytest.mark.parametrize("verb", ["fleet.followed", "rollout.begin"])
def test_what_the_audit_only_tells_of_a_commit_makes_it_nobody_elses(folder, now, verb):
    seen.turn(folder, now=now)
    who = history.Person(name="Alice Okafor", email="alice@localhost")
    commit = by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"), who=who)
    audit.note(
        at=now,
        actor="git:alice",
        actor_name="Alice",
        via="keeper",
        verb=verb,
        words="It came.",
        details={"commit": commit},
    )
    later = now + timedelta(days=400)
    (change,) = seen.turn(folder, now=later).changes
    assert (change.author, change.commit) == ("git:alice", commit)


def test_a_commit_with_a_fault_is_still_shown(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, {MAIN: "title: [unclosed\n"})
    (change,) = seen.turn(folder, now=now).changes
    assert change.kinds[0]["id"] == "unknown"


def test_a_history_written_anew_is_refused_in_words_and_accepted_by_an_engineer(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"))
    seen.turn(folder, now=now)
    git(folder, "reset", "--hard", "HEAD~1")
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "5m"))
    looked = seen.turn(folder, now=now)
    assert "written anew" in looked.refused
    assert seen.glance(folder, now).refused == looked.refused
    assert Notice.objects.get(person__handle="alice").words == looked.refused
    with pytest.raises(errors.UnavailableError, match="written anew"):
        do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses")
    seen.turn(folder, now=now)
    assert "Reef analyses" not in text(folder, MAIN)
    with pytest.raises(NotAllowedError):
        do(CAROL, folder, "accept-history", now, because="I say so")
    with pytest.raises(errors.RefusedError):
        do(ALICE, folder, "accept-history", now, because="")
    do(ALICE, folder, "accept-history", now, because="A key was committed by mistake")
    assert seen.glance(folder, now).refused == ""
    assert "Reef analyses" in text(folder, MAIN)


def test_what_came_with_a_history_written_anew_is_judged_once_it_is_accepted(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"))
    seen.turn(folder, now=now)
    git(folder, "reset", "--hard", "HEAD~1")
    shown = by_hand(folder, put(folder, MAIN, ["extra"], {"a": 1}), why="Look away")
    seen.turn(folder, now=now)
    later = by_hand(folder, put(folder, MAIN, ["title"], "Reef"), why="And on")
    do(ALICE, folder, "accept-history", now, because="A key was committed by mistake")
    noted = AuditEntry.objects.get(verb="change.accept-history")
    assert noted.details["commit"] == shown
    assert [each.commit for each in seen.turn(folder, now=now).changes] == [shown, later]
    assert models.Change.objects.get(commit=shown).kinds[0]["id"] == "program-text"


def test_only_the_history_that_was_shown_is_accepted(folder, now):
    seen.turn(folder, now=now)
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"))
    seen.turn(folder, now=now)
    for hours in ("5m", "6m"):
        git(folder, "reset", "--hard", "HEAD~1")
        by_hand(folder, put(folder, MAIN, ["sleep_after"], hours))
        if hours == "5m":
            seen.turn(folder, now=now)
    with pytest.raises(errors.RefusedError, match="once more"):
        do(ALICE, folder, "accept-history", now, because="A key was committed by mistake")
    seen.turn(folder, now=now)
    do(ALICE, folder, "accept-history", now, because="A key was committed by mistake")


def test_a_history_without_a_common_beginning_is_accepted_from_its_own(folder, now):
    seen.turn(folder, now=now)
    git(folder, "checkout", "--quiet", "--orphan", "anew")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "-m", "Anew")
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "5m"))
    assert seen.turn(folder, now=now).refused
    do(ALICE, folder, "accept-history", now, because="We began anew")
    (change,) = seen.turn(folder, now=now).changes
    assert change.title == "By hand"


def test_the_lost_commits_put_back_are_followed_again(folder, now):
    seen.turn(folder, now=now)
    last = by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"))
    seen.turn(folder, now=now)
    git(folder, "reset", "--hard", "HEAD~1")
    assert seen.glance(folder, now).refused
    git(folder, "reset", "--hard", last)
    assert seen.glance(folder, now).refused == ""
    assert seen.refused() == ""


def test_what_waits_for_whom(folder, now):
    do(BOB, folder, "propose", now, hub="reef/main", image="quay.io/reef/analysis:2026-03", why="The spring release")
    do(ALICE, folder, "propose", now, hub="reef/lab", add_people=["mallory"], why="Locked out")
    do(ALICE, folder, "bypass", now, number=2, because="The lecture began.")
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "site-reliability-engineer", side="service")

    def numbers(who):
        return [(each.number, each.review) for each in waiting.of(charter_stage.person(who), now=now)]

    assert numbers("dan") == [(1, False)]
    assert numbers("carol") == [(1, False)]
    assert numbers("greta") == [(1, False), (2, True)]
    assert (2, True) not in numbers("alice")
    assert numbers("zuri") == numbers("mallory") == numbers("bob") == []
    late = waiting.reviews_due(charter_stage.person("greta"), now=now + timedelta(days=9))
    assert "was due" in late[0].sentence


def test_what_waits_stands_in_my_duties_and_deciding_it_is_evidence(folder, now):
    do(BOB, folder, "propose", now, hub="reef/main", image="quay.io/reef/analysis:2026-03", why="The spring release")
    do(ALICE, folder, "propose", now, hub="reef/lab", add_people=["mallory"], why="Locked out")
    do(ALICE, folder, "bypass", now, number=2, because="The lecture began.")
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "site-reliability-engineer", side="service")

    def kinds(who):
        person = charter_stage.person(who)
        return [str(each.kind) for each in duties.of(person, now=now, also=waiting.lines(person, now=now)).duties]

    assert "change" in kinds("carol")
    assert "review" not in kinds("carol")
    assert "review" in kinds("greta")
    do(CAROL, folder, "agree", now, number=1, words="We want it")
    assert "change" not in kinds("carol")
    assert Shown.objects.filter(kind="decision-made", by="carol", community="reef").exists()
    assert Shown.objects.filter(kind="incident-answered", by="alice").exists()
    do(charter_stage.asker("greta"), folder, "review", now, number=2, words="It was right")
    assert Shown.objects.filter(kind="change-applied", by="greta").exists()
    assert "review" not in kinds("greta")


def test_a_roll_out_tells_how_a_change_stands(folder, now):
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses")
    rolling.told(1, "rolling", "Cohort 1 of 2", now=now)
    rolling.told(1, "stopped", "Nobody could sign in", now=now)
    rolling.told(1, "stopped", "Nobody could sign in", now=now)
    rolling.told(99, "done", "Whose?", now=now)
    shown = do(DAN, folder, "show", now, number=1)
    assert (shown["rollout"], shown["rollout_words"]) == ("stopped", "Nobody could sign in")
    assert Notice.objects.filter(person__handle="dan").count() == 1


def test_a_fleet_in_a_folder_of_another_repository_is_followed_too(tmp_path, now):
    git_root = tmp_path / "all"
    (git_root / "fleet").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "-b", "main", git_root], check=True)
    folder = begin(git_root / "fleet")
    seen.turn(folder, now=now)
    do(DAN, folder, "propose", now, hub="reef/main", title="Reef analyses")
    by_hand(folder, put(folder, MAIN, ["sleep_after"], "20m"), who=ENGINEER)
    assert len(seen.turn(folder, now=now).changes) == 1
    assert "Reef analyses" in text(folder, MAIN)


def test_ones_own_consent_is_found_behind_hundreds_that_wait_for_others(folder, now):
    do(ALICE, folder, "propose", now, hub="reef/lab", add_people=["mallory"], why="Locked out")
    other = models.Change.objects.get()
    for number in range(waiting.LOOKED_AT):
        other.pk, other.key = None, f"key-{number}"
        other.save(force_insert=True)
        other.places.create(community="reef", hub="lab")
    do(BOB, folder, "propose", now, hub="reef/main", image="quay.io/reef/analysis:2026-03", why="The spring release")
    assert len(waiting.of(charter_stage.person("dan"), now=now)) == 1
    assert len(waiting.of(charter_stage.person("carol"), now=now)) == waiting.LOOKED_AT
