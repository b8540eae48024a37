"""What every answer carries: headers, weight, and words when something is wrong."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings as now
from django.test import Client, RequestFactory
from django.utils import timezone

from commonhub.ground import errors
from commonhub.portal import help as help_page
from commonhub.portal import mishaps, waiting
from portal import stage
from portal.test_fleet_page import words

PAGES = ["/", "/fleet", "/hubs/reef/main", "/hubs/delta/water", "/communities/reef", "/help", "/nothing"]


def links(page: str) -> list[str]:
    """The files that a page asks for at once."""
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', page)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_forbids_what_it_does_not_need(alice, fleet, keeper, path):
    answer = alice.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_anything_inline_or_foreign(alice, fleet, keeper, path):
    page = alice.get(path).content.decode()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//(?!\w+\.localhost)', page)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_links_to_its_explanation(alice, fleet, keeper, path):
    page = alice.get(path).content.decode()
    target = re.search(r'<a href="/help#([\w-]+)">About this page', page)
    assert target
    assert target[1] == "help" or f'id="{target[1]}"' in alice.get("/help").content.decode()


def test_published_documentation_takes_the_place_of_the_help_page(settings):
    settings.COMMONHUB_DOCS_URL = "https://docs.example.org"
    assert help_page.url("hub") == "https://docs.example.org/hub"


def test_the_first_view_weighs_less_than_fifty_kilobytes(alice, static_files):
    stage.large_fleet(timezone.now(), 171)
    for page in (Client().get("/sign-in"), alice.get("/fleet")):
        text = page.content.decode()
        files = [static_files / link.removeprefix("/static/") for link in links(text)]
        weight = len(page.content) + sum(file.stat().st_size for file in files)
        assert len(files) >= 2
        assert weight <= 50_000, f"{weight} bytes: {len(page.content)} of page, the rest of files"


def test_static_files_are_served_compressed_and_for_ever(alice, static_files):
    for link in links(alice.get("/help").content.decode()):
        answer = alice.get(link, headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        body = b"".join(answer.streaming_content)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert body == (static_files / link.removeprefix("/static/")).read_bytes()


def test_health_answers_strangers_and_tells_nothing(db):
    answer = Client().get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_page_that_is_not_there_says_what_to_do(alice):
    answer = alice.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" in words(answer)


def test_a_broken_page_needs_neither_database_nor_session(rf):
    answer = mishaps.broken(rf.get("/"))
    assert answer.status_code == 500
    assert "the fault is ours" in words(answer)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("Gone.", "Look elsewhere."), 404),
        (errors.RefusedError("No.", "Ask Carol."), 403),
        (errors.UnavailableError("Away.", "Wait."), 503),
        (errors.CommonhubError("Wrong.", "Mend it."), 400),
    ],
)
def test_an_error_of_ours_becomes_its_two_sentences(alice, error, status):
    request = RequestFactory().get("/")
    request.user = alice.get("/help").wsgi_request.user
    answer = mishaps.Mishaps(lambda _: None).process_exception(request, error)
    assert answer.status_code == status
    assert f"{error.message} {error.mend}" in words(answer)


def test_an_error_that_is_not_ours_goes_on_to_the_log(rf):
    assert mishaps.Mishaps(lambda _: None).process_exception(rf.get("/"), ValueError()) is None


def test_the_waiting_page_is_whole_in_itself():
    page = waiting.page("<Reef> & co")
    text = page.body.decode()
    assert "&lt;Reef&gt; &amp; co is waking" in text
    assert 'http-equiv="refresh" content="2"' in text
    assert "src=" not in text
    assert "href=" not in text
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert len(page.body) < 3_000


def test_the_portal_never_shows_tracebacks_here():
    assert now.DEBUG is False


def test_the_stylesheet_names_no_other_host():
    folder = Path(help_page.__file__).parent / "static" / "portal"
    for file in folder.iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", file.read_text(encoding="utf-8"))
