"""What pages and commands change in fleet files."""

import datetime as dt
import re

import folders
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.fleet import agreements, charter, editing, reading
from commonhub.ground import errors, marked

COMMUNITY = "communities/reef/community.yaml"
HUB = "communities/reef/hubs/main.yaml"
REEF = """# yaml-language-server: $schema=../../.schemas/community.json
title: 'Coral reef'   # quoted by a person
# Who carries what.
roles:
  # chosen in May
  community-representative:
    - {login: carol, name: Carol Mendes}   # since the start
  hub-administrator:
  - login: dan
    hub: main
  - login: dan
# What is agreed on.
agreement:
  since: 2026-01-01   # a Thursday
  departures:
    # they like to teach
    - {responsibility: run-workshops, carried_by: community, because: They like to.}
# last words
"""
MAIN = """title: Reef hub
# Who may.
access:
  domains: [reef.example.org]   # ours
  requests: true
admins: [dan]  # until we sign in at the portal
login: {kind: shared-password}
"""


def community(text):
    found = reading.read(folders.tree({**folders.REEF, COMMUNITY: text}))
    assert found.mistakes == ()
    return charter.of(found.fleet).communities[0]


def access(text):
    found = reading.read(folders.tree({**folders.REEF, HUB: text}))
    assert found.mistakes == ()
    return charter.of(found.fleet).communities[0].hubs[0].access


def notes(text):
    return re.findall(r"(?<!\S)# .*", text)


def others(text, *touched):
    """What the file says besides the keys that were meant."""
    value = marked.read(text.encode(), "").value
    return [(key, one) for key, one in value.items() if key not in touched]


letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
words = st.text(letters, min_size=1, max_size=40) | st.sampled_from(
    [
        "}, {login: mallory",
        "x\n  hub-administrator:\n    - login: mallory",
        '"',
        "# x",
        "null",
        "&a",
        "*a",
        "- a",
        "\x01",
    ]
)
handles = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True) | st.sampled_from(
    ["carol", "dan", "null", "true"]
)
ids = st.sampled_from(["community-representative", "hub-administrator", "community-guide", "yes", "null"])
hubs = st.sampled_from([None, "main"])
days = st.none() | st.dates()


@st.composite
def entries(draw):
    login = draw(st.none() | handles)
    since, until = sorted([draw(st.dates()), draw(st.dates())])
    return charter.RoleEntry(
        role=draw(ids),
        login=login,
        name=draw(words if login is None else st.none() | words),
        email=draw(st.none() | words),
        time_zone=draw(st.sampled_from([None, "Africa/Blantyre"])),
        hub=draw(hubs),
        side=draw(st.none() | st.sampled_from(agreements.Side)),
        only=draw(st.lists(ids, max_size=3).map(tuple)),
        since=draw(st.sampled_from([None, since])),
        until=draw(st.sampled_from([None, until])),
        because=draw(st.just("") | words),
    )


departures = st.builds(
    charter.Departure,
    responsibility=st.sampled_from(["run-workshops", "manage-data", "null"]),
    carried_by=st.sampled_from(agreements.Carrier),
    hub=hubs,
    because=words,
)
domains = st.lists(st.sampled_from(["uni.example.edu", "a.b", "1.2"]), max_size=3).map(tuple)
accesses = st.builds(
    charter.HubAccess,
    everyone=st.booleans(),
    domains=domains,
    groups=st.lists(st.sampled_from(["advanced", "1", "true", "0755"]), max_size=3).map(tuple),
    requests=st.booleans(),
)


@given(st.lists(entries(), min_size=1, max_size=4))
def test_whoever_is_appointed_is_read_again_so_and_nobody_else(given_):
    text, expected = REEF, {each.key: each for each in community(REEF).roles}
    for entry in given_:
        text = editing.appoint(text, entry=entry)
        expected[entry.key] = entry
        assert editing.appoint(text, entry=entry) == text
    assert {each.key: each for each in community(text).roles} == expected
    assert others(text, "roles") == others(REEF, "roles")
    assert notes(text)[-1] == "# last words"
    assert [note for note in notes(REEF) if note not in text] == []


@given(entries(), st.data())
def test_whoever_is_appointed_and_ended_leaves_the_file_as_it_was(entry, data):
    text = editing.appoint(REEF, entry=entry)
    known = {each.key for each in community(REEF).roles}
    after = editing.end(text, role=entry.role, login=entry.login, name=entry.name, hub=entry.hub)
    if entry.key not in known:
        assert after == REEF
    one = data.draw(st.sampled_from(community(text).roles))
    without = editing.end(text, role=one.role, login=one.login, name=one.name, hub=one.hub)
    assert {each.key for each in community(without).roles} == (known | {entry.key}) - {one.key}
    assert editing.end(without, role=one.role, login=one.login, name=one.name, hub=one.hub) == without
    assert others(without, "roles") == others(REEF, "roles")


def test_an_end_means_one_hub_or_all_and_an_account_or_a_name():
    assert editing.end(REEF, role="hub-administrator", login="dan", hub="main").count("dan") == 1
    assert [each.hub for each in community(editing.end(REEF, role="hub-administrator", login="dan")).roles] == [
        None,
        "main",
    ]
    assert editing.end(REEF, role="hub-administrator", name="dan") == REEF
    assert editing.end(REEF, role="community-guide", login="dan") == REEF


