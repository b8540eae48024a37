"""The picture of shared responsibility: it tells the truth, and nothing in it lies over anything else."""

import itertools
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

import commonhub.portal
from commonhub.portal import charter_picture, responsibility_words, typesetting
from commonhub.portal.charter_rows import Standing
from commonhub.portal.typesetting import Box, Kind
from commonhub.responsibility import coverage, reading
from commonhub.responsibility.assignments import Assignment, Assignments, Departure, Person, Place
from commonhub.responsibility.deciding import Charter
from commonhub.responsibility.model import Area, Model, Reach, Responsibility, Role, Share, Side, Team
from commonhub.responsibility.permissions import Permission
from responsibility import charters
from responsibility.charters import ALICE, BOB, CAROL, DAN, MAIN, NOW, OTHER_HUB, REEF, USUAL

TITLE = "Reef Research Collaborative"


def facts(charter, *places, **without):
    """All is well at these hubs, without the evidence and the powers that are named."""
    people = {each.person for each in charter.assignments.given}
    hubs = []
    for place in places:
        powers = {who: charter.permissions(who, place) - without.get("powers", set()) for who in people}
        shown = {duty.id: duty.evidence[0] for duty in charter.model.responsibilities}
        hubs.append(
            coverage.HubFacts(
                place=place,
                powers=powers,
                practised={(who, duty): NOW - timedelta(1) for who in people for duty in shown},
                evidence={
                    (duty, kind): NOW - timedelta(1)
                    for duty, kind in shown.items()
                    if duty not in without.get("evidence", ())
                },
            )
        )
    return coverage.Facts(people={who: coverage.PersonFacts(can_sign_in=True) for who in people}, hubs=tuple(hubs))


def drawn(charter, *places, place=REEF, **without):
    covered = coverage.cover(charter, facts(charter, *places, **without))
    return charter_picture.draw(charter, covered, place, TITLE)


def page(picture):
    return render_to_string("portal/charter_picture.html", {"picture": picture})


def svg(picture):
    return page(picture).split("<details")[0]


def rows(picture):
    return {row.title: row for area in picture.account.areas for row in area.rows}


GAPPY = charters.charter(
    ALICE,
    replace(BOB, only=frozenset({"create-documentation", "support-leaders", "run-workshops"})),
    CAROL,
    DAN,
    departures=[Departure(place=REEF, responsibility="run-workshops", carried_by=Share.SHARED)],
)
GAPS = {"evidence": {"run-workshops", "decide-on-money"}, "powers": {Permission.FLEET_STOP}}


# What it says.


def test_every_responsibility_names_who_carries_it_with_their_side():
    found = rows(drawn(charters.charter(*USUAL), MAIN))
    assert found["Respond to incidents"].said == "Alice Okafor (service)"
    assert found["Oversee user access policy"].said == "Carol Mendes (community), Dan Rahman (community)"
    assert found["Respond to incidents"].marked == "■\N{NO-BREAK SPACE}Alice Okafor"
    assert found["Define success for the hub's community"].marked == "●\N{NO-BREAK SPACE}Carol Mendes"


@pytest.mark.parametrize(
    ("title", "standing", "gap"),
    [
        ("Respond to incidents", Standing.COVERED, ""),
        ("Operate a Kubernetes cluster", Standing.UNABLE, "not empowered"),
        ("Run workshops and training", Standing.UNSHOWN, "not evidenced"),
        ("Create and manage data in the cloud", Standing.NOBODY, "nobody carries it"),
        ("Develop domain-specific software", Standing.UNCOUNTED, ""),
    ],
)
def test_each_kind_of_gap_has_its_word_and_its_window(title, standing, gap):
    picture = drawn(GAPPY, MAIN, **GAPS)
    row = rows(picture)[title]
    assert (row.standing, row.gap) == (standing, gap)
    windows = [window for part in picture.parts if part.name != "legend" for window in part.windows]
    of = sum(each.standing is standing for each in rows(picture).values())
    assert sum(window.standing is standing for window in windows) == 2 * of  # in the house and on a sheet


