"""The program that the reference shows checks an export, as somebody else would."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from audit import noted
from commonhub.audit import chain, entries

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "audit.md"
LINES = 20
CHAIN = noted.entries_of(4)
ODD = chain.sealed(
    noted.entry(
        5,
        CHAIN[-1].digest,
        words="zoë 李 \u2028 \x85 \x7f \"'\\ \U0001f41f",
        details={"ü": 1, "z": {"b": -1, "a": None}},
    )
)
LONG = [*CHAIN, ODD]


def check(lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    (program,) = re.findall(r"(?s)```python\n(.*?)```", PAGE.read_text(encoding="utf-8"))
    assert len(program.splitlines()) <= LINES
    (folder / "check.py").write_text(program, encoding="utf-8")
    (folder / "audit.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    command = [sys.executable, "-I", str(folder / "check.py"), str(folder / "audit.jsonl")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_finds_a_whole_export_whole(tmp_path: Path):
    done = check([chain.line(row) for row in LONG], tmp_path)
    assert (done.returncode, done.stdout) == (0, f"5 entries are whole. The end is {ODD.digest}.\n"), done.stderr


@pytest.mark.parametrize(
    ("old", "new"), [("Added Eve", "Added Mallory"), ('"number":3', '"number":7'), ("05", "06"), ('"b":-1', '"b":1')]
)
def test_it_finds_an_edit(old: str, new: str, tmp_path: Path):
    lines = [chain.line(row) for row in LONG]
    at = next(number for number in (2, 4) if old in lines[number])
    done = check([line.replace(old, new) if number == at else line for number, line in enumerate(lines)], tmp_path)
    assert (done.returncode, done.stderr) == (1, f"The chain breaks at entry {at + 1}.\n")


def test_it_finds_a_missing_line_and_a_moved_one(tmp_path: Path):
    lines = [chain.line(row) for row in LONG]
    assert check([*lines[:1], *lines[2:]], tmp_path).returncode == 1
    assert check([lines[1], lines[0], *lines[2:]], tmp_path).returncode == 1


def test_the_page_names_every_field_and_every_way_of_breaking():
    page = PAGE.read_text(encoding="utf-8")
    fields = set(chain.content(ODD)) | {"digest"}
    assert {name for name in fields if f"`{name}`" not in page.partition("## The chain")[0]} == set()
    assert {each for each in chain.Break if f"| `{each}` |" not in page} == set()
    assert {each for each in entries.Via if f"`{each}`" not in page} == set()
