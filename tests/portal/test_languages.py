"""Every word of the portal in every language it offers."""

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages import extract, mofile, pofile
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

import commonhub.portal
from commonhub.portal import waiting

PORTAL = Path(commonhub.portal.__file__).parent
KEYWORDS = {"gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2)}
TRANSLATED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
RENEW = "Renew the catalogue as docs/reference/pages.md says."


def in_the_source() -> set:
    """Every message of the Python files and templates: a text, or a pair of one and many."""
    places = (PORTAL, PORTAL.parent / "identity")  # whose templates are shown within the portal
    texts = [file.read_text(encoding="utf-8") for place in places for file in place.rglob("*.py")]
    texts += [templatize(file.read_text("utf-8")) for place in places for file in place.rglob("templates/**/*.html")]
    return {
        message
        for text in texts
        for _, message, _, _ in extract.extract("python", io.BytesIO(text.encode()), KEYWORDS, options={})
    }


def catalogue(code: str) -> pofile.Catalog:
    with (PORTAL / "locale" / code / "LC_MESSAGES" / "django.po").open("rb") as file:
        return pofile.read_po(file)


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_word_is_missing_and_none_is_left_over(code):
    known = {message.id for message in catalogue(code) if message.id}
    assert in_the_source() - known == set(), RENEW
    assert known - in_the_source() == set(), RENEW


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_word_is_translated_with_the_same_blanks_and_tags(code):
    for message in catalogue(code):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), f"{ids[0]!r} is not translated. {RENEW}"
        assert not message.fuzzy, ids[0]
        for said, original in zip(strings, ids, strict=True):
            for pattern in (r"%\(\w+\)[sdg]", r"</?\w+>"):
                assert sorted(re.findall(pattern, said)) == sorted(re.findall(pattern, original)), said


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_source(code):
    compiled = (PORTAL / "locale" / code / "LC_MESSAGES" / "django.mo").read_bytes()
    fresh = io.BytesIO()
    mofile.write_mo(fresh, catalogue(code))
    ours, theirs = (gettext.GNUTranslations(io.BytesIO(raw))._catalog for raw in (compiled, fresh.getvalue()))
    assert {key: value for key, value in ours.items() if key} == {key: value for key, value in theirs.items() if key}


def test_a_reader_chooses_a_language_before_signing_in_and_keeps_it(alice, fleet):
    assert "Sign in" in Client().get("/sign-in").content.decode()
    stranger = Client()
    assert stranger.post("/language", {"language": "de", "next": "/sign-in"}).status_code == 302
    assert '<html lang="de">' in stranger.get("/sign-in").content.decode()
    alice.post("/language", {"language": "de", "next": "/"})
    page = alice.get("/fleet").content.decode()
    assert "3 Gemeinschaften, 4 Hubs" in page
    assert "2 Personen arbeiten gerade" in page


def test_a_browser_that_asks_for_german_gets_it():
    page = Client(headers={"accept-language": "de-AT,de;q=0.9"}).get("/sign-in").content.decode()
    assert '<html lang="de">' in page


def test_choosing_a_language_leads_to_no_other_site():
    answer = Client().post("/language", {"language": "de", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_the_waiting_page_speaks_the_language_asked_for():
    assert "wacht auf" in waiting.page("Riff", "de").body.decode()
