"""YAML with lines, and bounds against hostile files."""

import pytest

from commonhub.ground import marked

BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a:\n\tb: 1", 2, "A tab stands where spaces must"),
        (b'a: 1\nb: "open', 2, "The file ends before"),
        (b"a: [1,", 1, "The file ends before"),
        (b"a: b: c", 1, "This is not YAML"),
        (b"a: 1\nb: \xff", 2, "not UTF-8"),
        (b"a: 1\nb: \0", 2, "does not allow"),
        (b"a: &x [*x]", 1, "contains itself"),
        (b"a: *x", 1, "No anchor &x"),
        (b"a: 1\n---\nb: 2", 2, "second document"),
        (b"", 0, "empty"),
        (b"# only words\n", 0, "empty"),
        (b"a: !!python/object:os.system x", 1, "tag"),
        (b"<<: {a: 1}", 1, "Merge keys"),
        (b"[a, b]: 1", 1, "where a key must"),
        (b"a: " + b"x" * 1_100_000, 0, "larger than 1 MB"),
        (BOMB.encode(), 5, "more than 50,000 things"),
        (b"[" * 400_000, 1, "levels deep"),
        (b"- " * 400_000, 1, "levels deep"),
        (b"{a: " * 200_000, 1, "levels deep"),
        (b"".join(b" " * n + b"a:\n" for n in range(1300)), 41, "levels deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_broken_or_hostile_file_is_one_fault_with_its_line(data, line, words):
    found = marked.read(data, "hub.yaml")
    assert found.value is None
    assert [fault.line for fault in found.faults] == [line]
    assert words in found.faults[0].problem
    assert found.faults[0].file == "hub.yaml"


def test_a_key_that_stands_twice_is_a_fault_that_names_both_lines():
    found = marked.read(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", "x")
    assert [(fault.line, fault.problem) for fault in found.faults] == [
        (4, "The key 'c' stands twice (first in line 3)."),
        (5, "The key 'a' stands twice (first in line 1)."),
    ]


def test_each_key_knows_its_line():
    found = marked.read(b"a: 1\n# words\nb:\n  - c: 1\n    d: 2\n", "x")
    assert found.line(["b"]) == 3
    assert found.line(["b", 0, "d"]) == 5
    assert found.line(["b", 0, "missing"]) == 4  # the nearest thing above that is there


def test_words_are_read_as_in_yaml_1_2():
    text = "a: yes\nb: true\nc: 12:30\nd: 0755\ne: 1.5\nf: ~\ng: 2024-03-18\nh: 12\ni: 'true'\nj: .5\nk: 1e999\n"
    assert marked.read(text.encode(), "x").value == {
        "a": "yes",
        "b": True,
        "c": "12:30",
        "d": "0755",
        "e": 1.5,
        "f": None,
        "g": "2024-03-18",
        "h": 12,
        "i": "true",
        "j": 0.5,
        "k": "1e999",
    }


def test_an_alias_gives_the_value_of_its_anchor():
    assert marked.read(b"a: &x {b: 1}\nc: *x\n", "x").value == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_key_may_look_like_a_number():
    assert marked.read(b"1: a\ntrue: b\n", "x").value == {"1": "a", "true": "b"}
