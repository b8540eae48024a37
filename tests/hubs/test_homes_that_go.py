"""The home of somebody who may not use a hub any more is archived after the time of grace, and kept whenever it is wanted."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

import cast
from commonhub.audit.models import AuditEntry
from commonhub.communities import allowing, roster
from commonhub.communities import models as people_models
from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.hubs import homes, models, parting, wishes
from hubs import acted
from hubs.keeping import MAIN, OWNER, hub_text, person

pytestmark = pytest.mark.django_db(transaction=True)
HUB, NAME = "reef/main", "reef/main/eve"
EVE = {"hub": HUB, "handle": "eve"}
AT_PORTAL = {"login": {"kind": "commonhub"}}


def newcomer(each):
    people_models.Person.objects.create(
        handle=each.user, name=each.name, email=each.email, password="!", made=acted.NOON, claimed=acted.NOON
    )


def let_in(kept, handle="eve"):
    roster.add(OWNER, HUB, roster.NewPerson(handle=handle), now=kept.now())


def remove(kept, handle="eve"):
    roster.remove(OWNER, HUB, handle, now=kept.now())


@pytest.fixture
async def left(kept):
    """A keeper whose hub reef/main Eve was on; Carol represents the community."""
    text = {"title": "Coral reef", "roles": {"community-representative": [{"login": "carol", "name": "Carol Mendes"}]}}
    kept.now.turn(acted.NOON - kept.now())
    kept.commit(
        "Carol and the portal",
        {MAIN: hub_text(**AT_PORTAL), "communities/reef/community.yaml": json.dumps(text)},
    )
    for each in (cast.CAROL, cast.DAN, cast.EVE):
        await sync_to_async(newcomer)(each)
    await kept.keeper.follow()
    kept.on.inside.visit(HUB, "eve")
    kept.on.inside.visit(HUB, "dan")
    kept.on.homes[HUB, "eve"] = 84_000_000
    await sync_to_async(let_in)(kept)
    await sync_to_async(remove)(kept)
    return kept


async def ask(kept, verb="home.remove", who="carol", **more):
    values = EVE | ({"confirm": NAME} if verb == "home.remove" else {}) | more
    return await kept.keeper.ask_room(homes.ROOM, person(who), verb, values)


async def later(kept, **by):
    """A look that much after noon; whether Eve's home is there."""
    kept.now.turn(acted.NOON + timedelta(**by) - kept.now())
    await kept.keeper._part_with_homes()
    return (HUB, "eve") in kept.on.homes


async def noted(verb):
    return await sync_to_async(lambda: [(each.actor, each.words) for each in AuditEntry.objects.filter(verb=verb)])()


async def notices(handle="eve"):
    """What somebody was told last."""
    rows = people_models.Notice.objects.filter(person__handle=handle).order_by("-id").values_list("words", flat=True)
    return await sync_to_async(lambda: list(rows))()


async def row():
    return await sync_to_async(models.HomeRemoval.objects.get)()


async def test_what_goes_is_said_before(left):
    told = await ask(left, "home.what-goes")
    assert (told["name"], told["home_bytes"], told["until"]) == (NAME, 84_000_000, "2026-04-01T12:00:00+00:00")
    assert told["asked"] is None
    assert told["sentences"][0] == (
        "The files of Eve Banda on Reef hub (84M) are archived on 2026-04-01, and then removed."
    )
    assert told["sentences"][-1] == f"To confirm it, type {NAME}."
    left.on.homes[HUB, "eve"] = None
    assert "of a size that was not measured" in (await ask(left, "home.what-goes"))["sentences"][0]
    assert not await sync_to_async(models.HomeRemoval.objects.exists)()


async def test_it_goes_after_the_time_of_grace_and_is_told_and_noted(left):
    told = await ask(left)
    assert told["asked_by"] == "carol"
    assert "will be archived and removed on 2026-04-01; ask Carol Mendes if you want them." in (await notices())[0]
    assert await later(left, days=29, hours=23) is True
    assert await noted("home.archived") == []
    assert await later(left, days=30) is False
    assert (HUB, "dan") in left.on.homes
    words = "The files of eve at reef/main were archived and removed, as carol asked on 2026-03-02."
    assert await noted("home.archived") == [("commonhub", words)]
    found = await row()
    assert (found.outcome, found.archive) == (homes.Outcome.ARCHIVED, "nowhere")
    assert await later(left, days=31) is False
    assert len(await noted("home.archived")) == 1


