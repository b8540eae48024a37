"""Held hubs keep what they had, but for words and administrators."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.fleet import desired
from commonhub.ground import errors
from commonhub.hubs import holds
from hubs import keeping, wanted

NAMES = [known.name for known in dataclasses.fields(desired.DesiredHub)]


def hold(of: desired.DesiredHub) -> holds.Hold:
    return holds.Hold(settings=of, words="Held.")


@given(
    old=st.integers(1, 2**40),
    new=st.integers(1, 2**40),
    titles=st.tuples(st.text(max_size=5), st.text(max_size=5)),
    admins=st.tuples(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3)),
)
def test_a_held_hub_has_the_new_words_and_administrators_and_else_what_it_had(old, new, titles, admins):
    before = wanted.hub(memory_limit=old, title=titles[0], admins=admins[0])
    after = wanted.hub(memory_limit=new, title=titles[1], admins=admins[1])
    now = holds.effective(after, hold(before))
    for name in NAMES:
        assert getattr(now, name) == getattr(after if name in holds.PASSING else before, name)


def test_hubs_that_are_not_held_are_as_they_are_wanted_and_those_that_left_do_not_come_back():
    one, other = wanted.hub("reef/main"), wanted.hub("reef/second")
    found = holds.overlay([one], {"reef/gone": hold(wanted.hub("reef/gone")), "reef/second": hold(other)})
    assert found == {"reef/main": one}


def test_every_setting_that_passes_is_one_of_a_hub():
    assert set(holds.PASSING) <= set(NAMES)


@pytest.mark.django_db(transaction=True)
async def test_a_domain_above_is_asked_by_name_and_the_fleet_is_followed_after_it(kept):
    asked: list[Any] = []

    def room(asker, folder, verb, values, now):
        asked.append((asker.handle, verb, dict(values), now))
        folder.edit(keeping.MAIN, lambda text: text.replace("Reef hub", "New"), asker=asker, why="By a room")
        return {"said": "done"}

    kept.rooms["changes"] = room
    await kept.keeper.follow()
    eve = keeping.person("eve")
    assert await kept.keeper.ask_room("changes", eve, "propose", {"a": 1}) == {"said": "done"}
    assert asked == [("eve", "propose", {"a": 1}, kept.now())]
    assert kept.keeper._wanted.hubs["reef/main"].title == "New"
    with pytest.raises(errors.NotFoundError, match="nothing"):
        await kept.keeper.ask_room("nothing", eve, "propose", {})


@pytest.mark.django_db(transaction=True)
async def test_a_glance_that_fails_keeps_no_hub_waiting(kept):
    def glance(_folder, _now):
        raise errors.RefusedError("The folder is dirty.", "Commit.")

    kept.glance = glance
    kept.keeper = kept.another()
    await kept.keeper.follow()
    assert await kept.states() == {"reef/main": "asleep"}
