"""A history that was written anew is not followed: hubs keep to the commit before it, also under a new keeper."""

import json

import pytest
from asgiref.sync import sync_to_async

from commonhub.fleet import history
from commonhub.ground import errors
from commonhub.hubs import models, wishes
from hubs import keeping
from hubs.keeping import ALICE, MAIN, hub_text

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "The history was written anew."


@pytest.fixture
def refusing(kept):
    """A keeper to which a domain above says what may be followed, as the last element of `said`."""
    said = [wishes.Glance()]

    def glance(_folder, _now):
        if isinstance(said[-1], Exception):
            raise said[-1]
        return said[-1]

    kept.glance, kept.said = glance, said
    kept.keeper = kept.another()
    return kept


async def fleet() -> models.FleetRecord:
    return await sync_to_async(models.FleetRecord.objects.get)()


async def rewritten(kept) -> str:
    """Follow a commit, then refuse the newer one; the commit that stands."""
    await kept.keeper.follow()
    standing = kept.git.head().id
    kept.commit("Anew", {MAIN: hub_text("Anew")})
    kept.said.append(wishes.Glance(head=standing, refused=WORDS))
    return standing


async def test_hubs_stay_as_they_are_and_the_reason_is_told(refusing):
    standing = await rewritten(refusing)
    assert await refusing.keeper.follow() == ()
    record = await fleet()
    assert (record.revision, [fault["problem"] for fault in record.faults]) == (standing, [WORDS])
    status = await refusing.keeper.status()
    assert (status["revision"], status["refused"], status["hubs"][0]["title"]) == (standing, WORDS, "Reef hub")


async def test_a_new_keeper_obeys_the_commit_that_stands(refusing):
    standing = await rewritten(refusing)
    refusing.keeper = refusing.another()
    await refusing.keeper.follow()
    assert ((await fleet()).revision, (await refusing.keeper.status())["refused"]) == (standing, WORDS)


async def test_nothing_is_committed_on_top_of_it_and_apply_says_why(refusing):
    await rewritten(refusing)
    refusing.appoint("site-reliability-engineer", "alice")
    head = refusing.git.head().id
    values = {"role": "hub-administrator", "login": "eve", "community": "reef"}
    with pytest.raises(errors.UnavailableError, match=WORDS):
        await refusing.keeper.change_charter("appointment.make", keeping.OWNER, values)
    with pytest.raises(errors.UnavailableError, match=WORDS):
        await refusing.keeper.apply()
    assert refusing.git.head().id == head


async def test_what_was_refused_stays_refused_while_nobody_can_say(refusing):
    standing = await rewritten(refusing)
    await refusing.keeper.follow()
    refusing.said.append(errors.UnavailableError("The records do not answer.", "Try again."))
    await refusing.keeper.follow()
    assert (await refusing.keeper.status())["revision"] == standing


async def test_once_it_is_accepted_it_is_followed(refusing):
    await rewritten(refusing)
    await refusing.keeper.follow()
    refusing.said.append(wishes.Glance(head=refusing.git.head().id))
    (outcome,) = await refusing.keeper.follow()
    assert str(outcome.step.kind) == "change"
    record = await fleet()
    assert (record.revision, record.faults) == (refusing.git.head().id, [])


def test_a_commit_descends_from_those_before_it_alone(tmp_path):
    (tmp_path / "fleet.yaml").write_text(json.dumps({"name": "One"}))
    git = history.FleetRepository.create(tmp_path, who=ALICE, why="Begin")
    first = git.head().id
    second = git.change({"fleet.yaml": json.dumps({"name": "Two"})}, who=ALICE, why="Two").id
    found = [git.descends(*pair) for pair in ((second, first), (first, first), (first, second), (first, "0" * 40))]
    assert found == [True, True, False, False]
    assert [commit.id for commit in git.log(start=first)] == [first]
