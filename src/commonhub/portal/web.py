"""The web process: Django behind waitress on a unix socket.

Python runs one thread at a time, so a busy portal needs as many processes as it should use cores. The first process
loads everything, listens, and forks those who answer: they share its memory, and one that dies is forked again.
"""

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import waitress
from django.conf import settings
from django.core import management
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

WORKERS = 2  # at most; one where the machine has a single core
THREADS = 4  # of each
CONNECTIONS = 1000  # open at once; a hundred is what one class asking together can hold
SWITCH_SECONDS = 0.0005
FORK_AGAIN_AFTER = 0.5  # seconds
PR_SET_PDEATHSIG = 1  # prctl(2): a signal when the parent ends
MOST_BODY = 2_500_000  # bytes of a request: a list of 20,000 people; other forms are far smaller
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def application() -> Application:
    """The portal as a WSGI application. `prepare` must have run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonhub.settings")
    return get_wsgi_application()


def prepare() -> None:
    """After: the database has every table and the static files are in the state folder, hashed and compressed.

    Safe to run twice, and with the portal running; run it before the processes that use the database.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonhub.settings")
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    management.call_command("migrate", interactive=False, verbosity=0)
    management.call_command("createcachetable", verbosity=0)
    management.call_command("collectstatic", interactive=False, verbosity=0)


def serve(socket_path: str) -> None:
    """Answer on this socket until the process is ended. Who may connect is said by the folder that it lies in.

    The one who connects is our own proxy, so its word on where a visitor comes from is taken, and nothing else:
    the scheme and the path below which the portal lives are those of its public address.
    """
    # Each look at the database gives up the interpreter's lock; with Python's own 5 ms a thread that wants it
    # back waits that long behind a busy one, and 50 pages a second pile up (bench/portal.py).
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    app = application()
    get_resolver().url_patterns  # noqa: B018 - loads every view before the fork, so that its memory is shared
    listening = _listen(socket_path)
    workers = min(WORKERS, len(os.sched_getaffinity(0)))
    if workers == 1:
        _answer(app, listening)
    else:
        _tend(app, listening, workers)


def _listen(socket_path: str) -> socket.socket:
    Path(socket_path).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(socket_path)
    Path(socket_path).chmod(0o666)
    listening.listen(socket.SOMAXCONN)
    return listening


def _tend(app: Application, listening: socket.socket, workers: int) -> None:
    """Keep so many processes answering, until this one is ended: then they are too, however it ends."""
    connections.close_all()  # a connection is no one's who did not open it
    gc.freeze()  # what is loaded stays where it is, in memory that all share
    running: set[int] = set()

    def end(*_: object) -> None:
        for each in running:
            os.kill(each, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while True:
        while len(running) < workers:
            running.add(_fork(app, listening))
        ended, _ = os.wait()
        running.discard(ended)
        time.sleep(FORK_AGAIN_AFTER)


def _fork(app: Application, listening: socket.socket) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked to be told
        os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        _answer(app, listening)
    finally:
        os._exit(1)


def _answer(app: Application, listening: socket.socket) -> None:
    url = urlsplit(settings.COMMONHUB_URL)
    waitress.serve(
        app,
        sockets=[listening],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        ident=None,
        url_scheme=url.scheme,
        url_prefix=url.path,
        trusted_proxy="localhost",  # what waitress calls any peer on a unix socket
        trusted_proxy_headers={"x-forwarded-for"},
        trusted_proxy_count=1,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=MOST_BODY,
        channel_timeout=30,  # seconds
    )


if __name__ == "__main__":
    serve(sys.argv[1])
