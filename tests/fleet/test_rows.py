"""Changes of YAML text row by row."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonhub.fleet import rows
from commonhub.ground import errors, marked

TEXT = """# yaml-language-server: $schema=../../.schemas/community.json
title: 'Coral reef'   # quoted by a person

# Who carries what.
roles:
  # The first two were chosen in May.
  community-representative:
    - {login: carol, name: Carol Mendes}   # since the start
    # and her deputy
    - login: eve
      # she moved
      time_zone: Africa/Blantyre

  # Dan knows the hub best.
  hub-administrator:
  - {login: dan, hub: main}
time_zone: Africa/Dar_es_Salaam  # never changes
agreement:
  terms: |
    Be kind.
    # this is a term, not a comment

  # In June we meet again.
  since: 2026-01-01
# last words
"""


def value(text):
    found = marked.read(text.encode(), "")
    assert found.faults == [], (text, found.faults)
    return found.value or {}


def changed(path, new, text=TEXT):
    """The text after a change, and the rows that only the old and only the new one have."""
    after = rows.put(text, path, new)
    before, now = text.splitlines(), after.splitlines()
    head = next((number for number, (old, new) in enumerate(zip(before, now, strict=False)) if old != new), None)
    head = min(len(before), len(now)) if head is None else head
    tail = 0
    while tail < min(len(before), len(now)) - head and before[-1 - tail] == now[-1 - tail]:
        tail += 1
    return after, before[head : len(before) - tail], now[head : len(now) - tail]


@pytest.mark.parametrize(
    ("path", "new", "gone", "came"),
    [
        (("title",), "Reef", ["title: 'Coral reef'   # quoted by a person"], ["title: Reef   # quoted by a person"]),
        (("place",), "Zanzibar", [], ["place: Zanzibar"]),
        (
            ("roles", "hub-administrator", 1),
            {"login": "bob"},
            [],
            ["  - {login: bob}"],
        ),
        (
            ("roles", "community-representative", 2),
            {"login": "bob", "only": ["run-workshops"]},
            [],
            ["    - {login: bob, only: [run-workshops]}"],
        ),
        (
            ("roles", "community-guide", 0),
            {"login": "bob"},
            [],
            ["  community-guide:", "    - {login: bob}"],
        ),
        (
            ("roles", "community-representative", 0),
            {"login": "carol"},
            ["    - {login: carol, name: Carol Mendes}   # since the start"],
            ["    - {login: carol}   # since the start"],
        ),
        (
            ("roles", "community-representative", 0),
            rows.REMOVE,
            ["    - {login: carol, name: Carol Mendes}   # since the start"],
            [],
        ),
        (
            ("roles", "community-representative", 1),
            rows.REMOVE,
            ["    - login: eve", "      # she moved", "      time_zone: Africa/Blantyre"],
            ["    # she moved"],
        ),
        (("roles", "hub-administrator", 0), rows.REMOVE, ["  hub-administrator:", "  - {login: dan, hub: main}"], []),
        (("roles", "hub-administrator", 3), rows.REMOVE, [], []),
        (("nothing", "here"), rows.REMOVE, [], []),
        (
            ("agreement", "terms"),
            "Be kind.\nBe fair.\n",
            ["    # this is a term, not a comment"],
            ["    Be fair."],
        ),
        (
            ("agreement", "departures", 0),
            {"responsibility": "run-workshops", "carried_by": "community", "because": "x" * 80},
            [],
            [
                "  departures:",
                "    - responsibility: run-workshops",
                "      carried_by: community",
                f"      because: {'x' * 80}",
            ],
        ),
    ],
)
def test_a_change_touches_the_rows_it_means_and_no_other(path, new, gone, came):
    assert changed(path, new)[1:] == (gone, came)


def test_the_last_of_several_takes_what_held_it_along():
    text = rows.put(
        "title: x\nroles:\n  # why\n  guide:\n    - login: bob\n# end\n", ("roles", "guide", 0), rows.REMOVE
    )
    assert text == "title: x\n# why\n# end\n"


@pytest.mark.parametrize(
    "text",
    [
        "title: x\nroles: {guide: [{login: dan}]}\n",
        "title: x\nroles:\n  guide: [{login: dan}]\n",
        "title: x\nroles:\n  guide:\n    [\n      {login: dan},\n    ]\n",
        "{title: x, roles: {guide: [{login: dan}]}}",
        "title: x\r\nroles:\r\n  guide:\r\n  - login: dan",
        "title: x\nroles:\n  guide:\n  -\n    login: dan\n",
        "roles: &all\n  guide:\n  - login: dan\ntitle: x",
        "title: x\nroles:\n  guide:\n  - login: |+\n      dan\n",
        "? title\n: x\n? roles\n: guide:\n  - login: dan\n",
        "---\ntitle: x\nroles:\n  guide:\n  - login: dan\n...\n",
        '"title": x\n"roles":\n    "guide":\n        -   login: dan\n',
        "title: x\nroles:\n",
        "title: &who dan\nroles:\n  guide:\n  - login: *who\n",
        "title: x\nroles:\n  guide:\n  - &one {login: dan}\nmore: *one\n",
        "title: x\nroles: {}\n",
        "",
        "# only words\n",
    ],
)
def test_whatever_way_it_is_written_the_change_is_made_once(text):
    after = rows.put(text, ("roles", "guide", 0), {"login": "eve"})
    assert value(after)["roles"] == {"guide": [{"login": "eve"}]}
    assert rows.put(after, ("roles", "guide", 0), {"login": "eve"}) == after
    without = rows.put(after, ("roles", "guide", 0), rows.REMOVE)
    assert "roles" not in value(without)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("title: [", ("title",), "fault in line 1"),
        ("title: x\ntitle: y\n", ("title",), "fault in line 2"),
        ("- 1\n", ("title",), "no keys and values"),
        ("title: x\n", ("title", "below"), "does not fit"),
        ("roles: []\n", ("roles", 4), "does not fit"),
        ("title: \ud800\n", ("place",), "half a character"),
    ],
)
def test_what_cannot_be_changed_safely_is_refused_in_words(text, path, words):
    with pytest.raises(errors.CommonhubError, match=words):
        rows.put(text, path, "new")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "x\nroles: {hub-administrator: [{login: mallory}]}", '"', "'", "}", "]}", ", login: mallory", "# no", "- a",
        "|", ">-", "&a", "*a", "!!python/object:os.system", "<<", "yes", "null", "12:30", "0x10", "1e3", "0755", "=", "~",
        "---", "...", "\ufeff", "\u2028", "\x85", "\x00", "\x1b[2J", "a: b", "a #b", "\t", " ", "\n", "\r\n", "%YAML 1.1",
        "2026-01-01", "-1", ".5", "@x", "`x", "\U0001f420", "terms:\n  - {login: mallory}\n", "x\n...\n---\ntitle: y\n",
    ]
)  # fmt: skip


@given(words, st.sampled_from([("title",), ("place",), ("agreement", "terms"), ("agreement", "more")]))
@example("a\n\n\nb\n", ("agreement", "terms"))
@example(" a\nb", ("agreement", "terms"))
def test_nobodys_words_mean_anything_to_yaml(word, path):
    after = rows.put(TEXT, path, word)
    expected = value(TEXT)
    place = expected
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = word
    assert value(after) == expected
    assert rows.put(after, path, word) == after


@given(st.dictionaries(st.sampled_from(["login", "name", "because"]), words, min_size=1), st.integers(0, 2))
def test_nobodys_words_mean_anything_inside_an_entry(entry, number):
    path = ("roles", "community-representative", number)
    after = rows.put(TEXT, path, entry)
    expected = value(TEXT)
    expected["roles"]["community-representative"][number : number + 1] = [entry]
    assert value(after) == expected
    assert rows.put(after, path, entry) == after


# Files as people write them: lists further in or not, entries in braces or not, comments and blank rows anywhere.
comments = st.sampled_from(["", "", "  # c{0}"])
above = st.sampled_from([[], [], [""], ["# a{0}"], ["", "# a{0}", ""]])


@st.composite
def files(draw):
    number, made = iter(range(1000)), []

    def row(text, indent):
        made.extend((" " * indent + each if each else "") for each in [one.format(next(number)) for one in draw(above)])
        made.append(" " * indent + text + draw(comments).format(next(number)))

    row("title: Reef", 0)
    row("roles:", 0)
    for role in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)):
        row(f"{role}:", 2)
        inward = draw(st.sampled_from([2, 4]))
        for login in draw(st.lists(st.sampled_from(["eve", "dan", "bob"]), min_size=1, max_size=3, unique=True)):
            if draw(st.booleans()):
                row(f"- {{login: {login}, name: N}}", inward)
            else:
                row(f"- login: {login}", inward)
                row("name: N", inward + 2)
    row("place: here", 0)
    return "\n".join([*made, "# end"]) + draw(st.sampled_from(["", "\n", "\n\n"]))


def notes(text):
    return sorted(row[row.index("# ") :] for row in text.splitlines() if "# " in row)


@given(files(), st.sampled_from("abcd"), st.integers(0, 3))
def test_an_entry_that_comes_takes_no_comment_away(text, role, number):
    known = value(text)["roles"].get(role, [])
    path = ("roles", role, min(number, len(known)))
    after = rows.put(text, path, {"login": "carol"})
    expected = value(text)
    expected["roles"].setdefault(role, [])[path[2] : path[2] + 1] = [{"login": "carol"}]
    assert value(after) == expected
    assert notes(after) == notes(text)
    assert [row for row in text.splitlines() if row[:1].isalpha()] == [
        row for row in after.splitlines() if row[:1].isalpha()
    ]


@given(files(), st.data())
def test_an_entry_that_goes_takes_no_comment_above_or_below_it_along(text, data):
    roles = value(text)["roles"]
    role = data.draw(st.sampled_from(sorted(roles)))
    number = data.draw(st.integers(0, len(roles[role]) - 1))
    after = rows.put(text, ("roles", role, number), rows.REMOVE)
    del roles[role][number]
    left = {name: entries for name, entries in roles.items() if entries}
    assert value(after).get("roles", {}) == left
    above_it = [row.strip() for row in text.splitlines() if row.strip().startswith("#")]
    assert all(note in after for note in above_it)
    assert rows.put(after, ("place",), "there").count("place: there") == 1
