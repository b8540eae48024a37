"""Who gets a change first: the rules hold for any hubs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonhub.rollouts import cohorts

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LIMITS = st.builds(
    cohorts.Limits,
    first=st.integers(1, 5),
    share=st.floats(0.01, 0.5),
    largest=st.integers(1, 20),
    probes=st.integers(1, 5),
)
HUBS = st.lists(
    st.builds(
        cohorts.Facts,
        hub_id=st.uuids().map(str),
        community=st.sampled_from(["reef", "class", "weather"]),
        kind=st.tuples(st.sampled_from(["local", "kubernetes"]), st.sampled_from(["github", "commonhub"])),
        staging=st.booleans(),
        people=st.integers(0, 30),
        used=st.booleans(),
        awake=st.booleans(),
        free_from=st.none() | st.integers(1, 4).map(lambda days: NOON + timedelta(days=days)),
    ),
    unique_by=lambda hub: hub.hub_id,
    max_size=60,
)


def hub(name: str, **facts: Any) -> cohorts.Facts:
    return cohorts.Facts(hub_id=f"reef/{name}", community="reef", **facts)


def names(found: tuple[cohorts.Cohort, ...]) -> list[list[str]]:
    return [[hub_id.partition("/")[2] for hub_id in cohort.hubs] for cohort in found]


@given(HUBS, LIMITS, st.booleans())
def test_each_hub_is_in_exactly_one_cohort_and_no_cohort_is_empty(hubs, limits, together):
    found = cohorts.cohorts(hubs, limits, together=together)
    assert sorted(hub_id for cohort in found for hub_id in cohort.hubs) == sorted(one.hub_id for one in hubs)
    assert all(cohort.hubs for cohort in found)


@given(HUBS, LIMITS)
def test_a_communitys_staging_comes_before_its_production(hubs, limits):
    place = {hub_id: number for number, one in enumerate(cohorts.cohorts(hubs, limits)) for hub_id in one.hubs}
    for one in hubs:
        for other in hubs:
            if one.community == other.community and one.staging and not other.staging:
                assert place[one.hub_id] < place[other.hub_id]


@given(HUBS, LIMITS, st.booleans())
def test_nobody_with_an_event_near_comes_before_its_end(hubs, limits, together):
    free = {one.hub_id: one.free_from for one in hubs}
    for cohort in cohorts.cohorts(hubs, limits, together=together):
        for hub_id in cohort.hubs:
            if free[hub_id] is not None:
                assert cohort.not_before is not None
                assert cohort.not_before >= free[hub_id]


@given(HUBS, LIMITS)
def test_a_hub_without_events_around_it_waits_for_nobody_elses(hubs, limits):
    waiting = {one.community for one in hubs if one.free_from is not None}
    for cohort in cohorts.cohorts(hubs, limits):
        if all(hub_id in {one.hub_id for one in hubs if one.community not in waiting} for hub_id in cohort.hubs):
            assert cohort.not_before is None


@given(HUBS, LIMITS)
def test_the_first_cohort_is_small_and_none_is_larger_than_allowed(hubs, limits):
    found = cohorts.cohorts(hubs, limits)
    assert all(len(cohort.hubs) <= limits.largest for cohort in found)
    if found and found[0].not_before is None:
        assert len(found[0].hubs) <= limits.first


@given(HUBS, LIMITS, st.booleans())
def test_each_cohort_is_probed_by_some_of_its_own_and_not_by_too_many(hubs, limits, together):
    for cohort in cohorts.cohorts(hubs, limits, together=together):
        assert 1 <= len(cohort.probed) <= limits.probes
        assert set(cohort.probed) <= set(cohort.hubs)


def test_the_first_ones_are_quiet_and_of_different_kinds():
    hubs = [
        hub("busy", kind=("github",), people=40, used=True, awake=True),
        hub("quiet", kind=("github",)),
        hub("other", kind=("commonhub",), people=1, used=True, awake=True),
        hub("third", kind=("github",), used=True),
    ]
    assert names(cohorts.cohorts(hubs, cohorts.Limits()))[0] == ["quiet", "other"]


def test_shares_grow_from_one_to_a_tenth_to_the_rest():
    hubs = [hub(f"lab{number:02}") for number in range(40)]
    assert [len(cohort.hubs) for cohort in cohorts.cohorts(hubs, cohorts.Limits(largest=30))] == [1, 4, 30, 5]


def test_production_waits_as_long_as_its_staging_does():
    later = NOON + timedelta(days=1)
    found = cohorts.cohorts([hub("staging", staging=True, free_from=later), hub("main")], cohorts.Limits())
    assert names(found) == [["staging"], ["main"]]
    assert [cohort.not_before for cohort in found] == [later, later]


def test_a_small_change_goes_everywhere_at_once():
    found = cohorts.cohorts([hub(f"lab{number}") for number in range(30)], cohorts.Limits(), together=True)
    assert [len(cohort.hubs) for cohort in found] == [30]
    assert len(found[0].probed) == 10
