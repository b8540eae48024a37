"""The house of every test here, filled with the cast."""

from datetime import datetime

import pytest

import charter_stage


@pytest.fixture
def now(db, clock) -> datetime:
    """Nine on a Monday morning, with everybody in their place."""
    charter_stage.fill(clock())
    return clock()
