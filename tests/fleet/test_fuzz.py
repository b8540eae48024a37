"""Whatever stands in a file, reading gives a fleet or faults, and never an exception."""

import json

import folders
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.fleet import charter, reading, resolving

HUB = "communities/reef/hubs/main.yaml"
REAL = {str(path.relative_to(folders.SAMPLE)): path.read_bytes() for path in folders.SAMPLE.rglob("*.yaml")}
PLACES = ["fleet.yaml", "communities/reef/community.yaml", HUB, "responsibilities.yaml"]
PIECES = [
    b": ", b"- ", b"\n", b"  ", b"\t", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!x ", b"<<: *a\n", b"? ", b"|", b">",
    b"'", b'"', b"#", b"---\n", b"...\n", b"%YAML 1.1\n", b"\xff", b"\0", b"\xef\xbb\xbf", b"title", b"server", b"memory",
    b"limit", b"login", b"kind", b"extra", b"none", b"1e999", b".inf", b"0x10", b"9" * 30, b"domains", b"staff", b"defaults",
    b"storage", b"cull", b"max_age", b"roles", b"agreement", b"departures", b"access", b"\xf0\x9f\x90\xa0", b"\r", b"\x85", "\u2028".encode(),
]  # fmt: skip


def check(files):
    found = reading.read(folders.tree(files))
    if found.fleet is None:
        assert found.mistakes
    else:
        assert [hub.digest for hub in resolving.resolve(found.fleet)]  # whatever is accepted can be used
        assert charter.of(found.fleet).communities
    for fault in found.faults:
        assert fault.line >= 0
        assert fault.problem.endswith((".", "?"))
        assert fault.mend.endswith((".", "?", "/"))
        assert "\n" not in fault.problem


@given(
    st.sampled_from(PLACES),
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")),
)
def test_random_bytes_give_faults(place, data):
    check({**folders.REEF, place: data})


@given(st.sampled_from(PLACES), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_random_pieces_of_yaml_give_faults(place, data):
    check({**folders.REEF, place: data})


@settings(max_examples=200)
@given(st.data())
def test_real_files_that_were_damaged_give_faults(data):
    path = data.draw(st.sampled_from(sorted(REAL)))
    text = REAL[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    piece = data.draw(st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join))
    check({**REAL, path: text[:start] + piece + text[end:]})


keys = st.sampled_from(
    [
        "title",
        "engine",
        "login",
        "kind",
        "admins",
        "server",
        "memory",
        "limit",
        "guarantee",
        "cpu",
        "storage",
        "home_quota",
        "cull",
        "idle",
        "extra",
        "domains",
        "egress",
        "homepage",
        "organisation",
        "people",
        "name",
        "defaults",
        "staff",
        "url",
        "routing",
        "listen",
        "file_server",
        "disk",
        "image",
        "roles",
        "community-guide",
        "login",
        "hub",
        "since",
        "only",
        "agreement",
        "departures",
        "responsibility",
        "carried_by",
        "because",
        "terms",
        "access",
        "groups",
        "everyone",
    ]
)
kinds = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
nested = st.recursive(kinds, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@given(st.sampled_from(PLACES), st.dictionaries(keys, nested, max_size=5))
def test_known_keys_with_values_of_any_kind_give_faults(place, value):
    check({**folders.REEF, place: json.dumps(value).encode()})  # JSON is YAML too


@given(st.text(max_size=30).filter(lambda name: "/" not in name and "\0" not in name and name.isprintable()))
def test_files_of_any_name_give_faults(name):
    check(
        {**folders.REEF, f"communities/{name}/hubs/{name}.yaml": "title: x\n", f"communities/{name}.yaml": "title: x\n"}
    )
