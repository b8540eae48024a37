"""The keeper on the rehearsal engine, with a real git folder and real records: it follows commits and does what people ask."""

import json

import pytest
from asgiref.sync import sync_to_async

from commonhub.audit.models import AuditEntry
from commonhub.ground import errors
from commonhub.hubs import keeper, models
from hubs import keeping
from hubs.keeping import ALICE, MAIN, hub_text


async def audited() -> list[AuditEntry]:
    """The audit, newest first."""
    return await sync_to_async(lambda: list(AuditEntry.objects.order_by("-number")))()


pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def hub_record(hub_id: str = "reef/main") -> models.HubRecord:
    return models.HubRecord.objects.get(pk=hub_id)


@sync_to_async
def fleet_record() -> models.FleetRecord:
    return models.FleetRecord.objects.get()


@sync_to_async
def events(hub_id: str = "reef/main") -> list[tuple[str, str, str]]:
    """Kind, actor and words, oldest first."""
    found = models.HubEvent.objects.filter(hub_id=hub_id).order_by("id")
    return [(event.kind, event.actor, event.words) for event in found]


async def test_the_first_commit_is_applied_and_written_down(kept):
    outcomes = await kept.keeper.follow()
    assert [str(outcome.step.kind) for outcome in outcomes] == ["create"]
    record, fleet = await hub_record(), await fleet_record()
    assert (record.state, record.title, record.community_title) == ("asleep", "Reef hub", "Coral reef")
    assert (record.url, record.digest) == ("http://reef.localhost:8000/", record.wanted_digest)
    assert (fleet.name, fleet.revision, fleet.newest) == ("Our hubs", kept.git.head().id, kept.git.head().id)
    assert (fleet.subject, fleet.memory, fleet.faults) == ("Begin", 77, [])
    assert kept.keeper.progress()["settled"] is True
    assert kept.moves == 1
    assert await events() == [
        ("create", ALICE.name, "Create reef/main; it sleeps until its first visitor. (Begin)"),
    ]
    part = await sync_to_async(models.PartRecord.objects.get)()
    assert (part.name, part.state, part.restarts, part.memory) == ("web", "running", 2, 5)


async def test_a_new_commit_is_followed_and_an_old_one_only_once(kept):
    await kept.keeper.follow()
    kept.on.calls.clear()
    assert await kept.keeper.follow() == ()
    assert kept.on.calls == []
    newest = kept.commit("Rename and add", {MAIN: hub_text("New"), "communities/reef/hubs/second.yaml": hub_text()})
    await kept.keeper.follow()
    assert sorted(kept.on.calls) == [("ensure", "reef/main"), ("ensure", "reef/second")]
    assert (await hub_record()).title == "New"
    assert (await fleet_record()).revision == newest
    kind, actor, words = (await events())[-1]
    assert (kind, actor) == ("change", ALICE.name)
    assert words.endswith("(Rename and add)")


async def test_a_hub_that_leaves_the_fleet_is_retired_and_comes_back(kept):
    await kept.keeper.follow()
    kept.commit("Close", {MAIN: None})
    await kept.keeper.follow()
    assert await kept.states() == {"reef/main": "retired"}
    assert (await hub_record()).state == "retired"
    with pytest.raises(errors.NotFoundError):
        await kept.keeper.act(keeping.OWNER, "wake", "reef/main")
    kept.commit("Open again", {MAIN: hub_text()})
    await kept.keeper.follow()
    assert await kept.states() == {"reef/main": "asleep"}


