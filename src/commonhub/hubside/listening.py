"""An extension of jupyter_server: serve on a socket that was inherited, beside the one the server made itself.

The keeper makes the socket on the machine's loopback and hands it into the box, whose own network nobody outside can
reach. Loaded inside the server's process; it uses jupyter_server's and Tornado's public interfaces only.
"""

import os
import socket
from typing import Any

VARIABLE = "COMMONHUB_LISTEN_FD"
RETRY_SECONDS = 0.01


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Start serving once the server's own start is over. The variable is taken away: kernels need not see it."""
    number = os.environ.pop(VARIABLE, "")
    if not number:
        return
    inherited = socket.socket(fileno=int(number))
    inherited.setblocking(False)
    inherited.set_inheritable(False)

    def serve() -> None:
        # Other extensions may run the loop while they load, before the server has its HTTP server.
        try:
            server = app.http_server
        except AttributeError:
            app.io_loop.call_later(RETRY_SECONDS, serve)
        else:
            server.add_socket(inherited)

    app.io_loop.add_callback(serve)
