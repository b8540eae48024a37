"""The pages of people and responsibility in a real browser: for everybody, on a phone, by keyboard, without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from commonhub.communities import models
from portal.pages import conftest, day, driving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = {
    "alice": ["/", "/people", "/people/eve", "/hubs/reef/main"],
    "carol": [
        "/",
        "/communities/reef",
        "/communities/reef/responsibility",
        "/communities/reef/groups?group=field-school",
        "/hubs/reef/main/access",
        "/hubs/reef/main/access?removed=1",
        "/people/carol",
        "/asks/2",
    ],
    "dan": [
        "/hubs/reef/main",
        "/hubs/reef/main/access",
        "/hubs/reef/main/access/people/eve/remove",
        "/hubs/reef/main/access/import",
        "/people/eve?permission=person:add&place=reef/main",
        "/audit",
        "/may?permission=server:open&community=reef&hub=main&subject=eve",
        "/hubs/mtengo/main",
    ],
    "eve": ["/", "/hubs/reef/main", "/communities/reef", "/responsibility", "/help", "/people/eve"],
    "mallory": ["/", "/hubs/reef/main/join", "/hubs/reef/lab/join"],
}


@pytest.fixture(scope="module")
def browser():
    with driving.chromium() as running:
        yield running


@pytest.fixture
def portal(browser, transactional_db, keeper):
    """The portal after a day's work."""
    conftest.fill()
    day.play(timezone.now())
    with driving.served(browser) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(browser, portal, scheme):
    for who, paths in PAGES.items():
        page = driving.enter(browser, portal, who, color_scheme=scheme)
        for path in paths:
            page.goto(portal + path)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found = Axe().run(page)
            assert not found.violations_count, f"{who} {path}: {found.generate_report()}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_page_scrolls_sideways_on_a_small_phone(browser, portal, language):
    long = "Donaudampfschifffahrtsgesellschaftskapitaensarchiv"
    models.Person.objects.filter(handle="amara").update(name=long, email=f"{long}@example.org")
    models.Community.objects.filter(name="reef").update(title=long)
    for who, paths in PAGES.items():
        page = driving.enter(browser, portal, who, language=language, viewport={"width": 320, "height": 640})
        for path in paths:
            page.goto(portal + path)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            wide = page.evaluate("""
                [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                  .map(e => e.outerHTML.slice(0, 200))
            """)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{who} {path}: {wide[-1:]}"


def test_a_day_goes_by_without_scripts(browser, portal):
    """Refused, asked, seen by the one who can, answered, told: with no script at all."""
    eve = driving.enter(browser, portal, "eve", java_script_enabled=False)
    eve.goto(f"{portal}/communities/reef")
    eve.get_by_label("What you would like, in your words").fill("May I see how our hub does?")
    eve.get_by_role("button", name="Ask them").click()
    assert "Your request is kept." in eve.get_by_role("status").text_content()
    bob = driving.enter(browser, portal, "bob", java_script_enabled=False)
    bob.goto(portal)
    bob.get_by_role("link", name=re.compile("Answer.*Eve Banda asks you")).click()
    bob.get_by_label("A word to them").fill("Here is a picture.")
    bob.get_by_role("button", name="It is done").click()
    eve.goto(portal)
    assert eve.get_by_text("Bob Lindqvist did what you asked for").first.is_visible()


def test_the_keyboard_reaches_every_act_of_the_access_page(browser, portal):
    page = driving.enter(browser, portal, "dan")
    page.goto(f"{portal}/hubs/reef/main/access")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.get_by_role("button", name="Let in", exact=True).press("Enter")
    assert page.get_by_role("status").text_content() == "Mallory may use it now."


def test_everything_to_press_is_large_enough_for_a_thumb(browser, portal):
    for who, paths in PAGES.items():
        page = driving.enter(browser, portal, who, viewport={"width": 375, "height": 700})
        for path in paths:
            page.goto(portal + path)
            small = page.evaluate("""
                [...document.querySelectorAll("button, input:not([type=checkbox]), select, summary, .step a, .c-act a")]
                  .filter(e => e.offsetParent && e.type != "hidden" && e.getBoundingClientRect().height < 24)
                  .map(e => e.outerHTML)
            """)
            assert small == [], f"{who} {path}"