def test_a_first_entry_makes_its_section_and_its_end_takes_it_away():
    entry = charter.RoleEntry(role="community-guide", login="bob", only=("run-workshops",), since=dt.date(2026, 1, 1))
    text = editing.appoint("name: Our hubs\n", entry=entry)
    assert text == (
        "name: Our hubs\nroles:\n  community-guide:\n    - {login: bob, only: [run-workshops], since: 2026-01-01}\n"
    )
    assert editing.end(text, role="community-guide", login="bob") == "name: Our hubs\n"


@given(st.lists(departures, min_size=1, max_size=3))
def test_what_is_agreed_on_is_read_again_so_and_can_be_taken_back(given_):
    text, expected = REEF, {("run-workshops", None): community(REEF).departures[0]}
    for each in given_:
        text = editing.set_departure(text, each)
        expected[each.responsibility, each.hub] = each
        assert editing.set_departure(text, each) == text
    assert {(each.responsibility, each.hub): each for each in community(text).departures} == expected
    assert others(text, "agreement") == others(REEF, "agreement")
    assert [note for note in notes(REEF) if note not in text] == []
    for responsibility, hub in expected:
        text = editing.remove_departure(text, responsibility=responsibility, hub=hub)
    assert editing.remove_departure(text, responsibility="run-workshops") == text
    assert community(text).departures == ()
    assert community(text).since == dt.date(2026, 1, 1)


@given(st.text(letters, max_size=80), days)
def test_terms_are_read_again_to_the_letter(terms, since):
    text = editing.set_terms(REEF, terms, since=since)
    found = community(text)
    assert (found.terms, found.since) == (terms.replace("\r\n", "\n").replace("\r", "\n"), since)
    assert found.departures == community(REEF).departures
    assert editing.set_terms(text, terms, since=since) == text
    assert notes(text)[-1] == "# last words"


def test_terms_stand_in_the_file_as_they_were_typed():
    text = editing.set_terms("title: x\n", "Be kind.\r\n\r\n# Be fair: always.\r\n", since=dt.date(2026, 3, 1))
    assert text == ("title: x\nagreement:\n  terms: |\n    Be kind.\n\n    # Be fair: always.\n  since: 2026-03-01\n")
    assert editing.set_terms(text, "") == "title: x\n"


@given(accesses)
def test_who_may_use_a_hub_is_read_again_so(wanted):
    text = editing.set_access(MAIN, wanted)
    assert access(text) == wanted
    assert editing.set_access(text, wanted) == text
    assert others(text, "access") == others(MAIN, "access")
    assert access(editing.set_access("title: x\n", wanted)) == wanted
    assert editing.set_access(editing.set_access("title: x\n", wanted), charter.HubAccess()) == "title: x\n"
    assert "# Who may." in text


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["description", "url", "place"], st.just("") | st.none() | words)),
    st.text(letters, min_size=1, max_size=40),
)
def test_a_communitys_words_are_read_again_to_the_letter(said, title):
    text = editing.set_community_words(REEF, title=title, time_zone="Africa/Blantyre", **said)
    found = community(text)
    assert (found.title, found.time_zone) == (title, "Africa/Blantyre")
    for key, word in said.items():
        assert (getattr(found, key) or "") == (word or "")
    assert editing.set_community_words(text, title=title, time_zone="Africa/Blantyre", **said) == text
    assert notes(REEF)[0] == notes(text)[0]
    assert [note for note in notes(REEF) if note not in text] == []


def test_administrators_are_written_once_each_and_taken_out():
    assert editing.set_admins(MAIN, ["dan", "eve", "dan"]) == MAIN.replace("[dan]", "[dan, eve]")
    assert "admins" not in editing.set_admins(MAIN, [])
    assert editing.set_admins("title: x\n", ["12", "yes: no"]) == 'title: x\nadmins: ["12", "yes: no"]\n'


@pytest.mark.parametrize(
    ("edit", "words_"),
    [
        (lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="guide")), "Nobody is named"),
        (lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="a guide", login="bob")), "'a guide' cannot be"),
        (lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="guide", login="Bob")), "'Bob' cannot be the name"),
        (
            lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="guide", login="bob", hub="a b")),
            "'a b' cannot be",
        ),
        (lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="guide", name="x" * 201)), "is too long"),
        (lambda: editing.appoint(REEF, entry=charter.RoleEntry(role="guide", name="\ud800")), "name"),
        (lambda: editing.appoint("title: [", entry=charter.RoleEntry(role="guide", login="bob")), "fault in line 1"),
        (lambda: editing.appoint("roles: {guide: bob}", entry=charter.RoleEntry(role="guide", login="bob")), "no list"),
        (lambda: editing.set_community_words(REEF, title=""), "is empty"),
        (lambda: editing.set_community_words(REEF, time_zone="Mars"), "'Mars' is no time zone"),
        (lambda: editing.set_community_words(REEF, roles="x"), "roles is no word of a community"),
        (lambda: editing.set_access(MAIN, charter.HubAccess(domains=("@x",))), "no domain of e-mail addresses"),
        (lambda: editing.set_access(MAIN, charter.HubAccess(groups=("A b",))), "'A b' cannot be a name"),
        (lambda: editing.set_admins(MAIN, [""]), "is empty"),
    ],
)
def test_what_the_reader_would_refuse_is_refused_before_it_is_written(edit, words_):
    with pytest.raises(errors.CommonhubError, match=words_):
        edit()
