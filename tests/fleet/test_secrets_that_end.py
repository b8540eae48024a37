"""Files say when a password, key or certificate ends, by name alone; what can't be is told with its line."""

import folders
import pytest

from commonhub.fleet import reading

COMMUNITY = "communities/reef/community.yaml"
SECRET = "name: GitHub login of the lab, hub: main, ends: 2027-01-31, note: Renewed at GitHub by Carol"


def read(files: dict[str, str]) -> reading.Reading:
    return reading.read(folders.tree({**folders.REEF, **files}))


def faults_of(files: dict[str, str]) -> list[str]:
    return [str(fault) for fault in read(files).faults]


def of_community(*entries: str) -> dict[str, str]:
    rows = "".join(f"  - {{{each}}}\n" for each in entries)
    return {COMMUNITY: f"title: x\nsecrets:\n{rows}"}


def test_a_secret_is_named_with_the_day_on_which_it_ends():
    found = read(
        {**of_community(SECRET), "fleet.yaml": "name: x\nsecrets: [{name: Certificate, ends: 2026-05-01T08:00}]\n"}
    )
    assert not found.faults
    (one,), (other,) = found.fleet.communities[0].file.secrets, found.fleet.file.secrets
    assert (one.name, one.hub, str(one.ends)) == ("GitHub login of the lab", "main", "2027-01-31")
    assert (other.name, other.hub, other.ends.hour) == ("Certificate", None, 8)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (f"{SECRET}, value: s3cret", "The key secrets entry 1 > value is not known here"),
        ("name: x, ends: 2027-01-31, hub: mian", "The community has no hub 'mian'. Did you mean 'main'?"),
        ("name: x, ends: soon", "'soon' is no moment"),
        ("ends: 2027-01-31", "name is missing"),
        ("name: x", "ends is missing"),
    ],
)
def test_a_secret_that_cannot_be_is_told_with_its_line(entry, words):
    (fault,) = faults_of(of_community(entry))
    assert words in fault
    assert fault.startswith(f"{COMMUNITY}:3: ")


def test_whoever_renews_writes_no_second_one():
    again = SECRET.replace("2027", "2028")
    assert faults_of(of_community(SECRET, again)) == [
        f"{COMMUNITY}:4: The secret 'GitHub login of the lab' stands twice. Keep the one that says when it ends now."
    ]
    assert faults_of(of_community(SECRET, again.replace(", hub: main", ""))) == []


def test_a_secret_of_the_whole_fleet_is_not_for_one_hub():
    (fault,) = faults_of({"fleet.yaml": "name: x\nsecrets:\n  - {name: x, ends: 2027-01-31, hub: main}\n"})
    assert fault.startswith("fleet.yaml:3: A secret here is the whole service's")


def test_an_event_names_a_hub_that_there_is():
    event = "{name: School, hub: mian, people: 9, begins: 2026-05-01, ends: 2026-05-02}"
    (fault,) = faults_of({COMMUNITY: f"title: x\nevents:\n  - {event}\n"})
    assert fault.startswith(f"{COMMUNITY}:3: The community has no hub 'mian'.")
