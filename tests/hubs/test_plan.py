"""From what should be and what is to the steps between: by data files, and for any fleet."""

import dataclasses
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.fleet import desired
from commonhub.hubs import plan
from hubs import wanted

CASES = sorted((Path(__file__).parent / "plans").glob("*.yaml"))

NAMES = st.text("abcdefgh-", min_size=1, max_size=6)
WORDS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
HUBS = st.builds(
    desired.DesiredHub,
    id=st.builds("{}/{}".format, NAMES, NAMES),
    community=NAMES,
    community_title=WORDS,
    name=NAMES,
    title=WORDS,
    addresses=st.lists(NAMES, min_size=1, max_size=2).map(tuple),
    admins=st.lists(WORDS, max_size=3).map(tuple),
    memory_limit=st.none() | st.integers(1, 2**50),
    cpu_limit=st.none() | st.floats(0.01, 512),
    egress=st.sampled_from(desired.Egress),
    login=st.sampled_from(desired.LoginKind),
    extra=st.dictionaries(WORDS, JSON, max_size=3),
)
FLEETS = st.lists(HUBS, max_size=8, unique_by=lambda hub: hub.id)
STATES = st.fixed_dictionaries({"awake": st.booleans(), "people": st.integers(0, 9), "retired": st.booleans()})
FEW = settings(max_examples=40)  # each is a whole fleet
PASTS = st.lists(st.tuples(HUBS, STATES), max_size=8, unique_by=lambda pair: pair[0].id)


def past(pairs) -> dict[str, plan.Applied]:
    return {hub.id: wanted.applied(hub, **state) for hub, state in pairs}


def read(case: Path) -> tuple[list[desired.DesiredHub], dict[str, plan.Applied], list[dict]]:
    said = yaml.safe_load(case.read_text())
    hubs = [wanted.hub(hub_id, **settings) for hub_id, settings in said["wanted"].items()]
    applied = {}
    for hub_id, state in said["applied"].items():
        before = wanted.applied(wanted.hub(hub_id, **state.pop("settings")))
        applied[hub_id] = dataclasses.replace(before, **state)
    return hubs, applied, said["steps"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_plan_is_what_the_file_says(case):
    hubs, applied, expected = read(case)
    steps = plan.plan(hubs, applied)
    assert [(str(step.kind), step.hub_id, step.sentence) for step in steps] == [
        (each["kind"], each["hub"], each["sentence"]) for each in expected
    ]
    for step, each in zip(steps, expected, strict=True):
        told = [[one.setting, one.before, one.after] for one in step.differences]
        assert told == each.get("differences", [])
        assert step.restarts == each.get("restarts", False)
        assert step.people == applied[step.hub_id].people if step.kind in {"change", "retire"} else step.people == 0
        assert step.hub == {hub.id: hub for hub in hubs}.get(step.hub_id)


@FEW
@given(FLEETS)
def test_what_was_just_applied_needs_no_step(hubs):
    assert plan.plan(hubs, {hub.id: wanted.applied(hub) for hub in hubs}) == ()


@FEW
@given(FLEETS, PASTS, st.randoms(use_true_random=False))
def test_the_order_of_files_and_records_changes_no_plan(hubs, pairs, chance):
    steps = plan.plan(hubs, past(pairs))
    chance.shuffle(hubs)
    chance.shuffle(pairs)
    assert plan.plan(hubs, past(pairs)) == steps


@FEW
@given(FLEETS, PASTS)
def test_every_hub_has_one_step_or_needs_none(hubs, pairs):
    applied = past(pairs)
    steps = plan.plan(hubs, applied)
    named = [step.hub_id for step in steps]
    assert len(named) == len(set(named))
    current = {
        hub.id
        for hub in hubs
        if hub.id in applied and applied[hub.id].digest == hub.digest and not applied[hub.id].retired
    }
    unwanted = {hub_id for hub_id, now in applied.items() if not now.retired} - {hub.id for hub in hubs}
    assert set(named) == ({hub.id for hub in hubs} - current) | unwanted
    assert {step.hub_id for step in steps if step.kind is plan.StepKind.RETIRE} == unwanted


@given(HUBS, HUBS)
def test_differences_name_the_settings_that_differ_and_no_other(before, after):
    after = dataclasses.replace(after, id=before.id)
    told = {each.setting for each in plan.differences(wanted.kept(before), after)}
    old, new = wanted.kept(before), wanted.kept(after)
    assert told == {
        name for name in new if json.dumps(old[name], sort_keys=True) != json.dumps(new[name], sort_keys=True)
    }


def test_words_newer_than_what_was_applied_last_are_no_difference():
    hub = wanted.hub(memory_limit=2**30)
    kept = {name: value for name, value in wanted.kept(hub).items() if name not in {"menu", "dask", "sleep_after"}}
    assert plan.differences(kept, hub) == ()
    told = plan.differences(kept, dataclasses.replace(hub, dask={"enabled": True}, sleep_after=60))
    assert [each.setting for each in told] == ["sleep_after", "dask"]
    assert told[0].before == "600"
