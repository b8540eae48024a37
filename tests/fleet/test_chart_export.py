"""Each imported hub can be given back: equal in meaning to its source, and as the chart's own schema wants it."""

import json
import os
from pathlib import Path

import chart_meaning
import folders
import pytest
import yaml

from commonhub.fleet import reading, trees
from commonhub.fleet.chart import exporting, valid, values
from commonhub.fleet.importing import twoi2c
from commonhub.ground import marked

DATA = Path(__file__).resolve().parents[3] / "shared/data/fleet-2i2c"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir() and not os.environ.get("CI"), reason="the data of the real fleet does not lie beside the checkout"
)


@pytest.fixture(scope="module")
def imported():
    return twoi2c.import_2i2c(DATA)


@pytest.fixture(scope="module")
def exported(imported, tmp_path_factory):
    """What `commonhub export` makes of each hub's file, from the written folder."""
    root = tmp_path_factory.mktemp("imported")
    imported.write(root)
    assert reading.read(trees.folder(root)).mistakes == ()
    fleet = marked.read((root / "fleet.yaml").read_bytes(), "").value
    made = {}
    for hub in imported.hubs:
        text = (root / f"communities/{hub.community}/hubs/{hub.name}.yaml").read_bytes()
        made[hub.id] = exporting.export(fleet, marked.read(text, "").value)
    return made


def source(hub):
    """The hub's values for the base chart, read and merged by the source's own rules and another YAML reader."""
    found = {}
    folder = next(
        path.parent
        for path in (DATA / "clusters").glob("*/cluster.yaml")
        if yaml.load(path.read_text(), yaml.CSafeLoader)["name"] == hub.source.cluster
    )
    for file in hub.source.files:
        if (folder / file).is_file():
            found = deep(found, yaml.load((folder / file).read_text(), yaml.CSafeLoader) or {})
    return found["basehub"] if hub.source.chart == "daskhub" else found


def deep(below, above):
    return {
        key: deep(below[key], above[key])
        if isinstance(below.get(key), dict) and isinstance(above.get(key), dict)
        else above.get(key, below.get(key))
        for key in below | above
    }


def test_every_hub_is_given_back_equal_in_meaning_over_the_base_chart(imported, exported):
    base = yaml.load((DATA / "basehub.values.yaml").read_text(), yaml.CSafeLoader)
    wrong = {}
    for hub in imported.hubs:
        one = chart_meaning.meaning(chart_meaning.over(base, source(hub)))
        other = chart_meaning.meaning(chart_meaning.over(base, exported[hub.id].values))
        wrong[hub.id] = list(chart_meaning.differences(one, other))
    assert len(wrong) == 123
    assert {name: found for name, found in wrong.items() if found} == {}


def test_every_hub_fits_the_schema_of_zero_to_jupyterhub(exported):
    assert {name: one.faults for name, one in exported.items() if one.faults} == {}


def test_only_program_text_has_no_words(imported):
    """A hub that keeps a setting below `extra` is told by name; those with nothing but program text are not counted."""
    left = {hub.id: [one.words for one in hub.left if not one.program] for hub in imported.hubs}
    count = sum(not one for one in left.values())
    assert imported.report.hubs_without_settings_in_extra == count
    assert count / len(imported.hubs) >= 0.95
    assert all(
        "program text" in words or "no word" in words
        for hub in imported.hubs
        for words in [one.words for one in hub.left]
    )


def test_what_was_said_otherwise_is_told(imported):
    told = imported.report.changed
    assert all(sentence.endswith(".") for sentences in told.values() for sentence in sentences)
    assert set(told) == {hub.id for hub in imported.hubs if hub.changed}


def test_the_notes_say_what_the_chart_cannot_say(exported):
    notes = {note for one in exported.values() for note in one.notes}
    assert notes == set()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"singleuser": {"memory": {"limit": True}}}, "singleuser.memory.limit"),
        ({"singleuser": {"storage": {"type": "disk"}}}, "singleuser.storage.type"),
        ({"hub": {"config": {}, "nonsense": 1}}, "hub"),
        ({"nonsense": 1}, "The values"),
    ],
)
def test_the_schema_refuses_what_the_chart_would_refuse(wrong, place):
    (fault,) = valid.faults(wrong)
    assert fault.startswith(f"{place}: ")


USER = ("jupyterhub", "singleuser")
CONFIG = ("jupyterhub", "hub", "config")
PLANTED = [
    (("jupyterhub", "cull", "maxAge"), 7, ".jupyterhub.cull.maxAge"),
    ((*USER, "memory", "limit"), "7G", ".jupyterhub.singleuser.memory.limit"),
    ((*USER, "profileList"), [], ".jupyterhub.singleuser.profileList"),
    ((*CONFIG, "Authenticator", "allow_all"), True, ".jupyterhub.hub.config.the login.allow_all"),
    (("jupyterhub", "hub", "allowNamedServers"), 1, ".jupyterhub.hub.allowNamedServers"),
]


def test_a_planted_difference_is_found(imported, exported):
    hub = next(hub for hub in imported.hubs if values.look(source(hub), ("jupyterhub", "singleuser", "profileList"))[1])
    given = exported[hub.id].values
    for path, value, wanted in PLANTED:
        planted = json.loads(json.dumps(given))
        values.put(planted, path, value)
        one, other = (chart_meaning.meaning(each) for each in (given, planted))
        assert [place for place, _, _ in chart_meaning.differences(one, other)] == [wanted]


def test_the_sample_fleet_is_said_in_the_words_of_the_plain_chart():
    fleet = marked.read((folders.SAMPLE / "fleet.yaml").read_bytes(), "").value
    for path in sorted(folders.SAMPLE.glob("communities/*/hubs/*.yaml")):
        hub = marked.read(path.read_bytes(), "").value
        found = exporting.export(fleet, hub, layout=exporting.Layout.ZERO_TO_JUPYTERHUB)
        assert found.faults == ()
        assert "jupyterhub" not in found.values
