"""The sample fleet is one that a person could begin with."""

import folders

from commonhub.fleet import charter, desired, reading, resolving, trees
from commonhub.responsibility import reading as responsibilities


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


def test_the_cast_is_in_its_roles_and_the_shipped_model_knows_every_word():
    model, whole = responsibilities.default(), charter.of(reading.read(trees.folder(folders.SAMPLE)).fleet)
    every = [*whole.roles, *(entry for each in whole.communities for entry in each.roles)]
    known = {duty.id for duty in model.responsibilities}
    assert {(entry.login, entry.role) for entry in every} >= {
        ("alice", "site-reliability-engineer"),
        ("bob", "community-guide"),
        ("carol", "community-representative"),
        ("dan", "hub-administrator"),
    }
    assert {entry.role for entry in every} <= {role.id for role in model.roles}
    assert {duty for entry in every for duty in entry.only} <= known
    assert {each.responsibility for community in whole.communities for each in community.departures} <= known
    assert {hub.login for each in whole.communities for hub in each.hubs} == {desired.LoginKind.COMMONHUB}


def test_every_sample_file_teaches():
    for path in folders.SAMPLE.rglob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=")
