"""What a change touches, and how two changes of one file come together."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.changes import comparing, merging
from commonhub.changes.comparing import ABSENT
from commonhub.ground import errors

FILE = "communities/reef/hubs/main.yaml"
KEYS = st.sampled_from(["title", "server", "memory", "admins", "login", "name"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2, allow_nan=False)
    | st.sampled_from(["a", "a#2", "a##2", "b", "b#2", "1"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
FILES = st.dictionaries(KEYS, VALUES, max_size=4)


def touched(before, after):
    return [(each.path, each.before, each.after) for each in comparing.touches(FILE, before, after)]


@settings(max_examples=400, deadline=None)
@given(FILES, FILES)
def test_there_is_no_touch_where_and_only_where_both_say_the_same(before, after):
    assert (comparing.touches(FILE, before, after) == ()) == comparing.same(before, after)


@settings(max_examples=200, deadline=None)
@given(FILES)
def test_a_touch_survives_the_records(before):
    for each in comparing.touches(FILE, before, {"title": 1}):
        assert comparing.heard(each.told()) == each


def test_comments_and_the_order_of_keys_are_no_touch():
    one = merging.value_of("title: Reef\n# why\nserver: {memory: 1G}\n")
    other = merging.value_of("server:\n  memory: 1G   # enough\ntitle: 'Reef'\n")
    assert touched(one, other) == []


def test_a_list_is_told_entry_by_entry():
    assert touched({"admins": ["dan", "eve"]}, {"admins": ["dan", "carol"]}) == [
        (("admins", "[eve]"), "eve", None),
        (("admins", "[carol]"), None, "carol"),
    ]


def test_an_entry_with_a_name_is_the_same_entry_after_a_change_inside_it():
    before = {"roles": {"guide": [{"login": "bob", "until": "2026-01-01"}, {"login": "eve"}]}}
    after = {"roles": {"guide": [{"login": "bob", "until": "2027-01-01"}, {"login": "eve"}]}}
    assert touched(before, after) == [(("roles", "guide", "[bob]", "until"), "2026-01-01", "2027-01-01")]


def test_no_two_entries_of_a_list_have_one_name_whatever_is_written_in_them():
    titles = ["a", "a", "a#2", "a##2", "a#2", "#", "##", "#", "a#", "a", "a###2"]
    found = comparing.labels([{"title": each} for each in titles])
    assert len(set(found)) == len(titles)
    menu = [{"title": "a"}, {"title": "a"}, {"title": "a#2"}]
    hidden = [menu[0], {"title": "a", "extra": {"x": 1}}, menu[2]]
    assert touched({"menu": menu}, {"menu": hidden}) == [(("menu", "[a#2]", "extra", "x"), None, 1)]
    (touch,) = comparing.touches(FILE, {"menu": menu[:2]}, {"menu": menu})
    assert touch.spoken == "menu > a#2"


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text("a#2@", max_size=4), max_size=8))
def test_names_of_entries_are_never_equal(titles):
    assert len(set(comparing.labels([{"title": each} for each in titles]))) == len(titles)


def test_entries_that_change_places_are_a_touch_of_the_list():
    assert touched({"domains": ["a", "b"]}, {"domains": ["b", "a"]}) == [(("domains",), ["a", "b"], ["b", "a"])]


def test_a_new_file_is_a_touch_and_so_is_all_that_stands_in_it():
    assert touched(ABSENT, {"title": "Lab", "extra": {"a": {"b": 1}}})[1:] == [
        (("extra", "a", "b"), None, 1),
        (("title",), None, "Lab"),
    ]
    assert touched({"title": "Lab"}, ABSENT) == [((), {"title": "Lab"}, None)]


def test_a_file_tells_its_place():
    assert comparing.place_of_file(FILE) == ("reef", "main")
    assert comparing.place_of_file("communities/reef/community.yaml") == ("reef", "")
    assert comparing.place_of_file("fleet.yaml") == ("", "")


BASE = """\
# The hub of the reef.
title: Reef hub

server:
  memory: {guarantee: 256M, limit: 1G}   # enough
