"""The door's few pages: small, in the reader's language, and safe with whatever they are asked to say."""

import re
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.frontdoor import answers, head, pages, proxy, queue

WORDS = Path(pages.__file__).parent / "words"
PLACE = queue.Place(number=12, total=24)
ALL = [(notice, language) for notice in pages.Notice for language in pages.LANGUAGES]


def names(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_language_says_all_that_english_says():
    assert {file.stem for file in WORDS.glob("*.toml")} == set(pages.LANGUAGES)
    english = tomllib.loads((WORDS / "en.toml").read_text("utf-8"))
    assert set(pages.Notice) == {key for key, value in english.items() if isinstance(value, dict)}
    for language in pages.LANGUAGES[1:]:
        other = tomllib.loads((WORDS / f"{language}.toml").read_text("utf-8"))
        assert other.keys() == english.keys()
        for key, value in english.items():
            pairs = (
                [(value[part], other[key][part]) for part in value]
                if isinstance(value, dict)
                else [(value, other[key])]
            )
            for mine, theirs in pairs:
                assert theirs.strip()
                assert theirs != mine
                assert names(theirs) == names(mine)


@pytest.mark.parametrize(("notice", "language"), ALL)
def test_a_page_is_small_and_says_its_language_and_title_first(notice, language):
    page = pages.page(notice, language=language, host="reef.localhost", place=PLACE, again="/lab")
    text = page.decode()
    assert len(page) <= 4096
    assert f'<html lang="{language}">' in text
    assert text.index("<title>") < text.index("<style>")
    assert text.count("<h1>") == 1
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!data:|/)", text)


def test_the_waiting_page_tells_the_place_in_the_queue_as_a_status():
    text = pages.page(pages.Notice.WAITING, language="en", place=PLACE).decode()
    assert '<p class="place" role="status">24 hubs are waking; yours is number 12.</p>' in text
    alone = pages.page(pages.Notice.WAITING, language="en", place=queue.Place(number=1, total=1)).decode()
    assert "It is waking now." in alone


def test_what_a_stranger_writes_is_shown_as_text():
    text = pages.page(pages.Notice.UNKNOWN, language="en", host='"><b>{x}', again='/"><script>').decode()
    assert "&quot;&gt;&lt;b&gt;{x}" in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH,fr;q=0.9", "de"),
        ("fr;q=0.5, es;q=0.8", "es"),
        ("ny, sw;q=0.9, pt-MZ;q=0.8", "pt"),
        ("xx, de;q=0", "en"),
        ("*", "en"),
        ("DE", "de"),
        ("de;q=nonsense, fr", "de"),
    ],
)
def test_the_reader_gets_the_best_language_there_is(accept, language):
    assert pages.language_of(accept) == language


@given(st.text())
def test_any_wish_for_a_language_is_met_with_one_of_ours(accept):
    assert pages.language_of(accept) in pages.LANGUAGES


def test_a_link_to_try_again_never_leaves_the_host():
    read = head.parse(b"GET //evil.example/ HTTP/1.1\r\nHost: a.localhost\r\nAccept: text/html\r\n\r\n")
    assert b'href="/evil.example/"' in answers.notice(pages.Notice.FAILED, read)


def test_an_answer_to_head_tells_its_length_and_has_no_body():
    read = head.parse(b"HEAD / HTTP/1.1\r\nHost: a.localhost\r\nAccept: text/html\r\n\r\n")
    answer = answers.notice(pages.Notice.UNKNOWN, read)
    assert answer.endswith(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", answer)[1]) > 1000


def test_far_back_in_the_queue_the_page_looks_less_often():
    read = head.parse(b"GET / HTTP/1.1\r\nHost: a.localhost\r\nAccept: text/html\r\n\r\n")
    for number, seconds in ((1, 2), (24, 2), (100, 6), (5000, 10)):
        answer = answers.notice(pages.Notice.WAITING, read, place=queue.Place(number=number, total=5000))
        assert f"Refresh: {seconds}\r\n".encode() in answer


def test_the_proxys_own_pages_are_small_and_complete(tmp_path):
    pages.write_error_pages(tmp_path)
    for name in ("404.html", "503.html", "error.html"):
        page = (tmp_path / name).read_bytes()
        assert len(page) <= 4096
        assert pages.page_policy() in page.decode()
    assert 'http-equiv="refresh" content="5"' in (tmp_path / "503.html").read_text("utf-8")


def test_the_token_is_in_the_environment_and_nowhere_else(tmp_path):
    settings = proxy.ProxySettings(
        node=Path("/n"),
        script=Path("/s"),
        ip="127.0.0.1",
        port=8000,
        api_socket=tmp_path / "api.sock",
        door_socket=Path("/run/the door/d.sock"),
        error_pages=tmp_path,
        token="very secret",
        host_routing=False,
        scheme="https",
    )
    command = proxy.command(settings)
    assert command.environment[proxy.TOKEN_VARIABLE] == "very secret"
    assert "very secret" not in repr(command) + repr(settings)
    assert "--host-routing" not in command.arguments
    assert "http+unix://%2Frun%2Fthe%20door%2Fd.sock" in command.arguments
    assert "x-scheme:https" in command.arguments