@pytest.mark.parametrize("who", ["dan", "eve"])
async def test_who_does_not_hold_it_is_refused_with_the_name_of_who_does(left, who):
    for verb in ("home.what-goes", "home.remove", "home.keep"):
        with pytest.raises(allowing.NotAllowedError, match="Carol Mendes"):
            await ask(left, verb, who)
        assert [actor for actor, _ in await noted(verb)] == [who]
    assert not await sync_to_async(models.HomeRemoval.objects.exists)()


@pytest.mark.parametrize("typed", ["", "eve", "reef/main", "reef/lab/eve"])
async def test_another_name_than_the_whole_one_confirms_nothing(left, typed):
    with pytest.raises(errors.CommonhubError, match="type reef/main/eve to confirm it"):
        await ask(left, confirm=typed)
    assert not await sync_to_async(models.HomeRemoval.objects.exists)()


async def test_the_home_of_one_who_may_use_the_hub_stays(left):
    await sync_to_async(let_in)(left)
    with pytest.raises(errors.RefusedError, match="Eve Banda may use Reef hub"):
        await ask(left)
    await sync_to_async(let_in)(left, "carol")
    await sync_to_async(remove)(left, "carol")  # she may come in by her role
    with pytest.raises(errors.RefusedError, match="Carol Mendes may use Reef hub"):
        await ask(left, handle="carol", confirm=f"{HUB}/carol")


async def test_the_home_of_one_with_a_running_server_stays(left):
    left.on.people[HUB] = ("eve",)
    await left.keeper.record()
    with pytest.raises(errors.RefusedError, match="A server of Eve Banda runs"):
        await ask(left)
    left.on.people.clear()
    await left.keeper.record()
    await ask(left)
    left.on.people[HUB] = ("eve",)  # a server that could not be ended
    assert await later(left, days=30) is True
    assert "A server of eve runs" in (await row()).trouble
    left.on.people.clear()
    assert await later(left, days=30, hours=23) is True
    assert await later(left, days=31) is False


async def test_somebody_who_never_was_on_the_list_and_a_hub_with_another_login_are_refused(left):
    with pytest.raises(errors.NotFoundError, match="Dan Rahman was never on the list"):
        await ask(left, handle="dan", confirm=f"{HUB}/dan")
    with pytest.raises(errors.NotFoundError, match="nobody-here"):
        await ask(left, handle="nobody-here")
    left.commit("Passwords of its own", {MAIN: hub_text()})
    await left.keeper.follow()
    with pytest.raises(errors.RefusedError, match="do not sign in to Reef hub with their account"):
        await ask(left)


async def test_a_hub_that_got_another_login_since_parts_with_no_home(left):
    await ask(left)
    left.commit("Passwords of its own", {MAIN: hub_text()})
    await left.keeper.follow()
    assert await later(left, days=31) is True
    assert (await row()).ended is None


async def test_asked_twice_the_first_stands(left):
    first = await ask(left)
    left.now.turn(timedelta(days=3))
    second = await ask(left)
    assert (second["until"], second["asked"]) == (first["until"], first["asked"])
    assert len(await noted("home.remove")) == 1


async def test_taken_back_nothing_goes_and_it_can_be_asked_for_anew(left):
    await ask(left)
    assert (await ask(left, "home.keep"))["said"] == "The files of Eve Banda stay on Reef hub."
    assert (await notices())[0] == "Your files on Reef hub stay where they are."
    assert [actor for actor, _ in await noted("home.keep")] == ["carol"]
    assert await later(left, days=31) is True
    with pytest.raises(errors.NotFoundError, match="Nobody asked"):
        await ask(left, "home.keep")
    assert (await ask(left))["until"] == "2026-05-02T12:00:00+00:00"


async def test_who_is_let_in_again_keeps_their_files(left):
    await ask(left)
    await sync_to_async(let_in)(left)
    assert await later(left, days=1) is True
    assert (await row()).outcome == homes.Outcome.KEPT
    assert await noted("home.keep") == [("commonhub", "eve may use reef/main again, so their files stay.")]
    await sync_to_async(remove)(left)
    assert await later(left, days=40) is True


