"""The portal of every test here: static files as they are shipped, a person, and a keeper on a socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

import charter_stage
from commonhub.communities.people import Person
from portal import stage


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory) -> Iterator[Path]:
    """The static files, hashed and compressed as `commonhub up` does it."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


@pytest.fixture
def keeper(state_folder, settings) -> Iterator[stage.Keeper]:
    """A keeper that answers; the portal knows its socket."""
    settings.COMMONHUB_KEEPER_SOCKET = str(state_folder / "keeper.sock")
    with stage.running_keeper(state_folder / "keeper.sock") as running:
        yield running


@pytest.fixture
def fleet(db) -> None:
    """The small fleet, as seen this moment."""
    stage.small_fleet(timezone.now())


@pytest.fixture
def operator(db) -> Person:
    """Alice, who keeps the fleet. Without a password: tests of signing in make their own."""
    now = timezone.now()
    charter_stage.appoint("alice", "site-reliability-engineer", side="service")
    return charter_stage.newcomer("alice", name="Alice Okafor", now=now)


@pytest.fixture
def alice(operator) -> Client:
    """Alice's browser, signed in."""
    client = Client()
    client.force_login(operator)
    return client
