"""From an organisation's text to a model, or to every fault at once."""

import importlib.resources

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonhub.ground import marked
from commonhub.responsibility import model as models
from commonhub.responsibility import reading
from commonhub.responsibility.permissions import Permission

SHIPPED = importlib.resources.files("commonhub.responsibility").joinpath("model.yaml").read_bytes()


def read(text):
    return reading.read(marked.read(text.encode(), reading.FILE))


def faults_of(text):
    return [str(fault) for fault in read(text).faults]


def test_the_shipped_model_says_what_the_source_lists():
    of = reading.default()
    assert [(area.title, len(of.responsibilities_of(area))) for area in of.areas] == [
        ("Site Reliability Engineering", 5),
        ("Service applications support", 5),
        ("Community leadership and management", 5),
        ("Software engineering", 3),
    ]
    assert [role.title for role in of.roles] == [
        "Site Reliability Engineer",
        "Community Guide",
        "Hub Administrator",
        "Community Representative",
    ]
    assert [team.title for team in of.teams] == [
        "Service Team",
        "Community Support Team",
        "Community Representatives",
        "Hub Community",
    ]


def test_the_shipped_text_laid_over_itself_changes_nothing():
    found = reading.read(marked.read(SHIPPED, reading.FILE))
    assert found.faults == ()
    assert found.model == reading.default()


def test_an_organisation_changes_words_and_keeps_the_rest():
    found = read("roles:\n  community-guide:\n    title: Data Steward\n").model
    assert found.role_by_id["community-guide"].title == "Data Steward"
    assert found.role_by_id["community-guide"].responsibilities[0] == "create-documentation"


def test_a_permission_that_is_named_leaves_its_shipped_place():
    found = read("responsibilities:\n  represent-community:\n    permissions: [hub:sleep]\n").model
    assert found.responsibility_of(Permission.HUB_SLEEP).id == "represent-community"
    assert Permission.HUB_SLEEP not in found.responsibility_by_id["respond-to-incidents"].permissions
    assert found.responsibility_of(Permission.HUB_EXPORT).id == "represent-community"


def test_an_organisation_adds_a_responsibility_and_a_role():
    text = """
responsibilities:
  look-after-instruments:
    title: Look after the instruments
    meaning: Keep the lab's instruments writing to the hub.
    area: software-engineering
    evidence: [contribution-made]
areas:
  software-engineering:
    without_roles: null
roles:
  toolmaker:
    title: Toolmaker
    meaning: Builds what the community needs.
    team: hub-community
    filled_by: Filled by a member of the community.
    sides: [community]
    widest: community
    responsibilities:
      [look-after-instruments, develop-domain-software, develop-interactive-computing, support-open-source]
    appointed_with: [administrator:appoint]
"""
    found = read(text)
    assert found.faults == ()
    assert [area.without_roles for area in found.model.areas] == ["", "", "", ""]
    duty = found.model.responsibility_by_id["look-after-instruments"]
    assert found.model.share_of(duty) is models.Share.COMMUNITY


def test_all_faults_are_told_at_once_with_line_and_mend():
    text = """titel: Ours
numbers: {most_per_person: many, waking_hours: [22, 7]}
responsibilities:
  respond-to-incidents:
    permissions:
      - hub:sleep
      - hub:wke
    awake: maybe
  5: {}
roles:
  hub-administrator:
    sides: [comunity]
    grants: [hub:wake]
teams: none
"""
    assert faults_of(text) == [
        ("responsibilities.yaml:1: The key titel is not known here. Did you mean 'title'?"),
        (
            "responsibilities.yaml:2: numbers > most_per_person is no whole number of 0 or more. Write a number such as 180."
        ),
        "responsibilities.yaml:2: numbers > waking_hours is no span of hours. Write two hours of one day, such as [9, 17].",
        (
            "responsibilities.yaml:7: responsibilities > respond-to-incidents > permissions > entry 2: 'hub:wke' is not known. "
            "Did you mean 'hub:wake'?"
        ),
        "responsibilities.yaml:8: responsibilities > respond-to-incidents > awake is neither true nor false. Write true or false.",
        "responsibilities.yaml:9: '5' cannot be a name here. Use small letters, digits and hyphens.",
        "responsibilities.yaml:12: roles > hub-administrator > sides > entry 1: 'comunity' is not known. Did you mean 'community'?",
        (
            "responsibilities.yaml:13: The key roles > hub-administrator > grants is not known here. What a role may do follows "
            "from its responsibilities: name the one that the permission belongs to."
        ),
        "responsibilities.yaml:14: teams has no keys below it. Write its keys on the next lines, further in.",
    ]


def test_a_fault_of_the_whole_model_is_told_at_its_line():
    text = "roles:\n  community-guide:\n    responsibilities:\n      - support-leaders\n"
    assert faults_of(text)[0].startswith(
        "responsibilities.yaml:1: No role carries 'Assist with user environment creation': nobody may hold it."
    )
    text = "areas:\n  software-engineering:\n    team: service-tean\n"
    assert faults_of(text) == [
        "responsibilities.yaml:3: areas > software-engineering > team: there is no team 'service-tean'. Did you mean 'service-team'?"
    ]


@pytest.mark.parametrize("text", ["", "- a", "5", "roles: 5", "roles:\n  x: 5", "areas: [", "title: 5", "numbers: x"])
def test_what_is_no_model_is_refused_with_words(text):
    found = read(text)
    assert found.model is None
    assert all(fault.problem and fault.mend for fault in found.faults)


KEYS = st.sampled_from(
    [
        "roles",
        "areas",
        "responsibilities",
        "hub-administrator",
        "oversee-access",
        "permissions",
        "sides",
        "numbers",
        "respond-to-incidents",
        "only",
        "title",
        "community_hours",
        "carriers_may",
        "carriers_see_around",
        "carriers_see_everywhere",
        "withholds",
        "includes",
        "x",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.sampled_from(["hub:wake", "service", "x", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


class Plain:
    """A text that was read without lines."""

    faults = ()

    def __init__(self, value):
        self.value = value

    def line(self, place):
        return len(place)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_the_text_says_the_answer_is_a_model_or_faults(value):
    found = reading.read(Plain(value))
    assert (found.model is None) == any(not fault.warning for fault in found.faults)
