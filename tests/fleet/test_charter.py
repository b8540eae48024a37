"""What the fleet's files say about people: who is in which role, what is agreed on, who may use a hub."""

import datetime as dt
from dataclasses import replace

import folders
import pytest

from commonhub.fleet import agreements, charter, desired, history, reading, resolving, trees
from commonhub.ground import errors, marked
from commonhub.responsibility import reading as responsibilities

COMMUNITY = "communities/reef/community.yaml"
HUB = "communities/reef/hubs/main.yaml"
SAID = """title: Coral reef
time_zone: Africa/Dar_es_Salaam
roles:
  community-representative:
    - {login: carol, name: Carol Mendes, email: carol@reef.example.org, time_zone: Africa/Dar_es_Salaam}
    - {name: Somebody without an account}
  community-guide:
    - {login: bob, side: community, hub: main, only: [run-workshops], since: 2026-01-01, until: 2027-06-30, because: Asked.}
agreement:
  departures:
    - {responsibility: run-workshops, carried_by: community, because: We like to teach.}
    - {responsibility: run-workshops, carried_by: shared, hub: main, because: Only here.}
  terms: |
    Be kind.
  since: 2026-02-01
"""


def read(files, checks=()):
    return reading.read(folders.tree({**folders.REEF, **files}), checks=checks)


def faults_of(files):
    return [str(fault) for fault in read(files).mistakes]


def test_a_file_that_says_all_of_it_is_handed_on_whole():
    found = read({COMMUNITY: SAID, "fleet.yaml": "name: x\nroles: {site-reliability-engineer: [{login: alice}]}\n"})
    assert found.faults == ()
    whole = charter.of(found.fleet)
    assert whole.roles == (charter.RoleEntry(role="site-reliability-engineer", login="alice"),)
    (reef,) = whole.communities
    assert (reef.name, reef.title, reef.time_zone) == ("reef", "Coral reef", "Africa/Dar_es_Salaam")
    assert reef.roles == (
        charter.RoleEntry(
            role="community-representative",
            login="carol",
            name="Carol Mendes",
            email="carol@reef.example.org",
            time_zone="Africa/Dar_es_Salaam",
        ),
        charter.RoleEntry(role="community-representative", name="Somebody without an account"),
        charter.RoleEntry(
            role="community-guide",
            login="bob",
            side=agreements.Side.COMMUNITY,
            hub="main",
            only=("run-workshops",),
            since=dt.date(2026, 1, 1),
            until=dt.date(2027, 6, 30),
            because="Asked.",
        ),
    )
    assert [(each.hub, each.carried_by.value) for each in reef.departures] == [(None, "community"), ("main", "shared")]
    assert (reef.terms, reef.since) == ("Be kind.\n", dt.date(2026, 2, 1))


def test_a_hub_that_says_nothing_signs_people_in_at_the_portal_and_takes_requests():
    (hub,) = charter.of(read({HUB: "title: Reef hub\n"}).fleet).communities[0].hubs
    assert (hub.id, hub.login, hub.url) == ("reef/main", desired.LoginKind.COMMONHUB, "http://reef.localhost:8000/")
    assert hub.access == charter.HubAccess(everyone=False, domains=(), groups=(), requests=True)


def test_a_hub_without_a_login_has_that_of_the_fleet():
    files = {HUB: "title: x\n", "fleet.yaml": "name: x\ndefaults: {login: {kind: github}}\n"}
    (hub,) = charter.of(read(files).fleet).communities[0].hubs
    assert hub.login is desired.LoginKind.GITHUB


@pytest.mark.parametrize(
    ("url", "routing", "shown"),
    [
        ("https://hubs.example.org", "hosts", "https://reef.hubs.example.org/"),
        ("http://10.0.0.7:8000", "paths", "http://10.0.0.7:8000/reef/"),
        ("http://[::1]:8000", "paths", "http://[::1]:8000/reef/"),
    ],
)
def test_a_hub_is_handed_on_with_its_address(url, routing, shown):
    files = {HUB: "title: x\n", "fleet.yaml": f"name: x\nurl: {url}\nrouting: {routing}\n"}
    assert charter.of(read(files).fleet).communities[0].hubs[0].url == shown


