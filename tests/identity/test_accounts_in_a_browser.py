"""Accounts in a real browser: passkeys with a virtual key, an invitation by hand, pages that everybody can read."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

import charter_stage
from commonhub.communities import invitations as links
from commonhub.portal import web
from identity.conftest import PASSWORD, noted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SHOTS = os.environ.get("COMMONHUB_TEST_SHOTS", "")
OWN = ["/account/", "/account/second-step", "/account/sessions", "/account/logins", "/account/password"]
WIDTHS = {"wide": {"width": 1100, "height": 900}, "phone": {"width": 320, "height": 700}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium as it is installed. Playwright runs a loop in this thread, which Django would take for its own."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def portal(chromium, transactional_db, settings, account_static) -> Iterator[str]:
    """The portal on loopback, with everybody in their place."""
    settings.STATIC_ROOT = account_static
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    charter_stage.fill(timezone.now())
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
        for context in chromium.contexts:
            context.close()
        server.shutdown()
        server.server_close()
        thread.join()
        connection.dec_thread_sharing()


def page_of(chromium: Browser, handle: str = "", address: str = "", **options) -> Page:
    """A page of a fresh browser; signed in by hand where a handle is given. What a policy refuses fails the test."""
    context = chromium.new_context(**options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]
    if handle:
        person = charter_stage.person(handle)
        person.set_password(PASSWORD)
        person.save()
        page.goto(f"{address}/sign-in")
        page.get_by_label("Name").fill(handle)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{address}/")
    return page


def virtual_key(page: Page):
    """A passkey device that agrees to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"identity-{name}.png"), full_page=True)


def test_a_passkey_is_added_and_then_opens_the_account_by_itself(chromium, portal):
    page = page_of(chromium, "eve", portal)
    virtual_key(page)
    page.goto(f"{portal}/account/second-step/passkeys/add")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("What you call it").fill("My laptop")
    shoot(page, "passkey-add")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Print this page")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    shoot(page, "recovery-codes")
    page.goto(f"{portal}/account/second-step")
    expect(page.get_by_role("link", name="My laptop", exact=True)).to_be_visible()
    shoot(page, "second-step")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{portal}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{portal}/")
    page.goto(f"{portal}/account/")
    expect(page.get_by_text("1 passkey")).to_be_visible()
    assert noted("session.begin")[-1].words == "Signed in by passkey."
    assert noted("second-step.add")
    assert page.complaints == []


def test_a_passkey_is_the_second_step_after_a_password(chromium, portal):
    page = page_of(chromium, "eve", portal)
    virtual_key(page)
    page.goto(f"{portal}/account/second-step/passkeys/add")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Let it sign me in").uncheck()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Print this page")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("eve")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{portal}/sign-in/second-step")
    shoot(page, "at-second-step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{portal}/")
    assert noted("session.begin")[-1].words == "Signed in by password and passkey."
    assert page.complaints == []


def test_a_newcomer_opens_an_invitation_by_hand_without_scripts(chromium, portal):
    code = links.invite(charter_stage.asker("dan"), "reef/main", now=timezone.now())[1]
    page = page_of(chromium, java_script_enabled=False)
    page.goto(f"{portal}/invitations/{code}")
    shoot(page, "invitation")
    page.get_by_label("What others call you").fill("Fred Juma")
    page.get_by_label("Handle").fill("fred")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account and join").click()
    page.wait_for_url(f"{portal}/joined/reef/main")
    shoot(page, "joined")
    assert charter_stage.person("fred").can_sign_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", WIDTHS)
def test_the_pages_of_an_account_are_for_everybody(chromium, portal, size, scheme):
    page = page_of(chromium, "alice", portal, viewport=WIDTHS[size], color_scheme=scheme)
    found = {}
    for path in OWN:
        page.goto(f"{portal}{path}")
        found |= look(page, f"{path} {size} {scheme}")
        shoot(page, f"{path.strip('/').replace('/', '-')}-{size}-{scheme}")
    page.goto(f"{portal}/account/second-step/app")
    page.get_by_label("Password").fill(PASSWORD)
    found |= look(page, "again")
    page.get_by_role("button", name="Go on").click()
    for path in ("/account/second-step/app", "/account/tokens"):
        page.goto(f"{portal}{path}")
        found |= look(page, f"{path} {size} {scheme}")
        shoot(page, f"{path.strip('/').replace('/', '-')}-{size}-{scheme}")
    door = page_of(chromium, viewport=WIDTHS[size], color_scheme=scheme)
    code = links.invite(charter_stage.asker("dan"), "reef/main", now=timezone.now())[1]
    for path in ("/sign-in", "/sign-in/forgotten", "/sign-in/closed", f"/invitations/{code}", "/invitations/none"):
        door.goto(f"{portal}{path}")
        found |= look(door, f"{path} {size} {scheme}")
        shoot(door, f"{path.strip('/').replace(code, 'open').replace('/', '-')}-{size}-{scheme}")
    assert found == {}
    assert page.complaints == []


def look(page: Page, name: str) -> dict[str, list[str]]:
    """What axe-core and a narrow screen say of a page; nothing where it is well."""
    faults = [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes']][:3]}"
        for each in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append("it is wider than the screen")
    return {name: faults} if faults else {}
