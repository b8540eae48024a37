"""The pages in a real browser: usable by everybody, in light and dark, on a phone, and with a script that only helps."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

import charter_stage
from commonhub.hubs import models
from commonhub.portal import people, waiting, web

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SILENT = "--disable-component-update --disable-sync"
PAGES = [
    "/",
    "/fleet",
    "/fleet?q=reef&sort=-people",
    "/fleet?q=nothing",
    "/hubs/reef/main",
    "/hubs/delta/water",
    "/hubs/upland/soil",
]
PAGES += ["/communities/reef", "/help", "/nothing", "/fleet?fresh=10"]
PASSWORD = "a-long-password"


@pytest.fixture(scope="module")
def browser():
    """Chromium as it is installed. Playwright runs a loop in this thread, which Django would take for its own."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=f"{QUIET} {SILENT}".split())
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def portal(browser, transactional_db) -> Iterator[str]:
    """The address of the portal as it is shipped, on loopback, with the tests' own database.

    Not pytest-django's own: that one answers for static files itself, and these are to come from the portal.
    """
    connection = connections["default"]
    shared = {connection.alias: connection} if connection.is_in_memory_db() else {}
    server = ThreadedWSGIServer(("localhost", 0), WSGIRequestHandler, connections_override=shared)
    server.daemon_threads = False  # closing waits for the last answer
    server.set_app(web.application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    connection.inc_thread_sharing()
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        for context in browser.contexts:
            context.close()
        server.shutdown()
        server.server_close()
        thread.join()
        connection.dec_thread_sharing()


def sign_in(browser: Browser, address: str, **options) -> Page:
    """A page of a browser in which Alice, who keeps the fleet, has signed in by hand."""
    people.ensure_person(handle="alice", name="Alice Okafor", password=PASSWORD, now=timezone.now())
    charter_stage.appoint("alice", "site-reliability-engineer", side="service")
    context = browser.new_context(**options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name", exact=True).fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{address}/")
    return page


def violations(page: Page) -> str:
    """What axe finds wrong, in its words; empty where nothing is."""
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(browser, portal, fleet, keeper, scheme):
    models.HubRecord.objects.filter(pk="reef/course").update(state="waking")
    page = sign_in(browser, portal, color_scheme=scheme)
    for path in PAGES:
        page.goto(portal + path)
        assert not violations(page), path
    page.set_content(waiting.page("Reef hub").body.decode().replace('http-equiv="refresh"', ""))
    assert not violations(page), "waiting"
    page.context.clear_cookies()
    page.goto(f"{portal}/sign-in")
    assert not violations(page), "sign-in"


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_no_page_scrolls_sideways(browser, portal, fleet, keeper, width):
    long = "Donaudampfschifffahrtsgesellschaftskapitaensarchiv"
    models.HubRecord.objects.filter(pk="reef/main").update(title=long, url=f"https://{long}.example.org/")
    models.HubRecord.objects.get(pk="reef/main").servers.filter(user="eve").update(user=f"{long}@example.org")
    page = sign_in(browser, portal, viewport={"width": width, "height": 700})
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("button", name="English").wait_for()
    for path in PAGES:
        page.goto(portal + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_everything_to_press_is_large_enough(browser, portal, fleet, keeper):
    page = sign_in(browser, portal, viewport={"width": 375, "height": 700})
    for path in PAGES:
        page.goto(portal + path)
        small = page.evaluate("""
            [...document.querySelectorAll("button, input, nav a, thead a, tbody th a, .legend a, .foot a, .address a")]
              .filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)
        """)
        assert small == [], path


def test_the_keyboard_reaches_the_page_and_the_first_act(browser, portal, fleet, keeper):
    page = sign_in(browser, portal)
    page.goto(f"{portal}/hubs/upland/soil")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Wake").press("Enter")
    page.get_by_role("status").wait_for()
    assert page.get_by_role("status").text_content() == "Soil school was asked to wake."
    assert keeper.asked == [("wake", "upland/soil", "alice")]


def test_without_scripts_everything_works(browser, portal, fleet, keeper):
    page = sign_in(browser, portal, java_script_enabled=False)
    page.get_by_role("link", name="Fleet", exact=True).click()
    page.get_by_role("searchbox").fill("water")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Water archive", exact=True).click()
    page.get_by_role("button", name="Wake").click()
    assert page.get_by_role("status").text_content() == "Water archive was asked to wake."


def test_a_fresh_page_shows_the_change_and_leaves_the_reader_alone(browser, portal, fleet, keeper):
    page = sign_in(browser, portal)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.clock.install()
    page.goto(f"{portal}/hubs/upland/soil")
    page.get_by_role("link", name="Keep this page fresh").click()
    page.get_by_text("It has no process and uses no memory.").wait_for()
    # While somebody is at a control, nothing moves below their hands.
    page.get_by_role("button", name="Wake").focus()
    models.HubRecord.objects.filter(pk="upland/soil").update(state="awake")
    page.clock.run_for(11_000)
    assert page.get_by_role("button", name="Wake").is_visible()
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(11_000)
    page.get_by_text("It answers its visitors.").wait_for()
    assert problems == []


def test_times_are_in_the_readers_zone(browser, portal, fleet, keeper):
    page = sign_in(browser, portal, timezone_id="Africa/Blantyre", locale="en-GB")
    page.goto(f"{portal}/fleet")
    when = page.locator("tbody time").first
    moment = when.get_attribute("datetime")
    here = page.evaluate("m => new Date(m).toLocaleTimeString('en', {timeStyle: 'short'})", moment)
    assert here in when.get_attribute("title")
