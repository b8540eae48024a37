"""What tests of hubs share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from commonhub.ground import clock as ground_clock
from hubs import acted, keeping


@pytest.fixture
async def kept(tmp_path: Path, clock: ground_clock.TurnedClock) -> AsyncIterator[keeping.Kept]:
    """A keeper that has not looked at its fleet yet."""
    yield keeping.Kept(tmp_path / "fleet", acted.TroubledEngine(clock), clock)
    await sync_to_async(connections.close_all)()
