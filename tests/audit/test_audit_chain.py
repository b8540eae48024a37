"""Any change of the chain is found, and the first entry that cannot be trusted is named."""

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import noted
from commonhub.audit import chain, entries

pytestmark = pytest.mark.slow

LENGTH = 6
CHAIN = noted.entries_of(LENGTH)
HEAD = noted.head_of(CHAIN)
TEXT_FIELDS = [field.name for field in dataclasses.fields(entries.Entry) if field.type is str]
NUMBERS = st.integers(1, LENGTH)

untimed = settings(deadline=None)  # a broken chain is looked at closely, which takes its time on a busy machine

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def verify(rows: list[Any], anchors: tuple[chain.Anchor, ...] = (), head: chain.Head | None = HEAD) -> chain.Verdict:
    return chain.verify(rows, head=head, anchors=anchors)


def edited(number: int, **changes: Any) -> list[entries.Entry]:
    """The chain with one row changed as somebody with SQL would."""
    return [dataclasses.replace(row, **changes) if row.number == number else row for row in CHAIN]


def rewritten(number: int, **changes: Any) -> list[entries.Entry]:
    """The chain with one row changed, and all digests from there on computed again."""
    rows: list[entries.Entry] = []
    for row in CHAIN:
        told = changes if row.number == number else {}
        previous = rows[-1].digest if rows else chain.GENESIS
        rows.append(chain.sealed(dataclasses.replace(row, **{"previous": previous, **told})))
    return rows


def anchor(row: entries.Entry) -> chain.Anchor:
    return chain.Anchor(number=row.number, digest=row.digest, at=chain.moment(row.at))


def test_a_whole_chain_is_sound():
    found = verify(CHAIN, (anchor(CHAIN[1]), anchor(CHAIN[4])))
    assert (found.sound, found.entries, found.anchors, found.head) == (True, LENGTH, 2, HEAD)
    assert found.words == "The chain is whole: 6 entries, 2 anchors."


def test_an_empty_chain_is_sound():
    assert verify([], head=chain.Head()).sound


def test_the_form_of_a_digest_never_changes():
    """Written out by hand: whoever changes the form makes every kept export unverifiable."""
    line = (
        '{"actor":"dan","actor_name":"Dan Rahman","at":"2026-03-02T09:01:00.123456Z","community":"reef",'
        '"details":{"groups":["first years","zoë"],"number":1},"hub":"main","number":1,"outcome":"done",'
        '"permission":"person:add","previous":"'
        + "0"
        * 64
        + '","reasons":["Dan Rahman carries \'Look after people\'."],'
        '"subject":"eve","verb":"membership.add","via":"portal","words":"Added Eve Banda to reef/main for the 1th time."}'
    )
    assert CHAIN[0].digest == hashlib.sha256(b"commonhub-audit-1\n" + line.encode()).hexdigest()


def test_every_text_of_an_entry_is_covered():
    assert len(TEXT_FIELDS) == 12


@untimed
@given(NUMBERS, st.sampled_from(TEXT_FIELDS), st.text(max_size=80))
def test_any_edit_of_any_text_is_found(number: int, name: str, text: str):
    rows = edited(number, **{name: text})
    assert verify(rows).sound is (rows == CHAIN)


@untimed
@given(NUMBERS, json_values)
def test_any_edit_of_the_details_is_found(number: int, value: Any):
    rows = edited(number, details=value)
    found = verify(rows)
    assert (found.how, found.number) == (chain.Break.EDITED, number)


@untimed
@given(NUMBERS, json_values)
def test_any_edit_of_the_reasons_is_found(number: int, value: Any):
    assert not verify(edited(number, reasons=value)).sound


@untimed
@given(NUMBERS, st.datetimes(timezones=st.just(UTC)))
def test_any_edit_of_the_time_is_found(number: int, at: datetime):
    rows = edited(number, at=at)
    assert verify(rows).sound is (rows == CHAIN)


def test_an_edit_of_one_microsecond_is_found():
    assert not verify(edited(3, at=CHAIN[2].at + timedelta(microseconds=1))).sound


@pytest.mark.parametrize(
    "change",
    [
        {"words": 7},
        {"words": b"raw"},
        {"words": None},
        {"at": None},
        {"at": "yesterday"},
        {"details": {"share": 0.5}},
        {"details": {"a": {1, 2}}},
        {"reasons": "Dan Rahman carries it."},
        {"words": "\ud800"},
    ],
    ids=str,
)
def test_values_of_another_kind_are_an_edit(change: dict[str, Any]):
    found = verify(edited(3, **change))
    assert (found.how, found.number, found.entries) == (chain.Break.EDITED, 3, 2)


