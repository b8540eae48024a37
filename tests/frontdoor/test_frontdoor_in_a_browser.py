"""What a person sees at the front door, in a real browser."""

import asyncio

import doorstage
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright import async_api

from commonhub.frontdoor import reception
from commonhub.ground import errors

pytestmark = [pytest.mark.browser, pytest.mark.hubs]

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture
async def browser():
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


async def test_the_waiting_page_goes_on_to_the_hub_by_itself(state_folder, browser):
    async with doorstage.stage(state_folder, "reef", limits=reception.Limits(patience=0.2)) as stage:
        awake = asyncio.Event()
        hub = stage.hubs["c/reef"]
        hub.ready = awake.wait
        page = await browser.new_page(locale="de")
        first = await page.goto(f"http://reef.localhost:{stage.port}/lab/tree?x=1")
        assert first.status == 503
        assert await page.get_by_role("status").inner_text() == "Er wacht gerade auf."
        awake.set()
        await page.get_by_text('"path": "/lab/tree?x=1"').wait_for(timeout=60_000)
        await page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_the_door_is_accessible(state_folder, browser, scheme):
    limits = reception.Limits(patience=0.1)
    async with doorstage.stage(state_folder, "reef", "bad", "down", limits=limits, with_portal=True) as stage:
        stage.hubs["c/reef"].ready = asyncio.Event().wait
        stage.hubs["c/bad"].refusal = errors.UnavailableError("It fell over.", "See its log.")
        await stage.table.add_route("/down.localhost", "http://127.0.0.1:1")
        for host, title in (
            ("reef.localhost", "This hub is waking up"),
            ("bad.localhost", "This hub could not be woken"),
            ("nobody.localhost", "There is no hub at this address"),
            ("localhost", "The portal is starting"),
            ("down.localhost", "No answer at the moment"),
        ):
            # JavaScript for the checker alone: the pages themselves allow none.
            page = await browser.new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
            await page.goto(f"http://{host}:{stage.port}/lab")
            assert await page.title() == title
            found = await Axe().run(page)
            # The page that waits reloads itself: it would be of no use otherwise (WCAG 2.2.1, "essential").
            faults = [each for each in found.response["violations"] if each["id"] != "meta-refresh"]
            assert faults == []
            await page.close()
