"""One portal for the whole matrix, over real HTTP, with a keeper; everybody's token carries every scope.

So it is the roles that decide, and not what a token was made without.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import live
from commonhub.api import door
from commonhub.identity import models
from commonhub.responsibility.permissions import KNOWN


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker) -> Iterator[live.Site]:
    with (
        tempfile.TemporaryDirectory(prefix="ch-", dir="/tmp") as folder,
        live.site(django_db_blocker, Path(folder)) as made,
    ):
        models.ApiToken.objects.update(scopes=list(KNOWN))
        yield made


@pytest.fixture(autouse=True)
def _rested() -> None:
    """No token has asked for anything yet."""
    door.PACE._due.clear()
