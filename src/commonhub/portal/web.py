"""The web process: Django behind waitress on a unix socket."""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import waitress
from django.conf import settings
from django.core import management
from django.core.wsgi import get_wsgi_application

THREADS = 4
SWITCH_SECONDS = 0.0005
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
    url = urlsplit(settings.COMMONHUB_URL)
    Path(socket_path).unlink(missing_ok=True)
    waitress.serve(
        app,
        unix_socket=socket_path,
        unix_socket_perms="666",
        threads=THREADS,
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