def test_whoever_may_use_a_hub_changes_nothing_that_an_engine_reads():
    said = "title: x\naccess: {everyone: true, domains: [uni.example.edu], groups: [advanced], requests: false}\n"
    plain, other = read({HUB: "title: x\n"}).fleet, read({HUB: said, COMMUNITY: SAID}).fleet
    (before,), (after,) = resolving.resolve(plain), resolving.resolve(other)
    assert replace(after, community_title=before.community_title).digest == before.digest
    assert charter.of(other).communities[0].hubs[0].access == charter.HubAccess(
        everyone=True, domains=("uni.example.edu",), groups=("advanced",), requests=False
    )


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ("[{}]", "9: roles > guide entry 1: Nobody is named. Write their login"),
        ("[{login: Dan}]", "9: roles > guide entry 1 > login: 'Dan' cannot be the name of an account."),
        ("[{login: d}]", "cannot be the name of an account"),
        ("[{login: dan-}]", "cannot be the name of an account"),
        (f"[{{login: {'d' * 33}}}]", "cannot be the name of an account"),
        ("[{login: dan, since: soon}]", "'soon' is no day. Write it as year-month-day"),
        ("[{login: dan, since: 2026-02-30}]", "'2026-02-30' is no day"),
        ("[{login: dan, since: 20260101}]", "20260101 is no day"),
        ("[{login: dan, since: 2026-02-01, until: 2026-01-01}]", "The last day is before the first."),
        ("[{login: dan, side: servce}]", "side cannot be 'servce'. Did you mean 'service'?"),
        ("[{login: dan, timezone: Africa/Blantyre}]", "Did you mean 'time_zone'?"),
        ("[{login: dan, hub: mian}]", "The community has no hub 'mian'. Did you mean 'main'?"),
        ("[{login: dan, hub: no hub}]", "'no hub' cannot be a name"),
        ("[{login: dan}, {login: dan}]", "9: dan stands twice as guide. Keep one of them."),
        ("{login: dan}", "is no list"),
        ("[dan]", "has no keys below it"),
    ],
)
def test_a_role_that_cannot_be_is_told_with_its_line(roles, words):
    rows = "title: x\n\n\n\n\n\n\nroles:\n  guide: "
    (fault,) = faults_of({COMMUNITY: rows + roles + "\n"})
    assert words in fault
    assert fault.startswith(f"{COMMUNITY}:9: ")


def test_one_person_may_be_in_one_role_for_two_hubs_and_with_and_without_an_account():
    roles = "[{login: dan}, {login: dan, hub: main}, {name: dan}]"
    assert faults_of({COMMUNITY: f"title: x\nroles: {{guide: {roles}}}\n"}) == []


def test_a_role_is_named_by_an_id():
    (fault,) = faults_of({COMMUNITY: "title: x\nroles:\n  Community Guide: [{login: bob}]\n"})
    assert fault.startswith(f"{COMMUNITY}:3: roles > Community Guide: 'Community Guide' cannot be a word of the resp")


def test_whoever_serves_all_communities_is_not_for_one_hub():
    (fault,) = faults_of({"fleet.yaml": "name: x\nroles:\n  guide:\n    - login: bob\n      hub: main\n"})
    assert fault.startswith("fleet.yaml:5: Somebody here serves all communities")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("- {responsibility: x, carried_by: us, because: y}", "It may be service, community, shared."),
        ("- {responsibility: x, carried_by: service}", "because is missing"),
        (
            "- {responsibility: x, carried_by: service, because: y, hub: nowhere}",
            "4: The community has no hub 'nowhere'",
        ),
        (
            "- &a {responsibility: x, carried_by: service, because: y}\n    - *a",
            ":5: Who carries x stands twice.",
        ),
    ],
)
def test_a_departure_that_cannot_be_is_told(said, words):
    found = faults_of({COMMUNITY: f"title: x\nagreement:\n  departures:\n    {said}\n"})
    assert words in " ".join(found)
    assert len(found) == 1


def test_a_hub_whose_file_has_a_fault_is_still_a_hub():
    (fault,) = faults_of({HUB: "titel: x\n", COMMUNITY: "title: x\nroles: {guide: [{login: dan, hub: main}]}\n"})[:1]
    assert "Did you mean 'title'?" in fault
    assert len(faults_of({HUB: "title: 5\n", COMMUNITY: "title: x\nroles: {guide: [{login: dan, hub: main}]}\n"})) == 1


@pytest.mark.parametrize(
    "domain", ["Uni.example.edu", "@uni.example.edu", "uni", "http://uni.example.edu", "*.edu", "a b.c"]
)
def test_a_domain_of_addresses_is_one(domain):
    (fault,) = faults_of({HUB: f"title: x\naccess: {{domains: ['{domain}']}}\n"})
    assert "is no domain of e-mail addresses" in fault


def test_people_of_an_earlier_version_are_told_where_they_belong():
    text = "title: x\npeople:\n  representatives: [{name: Carol}]\n"
    (fault,) = faults_of({COMMUNITY: text})
    assert fault == (
        f"{COMMUNITY}:2: The key people is not known here. "
        "Name people below roles:, as community-representative and community-guide."
    )


