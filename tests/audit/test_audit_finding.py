"""Who may read an entry finds it, page by page, the newest first; others find nothing."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import cast
from audit import noted
from commonhub.audit import entries, records
from commonhub.responsibility.assignments import FLEET, Place

pytestmark = pytest.mark.django_db
REEF, LAB, COLLEGE = Place(community="reef"), Place(community="reef", hub="lab"), Place(community="college")


@pytest.fixture(autouse=True)
def some(db: None) -> None:
    """Seven acts, a minute apart."""
    acts: list[dict[str, Any]] = [
        {"hub": "main"},
        {"hub": "lab", "subject": "mallory", "outcome": "refused", "words": "Was refused to open Eve's server."},
        {"community": "college", "hub": "", "actor": "carol", "actor_name": "Carol Mendes", "subject": ""},
        {"community": "", "hub": "", "permission": "fleet:stop", "actor": "machine:root", "subject": ""},
        {"permission": "", "verb": "password.change", "community": "", "hub": "", "actor": "eve", "subject": "eve"},
        {"hub": "main", "words": "Added Zoë Ångström to reef/main."},
        {"hub": "lab", "actor": "commonhub", "actor_name": "Commonhub", "via": "keeper"},
    ]
    for minutes, act in enumerate(acts, 1):
        noted.note(at=noted.MORNING + timedelta(minutes=minutes), **act)


def found(reader: entries.Reader = entries.EVERYTHING, **search: Any) -> list[int]:
    page = records.newest(entries.Search(**search), reader=reader)
    exported = records.export(entries.Search(**search), reader=reader)
    assert len(list(exported)) == len(page.entries)
    return [entry.number for entry in page.entries]


@pytest.mark.parametrize(
    ("reader", "numbers"),
    [
        (entries.Reader(places=(FLEET,)), [7, 6, 5, 4, 3, 2, 1]),
        (entries.Reader(places=(REEF,)), [7, 6, 2, 1]),
        (entries.Reader(places=(LAB,)), [7, 2]),
        (entries.Reader(places=(REEF, LAB, COLLEGE)), [7, 6, 3, 2, 1]),
        (entries.Reader(person=cast.EVE.user), [7, 6, 5, 1]),
        (entries.Reader(person=cast.MALLORY.user), [2]),
        (entries.Reader(places=(COLLEGE,), person=cast.MALLORY.user), [3, 2]),
        (entries.Reader(person="nobody"), []),
        (entries.Reader(), []),
    ],
    ids=str,
)
def test_readers_find_what_they_may_read(reader: entries.Reader, numbers: list[int]):
    assert found(reader) == numbers


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ({"place": REEF}, [7, 6, 2, 1]),
        ({"place": LAB}, [7, 2]),
        ({"person": "eve"}, [7, 6, 5, 1]),
        ({"actor": "eve"}, [5]),
        ({"subject": "mallory"}, [2]),
        ({"permission": "fleet:stop"}, [4]),
        ({"verb": "password.change"}, [5]),
        ({"outcome": "refused"}, [2]),
        ({"text": "ADDED reef"}, [7, 6, 5, 4, 3, 1]),
        ({"text": "Zoë"}, [6]),
        ({"text": "mendes"}, [3]),
        ({"text": "mallory"}, [2]),
        ({"text": "100% _ ' \0"}, []),
        ({"since": noted.MORNING + timedelta(minutes=6)}, [7, 6]),
        ({"until": noted.MORNING + timedelta(minutes=2)}, [1]),
        ({"place": REEF, "person": "eve", "text": "zoë"}, [6]),
    ],
    ids=str,
)
def test_a_search_narrows(search: dict[str, Any], numbers: list[int]):
    assert found(**search) == numbers


def test_a_search_never_widens_what_one_may_read():
    assert found(entries.Reader(places=(COLLEGE,)), place=REEF) == []
    assert found(entries.Reader(person="mallory"), person="eve") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_follow_each_other_without_gap_or_repeat(limit: int):
    reader = entries.Reader(places=(REEF, COLLEGE), person="eve")
    pages, before = [], None
    for _ in itertools.count():
        page = records.newest(reader=reader, before=before, limit=limit)
        pages += [entry.number for entry in page.entries]
        assert len(page.entries) <= limit
        before = page.older
        if before is None:
            break
    assert pages == [7, 6, 5, 3, 2, 1]


def test_many_places_are_few_questions():
    many = tuple(Place(community=f"c{number}") for number in range(3000))
    hubs = tuple(Place(community=f"d{number}", hub="main") for number in range(3000))
    reader = entries.Reader(places=(*many, *hubs, LAB))
    with CaptureQueriesContext(connection) as asked:
        assert found(reader) == [7, 2]
    assert len(asked) <= 5


@pytest.mark.parametrize(
    "reader",
    [entries.EVERYTHING, entries.Reader(places=(REEF,)), entries.Reader(places=(LAB,)), entries.Reader(person="eve")],
    ids=["fleet", "community", "hub", "person"],
)
def test_a_page_is_read_by_an_index_and_never_sorted(reader: entries.Reader):
    with CaptureQueriesContext(connection) as asked:
        records.newest(reader=reader)
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert "INDEX" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_only_acts_that_were_done_are_practice():
    uses = list(records.last_uses(since=noted.MORNING + timedelta(minutes=1)))
    assert {(use.actor, use.permission, str(use.place)) for use in uses} == {
        ("dan", "person:add", "reef/main"),
        ("carol", "person:add", "college"),
        ("machine:root", "fleet:stop", "the fleet"),
        ("commonhub", "person:add", "reef/lab"),
    }
    (last,) = [use.at for use in uses if use.actor == "dan"]
    assert last == noted.MORNING + timedelta(minutes=6)


@pytest.mark.parametrize("change", [{"via": "telephone"}, {"outcome": "perhaps"}], ids=str)
def test_an_unknown_way_or_outcome_is_a_fault(change: dict[str, str]):
    with pytest.raises(ValueError, match="not a valid"):
        noted.note(**change)


def test_a_fault_in_an_entry_leaves_the_chain_as_it_was():
    before = records.head()
    with pytest.raises(TypeError), transaction.atomic():
        noted.note(details={"share": 0.5})
    assert records.head() == before
    assert records.verify().sound
