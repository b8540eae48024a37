"""The pages of changes in a real browser: for everybody, on a phone, without scripts; and how much they weigh."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone

import charter_stage
from changes import folder_stage
from commonhub.changes import models, seen
from commonhub.fleet import history
from commonhub.hubs import models as hub_models
from commonhub.rollouts import stages
from portal.pages import changing, conftest, driving, reading

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MAIN = "communities/reef/hubs/main.yaml"
ELSEWHERE = "quay.io/others/analysis:1"
NEXT = "quay.io/reef/analysis:2026-02"
MOST = 50_000  # bytes of a first view


def play(keeper, root) -> dict[str, int]:
    """A month of changes: made, waiting, in conflict, undone, by an editor, in an emergency, rolling out and back."""
    folder, now = changing.open_rooms(keeper, root), timezone.now()
    seen.turn(folder, now=now)
    found = {}
    found["waits"] = changing.propose(
        folder,
        "dan",
        "More memory for the field school",
        hub="reef/main",
        memory="32G",
        memory_guarantee="24G",
        cpu=8,
        home_quota="300G",
        why="Sixty students compute their maps with the new model in March, and with 4 GB each of them ends.",
    )
    found["raw"] = changing.propose(
        folder, "carol", "A raw value", files={MAIN: folder_stage.text(folder, MAIN) + "extra: {a: 1}\n"}
    )
    found["conflict"] = changing.propose(folder, "dan", "Their image", hub="reef/main", image=ELSEWHERE)
    found["made"] = changing.propose(folder, "dan", "Image of February", hub="reef/main", image=NEXT)
    changing.do(folder, "carol", "agree", number=found["conflict"])
    text = folder_stage.text(folder, MAIN) + "core: {}\n"
    found["emergency"] = changing.propose(folder, "dan", "Let people in again", hub="reef/main", files={MAIN: text})
    changing.do(folder, "alice", "bypass", number=found["emergency"], because="Nobody can sign in since nine.")
    found["undone"] = changing.propose(folder, "dan", "A better title", hub="reef/main", title="Corals")
    changing.do(folder, "dan", "undo", number=found["undone"], because="It was better before.")
    folder_stage.by_hand(
        folder,
        folder_stage.put(folder, "communities/reef/hubs/lab.yaml", ["extra"], {"a": 1}),
        who=history.Person(name="Carol M.", email="carol@example.org"),
        why="Try a value",
    )
    seen.turn(folder, now=now)
    found["editor"] = models.Change.objects.latest("pk").pk
    good = changing.seen(None, "Signed in, started a server, ran a notebook, and stopped it.")
    bad = changing.seen("start", "The server did not start: its image has no jupyterhub-singleuser.", "new")
    hubs = [
        {"hub_id": "reef/lab", "reached": now, "because": "staging: tried first", "verdict": good},
        {"hub_id": "reef/main", "cohort": 1, "because": "quiet"},
        {"hub_id": "mtengo/main", "cohort": 2, "because": "others wait for these"},
    ]
    changing.rollout(now, hubs, change=found["made"], title="Image of February")
    back = [hubs[0] | {"verdict": bad, "back": good}, hubs[1]]
    ended = {"state": stages.State.BACK, "phase": stages.Phase.ENDED, "ended": now, "reason": bad["words"]}
    found["back"] = changing.rollout(now, back, commit="c" * 40, **ended).pk
    changing.look(folder)
    menu = [
        {"title": "Small", "memory": {"limit": "2G"}, "cpu": {"limit": 1}},
        {"title": "Advanced", "image": NEXT, "memory": {"limit": "16G"}, "groups": ["advanced"]},
    ]
    lab = hub_models.HubRecord.objects.get(pk="reef/lab")
    lab.settings |= {"menu": menu}
    lab.save()
    return found


def paths(found: dict[str, int]) -> dict[str, list[str]]:
    """Who looks at what."""
    of = {name: f"/changes/{number}" for name, number in found.items()}
    return {
        "alice": ["/changes", of["emergency"], of["editor"], of["made"], f"/rollouts/{found['back']}", "/fleet"],
        "carol": ["/", "/communities/reef/change", of["waits"], of["raw"], "/changes?community=reef&state=open"],
        "dan": ["/hubs/reef/main/change", "/hubs/reef/main", of["conflict"], of["undone"], of["waits"]],
    }


@pytest.fixture(scope="module")
def browser():
    with driving.chromium() as running:
        yield running


@pytest.fixture
def found(transactional_db, keeper, tmp_path) -> dict[str, int]:
    conftest.fill()
    return play(keeper, tmp_path)


@pytest.fixture
def portal(browser, found):
    with driving.served(browser) as address:
        yield address


def preview(page, address: str) -> None:
    """A preview of a larger and another server, by the form in English."""
    page.goto(f"{address}/hubs/reef/main/change")
    page.get_by_label("Image", exact=True).fill(ELSEWHERE)
    page.get_by_label("Memory of each server, surely").fill("8G")
    page.get_by_label("Memory of each server, at most").fill("16G")
    page.get_by_role("button", name="See what it would do").first.click()
    assert page.get_by_role("heading", level=1).text_content() == "This is what it would do"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_changes_keeps_anybody_out(browser, portal, found, scheme):
    for who, where in paths(found).items():
        page = driving.enter(browser, portal, who, color_scheme=scheme)
        for path in [*where, "preview"]:
            preview(page, portal) if path == "preview" else page.goto(portal + path)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            report = Axe().run(page)
            assert not report.violations_count, f"{who} {path}: {report.generate_report()}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_page_of_changes_scrolls_sideways_on_a_small_phone(browser, portal, found, language):
    models.Change.objects.update(title="Donaudampfschifffahrtsgesellschaftskapitaensarchivspeicher")
    for who, where in paths(found).items():
        page = driving.enter(browser, portal, who, language=language, viewport={"width": 320, "height": 640})
        for path in where:
            page.goto(portal + path)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            wide = page.evaluate("""
                [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                  .map(e => e.outerHTML.slice(0, 200))
            """)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{who} {path}: {wide[-1:]}"


def test_a_representative_agrees_on_a_phone_with_the_price_before_her(browser, portal, found):
    """From her duties, without scripts, without scrolling for the button."""
    phone = {"width": 390, "height": 844}
    carol = driving.enter(browser, portal, "carol", viewport=phone, java_script_enabled=False)
    carol.goto(portal)
    carol.get_by_role("link", name=re.compile("Agree, or say why not.*More memory for the field school")).click()
    agree = carol.get_by_role("button", name="Agree", exact=True)
    box = agree.bounding_box()
    assert box["y"] + box["height"] < phone["height"]
    lead = carol.locator(".lead")
    assert re.search(r"About [\d.]+ EUR a month more", lead.text_content())
    assert lead.bounding_box()["y"] < box["y"]
    agree.click()
    assert "It is made" in carol.locator(".lead").text_content()
    assert models.Change.objects.get(pk=found["waits"]).state == "committed"


def test_an_administrator_rolls_an_image_forward_and_back_without_scripts(browser, portal, found):
    dan = driving.enter(browser, portal, "dan", java_script_enabled=False)
    dan.goto(f"{portal}/hubs/reef/main")
    dan.get_by_role("link", name="Change something").click()
    dan.get_by_label("Image", exact=True).fill("quay.io/reef/analysis:2026-03")
    dan.get_by_role("button", name="See what it would do").first.click()
    dan.get_by_label("In a few words").fill("Image of March")
    dan.get_by_role("button", name="Do it").click()
    assert dan.get_by_role("heading", level=1).text_content() == "Image of March"
    dan.get_by_text("Undo it", exact=True).click()
    dan.get_by_role("button", name="Undo this change").click()
    assert "Undo change" in dan.get_by_role("heading", level=1).text_content()
    assert models.Change.objects.latest("pk").state == "committed"


def test_every_page_of_changes_is_light(found, static_files):
    weights = {}
    for who, where in paths(found).items():
        client = Client()
        client.force_login(charter_stage.person(who))
        for path in where:
            answer = client.get(path)
            weights[who, path] = reading.weight(answer, static_files)
            assert reading.faults(answer) == [], path
    assert max(weights.values()) <= MOST, weights
