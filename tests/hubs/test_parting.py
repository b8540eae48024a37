"""Hubs that were taken away are parted with after the time of grace, and not a day before."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from commonhub.audit.models import AuditEntry
from commonhub.ground import errors
from commonhub.hubs import models, parting, wishes
from hubs import acted
from hubs.keeping import MAIN, hub_text

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


async def test_a_hub_in_use_cannot_be_removed(parted):
    with pytest.raises(errors.RefusedError, match="not retired"):
        await parted.on.remove("reef/main")
