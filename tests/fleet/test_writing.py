"""Writing fleet files without losing a comment."""

import folders
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.fleet import reading, schemas, trees, writing
from commonhub.ground import errors, marked

HUB = """# yaml-language-server: $schema=../../../.schemas/hub.json
# Why this hub is here.
title: 'Reef hub'   # quoted by a person
admins: [dan, "carol"]

# Memory was measured in May.
server:
  memory:
    # for the big rasters
    limit: 4G
    guarantee:   512M
description: >-
  Satellite pictures and
  temperature loggers.

# The line is thin, so nothing leaves.
egress: none
# last words
"""


def test_an_edit_changes_the_line_it_means_and_no_other():
    text = writing.edit(HUB, {"server.memory.limit": "8G"})
    assert text == HUB.replace("limit: 4G", "limit: 8G").replace("guarantee:   512M", "guarantee: 512M")


def test_an_edit_of_nothing_changes_nothing():
    assert writing.edit(HUB, {}) == HUB


def test_a_new_key_stands_at_the_end_and_a_removed_one_leaves_its_neighbours_comments():
    text = writing.edit(HUB, {"cull.idle": "2h", "server": writing.REMOVE})
    assert "cull:\n  idle: 2h\n" in text
    assert "# The line is thin, so nothing leaves.\negress: none\n" in text
    assert text.startswith(
        "# yaml-language-server: $schema=../../../.schemas/hub.json\n# Why this hub is here.\ntitle:"
    )
    assert "server" not in marked.read(text.encode(), "x").value


def test_removing_what_is_not_there_changes_nothing():
    assert writing.edit(HUB, {"cull.idle": writing.REMOVE, "login": writing.REMOVE}) == HUB


def test_a_value_with_special_letters_is_quoted():
    text = writing.edit(HUB, {"title": "Reef: part 2 # two"})
    assert marked.read(text.encode(), "x").value["title"] == "Reef: part 2 # two"


def test_an_edit_of_something_that_is_no_mapping_is_refused():
    with pytest.raises(errors.CommonhubError, match="no keys and values"):
        writing.edit("- 1\n", {"title": "x"})
    with pytest.raises(errors.CommonhubError, match="not valid YAML"):
        writing.edit("a: [", {"title": "x"})
    with pytest.raises(errors.CommonhubError, match="title has no keys below it"):
        writing.edit(HUB, {"title.x": 1})


def test_an_empty_file_can_be_edited():
    assert writing.edit("", {"title": "x"}) == "title: x\n"


@pytest.mark.parametrize("path", sorted(folders.SAMPLE.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_sample_fleet_survives_an_edit_of_nothing(path):
    assert writing.edit(path.read_text(), {}) == path.read_text()


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)
scalars = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(0.001, 1e6) | texts
trees_of_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(texts.filter(lambda key: key != "<<"), trees_of_values, min_size=1, max_size=4))
def test_what_is_written_is_read_again_to_the_letter(values):
    def known(value):
        if isinstance(value, dict):
            return "<<" not in value and all(known(one) for one in value.values())
        return all(known(one) for one in value) if isinstance(value, list) else True

    if known(values):
        found = marked.read(writing.hub_text(values).encode(), "x")
        assert repr(found.value) == repr(values), found.faults


@given(texts, st.sampled_from(["title", "server.memory.limit", "login.kind", "cull.idle"]))
def test_an_edit_sets_exactly_what_it_was_told(value, path):
    after = marked.read(writing.edit(HUB, {path: value}).encode(), "x").value
    expected = marked.read(HUB.encode(), "x").value
    *above, last = path.split(".")
    place = expected
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    assert after == expected


def test_new_files_name_their_schema_and_the_schema_is_there(tmp_path):
    writing.write_fleet(tmp_path, {"name": "x"})
    writing.write_community(tmp_path, "reef", {"title": "Reef"})
    path = writing.write_hub(tmp_path, "reef", "main", {"title": "Reef hub"}, comment="Made by hand.")
    assert path.read_text().splitlines()[1:] == ["# Made by hand.", "title: Reef hub"]
    for file in tmp_path.rglob("*.yaml"):
        schema = file.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / schema).resolve().is_relative_to(tmp_path)
        assert (file.parent / schema).is_file()
    assert reading.read(trees.folder(tmp_path)).faults == ()
    assert {path.name for path in (tmp_path / schemas.FOLDER).iterdir()} == {"fleet.json", "community.json", "hub.json"}


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "fleet.yaml"
    path.write_text("old")
    path.chmod(0o640)
    writing.write(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = folders.put(tmp_path, {"fleet.yaml": "old"}) / "fleet.yaml"
    with pytest.raises(UnicodeEncodeError):
        writing.write(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
