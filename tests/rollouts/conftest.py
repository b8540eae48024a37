"""What tests of roll-outs share."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from commonhub.ground import clock as ground_clock
from rollouts import under_way


@pytest.fixture
async def fleet_of(tmp_path: Path, clock: ground_clock.TurnedClock) -> AsyncIterator[Callable[..., under_way.Fleet]]:
    """Makes a fleet of hubs with these names."""

    def make(*names: str) -> under_way.Fleet:
        return under_way.Fleet(tmp_path / "fleet", clock, names or ("main",))

    yield make
    await sync_to_async(connections.close_all)()
