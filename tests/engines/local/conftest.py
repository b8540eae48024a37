"""Parts of the local engine for tests: real boxes of this machine, gone when the test is over."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engines.local import boxes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs root is left out without it, and says so."""
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture
async def house(state_folder: Path) -> AsyncIterator[boxes.House]:
    """The keeper's part that owns users' servers, with nothing running yet."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    made = boxes.House(state_folder)
    await made.servers.adopt()
    try:
        yield made
    finally:
        await made.tidy()
