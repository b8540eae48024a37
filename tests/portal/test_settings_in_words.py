"""A hub's settings as sentences."""

import dataclasses
import json

import pytest

from commonhub.fleet import desired
from commonhub.portal import settings_in_words, words


def said(**settings) -> dict[str, str]:
    """Label and sentence of each line."""
    return {line.label: line.sentence.replace(words.NO_BREAK, " ") for line in settings_in_words.lines(settings)}


@pytest.mark.parametrize(
    ("settings", "label", "sentence"),
    [
        ({"memory_limit": 10**9}, "Memory for each server", "Up to 1 GB."),
        ({"memory_limit": None}, "Memory for each server", "No limit."),
        (
            {"memory_limit": 2**30, "memory_guarantee": 2**28},
            "Memory for each server",
            "Up to 1 GiB, of which 256 MiB are set aside.",
        ),
        ({"cpu_limit": 1.0}, "Processors for each server", "Up to 1 core."),
        ({"cpu_limit": 0.5}, "Processors for each server", "Up to 0.5 cores."),
        ({"cpu_limit": 2}, "Processors for each server", "Up to 2 cores."),
        ({"sleep_after": 600}, "The hub falls asleep", "After 10 minutes without a visitor."),
        ({"sleep_after": 0}, "The hub falls asleep", "Never."),
        ({"cull_idle": 3600, "cull_max_age": 0}, "Servers are stopped", "After 1 hour without work."),
        (
            {"cull_idle": 3600, "cull_max_age": 86400},
            "Servers are stopped",
            "After 1 hour without work, and after 1 day in any case.",
        ),
        ({"egress": "none", "package_sources": ["a"]}, "What servers can reach", "Nothing beyond their own hub."),
        ({"extra": {"hub.config": 1}}, "Settings outside the schema", "hub.config"),
    ],
)
def test_a_setting_becomes_a_sentence(settings, label, sentence):
    assert said(**settings)[label] == sentence


@pytest.mark.parametrize("kind", list(desired.LoginKind))
def test_every_way_to_sign_in_has_a_sentence(kind):
    assert said(login=kind.value)["How people sign in"].endswith(".")


@pytest.mark.parametrize("reach", list(desired.Egress))
def test_every_reach_has_a_sentence(reach):
    assert "." in said(egress=reach.value)["What servers can reach"]


def test_a_hub_with_all_defaults_can_be_told():
    hub = desired.DesiredHub(
        id="reef/main",
        community="reef",
        community_title="Reef",
        name="main",
        title="Main",
        addresses=("reef.localhost",),
    )
    settings = json.loads(json.dumps(dataclasses.asdict(hub)))
    assert "After 10 minutes without a visitor." in said(**settings).values()


def test_no_settings_say_nothing():
    assert said() == {}