async def test_a_commit_with_faults_is_told_and_the_one_before_stays_in_force(kept):
    await kept.keeper.follow()
    sound = kept.git.head().id
    kept.on.calls.clear()
    (kept.folder / MAIN).write_text(json.dumps({"title": "Reef hub", "admin": ["dan"]}))
    bad = kept.git.commit([MAIN], who=ALICE, why="A slip").id
    await kept.keeper.follow()
    assert kept.on.calls == []
    fleet = await fleet_record()
    assert (fleet.revision, fleet.newest, fleet.subject) == (sound, bad, "Begin")
    mistakes = [fault for fault in fleet.faults if not fault["warning"]]
    assert [(fault["file"], "admins" in fault["mend"] + fault["problem"]) for fault in mistakes] == [(MAIN, True)]
    assert (await hub_record()).title == "Reef hub"
    assert (await kept.keeper.status())["revision"] == sound
    mended = kept.commit("Mend", {MAIN: hub_text("Mended")})
    await kept.keeper.follow()
    fleet = await fleet_record()
    assert (fleet.revision, [fault for fault in fleet.faults if not fault["warning"]]) == (mended, [])
    assert (await hub_record()).title == "Mended"


async def test_what_is_edited_and_not_committed_is_not_in_force(kept):
    await kept.keeper.follow()
    (kept.folder / MAIN).write_text(hub_text("Not committed"))
    await kept.keeper.follow(now=True)
    assert (await hub_record()).title == "Reef hub"


@pytest.mark.parametrize("verb", ["wake", "restart"])
async def test_an_act_changes_the_hub_and_stands_in_its_history_with_who_asked(kept, verb):
    await kept.keeper.follow()
    await kept.keeper.act(keeping.OWNER, verb, "reef/main")
    assert (await hub_record()).state == "awake"
    who = keeping.OWNER.name
    said = {"wake": "Woke reef/main.", "restart": "Restarted reef/main."}[verb]
    assert (verb, who, f"{who}: {said}") in await events()


async def test_an_act_is_allowed_by_the_model_and_noted_or_refused_and_noted(kept):
    kept.appoint("site-reliability-engineer", "alice")
    await kept.keeper.follow()
    alice, eve = keeping.person("alice"), keeping.person("eve")
    await kept.keeper.act(alice, "wake", "reef/main")
    with pytest.raises(errors.RefusedError, match="Alice Okafor"):
        await kept.keeper.act(eve, "restart", "reef/main")
    with pytest.raises(errors.RefusedError, match="Monitor infrastructure"):
        await kept.keeper.log(eve, "reef/main", 5)
    assert [(entry.actor, entry.verb, entry.outcome) for entry in await audited()] == [
        ("eve", "hub.log", "refused"),
        ("eve", "hub.restart", "refused"),
        ("alice", "hub.wake", "done"),
        ("git:Alice Okafor", "fleet.followed", "done"),
    ]


async def test_sleep_is_refused_while_servers_run_and_says_whose(kept):
    await kept.keeper.follow()
    await kept.keeper.act(keeping.OWNER, "wake", "reef/main")
    kept.on.people["reef/main"] = ("eve", "bob")
    with pytest.raises(errors.RefusedError, match=r"\(bob, eve\)") as refusal:
        await kept.keeper.act(keeping.OWNER, "sleep", "reef/main")
    assert "restart" in refusal.value.mend
    assert await kept.states() == {"reef/main": "awake"}
    kept.on.people.clear()
    await kept.keeper.act(keeping.OWNER, "sleep", "reef/main")
    assert await kept.states() == {"reef/main": "asleep"}


@pytest.mark.parametrize(("verb", "hub_id"), [("explode", "reef/main"), ("wake", "reef/none"), ("log", "reef/none")])
async def test_unknown_acts_and_hubs_are_told_with_what_there_is(kept, verb, hub_id):
    await kept.keeper.follow()
    before = await events()
    with pytest.raises(errors.NotFoundError) as refusal:
        await (
            kept.keeper.log(keeping.OWNER, hub_id, 5) if verb == "log" else kept.keeper.act(keeping.OWNER, verb, hub_id)
        )
    assert refusal.value.mend
    assert await events() == before


