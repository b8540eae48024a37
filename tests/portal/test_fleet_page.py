"""The fleet at a glance."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commonhub.hubs import models
from commonhub.portal import page
from portal import stage


def words(answer) -> str:
    """What a reader of the page reads."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def titles(answer) -> list[str]:
    """The hubs of the table, in its order."""
    return re.findall(r'<th scope="row"><a href="/hubs/[^"]+">([^<]+)</a>', answer.content.decode())


def test_the_top_says_how_the_fleet_is(alice, fleet):
    page = words(alice.get("/fleet"))
    assert (
        "3 communities, 4 hubs; 1 failed, 1 awake, 2 asleep; 2 people are working now; 359 MB of memory in use." in page
    )


def test_the_top_says_what_asks_for_an_act(alice, fleet):
    page = words(alice.get("/fleet"))
    assert "Mend 1 fault of the newest commit." in page
    assert "Look at the hub that failed." in page


def test_a_calm_fleet_says_so(alice, fleet):
    models.HubRecord.objects.filter(state="failed").update(state="asleep")
    models.FleetRecord.objects.update(faults=[])
    assert "Nothing asks for an act." in words(alice.get("/fleet"))


def test_a_fault_names_its_file_its_line_and_what_to_do(alice, fleet):
    page = words(alice.get("/fleet"))
    assert "communities/upland/hubs/soil.yaml:7" in page
    assert "There is no setting called “memroy”. Did you mean “memory”?" in page


def test_the_picture_has_a_text_that_says_the_same(alice, fleet):
    page = alice.get("/fleet").content.decode()
    assert 'aria-label="The fleet as a house, one window for each hub: 1 failed, 1 awake, 2 asleep."' in page


def test_the_parts_of_commonhub_show_their_state_and_memory(alice, fleet):
    assert "proxy running 35 MB 1" in words(alice.get("/fleet"))


def test_an_empty_fleet_teaches_what_to_do(alice):
    page = words(alice.get("/fleet"))
    assert "There is no hub in this fleet yet." in page
    assert "communities/reef/community.yaml" in page


def test_old_news_is_called_old(alice, fleet):
    models.FleetRecord.objects.update(seen=timezone.now() - timedelta(minutes=9))
    assert "what was last seen 9 minutes ago" in words(alice.get("/fleet"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=corals", ["Reef hub"]),
        ("q=observatory+divers", ["Statistics for divers"]),
        ("q=upland/soil", ["Soil school"]),
        ("q=WATER", ["Water archive"]),
        ("state=asleep", ["Statistics for divers", "Soil school"]),
        ("state=asleep&q=reef", ["Statistics for divers"]),
        ("q=%25", []),
        ("q=nothing-like-it", []),
    ],
)
def test_search_and_state_narrow_the_list(alice, fleet, query, found):
    assert titles(alice.get(f"/fleet?{query}")) == found


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("community", "Reef hub"),
        ("hub", "Reef hub"),
        ("-hub", "Water archive"),
        ("state", "Water archive"),
        ("-people", "Reef hub"),
        ("-memory", "Reef hub"),
        ("-active", "Reef hub"),
        ("active", "Statistics for divers"),
        ("nonsense", "Reef hub"),
    ],
)
def test_a_heading_sorts_the_list(alice, fleet, order, first):
    assert titles(alice.get(f"/fleet?sort={order}"))[0] == first


def test_retired_hubs_show_only_when_asked_for(alice, fleet):
    models.HubRecord.objects.filter(pk="upland/soil").update(state="retired")
    page = alice.get("/fleet")
    assert "Soil school" not in titles(page)
    assert "2 communities, 3 hubs" in words(page)
    assert titles(alice.get("/fleet?state=retired")) == ["Soil school"]


def test_a_long_list_has_pages_of_fifty(alice):
    stage.large_fleet(timezone.now(), 120)
    assert [len(titles(alice.get(f"/fleet?page={page}"))) for page in (1, 2, 3)] == [50, 50, 20]
    assert "Page 3 of 3" in words(alice.get("/fleet?page=99"))


def test_the_export_holds_the_list_as_shown_on_all_pages(alice):
    stage.large_fleet(timezone.now(), 120)
    answer = alice.get("/hubs.csv?state=awake&sort=-people")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    people = [int(row["people"]) for row in rows]
    assert len(rows) == 12
    assert people == sorted(people, reverse=True)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_export_runs_no_formula_in_a_spreadsheet(alice):
    stage.hub(timezone.now(), "reef/main", title="=HYPERLINK(1)")
    answer = alice.get("/hubs.csv")
    assert "'=HYPERLINK(1)" in b"".join(answer.streaming_content).decode()


def test_hostile_words_stay_words(alice):
    evil = "<script>alert(1)</script>"
    now = timezone.now()
    stage.hub(now, "reef/main", title=evil, community_title=evil, description=evil, url=evil)
    models.FleetRecord.objects.create(
        name=evil, seen=now, subject=evil, faults=[{"file": evil, "line": 1, "problem": evil, "mend": evil}]
    )
    for path in ("/fleet", f"/fleet?q={evil}", f"/fleet?sort={evil}&state={evil}&page={evil}", "/communities/reef"):
        page = alice.get(path).content.decode()
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_an_address_that_is_no_web_address_is_no_link(alice, keeper):
    stage.hub(timezone.now(), "reef/main", url="javascript:alert(1)")
    page = alice.get("/hubs/reef/main").content.decode()
    assert "javascript:" not in page


@pytest.mark.parametrize("path", ["/fleet", "/fleet?q=hub+7", "/fleet?sort=-memory&page=2", "/fleet?state=failed"])
def test_the_number_of_queries_does_not_grow_with_the_fleet(alice, path):
    def queries() -> int:
        page._COUNTS.clear()  # what waits for the reader is counted once in a while: here, each time
        with CaptureQueriesContext(connection) as asked:
            assert alice.get(path).status_code == 200
        return len(asked)

    stage.large_fleet(timezone.now(), 200)
    few = queries()
    models.HubRecord.objects.all().delete()
    models.FleetRecord.objects.all().delete()
    stage.large_fleet(timezone.now(), 2000)
    assert queries() == few <= 24


def test_a_page_keeps_itself_fresh_only_when_asked(alice, fleet):
    assert 'http-equiv="refresh"' not in alice.get("/fleet").content.decode()
    page = alice.get("/fleet?fresh=10&q=reef").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert 'href="?q=reef">Stop keeping this page fresh' in page