def test_the_number_is_that_of_the_coverage():
    covered = coverage.cover(GAPPY, facts(GAPPY, MAIN, **GAPS))
    assert covered.score == coverage.Score(done=10, of=15)
    assert ">10 of 15<" in svg(drawn(GAPPY, MAIN, **GAPS))
    assert "10 of 15 responsibilities are covered." in drawn(GAPPY, MAIN, **GAPS).description


def test_what_is_amiss_at_one_of_two_hubs_is_said_so():
    dan_only = charters.charter(ALICE, BOB, DAN)  # nobody represents the community, and staging has no administrator
    row = rows(drawn(dan_only, MAIN, OTHER_HUB))["Oversee user access policy"]
    assert row.said == "Dan Rahman (community)"
    assert row.gap == "nobody carries it (at 1 of 2 hubs)"


def test_a_hub_is_drawn_alone():
    picture = drawn(charters.charter(ALICE, BOB, DAN), MAIN, OTHER_HUB, place=MAIN)
    assert rows(picture)["Oversee user access policy"].standing is Standing.COVERED
    assert picture.account.score.of == 15


def test_another_communitys_hubs_and_people_are_not_looked_at():
    stranger = replace(CAROL, person="mallory", place=Place(community="alder"))
    charter = charters.charter(*USUAL, stranger)
    picture = drawn(charter, MAIN, charters.ELSEWHERE)
    assert picture.account.score.of == 15
    assert "Mallory" not in page(picture)


def test_who_may_not_do_it_here_is_not_named():
    ended = replace(ALICE, person="eve", until=NOW)
    other_side = replace(ALICE, person="mallory", side=Side.COMMUNITY, place=REEF)
    row = rows(drawn(charters.charter(*USUAL, ended, other_side), MAIN))["Respond to incidents"]
    assert row.said == "Alice Okafor (service)"


def test_before_there_is_a_hub_the_picture_says_who_is_appointed_and_gives_no_number():
    picture = drawn(charters.charter(ALICE, CAROL))
    assert rows(picture)["Respond to incidents"].standing is Standing.UNKNOWN
    assert rows(picture)["Run workshops and training"].standing is Standing.NOBODY
    assert "no number yet" in svg(picture)


def test_a_departure_is_said_where_it_was_agreed():
    engineer = Assignment(person="eve", role=ALICE.role, side=Side.COMMUNITY, place=REEF)
    agreed = Departure(place=REEF, responsibility="respond-to-incidents", carried_by=Share.SHARED)
    row = rows(drawn(charters.charter(*USUAL, engineer, departures=[agreed]), MAIN))["Respond to incidents"]
    assert row.differs == "agreed here: shared by service and community"
    assert row.said == "Alice Okafor (service), Eve Banda (community)"


def test_an_area_without_roles_says_so():
    assert "There are no formal roles for this area." in svg(drawn(charters.charter(*USUAL), MAIN)).replace("\n", " ")


def test_the_table_says_all_that_the_picture_says():
    picture = drawn(GAPPY, MAIN, **GAPS)
    with translation.override("en"):
        said = re.sub(r"<[^>]+>|\s+", " ", page(picture).split("<details")[1]).replace("&#x27;", "'")
    for title, row in rows(picture).items():
        assert title in said
        assert row.said in said
        assert row.state in said
    assert "Service Team (service): works with Community Support Team, Community Representatives" in said


def test_hostile_words_stay_words():
    bad = "<script>alert(1)</script>\" onload='x'"
    charter = charters.charter(*USUAL)
    people = tuple(replace(each, name=bad) for each in charter.assignments.people)
    charter = replace(charter, assignments=replace(charter.assignments, people=people))
    picture = charter_picture.draw(charter, coverage.Coverage(hubs=()), REEF, bad)
    assert "<script" not in page(picture)
    assert "onload='" not in page(picture)


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_small_and_brings_no_scripts_or_styles_of_its_own(language):
    with translation.override(language):
        text = svg(drawn(GAPPY, MAIN, **GAPS))
    assert len(text.encode()) < 14_000
    assert "<script" not in text
    assert "style" not in text


