"""The collector of cycles rests while a fleet is read, and works again afterwards."""

import gc

import folders
import pytest

from commonhub.fleet import collecting, reading, resolving


@pytest.fixture(autouse=True)
def thawed():
    """No test leaves frozen objects, or a resting collector, to the next."""
    yield
    gc.unfreeze()
    gc.enable()


def break_off():
    with collecting.at_rest():
        assert not gc.isenabled()
        raise KeyError


def test_the_collector_works_again_after_a_rest_that_broke_off():
    with pytest.raises(KeyError):
        break_off()
    assert gc.isenabled()


def test_a_collector_that_somebody_switched_off_stays_off():
    gc.disable()
    with collecting.at_rest():
        pass
    assert not gc.isenabled()


def test_only_what_is_worth_a_walk_is_taken_out_of_later_rounds():
    gc.unfreeze()
    with collecting.at_rest() as few:
        few.made = collecting.MANY
    assert gc.get_freeze_count() == 0
    with collecting.at_rest() as many:
        many.made = collecting.MANY + 1
    assert gc.get_freeze_count() > 0


def test_a_second_resolving_makes_only_the_hubs_that_differ():
    reader, resolver = reading.Reader(), resolving.Resolver()
    other = {"communities/reef/hubs/course.yaml": "title: Course\n"}
    first = resolver.resolve(reader.read(folders.tree(folders.REEF | other)).fleet)
    changed = folders.REEF | {"communities/reef/hubs/course.yaml": "title: Another course\n"}
    second = resolver.resolve(reader.read(folders.tree(changed)).fleet)
    before, after = ({hub.name: hub for hub in hubs} for hubs in (first, second))
    assert after["main"] is before["main"]
    assert (before["course"].title, after["course"].title) == ("Course", "Another course")


@pytest.mark.parametrize(
    "change",
    [
        {"fleet.yaml": "name: Our hubs\ndefaults: {interface: /tree}\n"},
        {"communities/reef/community.yaml": "title: Another reef\n"},
        {"communities/reef/hubs/main.yaml": "title: Reef hub\n"},
    ],
)
def test_what_is_remembered_never_differs_from_what_a_new_reading_gives(change):
    reader, resolver = reading.Reader(), resolving.Resolver()
    for files in (folders.REEF, folders.REEF | change, folders.REEF):
        remembered = resolver.resolve(reader.read(folders.tree(files)).fleet)
        anew = resolving.resolve(reading.read(folders.tree(files)).fleet)
        assert remembered == anew
        assert [hub.digest for hub in remembered] == [hub.digest for hub in anew]
