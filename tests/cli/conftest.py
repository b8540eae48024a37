"""A terminal, and a small fleet in the folder where it stands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import commands

ANSWERS = ("Our institute", "Coral reef", "research", "Reef lab", "alice", "carol", "http://localhost:8123")


@pytest.fixture(scope="session")
def _terminal() -> Iterator[commands.Terminal]:
    made = commands.Terminal()
    yield made
    made.close()
    shutil.rmtree(made.folder)


@pytest.fixture
def commonhub(_terminal: commands.Terminal) -> commands.Terminal:
    """`commonhub(*words)`, in an empty folder."""
    for path in _terminal.folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (_terminal.folder / "home").mkdir()
    return _terminal


@pytest.fixture(scope="session")
def _first_fleet(_terminal: commands.Terminal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("first") / "fleet"
    said = _terminal("init", kept, typed="".join(f"{answer}\n" for answer in ANSWERS))
    assert said.code == 0, said
    return kept


@pytest.fixture
def fleet(commonhub: commands.Terminal, _first_fleet: Path) -> Path:
    """A fleet as `commonhub init` writes it, called `fleet`, where the terminal stands."""
    return Path(shutil.copytree(_first_fleet, commonhub.folder / "fleet"))
