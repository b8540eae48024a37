"""Lists of people as files: read from the exports of common systems, and written so that a spreadsheet runs nothing of it.

Pure. A list says for each person a handle or an e-mail address, and perhaps a name and groups.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commonhub.communities import people
from commonhub.ground import errors

MOST_ROWS: Final = 20_000
MOST_BYTES: Final = 2_000_000
LONGEST_NAME: Final = 200  # characters, as the record keeps them
LONGEST_EMAIL: Final = 254

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "handle": ("handle", "username", "login", "loginid", "user", "userid", "uid", "account", "benutzername", "kennung"),
    "name": ("name", "fullname", "displayname", "student", "studentname", "person", "vollständigername"),
    "first": ("firstname", "givenname", "forename", "vorname"),
    "last": ("lastname", "surname", "familyname", "nachname"),
    "email": ("email", "mail", "emailaddress", "emailadresse", "mailaddress", "useremail"),
    "groups": ("groups", "group", "gruppen", "gruppe"),
}
"""Words for the columns in the exports of common systems, in small letters without blanks and signs."""

_KNOWN: Final = {word: column for column, words in COLUMNS.items() for word in words}
_DELIMITERS: Final = ",;\t"
_EMAIL: Final = re.compile(r"[^\s@,;<>\"']+@[^\s@,;<>\"']+\.[^\s@,;<>\"'.]+")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet takes for a formula, and ours of before
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")
_BETWEEN_GROUPS: Final = re.compile(r"[;|,]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row. `line` counts from 1, as an editor does. A `fault` says why it cannot be taken; empty where it can."""

    line: int
    handle: str = ""
    name: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    fault: str = ""


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or what Windows and Latin-1 write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read(source: str | bytes) -> tuple[Entry, ...]:
    """The rows of a list. Raises CommonhubError where it is no such list, or too long; a faulty row says so itself."""
    size = len(source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise errors.CommonhubError(
            f"The list has {size / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} MB are the most.",
            "Leave out columns that are not needed, or split it.",
        )
    text = decoded(source) if isinstance(source, bytes) else source.removeprefix("\ufeff")
    rows = _rows(text)
    columns = _columns(next(rows, (0, []))[1])
    entries: list[Entry] = []
    for line, cells in rows:
        if len(entries) == MOST_ROWS:
            raise errors.CommonhubError(f"The list has more than {MOST_ROWS} rows.", "Split it.")
        entries.append(_entry(line, cells, columns))
    if not entries:
        raise errors.CommonhubError("The list has no rows below its header.", "Write one person on each line.")
    return tuple(entries)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with anything in them, each with its number, split at whichever sign gives the header the most columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    found = max(_DELIMITERS, key=lambda sign: _recognised(first, sign))
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=found)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise errors.CommonhubError(
                f"Line {reader.line_num} of the list can't be read.", "Look for a quotation mark that is not closed."
            ) from error
        line, before = before + 1, reader.line_num
        if any(cell.strip() for cell in cells):
            yield line, [_plain(cell) for cell in cells]


def _recognised(line: str, sign: str) -> int:
    return len({column for cell in line.split(sign) if (column := _column(cell.strip('" ')))})


def _plain(cell: str) -> str:
    """A cell as data: without what a spreadsheet was kept from taking for a formula, and with single blanks."""
    bare = cell.strip(" ")
    if _ESCAPED.match(bare):
        bare = bare[1:]
    letters = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in bare)
    return " ".join(unicodedata.normalize("NFC", letters).split())


def _column(title: str) -> str | None:
    return _KNOWN.get("".join(letter for letter in title.casefold() if letter.isalpha()))


def _columns(header: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for number, title in enumerate(header):
        column = _column(title)
        if column and column not in found:
            found[column] = number
    if not {"handle", "email"} & set(found):
        raise errors.CommonhubError(
            "The first line of the list names neither a handle nor an e-mail column.",
            "Write a first line such as: handle,name,email,groups",
        )
    return found


def _entry(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> Entry:
    said = {column: cells[number] if number < len(cells) else "" for column, number in columns.items()}
    handle, email = said.get("handle", "").lower(), said.get("email", "")
    if "@" in handle and not email:
        handle, email = "", handle
    name = said.get("name") or " ".join(part for part in (said.get("first", ""), said.get("last", "")) if part)
    groups = tuple(
        dict.fromkeys(word for part in _BETWEEN_GROUPS.split(said.get("groups", "")) if (word := part.strip()))
    )
    return Entry(line=line, handle=handle, name=name, email=email, groups=groups, fault=_fault(handle, name, email))


def _fault(handle: str, name: str, email: str) -> str:
    if not handle and not email:
        return "Neither a handle nor an e-mail address is given."
    if email and (len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
        return f"{email[:60]!r} is no e-mail address."
    if len(name) > LONGEST_NAME:
        return f"The name has more than {LONGEST_NAME} characters."
    try:
        if handle:
            people.check_handle(handle)
    except errors.CommonhubError as error:
        return str(error)
    return ""


def proposed(email: str) -> str:
    """A handle made of an e-mail address; `person` where nothing of it can be one."""
    local = unicodedata.normalize("NFKD", email.partition("@")[0].lower())
    ascii_only = "".join(letter for letter in local if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only)
    handle = re.sub(r"\A[^a-z]+", "", slug)[:26].strip("-")  # with room for a number
    fits = people.HANDLE.fullmatch(handle) and handle not in people.RESERVED
    return handle if fits else f"person-{handle}".strip("-")[:26].strip("-")


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines of CSV, each cell guarded against spreadsheets that would run it."""
    for row in rows:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow([guarded(cell) for cell in row])
        yield out.getvalue()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection); `read` gives it back as it was."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
