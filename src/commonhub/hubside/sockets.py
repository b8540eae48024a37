"""Tornado's HTTP client over one unix socket: it knows only names and ports, so every name leads to the socket."""

import socket
from typing import Any

from tornado.netutil import Resolver


class OneSocket(Resolver):
    """Answers every name with one unix socket."""

    def initialize(self, path: str) -> None:
        """`path` is the socket's."""
        self.path = path

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:  # noqa: ARG002
        """Always the one socket."""
        return [(socket.AF_UNIX, self.path)]