async def test_who_is_let_in_while_it_is_archived_keeps_their_files(left):
    await ask(left)
    remove_home = left.on.remove_home

    async def slow(hub_id, user, *, since, still):
        with pytest.raises(errors.UnavailableError, match="being archived already"):
            await ask(left, "home.keep")
        await sync_to_async(let_in)(left)
        return await remove_home(hub_id, user, since=since, still=still)

    left.on.remove_home = slow
    assert await later(left, days=30) is True
    left.on.remove_home = remove_home
    assert await later(left, days=30, minutes=1) is True
    assert (await row()).outcome == homes.Outcome.KEPT
    assert await noted("home.archived") == []


@pytest.mark.parametrize("again", [False, True])
async def test_what_a_keeper_that_died_did_is_said_by_the_next(left, again):
    await ask(left)
    remove_home = left.on.remove_home

    async def dying(*what, **more):
        await remove_home(*what, **more)
        raise asyncio.CancelledError

    left.on.remove_home = dying
    with pytest.raises(asyncio.CancelledError):
        await later(left, days=30)
    left.on.remove_home = remove_home
    assert (await row()).begun is not None
    if again:  # let in before the next keeper came: the home is gone all the same, and that is said
        await sync_to_async(let_in)(left)
    left.keeper = left.another()
    await left.keeper.follow()
    assert await later(left, days=30, minutes=5) is False
    assert (await row()).outcome == homes.Outcome.ARCHIVED
    assert len(await noted("home.archived")) == 1
    assert await noted("home.keep") == []


async def test_a_keeper_that_died_before_anything_went_leaves_it_to_be_taken_back(left):
    await ask(left)
    remove_home = left.on.remove_home

    async def dying(*_what, **_more):
        raise asyncio.CancelledError

    left.on.remove_home = dying
    with pytest.raises(asyncio.CancelledError):
        await later(left, days=30)
    left.on.remove_home = remove_home
    await sync_to_async(let_in)(left)
    left.keeper = left.another()
    await left.keeper.follow()
    assert await later(left, days=30, minutes=5) is True
    assert await later(left, days=30, minutes=6) is True
    assert (await row()).outcome == homes.Outcome.KEPT


async def test_one_whose_archive_fails_is_kept_told_of_and_tried_the_next_day(left):
    await ask(left)
    remove_home = left.on.remove_home

    async def failing(*_what, **_more):
        raise errors.UnavailableError("There is no room.", "Make room.")

    left.on.remove_home = failing
    assert await later(left, days=30) is True
    left.on.remove_home = remove_home
    assert "There is no room." in (await ask(left, "home.what-goes"))["trouble"]
    assert await later(left, days=30, hours=23) is True
    assert await later(left, days=31) is False


async def test_one_who_never_had_files_is_said_to_have_had_none(left):
    del left.on.homes[HUB, "eve"]
    await ask(left)
    assert await later(left, days=30) is False
    assert (await row()).outcome == homes.Outcome.NOTHING
    assert "There were no files of eve" in (await noted("home.archived"))[0][1]


async def test_a_fleet_that_cannot_be_read_or_is_refused_parts_with_no_home(left):
    await ask(left)
    left.commit("A slip", {MAIN: "title: [unclosed\n"})
    await left.keeper.follow()
    assert await later(left, days=31) is True
    left.commit("Mended", {MAIN: hub_text(**AT_PORTAL)})
    await left.keeper.follow()
    left.keeper._wanted.look(wishes.Glance(refused="Written anew."))
    assert await later(left, days=31) is True
    assert (await row()).begun is None


async def test_a_home_goes_with_its_hub_and_waits_while_the_hub_may_come_back(left):
    left.parting = parting.Parting(grace=timedelta(days=40))
    left.keeper = left.another()
    await ask(left)
    left.commit("The hub closes", {MAIN: None})
    await left.keeper.follow()
    assert (await left.on.observe())[HUB].state == engine.HubState.RETIRED
    assert await later(left, days=31) is True
    assert (await row()).begun is None
    left.now.turn(timedelta(days=20))
    await left.keeper._part()
    assert (await row()).outcome == homes.Outcome.WITH_HUB
