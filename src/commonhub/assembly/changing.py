"""Verbs of changes, asked at the machine: of the keeper where it runs, else done here on the fleet folder itself."""

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from django import db

from commonhub.assembly import installation, records, starting
from commonhub.communities import asker
from commonhub.fleet import history
from commonhub.ground import clock, errors
from commonhub.hubs import keeper_client

ROOM = "changes"
REMOTE = "remote"


def sync(of: installation.Installation, owner: str, *, pull: bool, push: bool) -> Mapping[str, Any]:
    """Exchange commits with the fleet's remote in the name of the machine's owner.

    Raises CommonhubError in words where it cannot be done.
    """
    values = {"pull": pull, "push": push}
    if starting.supervisor(of):
        return keeper_client.KeeperClient(str(of.where.keeper_socket)).ask_room(
            REMOTE, "fleet.sync", None, values, seconds=keeper_client.LONG_SECONDS
        )
    with _records(of):
        # Not lazy for speed: what holds models can be imported only now.
        exchanging = importlib.import_module("commonhub.hubs.exchanging")
        on = exchanging.Exchange(folder=of.fleet, secrets=of.secrets)
        now = clock.system_clock()
        told: Mapping[str, Any] = on.do(asker.machine_owner(owner), _folder(of), exchanging.SYNC, values, now)
    return told


def do(of: installation.Installation, verb: str, owner: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """One of `changes.change_words.KNOWN`, in the name of the machine's owner.

    Raises CommonhubError in the verb's own words.
    """
    if starting.supervisor(of):
        return keeper_client.KeeperClient(str(of.where.keeper_socket)).ask_room(ROOM, verb, None, values)
    with _records(of):
        words = importlib.import_module("commonhub.changes.change_words")
        told: Mapping[str, Any] = words.do(asker.machine_owner(owner), _folder(of), verb, values, clock.system_clock())
    return told


def _folder(of: installation.Installation) -> Any:
    checks = importlib.import_module("commonhub.communities.charter_checks")
    acts = importlib.import_module("commonhub.communities.charter_acts")
    return acts.Folder(repository=history.FleetRepository(of.fleet), reader=checks.reader())


@contextlib.contextmanager
def _records(of: installation.Installation) -> Iterator[None]:
    records.open_records(of)
    try:
        yield
    except (db.OperationalError, db.ProgrammingError, db.InterfaceError) as error:
        raise errors.UnavailableError(
            f"The records of {of.fleet} do not answer: {str(error).splitlines()[0]}.",
            f"See that their database runs, and bring them up to date: commonhub up {of.fleet}",
        ) from error
    finally:
        db.connections.close_all()