admins: [dan]
"""


def test_two_changes_of_different_keys_come_together_with_all_comments():
    ours = BASE.replace("Reef hub", "Reef analysis")
    theirs = BASE.replace("admins: [dan]", "admins: [dan, eve]  # since March")
    found = merging.merge(FILE, base=BASE, ours=ours, theirs=theirs)
    assert found.text == ours.replace("admins: [dan]", "admins: [dan, eve]  # since March")


def test_two_changes_in_one_row_come_together_where_their_keys_differ():
    ours = BASE.replace("limit: 1G", "limit: 2G")
    theirs = BASE.replace("guarantee: 256M", "guarantee: 512M")
    found = merging.merge(FILE, base=BASE, ours=ours, theirs=theirs)
    assert merging.value_of(found.text)["server"] == {"memory": {"guarantee": "512M", "limit": "2G"}}


def test_both_add_to_one_list_and_nobody_is_lost():
    ours, theirs = BASE.replace("[dan]", "[dan, eve]"), BASE.replace("[dan]", "[dan, carol]")
    found = merging.merge(FILE, base=BASE, ours=ours, theirs=theirs)
    assert set(merging.value_of(found.text)["admins"]) == {"dan", "eve", "carol"}


def test_the_same_key_changed_twice_is_a_conflict_that_names_both_sides():
    ours, theirs = BASE.replace("limit: 1G", "limit: 2G"), BASE.replace("limit: 1G", "limit: 4G")
    found = merging.merge(FILE, base=BASE, ours=ours, theirs=theirs)
    assert found.text is None
    assert (found.conflicts[0].ours, found.conflicts[0].theirs) == ("2G", "4G")
    assert "server > memory > limit" in found.conflicts[0].sentence


def test_a_file_that_one_removes_and_the_other_changes_is_a_conflict():
    found = merging.merge(FILE, base=BASE, ours=None, theirs=BASE + "interface: /tree\n")
    assert found.conflicts
    assert "removes it" in found.conflicts[0].sentence


def test_a_comment_is_never_lost():
    ours = BASE.replace("# enough", "# enough for now")
    theirs = BASE.replace("limit: 1G}   # enough", "limit: 2G}   # more")
    assert merging.merge(FILE, base=BASE, ours=ours, theirs=theirs).conflicts


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        (("limit: 1G", "limit: 2G"), ("limit: 1G", "limit: 4G"), ("limit: 1G", "limit: 2G")),
        (("Reef hub", "The reef"), ("title: Reef hub\n", ""), ("Reef hub", "The reef")),
        (("title: Reef hub\n", ""), ("Reef hub", "The reef"), ("title: Reef hub\n", "")),
        (("[dan]", "[dan, eve]"), ("limit: 1G", "limit: 4G"), None),
    ],
    ids=["both set it", "one took it out", "ours takes it out", "no conflict"],
)
def test_what_met_another_change_is_said_anew_in_what_holds_now(ours, theirs, wanted):
    of_ours, of_theirs = BASE.replace(*ours), BASE.replace(*theirs)
    text = merging.anew(FILE, base=BASE, ours=of_ours, theirs=of_theirs)
    expected = merging.value_of(of_ours if wanted else of_theirs.replace(*ours))
    assert merging.value_of(text) == expected
    assert "# The hub of the reef." in text


def test_a_file_that_is_gone_meanwhile_is_proposed_whole_and_one_to_go_goes():
    assert merging.anew(FILE, base=BASE, ours=BASE + "interface: /tree\n", theirs=None) == BASE + "interface: /tree\n"
    assert merging.anew(FILE, base=BASE, ours=None, theirs=BASE + "interface: /tree\n") is None


def test_what_only_a_person_can_put_together_is_said_to_be_so():
    ours = BASE.replace("# enough", "# enough for now").replace("limit: 1G", "limit: 3G")
    with pytest.raises(errors.CommonhubError, match="comments among them") as told:
        merging.anew(FILE, base=BASE, ours=ours, theirs=BASE.replace("limit: 1G", "limit: 2G"))
    assert "by hand" in told.value.mend


MAPS = st.dictionaries(
    KEYS,
    st.sampled_from(["a", "b", 1, 2, True])
    | st.lists(st.sampled_from("abcd"), max_size=3, unique=True)
    | st.dictionaries(KEYS, st.sampled_from(["x", "y", 3]), min_size=1, max_size=2),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(MAPS, MAPS, MAPS)
def test_whatever_two_people_write_both_hold_or_a_conflict_is_told(base, ours, theirs):
    texts = [yaml.safe_dump(each, sort_keys=False) for each in (base, ours, theirs)]
    found = merging.merge(FILE, base=texts[0], ours=texts[1], theirs=texts[2])
    if found.conflicts:
        assert found.text is None
        return
    merged = merging.value_of(found.text)
    mine, other = comparing.touches(FILE, base, ours), comparing.touches(FILE, base, theirs)
    whole = {str(each) for each in (*mine, *other)}
    assert {str(each) for each in comparing.touches(FILE, base, merged)} == whole


@settings(max_examples=200, deadline=None)
@given(MAPS, MAPS)
def test_a_change_set_back_leaves_what_was_before(base, ours):
    before, after = yaml.safe_dump(base, sort_keys=False), yaml.safe_dump(ours, sort_keys=False)
    assert merging.merge(FILE, base=after, ours=before, theirs=after).text == before
