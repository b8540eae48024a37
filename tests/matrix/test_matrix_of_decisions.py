"""Every one of the cast, every permission, every place: by the pure rules, the API, the terminal and the portal."""

import re

import pytest
from django.test import Client
from typer.testing import CliRunner

import charter_stage
from commonhub.cli import main
from commonhub.communities import charters
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import KNOWN, Permission
from matrix import expected

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CELLS = [(permission, place) for permission in KNOWN for place in expected.PLACES]
SQUARE = {
    handle: {(word, list(expected.PLACES)[(row + turn) % len(expected.PLACES)]) for row, word in enumerate(KNOWN)}
    for turn, handle in enumerate(expected.CAST)
}
"""For doors that answer one question at a time, a Latin square: each of the cast asks for every permission and at every
place, and between them they ask for every permission at every place.
"""


def test_the_matrix_names_only_what_there_is_and_leaves_nothing_out():
    named = set().union(*expected.GIVES.values()) | expected.LOOKS | expected.BY_LEAVE
    assert named == set(KNOWN)
    assert set(expected.CAST) == {each.user for each in charter_stage.EVERYBODY}
    assert len(CELLS) == 76 * 7
    assert set().union(*SQUARE.values()) == set(CELLS)


@pytest.mark.parametrize("handle", expected.CAST)
def test_the_pure_rules_say_what_the_model_says(site, handle):
    now = charter_stage.person("eve").claimed + charter_stage.SINCE
    charter = charters.whole(now=now)
    actor = deciding.Actor(id=handle)
    for permission, place in CELLS:
        where = expected.rules_place(place)
        found = deciding.decide(actor, Permission(permission), where, charter=charter)
        assert found.allowed == ((permission, place) in expected.allowed(handle)), (permission, place)
        assert [each.name for each in found.holders] == expected.holders(permission, place), (permission, place)


@pytest.mark.parametrize("handle", expected.CAST)
def test_the_api_says_what_the_model_says(site, handle):
    answers = []
    questions = [{"permission": permission, **expected.spot(place)} for permission, place in CELLS]
    for start in range(0, len(questions), 500):
        answers += site(handle, "POST", "/decisions", {"questions": questions[start : start + 500]}).json["answers"]
    assert {cell for cell, found in zip(CELLS, answers, strict=True) if found["allowed"]} == expected.allowed(handle)
    assert [found["holders"] for found in answers] == [expected.holders(*cell) for cell in CELLS]


@pytest.mark.parametrize("handle", expected.CAST)
def test_the_terminal_says_what_the_model_says(site, monkeypatch, handle):
    monkeypatch.setenv("XDG_CONFIG_HOME", site.config(handle))
    run = CliRunner().invoke
    words = {cell: ["remote", "may", cell[0], expected.PLACES[cell[1]]] for cell in SQUARE[handle]}
    codes = {cell: run(main.app, said).exit_code for cell, said in words.items()}
    assert set(codes.values()) <= {0, 1}
    assert {cell for cell, code in codes.items() if code == 0} == expected.allowed(handle) & SQUARE[handle]


@pytest.mark.parametrize("handle", expected.CAST)
def test_the_portal_says_what_the_model_says(site, handle):
    browser = Client()
    browser.force_login(charter_stage.person(handle))
    allowed = set()
    for permission, place in SQUARE[handle]:
        page = browser.get("/may", {"permission": permission, **expected.spot(place)})
        assert page.status_code == 200, (permission, place)
        heading = re.search(r"<h1>([^<]*)</h1>", page.content.decode())[1]
        assert heading in {"Yes, you may", "No, others carry this"}
        if heading.startswith("Yes"):
            allowed.add((permission, place))
    assert allowed == expected.allowed(handle) & SQUARE[handle]
