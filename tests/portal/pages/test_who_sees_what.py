"""Every page before each of the cast: shown, refused with the names of those who carry it, or not there."""

import pytest
from django.utils import timezone

from portal.pages import day, reading

pytestmark = pytest.mark.slow

ALICE, BOB, CAROL, DAN = "Alice Okafor", "Bob Lindqvist", "Carol Mendes", "Dan Rahman"
NOBODY = "which nobody carries"
SEEN = 200

# What each reads on a page: `SEEN`, or whose it is.
PAGES = {
    "/": {"alice": SEEN, "bob": SEEN, "carol": SEEN, "dan": SEEN, "eve": SEEN, "mallory": SEEN},
    "/fleet": {"alice": SEEN, "bob": ALICE, "carol": ALICE, "dan": ALICE, "eve": ALICE, "mallory": ALICE},
    "/hubs.csv": {"alice": SEEN, "bob": ALICE, "carol": ALICE, "dan": ALICE, "eve": ALICE, "mallory": ALICE},
    "/communities/reef": {"alice": SEEN, "bob": SEEN, "carol": SEEN, "dan": SEEN, "eve": BOB, "mallory": BOB},
    "/communities/reef/responsibility": {
        "alice": SEEN,
        "bob": SEEN,
        "carol": SEEN,
        "dan": SEEN,
        "eve": BOB,
        "mallory": BOB,
    },
    "/communities/mtengo": {"alice": SEEN, "bob": SEEN, "carol": BOB, "dan": BOB, "eve": BOB, "mallory": BOB},
    "/communities/nowhere": {"carol": BOB, "dan": BOB, "eve": BOB, "mallory": BOB, "alice": 404, "bob": 404},
    "/communities/reef/groups": {
        "alice": CAROL,
        "bob": CAROL,
        "carol": SEEN,
        "dan": SEEN,
        "eve": CAROL,
        "mallory": CAROL,
    },
    "/hubs/reef/main": {"alice": SEEN, "bob": SEEN, "carol": SEEN, "dan": SEEN, "eve": SEEN, "mallory": ALICE},
    "/hubs/reef/lab": {"alice": SEEN, "bob": SEEN, "carol": SEEN, "dan": ALICE, "eve": ALICE, "mallory": ALICE},
    "/hubs/mtengo/main": {"alice": SEEN, "bob": SEEN, "carol": ALICE, "dan": ALICE, "eve": ALICE, "mallory": ALICE},
    "/hubs/reef/nowhere": {"alice": 404, "bob": 404, "carol": 404, "dan": ALICE, "eve": ALICE, "mallory": ALICE},
    "/hubs/reef/main/access": {
        "alice": "Carol Mendes and Dan Rahman",
        "bob": "Carol Mendes and Dan Rahman",
        "carol": SEEN,
        "dan": SEEN,
        "eve": "Carol Mendes and Dan Rahman",
        "mallory": "Carol Mendes and Dan Rahman",
    },
    "/hubs/reef/lab/access": {"carol": SEEN, "dan": CAROL, "eve": CAROL},
    "/hubs/mtengo/main/access": {"carol": "Zuri Phiri", "dan": "Zuri Phiri", "mallory": "Zuri Phiri"},
    "/hubs/reef/main/access/people/eve/remove": {"carol": SEEN, "dan": SEEN, "alice": DAN, "eve": DAN, "mallory": DAN},
    "/hubs/reef/main/access/import": {"carol": SEEN, "dan": SEEN, "bob": DAN, "eve": DAN},
    "/people/eve": {"alice": SEEN, "bob": NOBODY, "carol": SEEN, "dan": SEEN, "eve": SEEN, "mallory": NOBODY},
    "/people/zuri": {"alice": SEEN, "carol": NOBODY, "dan": NOBODY, "eve": NOBODY, "mallory": NOBODY},
    "/people/nobody-of-that-name": {"alice": 404, "carol": NOBODY, "dan": NOBODY, "mallory": NOBODY},
    "/people": {"alice": SEEN, "bob": NOBODY, "carol": SEEN, "dan": SEEN, "eve": NOBODY, "mallory": NOBODY},
    "/audit": {"alice": SEEN, "bob": SEEN, "carol": SEEN, "dan": SEEN, "eve": SEEN, "mallory": SEEN},
    "/responsibility": {"alice": SEEN, "eve": SEEN, "mallory": SEEN},
    "/help": {"alice": SEEN, "eve": SEEN, "mallory": SEEN},
    "/hubs/reef/main/join": {"eve": SEEN, "mallory": SEEN},
}
EACH = [(path, who, expected) for path, cast in PAGES.items() for who, expected in cast.items()]


@pytest.mark.parametrize(("path", "who", "expected"), EACH)
def test_a_page_is_shown_or_says_whose_it_is(enter, keeper, path, who, expected):
    answer = enter(who).get(path)
    if isinstance(expected, int):
        assert answer.status_code == expected
    else:
        assert answer.status_code == 403
        assert expected in reading.main(answer)


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dan", "eve", "mallory"])
def test_every_page_is_whole_and_light(enter, keeper, who, static_files):
    day.play(timezone.now())
    browser = enter(who)
    for path, cast in PAGES.items():
        if "." in path or who not in cast:
            continue
        answer = browser.get(path)
        assert reading.faults(answer) == [], path
        assert reading.weight(answer, static_files) <= 50_000, path


@pytest.mark.parametrize(("path", "who", "expected"), [each for each in EACH if isinstance(each[2], str)])
def test_a_refusal_names_nothing_of_what_it_hides(enter, keeper, path, who, expected):
    page = reading.main(enter(who).get(path))
    hidden = ["Mtengo Teachers' College", "Mtengo classes", "zuri@example.org"]
    if who in {"eve", "mallory"}:
        hidden += ["Reef lab", "Zanzibar", "eve@example.org"]
    assert [word for word in hidden if word in page] == []


def test_a_place_that_is_not_there_is_refused_in_the_same_words(enter):
    mallory = enter("mallory")
    there, nowhere = (reading.main(mallory.get(f"/people/{handle}")) for handle in ("eve", "nobody-of-that-name"))
    assert there == nowhere
