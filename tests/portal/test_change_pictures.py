"""The picture of a change's way: it tells the truth in marks and in words, and nothing in it lies over anything else."""

import itertools

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonhub.changes.states import State
from commonhub.portal import change_way
from commonhub.portal.change_way import Mark
from commonhub.portal.typesetting import Box
from commonhub.rollouts import stages

DONE, NOW, OPEN, ENDED = Mark.DONE, Mark.NOW, Mark.OPEN, Mark.ENDED


def need(given_by: str | None = None, holders: tuple[str, ...] = ("Carol Mendes",)) -> dict:
    return {"given_by": given_by, "holders": [{"handle": who, "name": who} for who in holders]}


GIVEN = need("Dan Rahman")


def change(state: State, *, needs=(GIVEN,), plan=({"hub": "reef/main"},), **values) -> dict:
    usual = {
        "number": 7,
        "state": state,
        "author": "Dan Rahman",
        "by_editor": False,
        "emergency": False,
        "commit": "c0ffee123456" if state in {State.COMMITTED, State.UNDONE} else "",
    }
    return usual | {"needs": list(needs), "plan": list(plan)} | values


def hub(cohort: int, *, reached: bool = False, failed: str | None = None) -> dict:
    verdict = {"failed": failed, "words": ""} if reached else None
    return {"cohort": cohort, "reached": "2026-03-02T09:00:00+00:00" if reached else None, "verdict": verdict}


def rollout(state: stages.State, *hubs: dict) -> dict:
    return {
        "state": state,
        "reached": sum(bool(each["reached"]) for each in hubs),
        "total": len(hubs),
        "hubs": list(hubs),
    }


def marks(way: change_way.Way) -> list[tuple[str, Mark]]:
    return [(stop.title, stop.mark) for stop in way.stops]


def test_a_roll_out_that_is_about_to_begin_is_not_in_force():
    way = change_way.draw(change(State.COMMITTED), None, begins=True)
    assert [mark for _, mark in marks(way)] == [DONE, DONE, DONE, OPEN, OPEN]
    assert way.stops[3].notes == ("It begins in a moment",)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (change(State.WAITING, needs=[need("Dan Rahman"), need()]), [DONE, NOW, OPEN, OPEN, OPEN]),
        (change(State.READY), [DONE, DONE, NOW, OPEN, OPEN]),
        (change(State.COMMITTING), [DONE, DONE, NOW, OPEN, OPEN]),
        (change(State.CONFLICT), [DONE, DONE, ENDED, OPEN, OPEN]),
        (change(State.DECLINED, needs=[need()]), [DONE, ENDED, OPEN, OPEN, OPEN]),
        (change(State.WITHDRAWN, needs=[need()]), [DONE, ENDED, OPEN, OPEN, OPEN]),
        (change(State.COMMITTED), [DONE, DONE, DONE, DONE]),
        (change(State.COMMITTED, needs=[need()], emergency=True), [DONE, DONE, DONE, DONE]),
        (change(State.UNDONE), [DONE, DONE, DONE, ENDED]),
        (change(State.WAITING, needs=[need()], plan=()), [DONE, NOW, OPEN, OPEN]),
    ],
)
def test_each_state_is_where_it_is(of, expected):
    assert [mark for _, mark in marks(change_way.draw(of, None))] == expected


@pytest.mark.parametrize(
    ("state", "out", "end"),
    [
        (stages.State.RUNNING, NOW, OPEN),
        (stages.State.PAUSED, NOW, OPEN),
        (stages.State.DONE, DONE, DONE),
        (stages.State.GOING_BACK, ENDED, ENDED),
        (stages.State.BACK, ENDED, ENDED),
    ],
)
def test_a_change_is_in_force_only_when_its_roll_out_is_done(state, out, end):
    way = change_way.draw(change(State.COMMITTED), rollout(state, hub(1, reached=True), hub(2)))
    assert marks(way)[-2:] == [("Roll-out", out), ("In force", end)]


def test_every_consent_and_hub_has_a_window_of_its_own_cohort_by_cohort():
    out = rollout(stages.State.RUNNING, hub(1, reached=True), hub(2, reached=True, failed="start"), hub(2), hub(3))
    way = change_way.draw(change(State.COMMITTED, needs=[need("Dan"), need("Carol")]), out)
    assert way.stops[1].windows == ((DONE, DONE),)
    assert way.stops[3].windows == ((DONE,), (ENDED, OPEN), (OPEN,))


def test_of_a_thousand_hubs_a_window_stands_for_a_cohort():
    hubs = [hub(number // 100, reached=number < 250) for number in range(1000)]
    (windows,) = [
        stop.windows for stop in change_way.draw(change(State.COMMITTED), rollout("running", *hubs)).stops[3:4]
    ]
    assert windows == ((DONE,), (DONE,), (NOW,), *[(OPEN,)] * 7)


def test_a_commit_by_an_editor_was_asked_of_nobody():
    way = change_way.draw(change(State.COMMITTED, by_editor=True, needs=[need()]), None)
    assert marks(way) == [("Committed by an editor", DONE), ("Consents", DONE), ("In force", DONE)]
    assert "would have needed 1" in way.stops[1].words


def test_the_picture_says_the_same_in_words():
    way = change_way.draw(change(State.WAITING, needs=[need("Dan Rahman"), need()]), None)
    page = render_to_string("portal/change_way.html", {"way": way})
    assert "Consents. 1 of 2 given. waits for Carol Mendes (it is here now)." in page
    assert page.count('role="img"') == 2


def test_a_name_is_no_markup():
    way = change_way.draw(change(State.WAITING, author="<script>x</script>", needs=[]), None)
    page = render_to_string("portal/change_way.html", {"way": way})
    assert "<script>" not in page


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=40)


@given(
    state=st.sampled_from(list(State)),
    author=st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    given_by=st.lists(st.sampled_from([None, "Dan"]), max_size=30),
    names=st.lists(WORDS, min_size=1, max_size=5),
    cohorts=st.one_of(st.none(), st.lists(st.integers(1, 40), min_size=1, max_size=60)),
    language=st.sampled_from(["en", "de"]),
)
@example(state=State.COMMITTED, author="Dan", given_by=[None] * 30, names=["C"], cohorts=[*range(1, 41)], language="en")
@settings(max_examples=60, deadline=None)
def test_nothing_lies_over_anything_else_whatever_people_are_called(state, author, given_by, names, cohorts, language):
    needs = [need(each, tuple(names)) for each in given_by]
    out = rollout(stages.State.RUNNING, *[hub(each) for each in sorted(cohorts)]) if cohorts else None
    with translation.override(language):
        way = change_way.draw(change(state, author=author, needs=needs), out)
    for of in (way.wide, way.narrow):
        page = Box(x=0, y=0, width=of.width, height=of.height)
        boxes = [Box(x=pane.x, y=pane.y, width=pane.size, height=pane.size) for pane in of.panes]
        boxes += [line.box for line in of.lines]
        assert all(page.holds(box) for box in boxes), [box for box in boxes if not page.holds(box)]
        assert not [pair for pair in itertools.combinations(boxes, 2) if pair[0].meets(pair[1])]
