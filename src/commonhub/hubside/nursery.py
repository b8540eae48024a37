"""The nursery: one warmed process from which hubs are forked, so that they share its pages.

It loads JupyterHub once and then forks on request: a hub is healthy in a fifth of a second and costs a
third of the memory. It holds no secret, no thread, no event loop and no open database, because each of
these would be copied into every hub. Only the keeper may ask: the kernel tells who connected.

usage: python -m commonhub.hubside.nursery SOCKET
One JSON line in: {"kind": "hub", "folder": "...", "log": "...", "user": 300001}; one out: {"pid": 123}.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub._data import DATA_FILES_PATH
from jupyterhub.app import JupyterHub
from sqlalchemy.orm import configure_mappers

from commonhub.hubside import launch, pages

# What a hub imports late by itself; loaded here once, the pages are shared.
LATE_IMPORTS = (
    "aiohttp",
    "alembic.command",
    "commonhub.hubside.signing_in",
    "commonhub.hubside.spawner",
    "cryptography.fernet",
    "encodings.idna",
    "jinja2.ext",
    "jupyterhub.apihandlers",
    "jupyterhub.authenticators.shared",
    "jupyterhub.dbutil",
    "jupyterhub.handlers",
    "jupyterhub.proxy",
    "jupyterhub.services.service",
    "prometheus_client",
    "sqlalchemy.dialects.sqlite",
    "tornado.netutil",
    "tornado.platform.asyncio",
    "tornado.simple_httpclient",
)
REQUEST_MAX = 64 * 1024  # a request is a few paths; more is not ours
REQUEST_SECONDS = 5.0
PR_SET_NAME = 15  # prctl(2)


def warm() -> None:
    """Load and compile what every hub would load and compile for itself."""
    for name in LATE_IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    configure_mappers()
    factory = orm.new_session_factory("sqlite:///:memory:")
    session = factory()
    session.query(orm.User).all()
    session.query(orm.Spawner).all()
    session.close()
    session.get_bind().dispose()
    JupyterHub.class_traits()
    for folder in (Path(DATA_FILES_PATH, "templates"), pages.OWN):
        pages.warm(folder)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so from copying, the shared pages


def become(request: dict[str, Any]) -> None:
    """In the child: turn into the program asked for, as its own user, and never return."""
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(3, 256)
    ctypes.CDLL(None).prctl(PR_SET_NAME, request["kind"][:15].encode(), 0, 0, 0)
    user = request["user"]
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.umask(0o077)
    random.seed()
    launch.run(request["kind"], Path(request["folder"]))


def answer(connection: socket.socket, listener: socket.socket) -> None:
    """Read one request, fork, tell the child's process id."""
    peer = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if peer[1] != os.geteuid():
        return
    connection.settimeout(REQUEST_SECONDS)
    with connection.makefile("rb") as lines:
        request = json.loads(lines.readline(REQUEST_MAX))
    child = os.fork()
    if child:
        connection.sendall(json.dumps({"pid": child}).encode() + b"\n")
        return
    code = 1
    try:
        listener.close()
        connection.close()
        become(request)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 - the child must never return into the nursery's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Warm up, listen, fork; ends on SIGTERM and leaves its children running."""
    path = Path(sys.argv[1])
    warm()
    # The kernel reaps the children: the keeper watches them by itself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    listener.bind(str(path))
    os.umask(before)
    listener.listen(64)
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError, ValueError, KeyError):
            answer(connection, listener)


if __name__ == "__main__":
    main()
