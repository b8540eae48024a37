"""The table of kinds: read, refused in words, and complete for the whole schema."""

import types
import typing
from collections.abc import Iterator

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.changes import comparing, kinds
from commonhub.changes.comparing import ABSENT, Touch
from commonhub.fleet import models

MAIN = "communities/reef/hubs/main.yaml"
TABLE = kinds.shipped()
GOOD = {"title": "x", "meaning": "x", "touches": ["a"], "consent": ["change:approve-routine"]}


def kind(*path, before="1", after="2", file=MAIN, **said) -> str:
    return TABLE.kind_of(Touch(file=file, path=path, before=before, after=after, **said)).id


def all_of(before, after, file=MAIN) -> set[str]:
    return {each.id for each, _ in TABLE.sorted_out(comparing.touches(file, before, after))}


def bare(annotation):
    """A field's own kind, without None and without what decorates it."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        annotation = next(each for each in typing.get_args(annotation) if each is not type(None))
    return bare(typing.get_args(annotation)[0]) if typing.get_origin(annotation) is typing.Annotated else annotation


def paths(annotation, above=()) -> Iterator[tuple[str, ...]]:
    """Every key path that the schema knows; an entry of a list is [x], a free key is x."""
    annotation = bare(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and origin is None and issubclass(annotation, pydantic.BaseModel):
        for name, field in annotation.model_fields.items():
            yield from paths(field.annotation, (*above, name))
    elif origin is tuple:
        yield from paths(arguments[0], (*above, "[x]"))
    elif origin is dict and arguments[1] is not typing.Any:
        yield from paths(arguments[1], (*above, "x"))
    else:
        yield above


@pytest.mark.parametrize(
    ("file", "model"),
    [
        (MAIN, models.HubFile),
        ("communities/reef/community.yaml", models.CommunityFile),
        ("fleet.yaml", models.FleetFile),
    ],
)
def test_every_key_of_the_schema_is_of_a_kind_that_was_thought_of(file, model):
    known = list(paths(model))
    assert len(known) > 10
    assert [".".join(path) for path in known if kind(*path, file=file) == kinds.STRICTEST] == []


def test_what_no_kind_names_is_looked_at_by_two():
    assert kind("tomorrow", "a", "word") == "unknown"
    assert TABLE.by_id["unknown"].self_approval == "second-person"
    assert [str(each) for each in TABLE.by_id["unknown"].consent] == ["change:approve-program"]


@given(st.lists(st.sampled_from(["image", "memory", "limit", "title", "login", "a", "admins"]), max_size=5))
def test_whatever_stands_below_extra_is_program_text(below):
    assert kind("extra", *below) == "program-text"
    assert kind("defaults", "extra", *below, file="fleet.yaml") == "program-text"
    assert kind("menu", "[big]", "extra", *below) == "program-text"


def test_nothing_is_hidden_in_a_new_entry_of_a_list():
    before = {"menu": [{"title": "Small"}]}
    after = {"menu": [{"title": "Small"}, {"title": "Big", "memory": {"limit": "64G"}, "extra": {"a": 1}}]}
    assert all_of(before, after) == {"program-text", "bigger-sizes", "menu"}
    moved = {"menu": [{"title": "Big", "before": [{"name": "x", "image": "a:1"}]}, {"title": "Small"}]}
    assert "program-text" in all_of({"menu": [{"title": "Small"}, {"title": "Big"}]}, moved)
    asked = {"menu": [{"title": "Small", "ask": {"image": {"choices": {"x": {"title": "X", "image": "a/b:1"}}}}}]}
    assert all_of(before, asked) == {"new-image", "menu"}


def test_nothing_is_hidden_in_a_new_hub():
    plain = {"title": "Lab", "server": {"image": "a:1", "memory": {"limit": "1G"}}}
    assert all_of(ABSENT, plain) == {"new-hub"}
    assert all_of(ABSENT, plain | {"extra": {"a": 1}}) == {"new-hub", "program-text"}
    assert "administrators" in all_of(ABSENT, plain | {"admins": ["mallory"]})


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        (("server", "image"), "quay.io/a/b:1", "quay.io/a/b:2", "image-tag"),
        (("server", "image"), "localhost:5000/a/b:1", "localhost:5000/a/b@sha256:00", "image-tag"),
        (("server", "image"), "quay.io/a/b:1", "quay.io/a/bb:1", "new-image"),
        (("server", "image"), "quay.io/a/b:1", "quay.io.evil.example/a/b:1", "new-image"),
        (("server", "memory", "limit"), "2G", "1G", "same-sizes"),
        (("server", "memory", "limit"), "2G", "2000M", "same-sizes"),
        (("server", "memory", "limit"), "none", "64G", "same-sizes"),
        (("server", "memory", "limit"), "64G", "none", "bigger-sizes"),
        (("server", "memory", "limit"), "1G", "1.5G", "bigger-sizes"),
        (("server", "gpus"), 1, 2, "bigger-sizes"),
        (("server", "machine"), "small", "huge", "bigger-sizes"),
        (("named_servers", "allowed"), False, True, "bigger-sizes"),
        (("named_servers", "allowed"), True, False, "same-sizes"),
        (("cull", "idle"), "1h", "24h", "culling"),
        (("cull", "idle"), "1h", "25h", "long-culling"),
        (("cull", "max_age"), "7d", "none", "long-culling"),
        (("cull", "enabled"), True, False, "long-culling"),
        (("cull", "enabled"), False, True, "culling"),
        (("cull", "every"), "5m", "30d", "long-culling"),
        (("homepage", "organisation", "url"), "https://x.org", "\x01javascript:x", "page-markup"),
        (("homepage", "organisation", "url"), "https://x.org", "java\tscript:x", "page-markup"),
        (("homepage", "organisation", "url"), "https://x.org", "&#106;avascript:x", "page-markup"),
        (("homepage", "organisation", "url"), "https://x.org", "https://y.org/?a=b", "words"),
        (("homepage", "announcements"), ["a"], ['" onmouseover="x'], "page-markup"),
        (("menu", "[big]", "title"), "Big", "<img src=x>", "page-markup"),
        (("menu", "[big]", "description"), "Big", "&lt;img src=x&gt;", "page-markup"),
        (("menu", "[big]", "description"), "Big", "8 GB, for models", "menu"),
        (("menu", "[big]", "ask", "size", "choices", "x", "title"), "Big", "<b>", "page-markup"),
        (("egress",), "internet", "packages", "less-reach"),
        (("egress",), "packages", "internet", "reach"),
        (("storage", "homes"), "temporary", "kept", "storage"),
        (("storage", "homes"), "kept", "temporary", "temporary-homes"),
    ],
)
def test_how_it_changes_tells_the_kind(path, before, after, expected):
    assert kind(*path, before=before, after=after) == expected


def test_markup_that_stood_there_before_is_not_asked_for_again():
    one, two = {"title": "A", "description": "<b>"}, {"title": "B"}
    assert all_of({"menu": [one, two]}, {"menu": [two, one]}) == {"menu"}
    assert "page-markup" in all_of({"menu": [two]}, {"menu": [two, one]})
    named = {"title": "C", "ask": {'" onfocus="x': {"choices": {}}}}
    assert "page-markup" in all_of({"menu": [two]}, {"menu": [two, named]})


def test_a_community_may_be_named_hubs():
    assert kinds.sort_of("communities/hubs/community.yaml") == "community"
    assert kinds.sort_of("communities/hubs/hubs/main.yaml") == "hub"


def test_a_new_hub_costs():
    assert TABLE.by_id["new-hub"].costs


def test_a_limit_that_is_not_said_any_more_may_be_larger():
    assert kind("server", "memory", "limit", before="1G", after=None, has=False) == "bigger-sizes"
    assert kind("usage_quotas", "rules", "[x]", before={}, after=None, has=False) == "bigger-sizes"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**GOOD, "consent": ["change:approve-everything"]}, "There is no permission"),
        ({**GOOD, "consent": []}, "names no consent"),
        ({**GOOD, "when": "smaller"}, "is no condition"),
        ({**GOOD, "touches": []}, "names no key paths"),
        ({**GOOD, "file": "heap"}, "no sort of file"),
        ({**GOOD, "self_approval": "maybe"}, "one's own consent"),
        ({**GOOD, "costs": "often"}, "neither true nor false"),
        ({**GOOD, "titel": "x"}, "not known here"),
        ({**GOOD, "title": " "}, "has no title"),
        ("x", "no keys below it"),
    ],
)
def test_a_table_with_a_fault_is_refused_with_its_line(entry, words):
    numbers = dict.fromkeys(TABLE.numbers, 1)
    sound = {"numbers": numbers, "kinds": {"unknown": GOOD}}
    assert kinds.read(comparing.canonical(sound).encode())[0] is not None
    table, faults = kinds.read(comparing.canonical(sound | {"kinds": {"odd": entry, "unknown": GOOD}}).encode())
    assert table is None
    assert any(words in fault.problem for fault in faults), faults


def test_a_table_without_its_last_word_is_refused():
    numbers = dict.fromkeys(TABLE.numbers, 1)
    table, faults = kinds.read(comparing.canonical({"numbers": numbers, "kinds": {"odd": GOOD}}).encode())
    assert table is None
    assert "last kind" in faults[0].problem
    table, faults = kinds.read(comparing.canonical({"numbers": {"n": -1}, "kinds": {"unknown": GOOD}}).encode())
    assert table is None
    assert {"There is no number 'n'."} <= {fault.problem for fault in faults}


def test_each_kind_is_of_use():
    """Every kind of the table fits something: a pattern that fits nothing is a slip of the hand."""
    seen = set()
    for file, model in ((MAIN, models.HubFile), ("communities/reef/community.yaml", models.CommunityFile)):
        for path in paths(model):
            for before, after, said in (
                ("a/b:1", "a/b:2", {}),
                ("plain", "<b>bold</b>", {}),
                ("2G", "1G", {}),
                ("1h", "2h", {}),
                ("internet", "none", {}),
                (None, "x", {"had": False}),
                ("x", None, {"has": False}),
            ):
                seen.add(kind(*path, before=before, after=after, file=file, **said))
        seen |= {kind(file=file, had=False), kind(file=file, has=False)}
    for path in paths(models.FleetFile):
        seen.add(kind(*path, file="fleet.yaml"))
    seen |= {kind("areas", file="responsibilities.yaml"), kind("nothing"), kind("#")}
    assert {each.id for each in TABLE.kinds} - seen == set()
