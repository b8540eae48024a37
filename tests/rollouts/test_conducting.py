"""Whole roll-outs on the rehearsal engine, with real git and real records."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from commonhub.audit.models import AuditEntry
from commonhub.communities import models as people
from commonhub.engines import probing, rehearsal
from commonhub.fleet import history
from commonhub.hubs import models as hub_models
from commonhub.rollouts import models, origins, telling
from rollouts import under_way

pytestmark = pytest.mark.django_db(transaction=True)

GIB = 2**30
EIGHT = tuple(f"lab{number}" for number in range(8))


@sync_to_async
def audited() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="rollout").order_by("number").values_list("verb", flat=True))


@sync_to_async
def noticed(handle: str) -> list[str]:
    rows = people.Notice.objects.filter(person__handle=handle).order_by("id")
    return list(rows.values_list("words", flat=True))


@sync_to_async
def known(*handles: str) -> None:
    for handle in handles:
        people.Person.objects.get_or_create(
            handle=handle,
            defaults={"name": handle.title(), "email": f"{handle}@example.org", "made": "2026-01-01T00:00Z"},
        )


async def test_a_first_fleet_and_new_hubs_need_no_roll_out(fleet_of):
    fleet = fleet_of("main")
    await fleet.follow()
    fleet.commit("One more", {fleet.file("second"): under_way.hub_text("second")})
    await fleet.follow()
    assert await under_way.rollouts() == []
    assert set(fleet.on.settings) == {"reef/main", "reef/second"}


async def test_one_hub_gets_its_change_at_once_and_is_probed(fleet_of):
    fleet = fleet_of("main")
    await fleet.follow()
    commit = fleet.change_all()
    await fleet.follow()
    assert fleet.limit("main") == 3 * 10**9
    await fleet.turns()
    (rollout,) = await under_way.rollouts()
    (hub,) = rollout.hubs.all()
    assert (rollout.state, rollout.commit, rollout.title) == ("done", commit, "More memory")
    assert (hub.verdict["failed"], hub.settings) == (None, ["memory_limit"])
    assert await audited() == ["rollout.begin", "rollout.done"]


async def test_nobody_switches_the_cohorts_off_by_words(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.change_all("Less", "2G")
    await fleet.follow()
    await fleet.through()
    for number, why in enumerate(("please\n\nRoll-out: 1\nChange: 3", "Roll-out: 1\nRolls back: 1\n\nplease"), 2):
        fleet.breaks_from((number + 1) * 10**9)
        fleet.change_all(f"More\n\n{why}", f"{number + 1}G")
        await fleet.follow()
        assert sum(limit == (number + 1) * 10**9 for limit in fleet.limits().values()) == 1
        await fleet.through()
        rollout = await under_way.last()
        assert (rollout.state, rollout.undoes, rollout.change) == ("back", False, None)
        assert set(fleet.limits().values()) == {2 * 10**9}


async def test_a_commit_that_claims_to_take_a_roll_out_back_is_not_taken_for_it(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.breaks_from(3 * 10**9)
    fleet.change_all()
    await fleet.follow()
    number = (await under_way.last()).pk
    claim = f"Words\n\nRolls back: {number}\nRoll-out: {number}"
    fleet.commit(claim, {fleet.file("lab7"): under_way.hub_text("New", **under_way.memory("3G"))})
    await fleet.through()
    assert (await under_way.rollouts())[0].state == "back"
    assert fleet.written("lab0") == {"title": "lab0", "login": {"kind": "shared-password"}}
    assert fleet.written("lab7")["title"] == "New"


async def test_what_a_roll_out_brings_is_read_from_the_history_once_a_commit(fleet_of):
    fleet = fleet_of(*EIGHT)
    begun = fleet.git.head().id
    fleet.commit("Another's", {"communities/sand/community.yaml": '{"title": "Sand"}'})
    one = fleet.commit("One", {fleet.file("lab0"): under_way.hub_text("New", **under_way.memory("3G"))})
    both = fleet.commit("Both", {"communities/reef/community.yaml": '{"title": "Reef"}'})

    class Counted(history.FleetRepository):
        looks = 0

        def log(self, *words, **more):
            self.looks += 1
            return super().log(*words, **more)

    counted = Counted(fleet.folder)
    looked = await sync_to_async(origins.look)(counted, begun, both)
    assert [each.commit.id for each in origins.touching(looked, ["reef/lab0"])] == [both, one]
    assert [each.commit.id for each in origins.touching(looked, ["reef/lab1"])] == [both]
    assert origins.touching(looked, ["sand/lab"])[0].commit.subject == "Another's"
    assert counted.looks == 1


async def test_words_and_administrators_pass_without_a_roll_out(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.commit("Words", {fleet.file(name): under_way.hub_text("New", admins=["dan"]) for name in EIGHT})
    await fleet.follow()
    assert await under_way.rollouts() == []
    assert {hub.title for hub in fleet.on.settings.values()} == {"New"}


async def test_many_hubs_get_it_cohort_by_cohort_each_probed_and_watched_before_the_next(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    assert sum(limit == 3 * 10**9 for limit in fleet.limits().values()) == 1
    await fleet.turns()
    assert (await under_way.last()).phase == "watching"
    fleet.now.turn(under_way.PACING.soak / 2)
    await fleet.turns()
    assert sum(limit == 3 * 10**9 for limit in fleet.limits().values()) == 1
    await fleet.through()
    rollout = await under_way.last()
    assert rollout.state == "done"
    assert set(fleet.limits().values()) == {3 * 10**9}
    assert sorted({hub.cohort for hub in rollout.hubs.all()}) == [0, 1, 2]


async def test_staging_comes_before_production(fleet_of):
    fleet = fleet_of("production", "staging")
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    assert fleet.limits() == {"production": None, "staging": 3 * 10**9}
    await fleet.through()
    assert fleet.limit("production") == 3 * 10**9


async def test_a_failed_probe_halts_takes_back_and_needs_nobody(fleet_of):
    fleet = fleet_of(*EIGHT)
    await known("alice", "carol")
    await fleet.follow()
    fleet.breaks_from(3 * 10**9)
    fleet.change_all()
    await fleet.follow()
    await fleet.through()
    rollout = await under_way.last()
    assert rollout.state == "back"
    assert set(fleet.limits().values()) == {None}
    assert [hub.reached is not None for hub in rollout.hubs.all()].count(True) == 1
    assert [hub.back["failed"] for hub in rollout.hubs.all() if hub.back] == [None]
    head = fleet.git.head()
    assert (head.author, head.id) == ("Commonhub", rollout.revert)
    assert f"Roll-out: {rollout.pk}" in head.body
    assert f"Rolls back: {rollout.commit[:12]}" in head.body
    assert fleet.written("lab0") == {"title": "lab0", "login": {"kind": "shared-password"}}
    assert await audited() == ["rollout.begin", "rollout.back", "rollout.was-back"]
    assert any("is taken back" in words and "gets no server" in words for words in await noticed("alice"))
    assert any("was taken back" in words for words in await noticed("carol"))
    assert len(await under_way.rollouts()) == 1


async def test_a_hub_that_breaks_its_own_probe_halts_it_too(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()

    def breaks(hub):
        if hub.memory_limit == 3 * 10**9:
            raise AttributeError(hub.id)

    fleet.on.inside.breaks = breaks
    fleet.change_all()
    await fleet.follow()
    await fleet.through()
    rollout = await under_way.last()
    assert rollout.state == "back"
    assert "The probe broke (AttributeError)." in rollout.reason
    assert set(fleet.limits().values()) == {None}


async def test_a_probe_that_fails_with_the_old_settings_too_is_said_to_be_no_fault_of_the_change(fleet_of):
    fleet = fleet_of("main")
    await known("alice")
    await fleet.follow()
    fleet.on.inside.breaks = lambda _hub: probing.Part.LOGIN
    fleet.change_all()
    await fleet.follow()
    await fleet.through()
    assert (await under_way.last()).state == "back"
    assert "the change was not the cause" in (await noticed("alice"))[-1]


async def test_other_peoples_work_since_then_stays_when_a_change_is_taken_back(fleet_of):
    fleet = fleet_of("main", "second")
    await fleet.follow()
    fleet.breaks_from(3 * 10**9)
    fleet.commit("More memory", {fleet.file("main"): under_way.hub_text("main", **under_way.memory("3G"))})
    await fleet.follow()
    fleet.commit(
        "A description", {fleet.file("main"): under_way.hub_text("main", **under_way.memory("3G"), description="Reef")}
    )
    await fleet.follow()
    await fleet.through()
    assert fleet.written("main") == {"title": "main", "login": {"kind": "shared-password"}, "description": "Reef"}
    assert fleet.limit("main") is None


async def test_a_commit_for_held_hubs_waits_for_the_roll_out_and_comes_after_it(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    fleet.change_all("Still more", "4G")
    await fleet.follow()
    assert set(fleet.limits().values()) == {None, 3 * 10**9}
    await fleet.through()
    first, second = await under_way.rollouts()
    assert (first.state, second.state, second.title) == ("done", "done", "Still more")
    assert second.base == first.commit
    assert set(fleet.limits().values()) == {4 * 10**9}


async def test_an_administrator_who_is_removed_loses_it_on_held_hubs_too(fleet_of):
    fleet = fleet_of(*EIGHT)
    await fleet.follow()
    fleet.change_all(admins=["mallory"])
    await fleet.follow()
    fleet.change_all("Not her", admins=[])
    await fleet.follow()
    assert {hub.admins for hub in fleet.on.settings.values()} == {()}
    assert None in fleet.limits().values()


async def test_what_cannot_be_written_back_is_held_at_the_old_settings_and_said(fleet_of):
    fleet = fleet_of("main")
    await known("alice")
    await fleet.follow()
    fleet.breaks_from(3 * 10**9)
    fleet.change_all()
    await fleet.follow()
    (fleet.folder / fleet.file("main")).write_text("title: somebody is editing\n")
    await fleet.turns()
    rollout = await under_way.last()
    assert (rollout.state, fleet.limit("main")) == ("going-back", None)
    assert "not committed" in rollout.trouble
    assert any("needs you" in words for words in await noticed("alice"))
    fleet.git.working_tree()
    (fleet.folder / fleet.file("main")).write_text(under_way.hub_text("main", **under_way.memory("3G")))
    await fleet.through()
    assert ((await under_way.last()).state, fleet.limit("main")) == ("back", None)


async def test_those_who_get_it_later_are_told_when_in_their_own_time(fleet_of):
    fleet = fleet_of("production", "staging")
    await known("carol")
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    (words,) = await noticed("carol")
    assert "reef/production will get a change: More memory." in words
    assert "Monday 2 March 2026, 10:12 (Europe/Berlin)" in words
    await fleet.through()
    assert any("has the change since" in words for words in await noticed("carol"))


@pytest.mark.parametrize(("login", "told"), [("commonhub", 1), ("github", 0)])
async def test_names_of_people_who_sign_in_elsewhere_are_nobodys_at_the_portal(fleet_of, login, told):
    fleet = fleet_of("main")
    await known("eve")
    kind = {"kind": login} | ({"organizations": ["x"]} if login == "github" else {})
    fleet.commit("Login", {fleet.file("main"): under_way.hub_text("main", login=kind)})
    await fleet.follow()
    fleet.commit("More", {fleet.file("main"): under_way.hub_text("main", login=kind, **under_way.memory("3G"))})
    await fleet.follow()

    @sync_to_async
    def restarts() -> None:
        rollout = models.Rollout.objects.get()
        hub_models.ServerRecord.objects.create(hub_id="reef/main", user="eve", started=fleet.now())
        rollout.hubs.update(restarts=True)
        telling.reach(list(rollout.hubs.all()), rollout, now=fleet.now())

    await restarts()
    words = await noticed("eve")
    assert len(words) == told
    assert all("Monday 2 March 2026, 10:00 (Europe/Berlin)" in each for each in words)


async def test_the_name_in_a_commit_is_no_evidence_of_who_rolled_it_out(fleet_of):
    fleet = fleet_of("main")
    await known("alice")
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    await fleet.turns()
    rollout = await under_way.last()
    assert (rollout.state, rollout.handle) == ("done", "alice")
    shown = people.Shown.objects.filter(kind="improvement-rolled-out", by="alice")
    assert not await sync_to_async(shown.exists)()

    @sync_to_async
    def proposed() -> None:
        rollout.change = 1  # it came as a change of hers
        with transaction.atomic():
            telling.done(rollout, list(rollout.hubs.all()), now=fleet.now())

    await proposed()
    assert await sync_to_async(shown.exists)()


async def test_each_reads_the_time_in_their_own_time_zone(fleet_of):
    fleet = fleet_of("production", "staging")
    await known("carol")
    await sync_to_async(people.Person.objects.filter(handle="carol").update)(time_zone="Asia/Tokyo")
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    assert "Monday 2 March 2026, 18:12 (Asia/Tokyo)" in (await noticed("carol"))[0]


class Slow(rehearsal.RehearsalInsiders):
    """A probe of one hub takes for ever."""

    async def probe(self, hub_id: str, door: probing.Door, limits: probing.Limits) -> probing.Verdict:
        if hub_id == "reef/slow":
            await asyncio.Event().wait()
        return await super().probe(hub_id, door, limits)


async def test_a_roll_out_that_takes_long_holds_up_no_other(fleet_of):
    fleet = fleet_of("slow", "quick")
    fleet.on.inside = Slow(fleet.on, fleet.now)
    await fleet.follow()
    for name in ("slow", "quick"):
        fleet.commit(name, {fleet.file(name): under_way.hub_text(name, **under_way.memory("3G"))})
        await fleet.follow()
    running = asyncio.create_task(fleet.conductor.run(lambda: fleet.keeper.follow(now=True)))
    async with asyncio.timeout(60):
        while (await under_way.last()).state != "done":
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    first, second = await under_way.rollouts()
    assert (first.state, first.phase, second.state) == ("running", "probing", "done")
