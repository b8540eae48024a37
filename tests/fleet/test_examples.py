"""The sample fleet is one that a person could begin with."""

import folders

from commonhub.fleet import desired, reading, resolving, trees


def test_the_sample_fleet_has_no_faults_and_no_warnings():
    assert reading.read(trees.folder(folders.SAMPLE)).faults == ()


def test_the_sample_hubs_differ_where_communities_differ():
    hubs = {hub.id: hub for hub in resolving.resolve(reading.read(trees.folder(folders.SAMPLE)).fleet)}
    assert {name: (hub.egress, hub.interface, hub.addresses[0]) for name, hub in hubs.items()} == {
        "alder-falls/stats": (desired.Egress.NONE, "/tree", "stats-alder-falls.localhost"),
        "mtengo/main": (desired.Egress.PACKAGES, "/lab", "mtengo.localhost"),
        "reef/main": (desired.Egress.INTERNET, "/lab", "reef.localhost"),
    }
    assert len({hub.memory_limit for hub in hubs.values()}) == 3


def test_every_sample_file_teaches():
    for path in folders.SAMPLE.rglob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=")
