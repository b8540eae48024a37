"""`commonhub export` and `commonhub validate --engine` from the terminal."""

import json
from pathlib import Path

import pytest
import yaml

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "fleet"


def test_a_hub_is_said_as_chart_values_and_what_they_cannot_say_beside_them(commonhub):
    said = commonhub("export", "chart-values", "reef/main", "--fleet", SAMPLE)
    assert said.code == 0, said.err
    values = yaml.safe_load(said.out)
    assert values["jupyterhub"]["singleuser"]["memory"]["limit"] == 4_000_000_000
    assert values["jupyterhub"]["hub"]["config"]["JupyterHub"]["authenticator_class"] == "generic-oauth"
    assert "A hub in a cluster does not sleep" in said.err
    assert "secret" not in json.dumps(values)


def test_the_plain_chart_has_its_own_layout(commonhub):
    found = commonhub(
        "export", "chart-values", "reef/main", "--fleet", SAMPLE, "--chart", "zero-to-jupyterhub", "--json"
    ).json
    assert found["values"]["singleuser"]["memory"]["limit"] == 4_000_000_000
    assert (found["hub"], found["faults"]) == ("reef/main", [])


def test_a_hub_that_is_not_there_is_refused_in_words(commonhub):
    commonhub("export", "chart-values", "reef/other", "--fleet", SAMPLE).failed(1)


@pytest.mark.parametrize(("engine", "warnings"), [("kubernetes", True), ("local", False)])
def test_validate_says_what_an_engine_cannot_do(commonhub, engine, warnings):
    found = commonhub("validate", SAMPLE, "--engine", engine, "--json").json
    assert found["valid"] is True
    assert any("sleep_after" in fault["problem"] for fault in found["faults"]) is warnings


def test_validate_knows_its_engines(commonhub):
    commonhub("validate", SAMPLE, "--engine", "moon").failed(1)
