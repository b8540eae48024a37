"""Defaults laid below each hub."""

import folders
import pytest

from commonhub.fleet import desired, reading, resolving


def resolved(fleet, hub, name="main", community="title: Coral reef\n"):
    files = {
        "fleet.yaml": fleet,
        "communities/reef/community.yaml": community,
        f"communities/reef/hubs/{name}.yaml": hub,
    }
    found = reading.read(folders.tree(files))
    assert found.mistakes == ()
    (one,) = resolving.resolve(found.fleet)
    return one


def test_a_hub_that_says_only_its_title_has_every_default():
    assert resolved("name: x\n", "title: Reef hub\n") == desired.DesiredHub(
        id="reef/main",
        community="reef",
        community_title="Coral reef",
        name="main",
        title="Reef hub",
        addresses=("reef.localhost",),
    )


def test_each_key_is_taken_by_itself_from_hub_then_defaults():
    fleet = "name: x\ndefaults: {server: {memory: {guarantee: 256M, limit: 1G}, cpu: {limit: 2}}, cull: {idle: 2h}}\n"
    hub = resolved(fleet, "title: x\nserver: {memory: {limit: 4G}}\ncull: {max_age: 7d}\n")
    assert (hub.memory_guarantee, hub.memory_limit, hub.cpu_limit) == (256_000_000, 4_000_000_000, 2.0)
    assert (hub.cull_idle, hub.cull_max_age) == (7200, 604_800)


def test_none_takes_a_default_limit_away():
    fleet = "name: x\ndefaults: {server: {memory: {limit: 1G}}, storage: {home_quota: 5G}}\n"
    hub = resolved(
        fleet, "title: x\nserver: {memory: {limit: none}}\nstorage: {home_quota: none}\ncull: {max_age: none}\n"
    )
    assert (hub.memory_limit, hub.home_quota, hub.cull_max_age) == (None, None, 0)


def test_a_login_replaces_the_default_one_as_a_whole():
    fleet = "name: x\ndefaults: {login: {kind: github, organizations: [reef]}}\n"
    assert resolved(fleet, "title: x\n").login_options == {"organizations": ["reef"]}
    hub = resolved(fleet, "title: x\nlogin: {kind: shared-password}\n")
    assert (hub.login, hub.login_options) == (desired.LoginKind.SHARED_PASSWORD, {})


def test_admins_are_the_fleets_the_hubs_and_the_staff_once_each():
    fleet = "name: x\ndefaults: {admins: [alice]}\nstaff: {here: [bob, dan]}\n"
    assert resolved(fleet, "title: x\nadmins: [dan, alice]\nstaff_admins: here\n").admins == ("alice", "dan", "bob")


@pytest.mark.parametrize(
    ("name", "address"),
    [("main", "reef.localhost"), ("hub", "reef.localhost"), ("reef", "reef.localhost"), ("lab", "lab-reef.localhost")],
)
def test_a_hub_has_an_address_below_the_fleets(name, address):
    assert resolved("name: x\n", "title: x\n", name=name).addresses == (address,)


def test_domains_are_further_addresses():
    hub = resolved("name: x\nurl: https://hubs.example.org\n", "title: x\ndomains: [reef.example.org]\n")
    assert hub.addresses == ("reef.hubs.example.org", "reef.example.org")
    assert hub.base_path == "/"


def test_with_paths_a_hub_lives_below_the_fleets_own_address():
    hub = resolved("name: x\nurl: http://10.0.0.7:8000\nrouting: paths\n", "title: x\n", name="lab")
    assert (hub.addresses, hub.base_path) == (("10.0.0.7",), "/lab-reef/")


def test_the_digest_changes_with_a_setting_and_with_nothing_else():
    one = resolved("name: x\n", "title: x\nsleep_after: 10m\n")
    assert one.digest == resolved("name: other\n", "sleep_after: 600s\ntitle: x  # words\n").digest
    assert one.digest != resolved("name: x\n", "title: x\nsleep_after: 11m\n").digest


@pytest.mark.parametrize(
    ("text", "port", "listen"),
    [
        ("url: http://localhost:8000", 8000, ("127.0.0.1", 8000)),
        ("url: https://hubs.example.org", 443, ("127.0.0.1", 443)),
        ("url: http://hubs.example.org\nlisten: 0.0.0.0:8080", 80, ("0.0.0.0", 8080)),
        ("listen: '[::1]:8000'", 8000, ("::1", 8000)),
    ],
)
def test_the_fleet_knows_where_it_answers(text, port, listen):
    fleet = reading.read(folders.tree({"fleet.yaml": f"name: x\n{text}\n"})).fleet
    assert (fleet.file.port, fleet.file.listen_address) == (port, listen)