def test_administrators_and_access_that_do_not_hold_are_warnings():
    (fault,) = read({HUB: "title: x\nadmins: [dan]\n"}).faults
    assert (fault.warning, fault.line) == (True, 2)
    assert "roles" in fault.mend
    (fault,) = read({HUB: "title: x\nlogin: {kind: shared-password}\naccess: {everyone: true}\n"}).faults
    assert (fault.warning, fault.line) == (True, 3)
    (fault,) = read({"fleet.yaml": "name: x\ndefaults: {admins: [dan]}\n"}).faults
    assert (fault.file, fault.warning) == ("fleet.yaml", True)


# ---- responsibilities.yaml, and checks of those who know the model ----

MODEL = "responsibilities.yaml"
OWN = "roles:\n  community-guide:\n    title: Data Steward\n"


def model_check(fleet, where):
    """As the program does it: the model's own faults, then each role that it does not know."""
    found = responsibilities.default()
    if fleet.responsibilities is not None:
        read_model = responsibilities.read(marked.read(fleet.responsibilities, MODEL))
        yield from read_model.faults
        found = read_model.model or found
    known = {role.id for role in found.roles}
    for community in fleet.communities:
        for role in community.file.roles:
            if role not in known:
                path = f"communities/{community.name}/community.yaml"
                yield where.fault(path, ("roles", role), f"The model has no role {role!r}.", "Look at its roles.")


def test_a_check_from_above_adds_faults_with_their_lines():
    found = read({COMMUNITY: "title: x\nroles:\n  captain: [{login: carol}]\n"}, checks=[model_check])
    assert [str(fault) for fault in found.faults] == [
        f"{COMMUNITY}:3: The model has no role 'captain'. Look at its roles."
    ]
    assert found.fleet is None


def test_the_organisations_own_model_is_handed_on_as_it_stands():
    found = read({MODEL: OWN}, checks=[model_check])
    assert found.faults == ()
    assert found.fleet.responsibilities == OWN.encode()
    assert charter.of(found.fleet).responsibilities == OWN
    assert charter.of(read({}).fleet).responsibilities == ""


@pytest.mark.parametrize("text", ["[", b"\xff", b"\0", "", "roles: {community-guide: {sides: [nobody]}}\n"])
def test_a_fault_of_the_own_model_is_told_by_whoever_knows_it(text):
    found = read({MODEL: text}, checks=[model_check])
    assert {fault.file for fault in found.mistakes} == {MODEL}


def test_a_reader_sees_a_new_model_and_a_check_is_asked_each_time():
    reader = reading.Reader(checks=[model_check])
    before = {**folders.REEF, COMMUNITY: "title: x\nroles: {captain: [{login: carol}]}\n"}
    assert reader.read(folders.tree(before)).fleet is None
    own = (
        "roles: {captain: {title: C, meaning: M, team: hub-community, filled_by: F, sides: [community], widest: hub, "
        "responsibilities: [oversee-access], appointed_with: ['administrator:appoint']}}\n"
    )
    assert reader.read(folders.tree({**before, MODEL: own})).mistakes == ()
    assert reader.read(folders.tree(before)).fleet is None


def test_the_own_model_is_committed_watched_and_read_from_history(tmp_path):
    alice = history.Person(name="Alice Okafor", email="alice@example.org")
    root = folders.put(tmp_path, {**folders.REEF, MODEL: OWN})
    repository = history.FleetRepository.create(root, who=alice, why="Begin the fleet")
    assert reading.read(repository.tree("HEAD")).fleet.responsibilities == OWN.encode()
    (root / MODEL).write_text(OWN.replace("Data", "Code"))
    assert repository.uncommitted() == (MODEL,)
    with pytest.raises(errors.RefusedError, match="has edits in the folder"):
        repository.change({MODEL: OWN}, who=alice, why="Change it")
    repository.commit([MODEL], who=alice, why="Steward the code")
    assert b"Code" in reading.read(repository.tree("HEAD")).fleet.responsibilities
    assert [each.subject for each in repository.log(MODEL)] == ["Steward the code", "Begin the fleet"]
    repository.change({MODEL: None}, who=alice, why="Back to the shipped model")
    assert reading.read(repository.tree("HEAD")).fleet.responsibilities is None
    assert reading.read(trees.folder(root)).fleet.responsibilities is None


def test_a_link_in_place_of_the_own_model_does_not_leave_the_folder(tmp_path):
    (tmp_path / "secret.yaml").write_text(OWN)
    root = folders.put(tmp_path / "fleet", folders.REEF)
    (root / MODEL).symlink_to(tmp_path / "secret.yaml")
    (fault,) = reading.read(trees.folder(root)).mistakes
    assert fault.problem == "This link points out of the fleet folder."
