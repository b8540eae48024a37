"""Lists of people: read from whatever schools export, written so that a spreadsheet runs nothing of it."""

import contextlib
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.communities import class_lists, people
from commonhub.ground import errors

EXPORTS = {
    "ours": "handle,name,email,groups\neve,Eve Banda,eve@example.org,divers;swimmers\n",
    "semicolons and other words": "E-Mail;Benutzername;Name;Gruppen\neve@example.org;eve;Eve Banda;divers, swimmers\n",
    "tabs, and a name in two columns": "Login\tFirst Name\tLast Name\tEmail address\tGroup\n"
    "eve\tEve\tBanda\teve@example.org\tdivers|swimmers\n",
    "quotation marks, other columns, odd line ends": '"Student ID","User Name","Full name","E-mail","Groups","Mark"\r'
    '"77"," EVE ","Eve   Banda","eve@example.org","divers;swimmers","1,0"\r',
    "a mark at the beginning and empty lines": "\ufeff\n\nusername,name,mail,groups\n\neve,Eve Banda,eve@example.org,divers;swimmers\n,,,\n",
}


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
def test_common_exports_say_the_same(text):
    (entry,) = class_lists.read(text)
    assert (entry.handle, entry.name, entry.email) == ("eve", "Eve Banda", "eve@example.org")
    assert (entry.groups, entry.fault) == (("divers", "swimmers"), "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_the_letters_of_a_name_survive_the_encoding(encoding):
    (entry,) = class_lists.read("handle,name\nzoe,Zoë Müller-Ström\n".encode(encoding))
    assert entry.name == "Zoë Müller-Ström"


def test_a_login_that_is_an_address_is_taken_as_one():
    (entry,) = class_lists.read("login\nEve@example.org\n")
    assert (entry.handle, entry.email) == ("", "eve@example.org")


def test_each_row_knows_its_line():
    entries = class_lists.read('handle,name\neve,"Eve\nBanda"\n\ndan,Dan\n')
    assert [(entry.line, entry.name) for entry in entries] == [(2, "Eve Banda"), (5, "Dan")]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",Eve,", "Neither"),
        ("x,Eve,", "can't be a handle"),
        ("root,Eve,", "kept for the service"),
        ("eve,Eve,eve at example.org", "no e-mail address"),
        ("eve,Eve,eve@example", "no e-mail address"),
        ("eve," + "E" * 201 + ",", "more than 200"),
        ("=cmd(),Eve,", "can't be a handle"),
    ],
)
def test_a_faulty_row_says_what_is_wrong_with_it(row, fault):
    (entry,) = class_lists.read(f"handle,name,email\n{row}\n")
    assert fault in entry.fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a handle nor"),
        ("\n\n", "neither a handle nor"),
        ("first,second\n1,2\n", "neither a handle nor"),
        ("handle,name\n", "no rows"),
        ("handle\n" + "eve\n" * 20_001, "more than 20000 rows"),
        ("handle\n" + "e" * 2_000_000, "MB"),
        ('handle\n"' + "e" * 200_000, "can't be read"),
    ],
)
def test_what_is_no_such_list_is_refused_in_words(text, words):
    with pytest.raises(errors.CommonhubError, match=words):
        class_lists.read(text)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "'=1", "''=1", "=cmd|'/c calc'!A0"])
def test_no_cell_that_is_written_begins_as_a_formula_does(cell):
    (line,) = class_lists.written([[cell]])
    assert line.lstrip('"')[0] == "'"


@pytest.mark.parametrize(
    ("email", "handle"),
    [
        ("eve.banda@example.org", "eve-banda"),
        ("Zoë_Müller+x@example.org", "zoe-muller-x"),
        ("123@example.org", "person"),
        ("a@example.org", "person-a"),
        ("admin@example.org", "person-admin"),
        ("李@example.org", "person"),
        ("9lives@example.org", "lives"),
    ],
)
def test_a_handle_is_proposed_from_an_address(email, handle):
    assert class_lists.proposed(email) == handle


@given(st.emails())
def test_what_is_proposed_can_be_a_handle_with_a_number_too(email):
    people.check_handle(class_lists.proposed(email))
    people.check_handle(f"{class_lists.proposed(email)}-20000")


def plain(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


HANDLES = st.from_regex(re.compile(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", re.ASCII), fullmatch=True).filter(
    lambda handle: handle not in people.RESERVED
)
WORDS = st.text(st.characters(exclude_categories=["C"]), max_size=60).map(plain)
GUARDED = st.builds(
    lambda sign, words: plain(sign + words), st.sampled_from(["=", "+", "-", "@", "'=", "'", '"', ";", ""]), WORDS
)


@given(st.lists(st.tuples(HANDLES, GUARDED), min_size=1, max_size=20))
def test_what_is_written_is_read_again_as_it_was(rows):
    text = "".join(class_lists.written([("handle", "name"), *rows]))
    for source in (text, text.encode()):
        assert [(entry.handle, entry.name) for entry in class_lists.read(source)] == rows


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_whatever_comes_is_read_or_refused_in_words(source):
    with contextlib.suppress(errors.CommonhubError):
        assert class_lists.read(source)


@settings(max_examples=300)
@given(st.text(st.sampled_from("\"',;\t\r\n\0=@.-aZé💥\ud800"), max_size=200))
def test_whatever_stands_below_a_good_header_becomes_rows_or_a_refusal(text):
    try:
        entries = class_lists.read(f"handle,name,email,groups\n{text}")
    except errors.CommonhubError:
        return
    for entry in entries:
        assert entry.fault or entry.handle or entry.email
