"""Fleets that really run, for whole stories."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from journeys.stage import Stage, hub_file

SMALL = {"server": {"memory": {"limit": "1G"}, "cpu": {"limit": 2}}, "egress": "none"}


@pytest.fixture(scope="session")
def town() -> Iterator[Stage]:
    """Two communities with a hub each, running for all stories that leave them as they were."""
    stage = Stage(hubs={"reef/main": hub_file("Reef lab", **SMALL), "class/main": hub_file("Statistics", **SMALL)})
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


@pytest.fixture
def stages() -> Iterator[Callable[..., Stage]]:
    """Makes fleets for one story, and removes them after it."""
    made: list[Stage] = []

    def make(**options: Any) -> Stage:
        stage = Stage(**options)
        made.append(stage)
        return stage

    try:
        yield make
    finally:
        for stage in made:
            stage.close()