@untimed
@given(NUMBERS)
def test_a_row_that_is_taken_away_is_found(number: int):
    found = verify([row for row in CHAIN if row.number != number])
    assert (found.how, found.number, found.entries) == (chain.Break.MISSING, number, number - 1)


@untimed
@given(NUMBERS, st.integers(1, LENGTH))
def test_a_tail_that_is_cut_off_is_found(number: int, count: int):
    found = verify(CHAIN[: max(0, LENGTH - count)])
    assert (found.how, found.number) == (chain.Break.MISSING, max(0, LENGTH - count) + 1)


@untimed
@given(NUMBERS, NUMBERS)
def test_two_rows_that_changed_places_are_found(one: int, other: int):
    places = {one: other, other: one}
    rows = [dataclasses.replace(row, number=places.get(row.number, row.number)) for row in CHAIN]
    found = verify(sorted(rows, key=lambda row: row.number))
    if one == other:
        assert found.sound
    else:
        assert (found.how, found.number) == (chain.Break.REORDERED, min(one, other))
        assert f"it was noted as number {max(one, other)}." in found.words


@untimed
@given(st.permutations(CHAIN))
def test_rows_that_come_in_another_order_are_found(rows: list[entries.Entry]):
    assert verify(rows).sound is (rows == CHAIN)


@untimed
@given(NUMBERS, st.integers(-3, LENGTH))
def test_a_row_more_is_found(copied: int, number: int):
    more = dataclasses.replace(CHAIN[copied - 1], number=number)
    found = verify(sorted([*CHAIN, more], key=lambda row: row.number))
    assert found.how in {chain.Break.REORDERED, chain.Break.EDITED}


@untimed
@given(NUMBERS)
def test_a_row_that_cannot_be_read_is_found(number: int):
    rows = [chain.Unreadable(number=number) if row.number == number else row for row in CHAIN]
    found = verify(rows)
    assert (found.how, found.number) == (chain.Break.EDITED, number)


@untimed
@given(st.integers(1, LENGTH - 1))
def test_a_row_with_a_new_digest_of_its_own_is_found(number: int):
    row = chain.sealed(dataclasses.replace(CHAIN[number - 1], words="Did nothing."))
    found = verify([row if each.number == number else each for each in CHAIN])
    assert (found.how, found.number, found.entries) == (chain.Break.EDITED, number, number - 1)


def test_the_last_row_with_a_new_digest_differs_from_the_kept_end():
    found = verify(rewritten(LENGTH, words="Did nothing."))
    assert (found.how, found.number) == (chain.Break.HEAD, LENGTH)


def test_a_first_entry_that_names_one_before_it_is_found():
    first = chain.sealed(dataclasses.replace(CHAIN[0], previous="1" * 64))
    assert verify([first]).number == 1


@pytest.mark.parametrize("head", [None, chain.Head(), chain.Head(number=LENGTH, digest="f" * 64)], ids=str)
def test_an_end_that_was_touched_is_found(head: chain.Head | None):
    assert verify(CHAIN, head=head).how is chain.Break.HEAD


@untimed
@given(NUMBERS, NUMBERS)
def test_a_chain_written_again_as_a_whole_is_found_by_an_anchor(number: int, anchored: int):
    rows = rewritten(number, words="Did nothing.")
    assert verify(rows, head=noted.head_of(rows)).sound
    found = verify(rows, (anchor(CHAIN[anchored - 1]),), noted.head_of(rows))
    if anchored < number:
        assert found.sound
    else:
        assert (found.how, found.number) == (chain.Break.REWRITTEN, anchored)


@untimed
@given(st.integers(0, LENGTH - 1))
def test_a_tail_cut_off_with_its_end_is_found_by_an_anchor(length: int):
    rows = CHAIN[:length]
    assert verify(rows, head=noted.head_of(rows)).sound
    found = verify(rows, (anchor(CHAIN[-1]),), noted.head_of(rows))
    assert (found.how, found.number) == (chain.Break.MISSING, length + 1)


def test_anchors_out_of_order_are_found():
    found = verify(CHAIN, (anchor(CHAIN[4]), anchor(CHAIN[1])))
    assert found.how is chain.Break.ANCHORS


@untimed
@given(json_values)
def test_there_is_one_way_to_write_a_value(value: Any):
    again = entries.keepable_value(value)
    assert chain.canonical(entries.keepable_value(again)) == chain.canonical(again)


def test_fractions_have_no_form():
    walk: Callable[[Any], str] = chain.canonical
    for value in (0.5, [1.0], {"a": {"b": [2.0]}}):
        with pytest.raises(TypeError, match="no one form"):
            walk(value)
