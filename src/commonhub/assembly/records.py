"""The records of a fleet, opened at the machine itself: for commands that work on the database directly."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import django
from django import db

from commonhub.assembly import installation
from commonhub.audit import trail
from commonhub.ground import errors

ANYWHERE = installation.Public(url="http://localhost:8000", listen_ip="", listen_port=0, by_host=False)
"""Stands for the portal's address where the fleet folder is at fault: who reads records needs none."""


def anchors(of: installation.Installation) -> Path:
    """Where the keeper anchors the audit: in its own folder, which the portal may not write."""
    return of.state / "audit.anchors"


def open_records(of: installation.Installation) -> None:
    """Set Django up for this fleet's database. Models can be imported from then on.

    Raises:
        NotFoundError: the fleet has no records yet.
        PermissionError: this user may not reach them.
        UnavailableError: the database does not answer, or is of an older version.
    """
    if not (os.environ.get("COMMONHUB_DATABASE_URL") or (of.portal_state / "commonhub.sqlite").exists()):
        raise errors.NotFoundError(f"{of.fleet} has no records here yet.", f"Start it once: commonhub up {of.fleet}")
    (of.portal_state / "secret_key").open("rb").close()  # where this user may not read it, say that and nothing else
    try:
        public = installation.public(of.fleet)
    except errors.CommonhubError:
        public = ANYWHERE
    os.environ.update(of.environment(public))
    django.setup()


@contextmanager
def audit(of: installation.Installation) -> Iterator[trail.Trail]:
    """The audit of this fleet, for one command.

    Raises:
        CommonhubError: see `open_records`.
    """
    open_records(of)
    try:
        # Not lazy for speed: what holds models can be imported only now.
        yield cast("trail.Trail", importlib.import_module("commonhub.audit.records"))
    except (db.OperationalError, db.ProgrammingError, db.InterfaceError) as error:
        raise errors.UnavailableError(
            f"The records of {of.fleet} do not answer: {str(error).splitlines()[0]}.",
            f"See that their database runs, and bring them up to date: commonhub up {of.fleet}",
        ) from error
    finally:
        db.connections.close_all()
