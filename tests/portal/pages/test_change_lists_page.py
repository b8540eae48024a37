"""Lists of changes: narrowed, page by page, and never more than their reader may see."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commonhub.changes import models
from commonhub.changes.states import State
from portal.pages import changing, reading


def change(title: str, **values) -> models.Change:
    """A change as records keep it: lists look at no file."""
    places = values.pop("places", [("reef", "main")])
    usual = {"key": title, "author": "dan", "author_name": "Dan Rahman", "via": "portal", "state": State.COMMITTED}
    row = models.Change.objects.create(title=title, at=timezone.now(), base="b" * 40, **{**usual, **values})
    for community, hub in places:
        row.places.create(community=community, hub=hub)
    return row


def titles(answer) -> list[str]:
    return re.findall(r'href="/changes/\d+" lang="en">([^<]*)<', answer.content.decode())


@pytest.fixture
def some(house) -> None:
    """Changes of two communities and the fleet."""
    change("Tag", kinds=[{"id": "image-tag"}])
    change("Bigger", kinds=[{"id": "bigger-sizes"}, {"id": "image-tag"}], author="carol", author_name="Carol Mendes")
    change("Lab words", kinds=[{"id": "words"}], places=[("reef", "lab")])
    change("Theirs", kinds=[{"id": "image-tag"}], places=[("mtengo", "main")], author="zuri", author_name="Zuri Phiri")
    change("Prices", kinds=[{"id": "prices"}], places=[("", "")], author="alice", author_name="Alice Okafor")


@pytest.mark.parametrize(
    ("who", "path", "expected"),
    [
        ("alice", "/changes", ["Prices", "Theirs", "Lab words", "Bigger", "Tag"]),
        ("alice", "/changes?community=reef", ["Lab words", "Bigger", "Tag"]),
        ("alice", "/changes?community=reef&hub=main", ["Bigger", "Tag"]),
        ("alice", "/changes?kind=image-tag", ["Theirs", "Bigger", "Tag"]),
        ("alice", "/changes?who=mendes", ["Bigger"]),
        ("alice", "/changes?state=open", []),
        ("alice", "/changes?state=%00&kind=nonsense&page=999", ["Prices", "Theirs", "Lab words", "Bigger", "Tag"]),
        ("carol", "/changes", ["Lab words", "Bigger", "Tag"]),
        ("zuri", "/changes", ["Theirs"]),
        ("zuri", "/changes?community=reef", []),
        ("eve", "/changes", []),
        ("mallory", "/changes?community=reef&hub=main", []),
    ],
)
def test_a_list_holds_what_its_reader_may_see_and_asked_for(enter, some, who, path, expected):
    answer = enter(who).get(path)
    assert reading.faults(answer) == []
    assert titles(answer) == expected


def test_a_long_list_goes_page_by_page_with_the_same_number_of_queries(enter, house):
    alice = enter("alice")

    def ask() -> tuple[int, list[str]]:
        with CaptureQueriesContext(connection) as asked:
            found = titles(alice.get("/changes?who=dan"))
        return len(asked), found

    change("First")
    ask()
    few, _ = ask()
    for number in range(70):
        change(f"Change {number}")
    many, found = ask()
    assert many == few
    assert len(found) == 30
    answer = alice.get("/changes?who=dan&page=3")
    assert titles(answer)[-1] == "First"
    assert 'rel="prev" href="?who=dan&amp;page=2"' in answer.content.decode()


def test_a_hub_and_its_community_show_the_last_three_and_the_way_to_all(enter, some, keeper):
    for number in range(3):
        change(f"Change {number}")
    for path in ("/hubs/reef/main", "/communities/reef"):
        answer = enter("carol").get(path)
        assert titles(answer) == ["Change 2", "Change 1", "Change 0"]
        assert f'class="button" href="{path}/change"' in answer.content.decode()
        assert "All changes" in reading.main(answer)


def test_who_uses_a_hub_sees_nothing_of_its_changes(enter, some, keeper):
    page = reading.main(enter("eve").get("/hubs/reef/main"))
    assert "Tag" not in page
    assert "Change something" not in page


def test_a_change_that_cannot_be_committed_is_said_on_the_fleets_page(enter, house):
    change("Tag", state=State.READY, trouble="The folder can't be written.")
    assert "Tag: The folder can't be written." in reading.main(enter("alice").get("/fleet"))


def test_the_fleets_list_names_the_roll_outs_under_way(enter, folder):
    changing.rollout(timezone.now(), [{"hub_id": "reef/main"}])
    assert "Image of January" in reading.main(enter("alice").get("/changes"))
    assert "Image of January" not in reading.main(enter("zuri").get("/changes"))