async def test_a_failing_hub_is_noted_and_tried_again_after_a_pause(kept, monkeypatch):
    kept.on.troubles["reef/main"] = errors.UnavailableError("The disk is full.", "Make room.")
    await kept.keeper.follow()
    ((kind, actor, words),) = await events()
    assert (kind, actor) == ("failed", ALICE.name)
    assert "The disk is full. Make room." in words
    kept.on.troubles.clear()
    assert await kept.keeper.follow() == ()  # not at once
    monkeypatch.setattr(keeper, "RETRY_AFTER", 0.0)
    kept.on.troubles["reef/main"] = errors.UnavailableError("The disk is full.", "Make room.")
    await kept.keeper.follow(now=True)
    kept.on.troubles.clear()
    await kept.keeper.follow()
    assert await kept.states() == {"reef/main": "asleep"}
    assert await kept.keeper.follow() == ()


async def test_a_commit_is_not_lost_when_its_turn_breaks(kept):
    await kept.keeper.follow()
    newest = kept.commit("Rename", {MAIN: hub_text("New")})
    kept.on.observing = RuntimeError("broken for a moment")
    with pytest.raises(RuntimeError):
        await kept.keeper.follow()
    kept.on.observing = None
    await kept.keeper.follow()
    assert (await hub_record()).title == "New"
    assert (await fleet_record()).revision == newest
    kept.on.calls.clear()
    await kept.keeper.follow()
    assert kept.on.calls == []


async def test_the_next_keeper_goes_on_from_records_and_engine_alone(kept):
    await kept.keeper.follow()
    await kept.keeper.act(keeping.OWNER, "wake", "reef/main")
    kept.commit("Rename", {MAIN: hub_text("New")})
    told = await events()
    kept.on.calls.clear()
    after = kept.another()
    steps = [outcome.step for outcome in await after.follow()]
    assert [(str(step.kind), step.restarts) for step in steps] == [("change", True)]
    assert [each.setting for each in steps[0].differences] == ["title"]
    assert kept.on.calls == [("ensure", "reef/main")]
    assert (await events())[: len(told)] == told


async def test_what_will_be_done_next_is_told_before_it_is_done(kept):
    await kept.keeper.follow()
    assert await kept.keeper.plan_of("reef/main") == []
    kept.on._hubs.clear()
    assert await kept.keeper.plan_of("reef/main") == ["Create reef/main; it sleeps until its first visitor."]


async def test_status_tells_the_fleet_and_every_hub(kept):
    await kept.keeper.follow()
    await kept.keeper.act(keeping.OWNER, "wake", "reef/main")
    status = await kept.keeper.status()
    assert (status["fleet"], status["url"], status["memory"]) == ("Our hubs", "http://localhost:8000", 77)
    (hub,) = status["hubs"]
    assert (hub["id"], hub["state"], hub["title"], hub["current"]) == ("reef/main", "awake", "Reef hub", True)
    assert hub["url"] == "http://reef.localhost:8000/"


async def test_a_log_is_told_by_its_last_lines_and_never_without_a_limit(kept):
    await kept.keeper.follow()
    for _ in range(3):
        await kept.keeper.act(keeping.OWNER, "restart", "reef/main")
    assert len(await kept.keeper.log(keeping.OWNER, "reef/main", 2)) == 2
    assert len(await kept.keeper.log(keeping.OWNER, "reef/main", 0)) == 1
    assert len(await kept.keeper.log(keeping.OWNER, "reef/main", 10**9)) == 5


async def test_a_new_keeper_obeys_the_newest_sound_commit_when_the_newest_has_faults(kept):
    sound = kept.git.head().id
    (kept.folder / MAIN).write_text("title: [\n")
    bad = kept.git.commit([MAIN], who=ALICE, why="A slip").id
    await kept.another().follow()
    fleet = await fleet_record()
    assert (fleet.revision, fleet.newest) == (sound, bad)
    assert await kept.states() == {"reef/main": "asleep"}
