"""The API of every test here: the cast with their tokens, and a keeper for what is the keeper's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import charter_stage
from api import api_stage
from commonhub.api import door


@pytest.fixture
def now(db, settings, tmp_path: Path) -> datetime:
    """This moment, with everybody in their place."""
    settings.ROOT_URLCONF = "api.addresses"
    settings.STATIC_ROOT = tmp_path  # there are no pages here, so no static files either
    moment = datetime.now(UTC)
    charter_stage.fill(moment)
    api_stage.hubs_seen(moment)
    return moment


@pytest.fixture
def api(now) -> api_stage.Caller:
    """`api(handle, method, path, body)`."""
    return api_stage.Caller(now)


@pytest.fixture
def kept(now, state_folder: Path, settings) -> Iterator[api_stage.Keeping]:
    """A keeper at work, where the API looks for it."""
    with api_stage.keeping(state_folder) as made:
        settings.COMMONHUB_KEEPER_SOCKET = str(made.socket)
        yield made


@pytest.fixture(autouse=True)
def _rested() -> None:
    """No token has asked for anything yet."""
    door.PACE._due.clear()
