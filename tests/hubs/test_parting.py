"""Hubs that were taken away are parted with after the time of grace, and not a day before."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from commonhub.audit.models import AuditEntry
from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.hubs import models, parting, wishes
from hubs import acted
from hubs.keeping import MAIN, OWNER, hub_text

pytestmark = pytest.mark.django_db(transaction=True)
LAB = "communities/reef/hubs/lab.yaml"


@pytest.fixture
async def parted(kept):
    """A keeper whose hub reef/lab was taken away at noon."""
    kept.parting = parting.Parting(grace=timedelta(days=30))
    kept.commit("A lab", {LAB: hub_text("Lab")})
    kept.keeper = kept.another()
    await kept.keeper.follow()
    kept.commit("The lab closes", {LAB: None})
    await kept.keeper.follow()
    return kept


async def later(kept, **by):
    """A look that much after noon, by a keeper that has not looked yet."""
    kept.parting._looked = None
    kept.now.turn(acted.NOON + timedelta(**by) - kept.now())
    await kept.keeper._part()
    return sorted(await kept.on.observe())


async def test_it_is_told_before_when_it_goes(parted):
    hubs = {hub["id"]: hub["goes"] for hub in (await parted.keeper.status())["hubs"]}
    assert hubs == {"reef/main": None, "reef/lab": "2026-04-01T12:00:00+00:00"}


async def test_it_goes_after_the_time_of_grace_and_the_audit_says_so(parted):
    assert await later(parted, days=29, hours=23) == ["reef/lab", "reef/main"]
    assert await later(parted, days=30) == ["reef/main"]
    entry = await sync_to_async(AuditEntry.objects.get)(verb="hub.archived")
    assert (entry.community, entry.hub, entry.details["archive"]) == ("reef", "lab", "nowhere")
    assert not await sync_to_async(models.HubRecord.objects.filter(pk="reef/lab").exists)()
    await parted.keeper.follow(now=True)
    assert sorted(await parted.on.observe()) == ["reef/main"]


async def test_one_that_came_back_stays(parted):
    parted.commit("The lab is back", {LAB: hub_text("Lab")})
    await parted.keeper.follow()
    assert await later(parted, days=31) == ["reef/lab", "reef/main"]


async def test_a_fleet_that_cannot_be_read_or_is_refused_parts_with_nothing(parted):
    parted.commit("A slip", {MAIN: "title: [unclosed\n"})
    await parted.keeper.follow()
    assert await later(parted, days=31) == ["reef/lab", "reef/main"]
    parted.commit("Mended", {MAIN: hub_text()})
    parted.keeper._around = parted.another()._around
    await parted.keeper.follow()
    parted.keeper._wanted.look(wishes.Glance(refused="Written anew."))
    assert await later(parted, days=31) == ["reef/lab", "reef/main"]


async def test_one_whose_archive_fails_is_kept_and_tried_again(parted):
    remove = parted.on.remove

    async def failing(_hub_id):
        raise errors.UnavailableError("There is no room.", "Make room.")

    parted.on.remove = failing
    assert await later(parted, days=31) == ["reef/lab", "reef/main"]
    parted.on.remove = remove
    await parted.keeper._part()  # the same day: not again
    assert "reef/lab" in await parted.on.observe()
    assert await later(parted, days=32) == ["reef/main"]


async def test_one_that_was_removed_by_a_keeper_that_died_is_said_to_be_gone_by_the_next(parted):
    remove = parted.on.remove

    async def dying(hub_id):
        await remove(hub_id)
        raise asyncio.CancelledError

    parted.on.remove = dying
    with pytest.raises(asyncio.CancelledError):
        await later(parted, days=31)
    parted.on.remove = remove
    assert not await sync_to_async(AuditEntry.objects.filter(verb="hub.archived").exists)()
    parted.keeper = parted.another()
    await parted.keeper.follow()
    assert await later(parted, days=31, minutes=5) == ["reef/main"]
    entry = await sync_to_async(AuditEntry.objects.get)(verb="hub.archived")
    assert (entry.community, entry.hub) == ("reef", "lab")
    assert not await sync_to_async(models.HubRecord.objects.filter(pk="reef/lab").exists)()
    assert await later(parted, days=33) == ["reef/main"]
    assert await sync_to_async(AuditEntry.objects.filter(verb="hub.archived").count)() == 1


async def test_a_fault_of_one_hub_does_not_keep_the_others(parted):
    parted.commit("A pond", {LAB.replace("lab", "pond"): hub_text("Pond")})
    await parted.keeper.follow()
    parted.commit("The pond closes", {LAB.replace("lab", "pond"): None})
    await parted.keeper.follow()
    remove = parted.on.remove

    async def faulty(hub_id):
        if hub_id == "reef/lab":
            raise RecursionError("too deep")
        return await remove(hub_id)

    parted.on.remove = faulty
    assert await later(parted, days=31) == ["reef/lab", "reef/main"]


async def test_while_a_hub_is_archived_the_fleet_is_followed_and_the_hub_waits_if_it_comes_back(parted):
    begun, go_on, remove = asyncio.Event(), asyncio.Event(), parted.on.remove

    async def slow(hub_id):
        begun.set()
        await go_on.wait()
        return await remove(hub_id)

    parted.on.remove = slow
    parting_with_it = asyncio.create_task(later(parted, days=31))
    async with asyncio.timeout(60):
        await begun.wait()
        parted.commit("The lab is back", {LAB: hub_text("Lab"), MAIN: hub_text("Main anew")})
        outcomes = {each.step.hub_id: each.error for each in await parted.keeper.follow()}
    assert outcomes["reef/main"] is None
    assert "being archived" in str(outcomes["reef/lab"])
    with pytest.raises(errors.UnavailableError, match="being archived"):
        await parted.keeper.act(OWNER, "wake", "reef/lab")
    assert (await parted.on.observe())["reef/lab"].state == engine.HubState.RETIRED
    go_on.set()
    await parting_with_it
    await parted.keeper.follow()
    assert (await parted.on.observe())["reef/lab"].state == engine.HubState.ASLEEP


async def test_one_that_came_back_while_another_was_archived_stays(parted):
    parted.commit("A pond", {LAB.replace("lab", "pond"): hub_text("Pond")})
    await parted.keeper.follow()
    parted.commit("The pond closes", {LAB.replace("lab", "pond"): None})
    await parted.keeper.follow()
    remove, removed = parted.on.remove, []

    async def slow(hub_id):
        removed.append(hub_id)
        parted.commit("The pond is back", {LAB.replace("lab", "pond"): hub_text("Pond")})
        await parted.keeper.follow()
        return await remove(hub_id)

    parted.on.remove = slow
    assert await later(parted, days=31) == ["reef/main", "reef/pond"]
    assert removed == ["reef/lab"]


async def test_a_hub_in_use_cannot_be_removed(parted):
    with pytest.raises(errors.RefusedError, match="not retired"):
        await parted.on.remove("reef/main")
