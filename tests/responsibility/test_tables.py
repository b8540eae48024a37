"""What programs and readers get of the model."""

import importlib.resources
import json
from pathlib import Path

import yaml

from commonhub.responsibility import reading, tables
from commonhub.responsibility.permissions import Permission

TEXT = yaml.safe_load(importlib.resources.files("commonhub.responsibility").joinpath("model.yaml").read_text())
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "responsibilities.md"
VALUES = tables.as_values(reading.default())


def test_the_reference_is_the_model():
    page = PAGE.read_text(encoding="utf-8")
    assert tables.page(reading.default()) in page, "`make format` renews it"


def test_the_reference_has_a_line_for_every_permission_and_responsibility():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for permission in Permission:
        assert sum(line.startswith(f"| `{permission}` |") for line in lines) == 1
    for duty in TEXT["responsibilities"].values():
        assert sum(line.startswith(f"| {duty['title']} |") for line in lines) == 1


def test_programs_get_all_of_the_text():
    values = json.loads(json.dumps(VALUES))
    duties = {duty["id"]: duty for area in values["areas"] for duty in area["responsibilities"]}
    assert {name: duty["permissions"] for name, duty in duties.items()} == {
        name: sorted(duty.get("permissions", ())) for name, duty in TEXT["responsibilities"].items()
    }
    for section in ("areas", "roles", "teams", "evidence"):
        given = {entry["id"]: entry for entry in values[section]}
        assert set(given) == set(TEXT[section])
        for name, entry in TEXT[section].items():
            for key in entry.keys() & {"goal", "title", "meaning", "breakdown", "filled_by", "fresh_days", "at_most"}:
                assert given[name][key] == (entry[key].strip() if isinstance(entry[key], str) else entry[key])


def test_programs_get_the_roles_of_each_permission():
    roles = {each["id"]: each["roles"] for each in VALUES["permissions"]}
    assert roles["hub:restart"] == ["site-reliability-engineer"]
    assert roles["person:add"] == ["hub-administrator", "community-representative"]
    assert roles["access:set"] == ["community-representative"]
    assert roles["server:open"] == []