def test_numbers_in_the_drawing_are_the_same_in_every_language():
    with translation.override("de"):
        text = svg(drawn(GAPPY, MAIN, **GAPS))
    assert "scale(1.375)" in text
    assert not re.search(r'(?:x|y|width|height|viewBox|cx|cy)="[^"]*[,.]', text)


def test_every_text_of_the_shipped_model_is_known_to_the_catalogues():
    of = reading.default()
    texts = {of.title}
    texts |= {text for team in of.teams for text in (team.title, team.meaning)}
    texts |= {text for area in of.areas for text in (area.title, area.goal, area.breakdown, area.without_roles)}
    texts |= {text for duty in of.responsibilities for text in (duty.title, duty.meaning)}
    texts |= {text for role in of.roles for text in (role.title, role.meaning, role.filled_by)}
    texts |= {kind.meaning for kind in of.evidence}
    texts |= {permission.meaning for permission in Permission}
    assert set(responsibility_words.TEXTS) == texts - {""}


# Where it is.

WORDS = st.text(st.sampled_from("aeinst WMß漢語ש-,■é́"), min_size=1, max_size=70)
FEW = st.integers(0, 5)


@st.composite
def models(draw):
    """Any model: more teams, areas and roles than usual, and titles of any length."""
    teams = [
        Team(
            id=f"t{n}",
            title=draw(WORDS),
            meaning="",
            side=draw(st.sampled_from(Side)),
            works_with=tuple(f"t{other}" for other in draw(st.sets(st.integers(0, 5)))),
        )
        for n in range(draw(st.integers(1, 6)))
    ]
    areas = [
        Area(
            id=f"a{n}",
            title=draw(WORDS),
            goal=draw(WORDS),
            carried_by=draw(st.sampled_from(Share)),
            breakdown="",
            team=draw(st.sampled_from(teams)).id,
            without_roles=draw(st.one_of(st.just(""), WORDS)),
        )
        for n in range(draw(st.integers(1, 7)))
    ]
    duties = [
        Responsibility(id=f"{area.id}-{n}", title=draw(WORDS), meaning="", area=area.id)
        for area in areas
        for n in range(draw(FEW))
    ]
    roles = [
        Role(
            id=f"r{n}",
            title=draw(WORDS),
            meaning="",
            team=draw(st.sampled_from(teams)).id,
            filled_by="",
            sides=tuple(Side),
            widest=Reach.FLEET,
            responsibilities=tuple(duty.id for duty in duties if draw(st.booleans())),
            appointed_with=(),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    return Model(
        title="",
        areas=tuple(areas),
        responsibilities=tuple(duties),
        roles=tuple(roles),
        teams=tuple(teams),
        evidence=(),
        numbers=reading.default().numbers,
        founding_role="r0",
    )


@st.composite
def pictures(draw):
    """Any model with any people."""
    of = draw(models())
    people = [Person(id=f"p{n}", name=draw(WORDS)) for n in range(draw(FEW))]
    given_roles = [
        Assignment(person=who.id, role=draw(st.sampled_from(of.roles)).id, side=draw(st.sampled_from(Side)))
        for who in people
    ]
    assignments = Assignments(people=tuple(people), given=tuple(given_roles))
    charter = Charter(model=of, assignments=assignments, now=NOW)
    hubs = tuple(coverage.HubFacts(place=Place(community="reef", hub=f"h{n}")) for n in range(draw(FEW)))
    covered = coverage.cover(charter, coverage.Facts(hubs=hubs))
    return charter_picture.draw(charter, covered, REEF, draw(WORDS))


def meeting(boxes):
    return [(a, b) for a, b in itertools.combinations(boxes, 2) if a.meets(b)]


@settings(deadline=None, max_examples=120)
@given(pictures())
def test_nothing_lies_over_anything_else_and_all_stays_inside(picture):
    for part in picture.parts:
        texts = [line.box for line in part.lines]
        windows = [window.box for window in part.windows]
        assert not meeting(texts + windows)
        assert not meeting(part.sheets)
        for box in (*texts, *windows, *part.sheets):
            assert part.box.holds(box)
            assert all(sheet.holds(box) or not sheet.meets(box) for sheet in part.sheets)
    for arrangement in (picture.wide, picture.narrow):
        whole = Box(x=0, y=0, width=arrangement.width, height=arrangement.height)
        boxes = [placed.box for placed in arrangement.placed] + [line.box for line in arrangement.lines]
        assert not meeting(boxes)
        assert all(whole.holds(box) for box in boxes)
        assert all(0 <= x <= whole.width and 0 <= y <= whole.height for x, y in arrangement.ends)


@settings(deadline=None, max_examples=60)
@given(pictures())
def test_all_of_the_model_is_drawn(picture):
    """Each responsibility has a window in the house and one on a sheet, and every word of it is written."""
    found = [row for area in picture.account.areas for row in area.rows]
    windows = [window for part in picture.parts if part.name != "legend" for window in part.windows]
    assert sorted(window.standing for window in windows) == sorted([row.standing for row in found] * 2)
    written = "".join(line.text for part in picture.parts for line in part.lines).replace(" ", "")
    for row in found:
        assert row.title.replace(" ", "") in written


@given(WORDS, st.sampled_from(Kind), st.integers(40, 400))
def test_a_wrapped_text_fits_its_measure_and_loses_no_letter(text, kind, measure):
    lines = typesetting.wrap(text, kind, measure)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(typesetting.width(line, kind) <= measure for line in lines)


def test_with_two_teams_on_different_sides_the_line_between_them_is_drawn_once():
    picture = drawn(charters.charter(*USUAL), MAIN)
    assert len(picture.wide.links) == len(picture.narrow.links) == 4
    assert len(set(picture.wide.links)) == 4


# What a browser makes of it.

SHEET = Path(commonhub.portal.__file__).parent / "static/portal/charter.css"
FONTS = ["DejaVu Sans, sans-serif", "serif", "Liberation Sans, Arial, sans-serif"]
LENGTHS = """() => [...document.querySelectorAll("g > text")].map(e => [e.textContent, e.className.baseVal,
    e.getComputedTextLength()])"""


@pytest.mark.browser
def test_no_text_is_wider_in_a_browser_than_was_reckoned():
    sheet = SHEET.read_text(encoding="utf-8")
    shown = page(drawn(GAPPY, MAIN, **GAPS)).replace("<defs>", "").replace("</defs>", "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for font in FONTS:
            tab = browser.new_page()
            tab.set_content(
                f"<style>{sheet} svg {{ font: 13px {font} }} :root {{ --sans: {font}; --serif: {font} }}</style>{shown}"
            )
            lengths = tab.evaluate(LENGTHS)
            assert len(lengths) > 60
            for text, name, length in lengths:
                assert length <= typesetting.width(text, Kind(name.removeprefix("ct-"))) + 1, (font, text, name)
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "shown", "hidden"), [(1200, "wide", "narrow"), (320, "narrow", "wide")])
def test_one_of_the_two_arrangements_is_shown_and_fits(width, shown, hidden):
    sheet = SHEET.read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": width, "height": 700})
        tab.set_content(f"<style>{sheet} body {{ margin: 0 20px }}</style>{page(drawn(GAPPY, MAIN, **GAPS))}")
        assert tab.locator(f".charter-{shown}").is_visible()
        assert not tab.locator(f".charter-{hidden}").is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
