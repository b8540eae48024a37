"""What all tests share: a state folder, a clock that is turned by hand, and PostgreSQL when it is asked for."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.signals import connection_created
from django.utils import translation

import database
from audit import flushing
from commonhub.ground import clock as ground_clock

TESTS = Path(__file__).resolve().parent
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday in term time


def _let_flush(connection: Any, **_: object) -> None:
    if flushing.let_flush not in connection.execute_wrappers:
        connection.execute_wrappers.append(flushing.let_flush)


# A transactional test ends with Django emptying all tables, also the audit, which refuses everybody else.
connection_created.connect(_let_flush, weak=False, dispatch_uid="tests-may-empty-the-audit")


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A page that was asked for in German leaves its thread in German; the next test begins in English."""
    yield
    translation.deactivate()


@pytest.fixture
def clock() -> ground_clock.TurnedClock:
    """A clock that stands at nine in the morning until the test turns it."""
    return ground_clock.TurnedClock(MORNING)


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """A folder for a fleet's state: others may pass through, and its path is short.

    Users of hubs and servers must reach their own part of it, and a socket's path holds 107 bytes;
    pytest's own tmp_path is closed to others and long.
    """
    folder = Path(tempfile.mkdtemp(prefix="ch-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Path]:
    """PostgreSQL, for as long as this run of tests."""
    if database.programs() is None:
        pytest.skip("PostgreSQL's programs are not installed: `scripts/setup development` installs them")
    with tempfile.TemporaryDirectory(prefix="ch-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        with database.cluster(Path(name) / "cluster") as folder:
            yield folder


@pytest.fixture(scope="module")
def postgresql_url(postgresql_cluster: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty PostgreSQL database of this module's own."""
    return database.new(postgresql_cluster, request.module.__name__.rpartition(".")[2])


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whatever needs PostgreSQL waits for its start, and is slow."""
    if "postgresql" in item.name:
        item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the module's EXERCISE saw on one of the two databases.

    Django has one database for the life of a process, so each exercise is a program of its own that tells in JSON.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMONHUB_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        "DJANGO_SETTINGS_MODULE": "commonhub.settings",
        "COMMONHUB_STATE": str(tmp_path_factory.mktemp("state")),
    }
    if request.param == "postgresql":
        environment["COMMONHUB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    done = subprocess.run(
        [sys.executable, request.module.EXERCISE, tmp_path_factory.mktemp("work")],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen.pop("vendor") == request.param
    return seen
