"""The house of the cast over real HTTP: one portal for a module of tests, with a keeper, and everybody's token."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

import charter_stage
from api import api_stage
from commonhub.cli import remote_book

PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"  # pages need no collected files so


@dataclass(frozen=True, kw_only=True)
class Site:
    """A portal that answers at `url`."""

    url: str
    kept: api_stage.Keeping
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def __call__(self, handle: str, method: str, path: str, body: Any = None) -> api_stage.Answer:
        """One request by one of the cast, with all that they may do."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.tokens[handle]}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1{path}", sent, headers, method=method)
        try:
            with urllib.request.urlopen(request) as got:
                return api_stage.Answer(got.status, got.read().decode(), dict(got.headers))
        except HTTPError as error:
            with error:
                return api_stage.Answer(error.code, error.read().decode(), dict(error.headers))

    def config(self, handle: str) -> str:
        """The folder of settings of one of the cast's terminals, in which they have signed in."""
        folder = self.folder / f"config-{handle}"
        if not folder.is_dir():
            (folder / "commonhub").mkdir(parents=True, mode=0o700)
            kept = {"current": self.url, "tokens": {self.url: self.tokens[handle]}}
            descriptor = os.open(folder / "commonhub" / remote_book.NAME, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(kept, file)
        return str(folder)


@contextmanager
def site(blocker: Any, folder: Path) -> Iterator[Site]:
    """The portal, until the block ends; then the tables are empty again."""
    # Head and body leave in two writes: together with the other side's patience each answer would take 40 ms.
    WSGIRequestHandler.disable_nagle_algorithm = True
    static = folder / "static"
    static.mkdir()
    plain = {"STORAGES": {**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN}}, "STATIC_ROOT": static}
    with blocker.unblock(), override_settings(ROOT_URLCONF="api.addresses", **plain):
        try:
            now = datetime.now(UTC)
            charter_stage.fill(now)
            api_stage.hubs_seen(now)
            with api_stage.keeping(folder) as kept, override_settings(COMMONHUB_KEEPER_SOCKET=str(kept.socket)):
                server = LiveServer("localhost")
                try:
                    tokens = {each.user: api_stage.token(each.user, now=now) for each in charter_stage.EVERYBODY}
                    yield Site(url=server.url, kept=kept, folder=folder, tokens=tokens)
                finally:
                    server.stop()
        finally:
            call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
