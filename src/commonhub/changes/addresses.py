"""People's e-mail addresses in the files of communities and the fleet: hidden from who may not see people there. Pure.

A hidden address is a word with a number, which stands for it in an edited file: nobody has to see an address to change
what stands beside it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_ADDRESS: Final = re.compile(r"""[^\s@"'<>,;:\[\]{}()]+@[^\s@"'<>,;:\[\]{}()]+""")
_SAID: Final = re.compile(r"""(["']?\bemail["']?\s*:\s*["']?)hidden-(\d+)\b""")


def hidden(text: str) -> str:
    """A file's text with a numbered word for each address."""
    count = iter(range(1, len(text)))
    return _ADDRESS.sub(lambda _found: f"hidden-{next(count)}", text)


def put_back(text: str, whole: str) -> str:
    """An edited text with the addresses of `whole` again, the text that was hidden for its editor.

    Only in rows that are as they were, and where an address is said: a word moved to elsewhere shows nothing.
    """
    rows = dict(zip(hidden(whole).splitlines(), whole.splitlines(), strict=True))
    known = _ADDRESS.findall(whole)

    def address(found: re.Match[str]) -> str:
        number = int(found[2])
        return f"{found[1]}{known[number - 1]}" if 0 < number <= len(known) else found[0]

    found = [rows.get(row.rstrip("\r\n")) for row in text.splitlines(keepends=True)]
    return "".join(
        _SAID.sub(address, row) if same is None else same + row[len(row.rstrip("\r\n")) :]
        for row, same in zip(text.splitlines(keepends=True), found, strict=True)
    )


def without(value: Any) -> Any:
    """A value of records with every address in it hidden."""
    if isinstance(value, str):
        return _ADDRESS.sub("(hidden)", value)
    if isinstance(value, Mapping):
        return {key: without(each) for key, each in value.items()}
    return [without(each) for each in value] if isinstance(value, list | tuple) else value
