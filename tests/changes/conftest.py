"""The house of every test here: the cast in the records, and their fleet folder under git."""

from datetime import datetime
from pathlib import Path

import pytest

import charter_stage
from changes import folder_stage


@pytest.fixture
def now(db, clock) -> datetime:
    """Nine on a Monday morning, with everybody in their place."""
    charter_stage.fill(clock())
    return clock()


@pytest.fixture
def folder(tmp_path: Path):
    """The fleet folder with its first commit."""
    return folder_stage.begin(tmp_path)
