"""The fleet files that pages show are files that the fleet's own reader accepts."""

import re
from pathlib import Path

import pytest

from commonhub.fleet import reading, trees
from house import sources

# "`communities/x/community.yaml`:" or "In `fleet.yaml`:", an empty line, and the file as a block
SHOWN = re.compile(r"`((?:communities/[^`]+|fleet)\.yaml)`:\n\n( *)```yaml\n(.*?)^\2```", re.DOTALL | re.MULTILINE)
SMALLEST = {
    "fleet.yaml": "name: Hubs of an example\n",
    "communities/tides/community.yaml": "title: Tide Watchers\n",
}


def shown_files(page: str) -> dict[str, str]:
    """The fleet files that a page shows, by path, without the indentation of the list they stand in."""
    return {
        found[1]: "".join(line.removeprefix(found[2]) for line in found[3].splitlines(keepends=True))
        for found in SHOWN.finditer(page)
    }


def faults(files: dict[str, str], folder: Path) -> list[str]:
    """What the fleet's reader says of these files, laid into the smallest fleet."""
    for name, text in {**SMALLEST, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [str(fault) for fault in reading.Reader().read(trees.folder(folder)).faults]


PAGES = [
    path
    for path in sorted((sources.ROOT / "docs").rglob("*.md"))
    if "_build" not in path.parts and shown_files(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_files_that_a_page_shows_have_no_fault(page: Path, tmp_path: Path):
    assert faults(shown_files(page.read_text(encoding="utf-8")), tmp_path) == []


def test_the_pages_that_show_files_are_found():
    assert {"add-a-community", "put-https-in-front"} <= {page.stem for page in PAGES}


def test_a_wrong_key_in_a_page_is_seen(tmp_path: Path):
    page = "1. Write `communities/tides/hubs/hub.yaml`:\n\n   ```yaml\n   titel: Tides\n   ```\n"
    assert any("titel" in fault for fault in faults(shown_files(page), tmp_path))
