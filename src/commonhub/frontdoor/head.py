"""The head of one HTTP/1 request, read strictly: what two readers could understand differently is refused. Pure.

Source of the rules: RFC 9112 (message syntax, sections 3, 5, 6 and 11.2 on request smuggling) and RFC 9110.
"""

import re
from dataclasses import dataclass

from commonhub.ground import errors

MAX_HEAD = 64 * 1024  # bytes; Tornado, which answers behind the door, stops at the same size
MAX_FIELDS = 200  # no browser sends a quarter of this
MAX_TARGET = 16 * 1024  # bytes of path and query
END_OF_HEAD = b"\r\n\r\n"

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(rb"/[\x21\x22\x24-\x7e]*")  # visible ASCII without '#': a fragment never travels
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_AUTHORITY = re.compile(
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
)
_API = re.compile(r"(?:^|/)api(?:/|$)")

# Meant for one connection only; the door sends its own instead.
_HOP_FIELDS = frozenset({"connection", "keep-alive", "proxy-connection", "upgrade"})


class BadRequestError(errors.CommonhubError):
    """The bytes are no request that could be understood in one way only."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Send one plain HTTP/1.1 request with one Host line.")


@dataclass(frozen=True, kw_only=True)
class Head:
    """One request without its body.

    `host` is in lower case, without port and closing dot; `authority` is the Host line as it was sent.
    `fields` have names in lower case. `length` is the body's size in bytes; None says that it comes in chunks.
    """

    method: str
    target: str
    host: str
    authority: str
    fields: tuple[tuple[str, str], ...]
    length: int | None
    websocket: bool
    lines: tuple[bytes, ...]  # request line and fields as they came, without line ends

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def has_body(self) -> bool:
        """Whether bytes follow the head that belong to this request."""
        return self.length is None or self.length > 0

    @property
    def canonical_authority(self) -> str:
        """The Host line as a browser would write it: lower case, no closing dot, the port kept."""
        port = _AUTHORITY.fullmatch(self.authority)
        suffix = f":{port['port']}" if port is not None and port["port"] else ""
        return f"{self.host}{suffix}"

    @property
    def wants_page(self) -> bool:
        """Whether the answer is for a person's eyes: a page, not an API's JSON or a websocket."""
        return "text/html" in self.field("accept").lower() and not self.websocket and not _API.search(self.path)

    @property
    def may_be_reloaded(self) -> bool:
        """Whether a browser shows the answer as a page and can ask again by itself without losing anything."""
        # Browsers name their purpose (Sec-Fetch-Mode); a script's fetch() would not show a waiting page to anybody.
        purpose = self.field("sec-fetch-mode").lower()
        return self.method == "GET" and not self.has_body and self.wants_page and purpose in {"", "navigate"}

    @property
    def may_be_repeated(self) -> bool:
        """Whether it may be sent twice unasked (RFC 9110, 9.2.2), and still can be: a body is gone once it is sent."""
        return self.method in {"GET", "HEAD", "OPTIONS"} and not self.has_body

    def field(self, name: str) -> str:
        """The first value of a field, "" where it is absent."""
        return next((value for key, value in self.fields if key == name), "")

    def replayed(self) -> bytes:
        """The head for the hub: byte for byte, but the connection ends after one answer.

        A websocket keeps its upgrade. Everything else says `close`: the next request on a kept connection
        could be meant for another host. Other upgrades (h2c) are dropped, which HTTP allows.
        """
        if self.websocket:
            kept = list(self.lines)
        else:
            kept = [line for line in self.lines if _name(line) not in _HOP_FIELDS]
            kept.append(b"Connection: close")
        return b"\r\n".join(kept) + END_OF_HEAD


def parse(raw: bytes) -> Head:
    """Read a head that ends with its empty line; raises BadRequestError for anything doubtful."""
    if len(raw) > MAX_HEAD or not raw.endswith(END_OF_HEAD):
        raise BadRequestError("The request's head is too long or not finished.")
    lines = raw[: -len(END_OF_HEAD)].split(b"\r\n")
    method, target, version = _request_line(lines[0])
    if len(lines) - 1 > MAX_FIELDS:
        raise BadRequestError("The request has too many header lines.")
    fields = tuple(_field(line) for line in lines[1:])
    authority, host = _host(fields)
    length = _length(fields, version)
    websocket = method == "GET" and _is_websocket(fields)
    if websocket and length != 0:
        raise BadRequestError("A websocket's first request must have no body.")
    return Head(
        method=method,
        target=target,
        host=host,
        authority=authority,
        fields=fields,
        length=length,
        websocket=websocket,
        lines=tuple(lines),
    )


def _request_line(line: bytes) -> tuple[str, str, str]:
    parts = line.split(b" ")
    if len(parts) != 3:
        raise BadRequestError("The request's first line is not 'method path version'.")
    method, target, version = parts
    if len(method) > 32 or not _TOKEN.fullmatch(method) or method == b"CONNECT":
        raise BadRequestError("The request's method is not known here.")
    if version not in {b"HTTP/1.1", b"HTTP/1.0"}:
        raise BadRequestError("The request's version is not HTTP/1.1.")
    if len(target) > MAX_TARGET or not _TARGET.fullmatch(target):
        raise BadRequestError("The request's path must start with / and hold visible ASCII only.")
    return method.decode("ascii"), target.decode("ascii"), version.decode("ascii")


def _field(line: bytes) -> tuple[str, str]:
    # A space before the colon or at a line's start (folding) is read differently by different servers.
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise BadRequestError("A header line of the request is malformed.")
    return name.decode("ascii").lower(), value.decode("latin-1").strip(" \t")


def _name(line: bytes) -> str:
    return line.partition(b":")[0].decode("latin-1").lower()


def _all(fields: tuple[tuple[str, str], ...], name: str) -> list[str]:
    return [value for key, value in fields if key == name]


def _host(fields: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    hosts = _all(fields, "host")
    if len(hosts) != 1:
        raise BadRequestError("The request must have exactly one Host line.")
    found = _AUTHORITY.fullmatch(hosts[0])
    if found is None:
        raise BadRequestError("The request's Host line is not a host name.")
    return hosts[0], found["host"].lower().removesuffix(".")


def _length(fields: tuple[tuple[str, str], ...], version: str) -> int | None:
    lengths, codings = _all(fields, "content-length"), _all(fields, "transfer-encoding")
    if codings:
        if lengths or len(codings) > 1 or codings[0].lower() != "chunked" or version != "HTTP/1.1":
            raise BadRequestError("The request's length is told in two ways or in an unknown one.")
        return None
    if not lengths:
        return 0
    if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,15}", lengths[0]):
        raise BadRequestError("The request's Content-Length is not one number.")
    return int(lengths[0])


def _is_websocket(fields: tuple[tuple[str, str], ...]) -> bool:
    tokens = {token.strip().lower() for value in _all(fields, "connection") for token in value.split(",")}
    return "upgrade" in tokens and [value.lower() for value in _all(fields, "upgrade")] == ["websocket"]
