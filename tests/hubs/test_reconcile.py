"""Steps are taken on an engine: a failing hub stops none, and what was interrupted is completed by the next turn."""

import asyncio

import pytest

from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.hubs import plan, reconcile
from hubs import acted, wanted

FLEET = [wanted.hub(f"reef/h{number:02}") for number in range(12)]
BAD = FLEET[5].id


@pytest.fixture
def on() -> acted.TroubledEngine:
    return acted.TroubledEngine()


async def steps_to(hubs, *engines) -> tuple[plan.Step, ...]:
    seen = {hub_id: one for each in engines for hub_id, one in (await each.observe()).items()}
    return plan.plan(hubs, reconcile.applied_from(seen, {}))


async def states(on) -> dict[str, str]:
    return {hub_id: str(seen.state) for hub_id, seen in (await on.observe()).items()}


async def test_after_it_the_hubs_are_as_they_should_be_and_a_second_time_nothing_happens(on):
    told = []
    outcomes = await reconcile.apply(
        await steps_to(FLEET, on), {"local": on}, progress=lambda done, total, step: told.append((done, total))
    )
    assert [outcome.error for outcome in outcomes] == [None] * len(FLEET)
    assert await states(on) == {hub.id: "asleep" for hub in FLEET}
    assert {hub_id: seen.digest for hub_id, seen in (await on.observe()).items()} == {h.id: h.digest for h in FLEET}
    assert told == [(number, len(FLEET)) for number in range(1, len(FLEET) + 1)]
    assert await steps_to(FLEET, on) == ()


async def test_steps_taken_twice_change_nothing(on):
    steps = await steps_to(FLEET, on)
    await reconcile.apply(steps, {"local": on})
    before = await on.observe()
    await reconcile.apply(steps, {"local": on})
    assert await on.observe() == before


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (errors.UnavailableError("The disk is full.", "Make room."), "The disk is full."),
        (RuntimeError("broken"), f"{BAD}: RuntimeError('broken')."),
    ],
    ids=["in words", "a fault of ours"],
)
async def test_one_failing_hub_stops_no_other_and_is_tried_again(on, trouble, told):
    on.troubles[BAD] = trouble
    outcomes = await reconcile.apply(await steps_to(FLEET, on), {"local": on})
    failed = {outcome.step.hub_id: outcome.error for outcome in outcomes if outcome.error}
    assert list(failed) == [BAD]
    assert failed[BAD].message == told
    assert failed[BAD].mend
    assert set(await states(on)) == {hub.id for hub in FLEET} - {BAD}
    on.troubles.clear()
    assert [step.hub_id for step in await steps_to(FLEET, on)] == [BAD]
    await reconcile.apply(await steps_to(FLEET, on), {"local": on})
    assert await steps_to(FLEET, on) == ()


async def test_killed_in_the_middle_the_next_turn_does_the_rest_and_no_more(on):
    on.stops_before = BAD
    turn = asyncio.create_task(reconcile.apply(await steps_to(FLEET, on), {"local": on}))
    await on.stopped.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    done = set(await states(on))
    assert BAD not in done
    on.stops_before, on.calls = None, []
    rest = await steps_to(FLEET, on)
    await reconcile.apply(rest, {"local": on})
    assert {hub_id for _, hub_id in on.calls} == {hub.id for hub in FLEET} - done
    assert await states(on) == {hub.id: "asleep" for hub in FLEET}


async def test_only_a_few_hubs_are_prepared_at_a_time(on):
    busy, most = 0, 0
    prepare = on.ensure

    async def ensure(hub):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        await prepare(hub)
        busy -= 1

    on.ensure = ensure
    await reconcile.apply(await steps_to(FLEET, on), {"local": on})
    assert most == reconcile.WIDTH


async def test_a_hub_that_leaves_is_retired_by_the_engine_that_runs_it(on):
    stage = acted.TroubledEngine()
    engines = {"local": on, "rehearsal": stage}
    hubs = [wanted.hub("reef/real"), wanted.hub("reef/acted", engine="rehearsal")]
    await reconcile.apply(await steps_to(hubs, on, stage), engines)
    assert (list(await states(on)), list(await states(stage))) == (["reef/real"], ["reef/acted"])
    outcomes = await reconcile.apply(await steps_to([], on, stage), engines)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert {**await states(on), **await states(stage)} == {"reef/real": "retired", "reef/acted": "retired"}
    assert await steps_to([], on, stage) == ()


async def test_an_engine_that_is_not_there_is_told_with_those_that_are(on):
    hub = wanted.hub(engine="kubernetes")
    (outcome,) = await reconcile.apply(await steps_to([hub], on), {"local": on, "rehearsal": on})
    assert "kubernetes" in outcome.error.message
    assert outcome.error.mend == "Use one of: local, rehearsal."


async def test_what_is_seen_becomes_what_the_plan_compares_with(on):
    hub = wanted.hub()
    await on.ensure(hub)
    await on.wake(hub.id)
    on.people[hub.id] = ("eve", "eve", "dan")
    settings = {hub.id: {"title": "as applied"}}
    (now,) = reconcile.applied_from(await on.observe(), settings).values()
    assert now == plan.Applied(digest=hub.digest, settings=settings[hub.id], awake=True, people=2)


async def test_a_hub_that_failed_is_as_if_it_was_never_prepared(on):
    hub = wanted.hub()
    await on.ensure(hub)
    on._turn(hub.id, engine.HubState.FAILED)
    assert [step.kind for step in await steps_to([hub], on)] == [plan.StepKind.CHANGE]
    await reconcile.apply(await steps_to([hub], on), {"local": on})
    assert await states(on) == {hub.id: "asleep"}
