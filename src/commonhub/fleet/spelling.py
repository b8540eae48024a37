"""Values as YAML text that means them and nothing else, whatever letters a person's words hold. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from commonhub.ground import errors, marked

_WIDEST: Final = 100  # columns of a row that holds several values
_PLAIN: Final = re.compile(r"[A-Za-z0-9]([\w .@+/-]*[\w.@+/-])?", flags=re.ASCII)


def scalar(value: object) -> str:
    """One value on one row. Text is quoted unless it is plain beyond doubt; control characters are escaped."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and marked.plain(value) == value
        return value if plain else '"' + "".join(_escaped(letter) for letter in value) + '"'
    raise TypeError(value)


def pair(key: object, value: object, column: int) -> list[str]:
    """The rows of a key and its value, further in by `column` letters."""
    start = " " * column + scalar(key) + ":"
    if isinstance(value, str) and _is_literal(value):
        mark = "|" if value.endswith("\n") else "|-"
        return [f"{start} {mark}\n", *(f"{' ' * (column + 2)}{row}\n" if row else "\n" for row in _split(value))]
    if not isinstance(value, dict | list) or not value:
        return [f"{start} {_flow(value)}\n"]
    if isinstance(value, list):
        in_one = f"{start} {_flow(value)}\n"
        if len(in_one) <= _WIDEST and not any(isinstance(one, dict | list) for one in value):
            return [in_one]
        return [f"{start}\n", *(row for one in value for row in item(one, column + 2))]
    return [f"{start}\n", *(row for name, one in value.items() for row in pair(name, one, column + 2))]


def item(value: object, column: int) -> list[str]:
    """The rows of one entry of a list: on one row where it fits."""
    in_one = f"{' ' * column}- {_flow(value)}\n"
    if not isinstance(value, dict) or not value or len(in_one) <= _WIDEST:
        return [in_one]
    rows = [row for key, one in value.items() for row in pair(key, one, column + 2)]
    return [f"{' ' * column}- {rows[0].lstrip(' ')}", *rows[1:]]


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return scalar(value)


def _split(text: str) -> Iterator[str]:
    yield from text.removesuffix("\n").split("\n")


def _is_literal(text: str) -> bool:
    """Whether text of several rows can stand as it is; else it is quoted, on one row."""
    rows = list(_split(text))
    plain = all(row.isprintable() and (not row or row.strip()) for row in rows)
    return "\n" in text and plain and bool(rows[0]) and not rows[0].startswith(" ") and bool(rows[-1])


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable():
        return letter
    code = ord(letter)
    if 0xD800 <= code < 0xE000:
        raise errors.CommonhubError("Half a character cannot be written.", "Type the text anew.")
    if letter == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
