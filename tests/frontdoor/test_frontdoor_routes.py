"""What one hub may name in the proxy's table: never anything outside its own territory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.frontdoor import routes
from commonhub.ground import errors

REEF = routes.Territory(hosts=("reef.localhost", "reef.example.org"))
BELOW = routes.Territory(hosts=(), base_path="/reef/")
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
SPITEFUL = st.lists(
    st.sampled_from(
        [
            "/",
            "..",
            ".",
            "%2e",
            "%2F",
            "%00",
            "\\",
            "\x00",
            "user",
            "ann",
            "reef",
            "reef.localhost",
            "b",
            "?",
            "#",
            "é",
            " ",
            "__proto__",
            "constructor",
            "reefs",
            "reef.localhost.evil",
            "\ud800",
            "//",
            "%252e",
        ]
    ),
    max_size=12,
).map("".join)


def test_a_hubs_own_specs_stand_below_each_of_its_hosts():
    assert REEF.proxied("/") == ("/reef.localhost", "/reef.example.org")
    assert REEF.proxied("/user/ann b/") == ("/reef.localhost/user/ann b", "/reef.example.org/user/ann b")
    assert REEF.proxied("/user/ann@x.org") == ("/reef.localhost/user/ann@x.org", "/reef.example.org/user/ann@x.org")


def test_with_path_routing_a_hubs_specs_hold_its_base_path_already():
    assert BELOW.proxied("/reef/") == ("/reef",)
    assert BELOW.proxied("/reef/user/ann/") == ("/reef/user/ann",)
    for foreign in ("/", "/reefs/", "/ree/", "/user/ann/", "/portal/reef/"):
        with pytest.raises(errors.RefusedError):
            BELOW.proxied(foreign)


def test_specs_of_neighbours_are_not_ones_own():
    assert REEF.own("/reef.localhost/user/ann") == "/user/ann/"
    assert REEF.own("/reef.localhost") == "/"
    for foreign in ("/", "/reef.localhost.evil", "/reef.localhos", "/stats.localhost/user/ann", "reef.localhost", ""):
        assert REEF.own(foreign) is None
    assert BELOW.own("/reef") == "/reef/"
    for foreign in ("/", "/reefs", "/reefs/user/ann", "/stats/reef", ""):
        assert BELOW.own(foreign) is None


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "user",
        "/a/../b/",
        "/..",
        "/./",
        "//",
        "/a//b",
        "/a\x00",
        "/a\n",
        "/a\\b",
        "/a%2e%2e/",
        "/%2Fb",
        "/" + "a" * 3000,
        "/a%5Cb",
        "/a%00",
        "/\ud800/",
        "//stats.localhost/",
    ],
)
def test_a_spec_that_could_be_read_in_two_ways_is_refused(spec):
    for territory in (REEF, BELOW):
        with pytest.raises(errors.RefusedError):
            territory.proxied(spec)


@pytest.mark.parametrize("name", ["ann@x.org", "50%", "a?b#c", "Ann Lee", "é", "👩‍🔬", "__proto__", "a" * 255])
def test_a_persons_odd_name_may_be_named(name):
    assert REEF.proxied(f"/user/{name}/")[0] == f"/reef.localhost/user/{name}"


@given(st.one_of(st.text(), SPITEFUL, SPITEFUL.map("/".__add__), SPITEFUL.map("/reef/".__add__)))
def test_nothing_a_hub_can_say_leaves_its_territory(spec):
    for territory, borders in ((REEF, ("/reef.localhost", "/reef.example.org")), (BELOW, ("/reef",))):
        try:
            proxied = territory.proxied(spec)
        except errors.RefusedError:
            continue
        for border, found in zip(borders, proxied, strict=True):
            assert found == border or found.startswith(border + "/")
            assert not {"", ".", ".."} & set(found.split("/")[1:])
            assert territory.own(found) == (spec if spec.endswith("/") else spec + "/")


@given(LABELS, LABELS, st.text(max_size=30))
def test_two_hubs_never_share_a_line_of_the_table(one, other, name):
    if one == other:
        return
    first, second = (routes.Territory(hosts=(f"{label}.localhost",)) for label in (one, other))
    try:
        (spec,) = first.proxied(f"/user/{name}/")
    except errors.RefusedError:
        return
    assert second.own(spec) is None


@pytest.mark.parametrize(
    ("hosts", "base"),
    [
        ((), "/"),
        (("Reef.localhost",), "/"),
        (("reef/x",), "/"),
        (("",), "/"),
        (("a..b",), "/"),
        (("-a",), "/"),
        (("a\n",), "/"),
        (("a",), "reef"),
        (("a",), "/reef"),
        (("a",), "//"),
        (("a",), "/../"),
        (("a",), "/a//b/"),
        (("a",), "/%2e/"),
    ],
)
def test_a_territory_without_a_clear_border_is_refused(hosts, base):
    with pytest.raises(errors.CommonhubError):
        routes.Territory(hosts=hosts, base_path=base)


def test_the_book_finds_exact_hosts_and_paths_only():
    book = routes.AddressBook(
        territories={"reef/main": REEF, "far/hub": routes.Territory(hosts=("hub.example.org",), base_path="/far/")},
        portal_hosts=frozenset({"localhost"}),
    )
    assert book.find("reef.localhost", "/any/where") == "reef/main"
    assert book.find("reef.example.org", "/") == "reef/main"
    assert book.find("hub.example.org", "/far/user/ann") == "far/hub"
    assert book.find("hub.example.org", "/far") == "far/hub"
    for host, path in (("localhost", "/"), ("reef.localhost.evil", "/"), ("", "/"), ("hub.example.org", "/farther/")):
        assert book.find(host, path) is None
    assert book.is_portal("localhost")
    assert not book.is_portal("reef.localhost")


def test_with_path_routing_the_host_does_not_matter():
    book = routes.AddressBook(territories={"reef/main": BELOW}, portal_hosts=None)
    assert book.find("192.0.2.7", "/reef/lab") == "reef/main"
    assert book.find("192.0.2.7", "/reefs/lab") is None
    assert book.is_portal("192.0.2.7")


def test_the_difference_is_what_is_missing_changed_and_foreign():
    def route(spec, target="http://127.0.0.1:1", **data):
        return routes.Route(spec=spec, target=target, data=data)

    wanted = [route("/a"), route("/b", user="ann"), route("/c")]
    found = {
        "/": route("/", "http+unix://door"),
        "/a": route("/a", target="http://127.0.0.1:2"),
        "/b": route("/b", user="ann", last_activity="2026-01-01T00:00:00Z", host="b"),
        "/d": route("/d"),
    }
    change = routes.difference(wanted, found)
    assert {each.spec for each in change.add} == {"/a", "/c"}
    assert change.delete == ("/d",)


TABLES = st.dictionaries(st.sampled_from(["/", "/a", "/b", "/a/user/x"]), st.sampled_from(["http://x", "http://y"]))


@given(TABLES, TABLES)
def test_what_the_difference_says_makes_the_table_as_wanted(wanted, found):
    lines = {spec: routes.Route(spec=spec, target=target) for spec, target in wanted.items()}
    table = {spec: routes.Route(spec=spec, target=target) for spec, target in found.items()}
    change = routes.difference(lines.values(), table)
    after = {spec: route for spec, route in table.items() if spec not in change.delete} | {
        route.spec: route for route in change.add
    }
    assert {spec: route for spec, route in after.items() if spec != "/" or "/" in lines} == lines
    again = routes.difference(lines.values(), after)
    assert (again.add, again.delete) == ((), ())
