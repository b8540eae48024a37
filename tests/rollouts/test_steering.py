"""What people may do to a roll-out, who may not, and what it does then."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

import cast
from commonhub.audit.models import AuditEntry
from commonhub.communities import allowing
from commonhub.communities.asker import Asker
from commonhub.ground import errors
from commonhub.rollouts import models, showing, verbs, words
from rollouts import under_way

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

NAMES = ("production", "staging")
NEW = 3 * 10**9


def person(handle: str) -> Asker:
    name = next(each.name for each in cast.EVERYBODY if each.user == handle)
    return Asker(handle=handle, name=name, via="portal")


async def ask(fleet: under_way.Fleet, handle: str, verb: str, **values: object) -> dict[str, object]:
    said = await sync_to_async(words.do)(person(handle), fleet.asked(), verb, values, fleet.now())
    return dict(said)


@sync_to_async
def noted(verb: str) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(verb=verb).order_by("number")
    return list(rows.values_list("actor", "outcome"))


@pytest.fixture
async def fleet(fleet_of) -> under_way.Fleet:
    """A roll-out whose staging has it, and whose production waits."""
    made: under_way.Fleet = fleet_of(*NAMES)
    await made.follow()
    made.change_all()
    await made.follow()
    await made.turns()
    assert (await under_way.last()).phase == "watching"
    return made


@pytest.mark.parametrize("verb", list(verbs.KNOWN))
async def test_each_verb_is_refused_to_who_does_not_carry_roll_outs_and_that_is_noted(fleet, verb):
    if verb == "resume":
        await ask(fleet, "alice", "pause", number=1)
    for handle in ("dan", "eve", "mallory"):
        with pytest.raises(errors.NotFoundError) as hidden:
            await ask(fleet, handle, verb, number=1)
        with pytest.raises(errors.NotFoundError) as absent:
            await ask(fleet, handle, verb, number=77)
        assert str(hidden.value) == str(absent.value).replace("77", "1")
    with pytest.raises(allowing.NotAllowedError, match="Alice Okafor"):
        await ask(fleet, "carol", verb, number=1)
    refused = [(handle, "refused") for handle in ("dan", "eve", "mallory", "carol")]
    assert [each for each in await noted(f"rollout.{verb}") if each[1] == "refused"] == refused
    assert await under_way.moments_of(1) == {"production": None, "staging": under_way.MORNING}


async def test_a_paused_roll_out_begins_no_cohort_until_it_is_resumed(fleet):
    await ask(fleet, "alice", "pause", number=1, why="A talk")
    fleet.now.turn(timedelta(hours=5))
    await fleet.turns()
    assert fleet.limits() == {"production": None, "staging": NEW}
    assert showing.words(await under_way.last()) == "Paused by Alice Okafor: cohort 1 of 2, 1 of 2 hubs."
    with pytest.raises(errors.RefusedError, match="not running"):
        await ask(fleet, "alice", "pause", number=1)
    await ask(fleet, "alice", "resume", number=1)
    await fleet.through()
    assert fleet.limits() == {"production": NEW, "staging": NEW}
    assert await noted("rollout.pause") == [("alice", "done")]


async def test_who_hurries_skips_the_wait_and_no_probe(fleet):
    await ask(fleet, "alice", "start", number=1)
    await fleet.turns()
    rollout = await under_way.last()
    assert rollout.state == "done"
    assert all(hub.verdict for hub in rollout.hubs.all())


async def test_a_stopped_roll_out_goes_back_in_the_persons_name(fleet):
    await ask(fleet, "alice", "stop", number=1, why="Wrong image.")
    await fleet.through()
    rollout = await under_way.last()
    assert (rollout.state, fleet.limits()) == ("back", {"production": None, "staging": None})
    assert fleet.git.head().author == "Alice Okafor"
    assert "Wrong image." in fleet.git.head().body


async def test_a_done_roll_out_is_undone_for_thirty_days_and_what_came_since_stays(fleet):
    await fleet.through()
    fleet.commit(
        "A description",
        {fleet.file("staging"): under_way.hub_text("staging", **under_way.memory("3G"), description="For trying")},
    )
    await fleet.follow()
    fleet.now.turn(timedelta(days=29))
    await ask(fleet, "alice", "undo", number=1)
    await fleet.through()
    first, second = await under_way.rollouts()
    assert (first.state, second.state, second.undoes) == ("back", "done", True)
    assert fleet.limits() == {"production": None, "staging": None}
    assert fleet.written("staging")["description"] == "For trying"
    with pytest.raises(errors.RefusedError, match="taken back already"):
        await ask(fleet, "alice", "undo", number=1)


async def test_after_thirty_days_it_is_not_undone(fleet):
    await fleet.through()
    fleet.now.turn(timedelta(days=31))
    with pytest.raises(errors.RefusedError, match="30 days"):
        await ask(fleet, "alice", "undo", number=1)


async def test_an_undo_whose_probe_fails_is_not_undone_again_and_the_engineers_are_told(fleet):
    await fleet.through()
    fleet.on.inside.breaks = lambda hub: None if hub.memory_limit else "login"
    await ask(fleet, "alice", "undo", number=1)
    await fleet.through()
    first, second = await under_way.rollouts()
    assert (first.state, second.state) == ("back", "done")
    assert "cannot sign in" in second.trouble
    assert fleet.limits() == {"production": None, "staging": None}


async def test_a_hub_with_an_event_near_waits_for_its_end_in_its_communitys_time(fleet_of):
    fleet = fleet_of("main", "workshop")
    event = {"name": "Reef days", "hub": "workshop", "people": 30, "begins": "2026-03-03", "ends": "2026-03-04"}
    about = {"title": "Coral reef", "time_zone": "Europe/Berlin", "events": [event]}
    fleet.commit("Reef days", {"communities/reef/community.yaml": json.dumps(about)})
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    await fleet.through_until("waiting")
    assert fleet.limits() == {"main": NEW, "workshop": None}
    fleet.now.turn(datetime(2026, 3, 4, 22, 59, tzinfo=UTC) - fleet.now())
    await fleet.turns()
    assert fleet.limit("workshop") is None
    fleet.now.turn(timedelta(minutes=1))
    await fleet.turns()
    assert fleet.limit("workshop") == NEW


async def test_an_event_that_is_announced_during_a_roll_out_is_waited_for(fleet_of):
    fleet = fleet_of("production", "staging")
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    await fleet.turns()
    assert fleet.limits() == {"production": None, "staging": NEW}
    event = {"name": "Reef days", "hub": "production", "people": 30, "begins": "2026-03-03", "ends": "2026-03-04"}
    about = {"title": "Coral reef", "time_zone": "Europe/Berlin", "events": [event]}
    fleet.commit("Reef days", {"communities/reef/community.yaml": json.dumps(about)})
    await fleet.follow()
    await fleet.through_until("waiting")
    fleet.now.turn(timedelta(hours=3))
    await fleet.turns()
    assert fleet.limit("production") is None
    assert showing.told(await under_way.last(), fleet.now())["hubs"][1]["expected"] == "2026-03-04T23:00:00+00:00"
    fleet.now.turn(datetime(2026, 3, 4, 23, 0, tzinfo=UTC) - fleet.now())
    await fleet.turns()
    assert fleet.limit("production") == NEW


async def test_who_paused_a_roll_out_did_not_take_it_back(fleet_of):
    fleet = fleet_of("main")
    await fleet.follow()
    fleet.breaks_from(NEW)
    fleet.change_all()
    await fleet.follow()
    await ask(fleet, "alice", "pause", number=1, why="A talk")
    await fleet.through()
    assert (await under_way.last()).state == "back"
    assert fleet.git.head().author == "Commonhub"
    assert (await under_way.last()).by == ""


async def test_a_hurried_cohort_does_not_wait_for_an_event(fleet_of):
    fleet = fleet_of("main")
    event = {"name": "Reef days", "people": 30, "begins": "2026-03-01", "ends": "2026-03-04"}
    fleet.commit(
        "Reef days", {"communities/reef/community.yaml": json.dumps({"title": "Coral reef", "events": [event]})}
    )
    await fleet.follow()
    fleet.change_all()
    await fleet.follow()
    await fleet.turns()
    assert fleet.limit("main") is None
    await ask(fleet, "alice", "start", number=1)
    await fleet.turns()
    assert ((await under_way.last()).state, fleet.limit("main")) == ("done", NEW)


async def test_the_fleets_file_says_how_fast_and_a_hubs_file_where_changes_are_tried(fleet_of):
    fleet = fleet_of("alpha", "beta", "gamma")
    pace = {"soak": "2h", "share": 1.0}
    fleet.commit(
        "Slower",
        {
            "fleet.yaml": json.dumps({"name": "Our hubs", "roles": under_way.PEOPLE, "rollouts": pace}),
            fleet.file("beta"): under_way.hub_text("beta", staging=True),
        },
    )
    await fleet.follow()
    fleet.commit(
        "More memory",
        {
            fleet.file(name): under_way.hub_text(name, **under_way.memory("3G"), staging=name == "beta")
            for name in fleet.names
        },
    )
    await fleet.follow()
    assert fleet.limits() == {"alpha": None, "beta": NEW, "gamma": None}
    await fleet.turns()
    fleet.now.turn(timedelta(minutes=119))
    await fleet.turns()
    assert fleet.limit("alpha") is None
    fleet.now.turn(timedelta(minutes=1))
    await fleet.turns()
    assert fleet.limit("alpha") == NEW


async def test_roll_outs_are_shown_to_those_who_may_see_changes(fleet):
    (told,) = (await ask(fleet, "alice", "list"))["rollouts"]
    assert (told["number"], told["reached"], told["total"], told["acts"]) == (1, 1, 2, ["pause", "start", "stop"])
    assert (await ask(fleet, "mallory", "list"))["rollouts"] == []
    shown = await ask(fleet, "alice", "show", number=1)
    assert [hub["hub"] for hub in shown["hubs"]] == ["reef/staging", "reef/production"]
    with pytest.raises(errors.NotFoundError):
        await ask(fleet, "mallory", "show", number=1)


async def test_a_community_finds_its_own_roll_outs_behind_many_of_others(fleet):
    @sync_to_async
    def many() -> None:
        whole = models.Rollout.objects.get()
        for number in range(words.SHOWN + 1):
            whole.pk, whole.title = None, f"Of sand {number}"
            whole.save(force_insert=True)
            hubs = ["sand/main", "reef/main"] if number % 2 else ["sand/main"]
            models.RolloutHub.objects.bulk_create(
                models.RolloutHub(rollout=whole, hub_id=each, cohort=0) for each in hubs
            )

    await many()
    assert [each["number"] for each in (await ask(fleet, "carol", "list"))["rollouts"]] == [1]
    assert len((await ask(fleet, "alice", "list"))["rollouts"]) == words.SHOWN


@pytest.mark.parametrize("values", [{}, {"number": "1"}, {"number": True}, {"number": 0}, {"number": 1, "why": 3}])
async def test_what_is_not_understood_is_said(fleet, values):
    with pytest.raises(errors.CommonhubError):
        await ask(fleet, "alice", "pause", **values)


async def test_an_unknown_roll_out_and_an_unknown_verb_are_told(fleet):
    with pytest.raises(errors.NotFoundError, match="no roll-out 77"):
        await ask(fleet, "alice", "pause", number=77)
    with pytest.raises(errors.NotFoundError, match="explode"):
        await ask(fleet, "alice", "explode", number=1)


async def test_a_held_hub_says_so_in_its_plan(fleet):
    (held,) = await fleet.keeper.plan_of("reef/production")
    assert held == "Held by roll-out 1 (More memory), running."
    assert (await fleet.keeper.status())["hubs"][0]["held"] == held
