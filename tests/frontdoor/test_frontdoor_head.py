"""Reading a request's head: what two servers could read differently is refused."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonhub.frontdoor import head

GOOD = b"GET /lab?x=1 HTTP/1.1\r\nHost: Reef.localhost:8000\r\n"


def parse(*lines: bytes) -> head.Head:
    return head.parse(GOOD + b"".join(line + b"\r\n" for line in lines) + b"\r\n")


def test_a_plain_head_is_read():
    read = parse(b"Accept: text/html", b"X-Note:  two words \t")
    assert (read.method, read.target, read.path) == ("GET", "/lab?x=1", "/lab")
    assert (read.host, read.authority, read.canonical_authority) == (
        "reef.localhost",
        "Reef.localhost:8000",
        "reef.localhost:8000",
    )
    assert read.field("x-note") == "two words"
    assert (read.length, read.has_body, read.websocket) == (0, False, False)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a:80:81\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 300 + b"\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        b"GET /\r\nHost: a\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
        b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_a_malformed_head_is_refused(raw):
    with pytest.raises(head.BadRequestError):
        head.parse(raw)


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Length: 3", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 3"],
        [b"Content-Length: 3", b"Content-Length: 3"],
        [b"Content-Length: 3", b"content-length: 4"],
        [b"Content-Length: 3, 3"],
        [b"Content-Length: +3"],
        [b"Content-Length: 0x3"],
        [b"Content-Length: -1"],
        [b"Content-Length:"],
        [b"Content-Length: 3_0"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: gzip, chunked"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding: xchunked"],
        [b"Transfer-Encoding:\x0bchunked"],
        [b"Transfer-Encoding : chunked"],
        [b"Connection: Upgrade", b"Upgrade: websocket", b"Content-Length: 5"],
        [b"Connection: Upgrade", b"Upgrade: websocket", b"Transfer-Encoding: chunked"],
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_refused(lines):
    with pytest.raises(head.BadRequestError):
        parse(*lines)


def test_chunks_in_http_1_0_are_refused():
    with pytest.raises(head.BadRequestError):
        head.parse(b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_a_plain_request_is_replayed_with_one_connection_line_that_says_close():
    read = parse(b"connection: keep-alive", b"Keep-Alive: 5", b"Upgrade: h2c", b"Cookie: a=b;  c=d")
    assert read.replayed() == GOOD + b"Cookie: a=b;  c=d\r\nConnection: close\r\n\r\n"


def test_a_websocket_is_replayed_as_it_came():
    lines = (b"Connection: keep-alive, Upgrade", b"Upgrade: WebSocket", b"Sec-WebSocket-Key: x")
    read = parse(*lines)
    assert read.websocket
    assert read.replayed() == GOOD + b"\r\n".join(lines) + b"\r\n\r\n"


def test_only_a_browser_that_opens_a_page_may_be_sent_a_page_that_reloads():
    html = b"Accept: text/html,application/xhtml+xml"
    assert parse(html).may_be_reloaded
    assert parse(html, b"Sec-Fetch-Mode: navigate").may_be_reloaded
    assert not parse(html, b"Sec-Fetch-Mode: cors").may_be_reloaded
    assert not parse(b"Accept: */*").may_be_reloaded
    assert not parse(html, b"Content-Length: 2").may_be_reloaded
    assert not head.parse(b"POST / HTTP/1.1\r\nHost: a\r\n" + html + b"\r\n\r\n").may_be_reloaded
    assert not head.parse(b"GET /user/ann/api/status HTTP/1.1\r\nHost: a\r\n" + html + b"\r\n\r\n").wants_page


@pytest.mark.parametrize(
    ("written", "host"),
    [("reef.localhost", "reef.localhost"), ("REEF.Localhost.:80", "reef.localhost"), ("[::1]:8000", "[::1]")],
)
def test_a_host_is_read_without_case_port_and_closing_dot(written, host):
    assert head.parse(f"GET / HTTP/1.1\r\nHost: {written}\r\n\r\n".encode()).host == host


PIECES = st.sampled_from(
    [
        b"GET",
        b"POST",
        b" ",
        b"/",
        b"/a?b",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"\r\n",
        b"\n",
        b"\r",
        b":",
        b"Host",
        b"a.localhost",
        b"Content-Length",
        b"Transfer-Encoding",
        b"chunked",
        b"5",
        b",",
        b"\t",
        b"\x00",
        b"\xff",
        b"Connection",
        b"Upgrade",
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)))
@example(b"")
def test_any_bytes_are_read_or_refused_in_words(noise):
    try:
        read = head.parse(noise + b"\r\n\r\n")
    except head.BadRequestError:
        return
    assert read.host == read.host.lower()
    assert read.target.startswith("/")


NAMES = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=20), st.binary(max_size=40))
def test_what_is_replayed_is_read_the_same_again(fields, noise):
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in fields)
    raw = b"PUT /x HTTP/1.1\r\nHost: a.localhost\r\n" + lines + noise.replace(b"\r\n\r\n", b"") + b"\r\n\r\n"
    try:
        first = head.parse(raw)
    except head.BadRequestError:
        return
    again = head.parse(first.replayed())
    hop = {"connection", "keep-alive", "proxy-connection", "upgrade"}
    assert [item for item in again.fields if item[0] not in hop] == [
        item for item in first.fields if item[0] not in hop
    ]
    assert (again.host, again.target, again.length) == (first.host, first.target, first.length)
    assert again.field("connection") == "close"
