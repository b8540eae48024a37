"""The reference and the schemas in the documentation are what the models say."""

import json
import re

import folders
import pytest

from commonhub.fleet import agreements, fields, models, reference, schemas

DOCS = folders.ROOT / "docs"
MEND = "Run: python -m commonhub.fleet.reference docs examples/fleet"


def test_the_reference_of_the_fleet_folder_is_current():
    assert (DOCS / "reference/fleet.md").read_text() == reference.page(), MEND


@pytest.mark.parametrize("name", sorted(schemas.schemas()))
def test_the_published_schema_is_current(name):
    assert json.loads((DOCS / "schemas" / name).read_text()) == schemas.schemas()[name], MEND


@pytest.mark.parametrize("name", sorted(schemas.schemas()))
def test_the_sample_fleets_schema_is_current(name):
    assert json.loads((folders.SAMPLE / schemas.FOLDER / name).read_text()) == schemas.schemas()[name], MEND


def described(model, seen):
    for name, info in model.model_fields.items():
        assert info.description, f"{model.__name__}.{name} has no words"
        seen.append(name)


def test_every_key_has_words():
    seen = []
    known = [*vars(models).values(), *vars(agreements).values()]
    kinds = [kind for kind in known if isinstance(kind, type) and issubclass(kind, fields.Model)]
    for kind in kinds:
        described(kind, seen)
    assert len(seen) > 50


@pytest.mark.parametrize("name", sorted(schemas.schemas()))
def test_the_patterns_of_a_schema_are_patterns(name):
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(schemas.schemas()[name]))
    for pattern in patterns:
        re.compile(json.loads(f'"{pattern}"'))
    assert '"null"' not in json.dumps(schemas.schemas()[name])
