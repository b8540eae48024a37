"""A class hub is twelve lines, and says by itself what each engine cannot do."""

import folders
import pytest

from commonhub.engines import limits
from commonhub.fleet import reading, resolving
from commonhub.fleet.chart import exporting
from commonhub.ground import marked

CLASS = """\
title: Statistics 101
login: {kind: commonhub}
access: {domains: [alder.example.edu]}
server: {memory: {guarantee: 512M, limit: 1G}, cpu: {limit: 2}}
storage: {home_quota: 5G}
menu:
- {title: Usual, first: true, image: "quay.io/jupyter/scipy-notebook:2026-03-02"}
- {title: For the final project, memory: {guarantee: 4G, limit: 4G}, groups: [final-project]}
files: {welcome: {path: /etc/motd, text: Welcome to Statistics 101}}
cull: {idle: 1h, max_age: 12h}
packing: true
homepage: {announcements: ["The exam is on Monday."]}
"""
COMMUNITY = """\
title: Coral reef
events: [{name: Exam, people: 120, begins: 2026-06-20T09:00, ends: 2026-06-20T12:00, memory: 1G}]
"""
FILES = {**folders.REEF, "communities/reef/community.yaml": COMMUNITY, "communities/reef/hubs/main.yaml": CLASS}


def warnings(engine):
    found = reading.Reader(checks=(lambda fleet, where: limits.check(fleet, where, engine=engine),)).read(
        folders.tree(FILES)
    )
    assert found.mistakes == ()
    return [(fault.file.rpartition("/")[2], fault.line, fault.problem) for fault in found.warnings]


def test_a_class_hub_is_twelve_lines():
    assert len(CLASS.splitlines()) == 12
    fleet = reading.read(folders.tree(FILES)).fleet
    (hub,) = resolving.resolve(fleet)
    assert (hub.memory_limit, hub.home_quota, hub.cull_max_age) == (10**9, 5 * 10**9, 43_200)
    assert [entry["title"] for entry in hub.menu] == ["Usual", "For the final project"]
    assert hub.menu[1]["memory"] == {"guarantee": 4 * 10**9, "limit": 4 * 10**9}


def test_in_a_cluster_everything_of_it_is_done():
    assert warnings("kubernetes") == []


def test_on_this_machine_what_is_not_done_yet_is_said_with_its_line():
    assert warnings("local") == [
        ("main.yaml", 6, "menu is not done on this machine yet."),
        ("main.yaml", 9, "files is not done on this machine yet."),
        ("main.yaml", 11, "packing is not done on this machine yet."),
    ]
    assert warnings(None) == warnings("local")


def test_the_rehearsal_engine_acts_and_lacks_nothing():
    assert warnings("rehearsal") == []


@pytest.mark.parametrize("layout", list(exporting.Layout))
def test_its_chart_values_fit_the_schema(layout):
    found = exporting.export(
        marked.read(FILES["fleet.yaml"].encode(), "").value, marked.read(CLASS.encode(), "").value, layout=layout
    )
    assert found.faults == ()
    inner = found.values if layout is exporting.Layout.ZERO_TO_JUPYTERHUB else found.values["jupyterhub"]
    assert inner["singleuser"]["memory"] == {"guarantee": 512_000_000, "limit": 10**9}
    assert [one["display_name"] for one in inner["singleuser"]["profileList"]] == ["Usual", "For the final project"]
    assert inner["cull"] == {"timeout": 3600, "maxAge": 43_200}
