"""Signing in at a hub on another host, in a real browser, with the pages' own policy in force."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright

from identity import provider_stage as stage
from identity import provider_visitor as visitor

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SHORT = 2_000  # milliseconds in which a browser that may go on has gone on


class Hub(BaseHTTPRequestHandler):
    """A hub, as far as a browser sees it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><html lang=en><title>Hub</title><h1>A hub</h1>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Portal]:
    with stage.portal(tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture
def hub(portal: stage.Portal) -> Iterator[str]:
    """The address of a hub on a host of its own."""
    portal.act("renew")
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        home = f"http://127.0.0.1:{server.server_port}/"
        portal.act("move", hub="reef/main", uri=f"{home}hub/oauth_callback")
        yield home
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def asked(portal: stage.Portal, back: str, client_id: str = "hub.reef.main", scope: str = "openid profile") -> str:
    values = {
        "client_id": client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": scope,
        "code_challenge": visitor.proof().challenge,
        "code_challenge_method": "S256",
    }
    return f"/identity/o/authorize?{urlencode(values)}"


def sign_in(page: Page, handle: str) -> None:
    page.locator("main input[type=text], main input[name=username], main input[name=login]").first.fill(handle)
    page.locator("main input[type=password]").first.fill(visitor.PASSWORD)
    page.locator("main input[type=password]").first.press("Enter")


def violations(page: Page) -> str:
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""


def test_eve_signs_in_and_is_at_her_hub(portal: stage.Portal, hub: str, page: Page):
    page.goto(portal.base + asked(portal, f"{hub}hub/oauth_callback"))
    sign_in(page, "eve")
    page.wait_for_url(f"{hub}hub/oauth_callback?code=*")
    assert page.get_by_role("heading", name="A hub").is_visible()


def test_without_the_page_in_between_the_browser_would_stop_her(portal: stage.Portal, hub: str, page: Page):
    direct = asked(portal, f"{hub}hub/oauth_callback")
    page.goto(f"{portal.base}/sign-in?{urlencode({'next': direct})}")
    sign_in(page, "eve")
    with pytest.raises(Error, match="Timeout"):
        page.wait_for_url(f"{hub}**", timeout=SHORT)


def test_without_access_the_page_says_why_in_a_form_that_everybody_can_use(portal: stage.Portal, hub: str, page: Page):
    page.goto(portal.base + asked(portal, f"{hub}hub/oauth_callback"))
    sign_in(page, "mallory")
    page.get_by_role("button", name="Ask to join").wait_for()
    assert not violations(page)


def test_a_foreign_place_is_reached_after_agreeing(portal: stage.Portal, hub: str, page: Page):
    made = portal.act("register", uri=f"{hub}back", out=hub)
    page.goto(portal.base + asked(portal, f"{hub}back", made["client_id"]))
    sign_in(page, "eve")
    agree = page.get_by_role("button", name="Agree and go on")
    agree.wait_for()
    assert not violations(page)
    agree.click()
    page.wait_for_url(f"{hub}back?code=*")


def test_signing_out_at_a_hub_leads_back_to_it(portal: stage.Portal, hub: str, page: Page):
    page.goto(portal.base + asked(portal, f"{hub}hub/oauth_callback"))
    sign_in(page, "eve")
    page.wait_for_url(f"{hub}**")
    values = {"client_id": "hub.reef.main", "post_logout_redirect_uri": hub}
    page.goto(f"{portal.base}/identity/o/logout?{urlencode(values)}")
    assert not violations(page)
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(hub)
    page.goto(portal.base + asked(portal, f"{hub}hub/oauth_callback"))
    assert page.locator("main input[type=password]").count() == 1
