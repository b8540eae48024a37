"""The whole story in a real browser: the engineer's portal, a hub that wakes, a student's notebook."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright import async_api

from journeys.stage import Stage, hub_file, wait_until

pytestmark = [pytest.mark.hubs, pytest.mark.browser]

ARGUMENTS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SILENT = "--disable-component-update --disable-sync"
RESULTS = Path(__file__).parents[2] / "test-results"
PATIENCE = 60_000  # milliseconds
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, "id": name}
        for name, source in (
            ("one", "heights = [3, 1, 4, 1, 5]"),
            ("two", "open('tide.txt', 'w').write('high at noon')"),
            ("three", "print('the mean is', sum(heights) / len(heights))"),
        )
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
async def browser() -> AsyncIterator[async_api.Browser]:
    async with async_api.async_playwright() as playwright:
        found = shutil.which("chromium") or "/usr/bin/chromium"
        browser = await playwright.chromium.launch(executable_path=found, args=f"{ARGUMENTS} {SILENT}".split())
        yield browser
        await browser.close()


async def seen(page: async_api.Page, name: str) -> None:
    """Keep a picture of what is seen, for people."""
    RESULTS.mkdir(exist_ok=True)
    await page.screenshot(path=RESULTS / f"{name}.png")


async def engineer(browser: async_api.Browser, stage: Stage, **options: object) -> async_api.Page:
    """The page of the fleet, with Alice signed in by hand."""
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(f"{stage.portal}/fleet")
    await page.get_by_label("Name", exact=True).fill("alice")
    await page.get_by_label("Password", exact=True).fill(stage.first_password())
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Stage").wait_for()
    return page


async def student(page: async_api.Page, stage: Stage, hub: str) -> None:
    """Sign in on a hub's own page as Eve."""
    password = json.loads(stage.hub("login", hub, "--json").stdout)["user_password"]
    await page.get_by_label("Username:").fill("eve")
    await page.get_by_label("Password:").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def place_notebook(page: async_api.Page, origin: str) -> None:
    """Put a notebook into the home through the contents API, with the browser's own cookies."""
    script = """async ([base, content]) => {
        const token = document.cookie.split("; ").find(c => c.startsWith("_xsrf="))?.slice(6);
        const answer = await fetch(`${base}user/eve/api/contents/tide.ipynb`, {method: "PUT",
            headers: {"X-XSRFToken": token, "Content-Type": "application/json"},
            body: JSON.stringify({type: "notebook", format: "json", content})});
        return answer.status;
    }"""
    assert await page.evaluate(script, [origin, NOTEBOOK]) == 201


async def test_an_engineer_opens_a_hub_and_a_student_runs_a_notebook_there(
    town: Stage, browser: async_api.Browser
) -> None:
    town.hub("sleep", "reef")
    page = await engineer(browser, town, viewport={"width": 1280, "height": 800})
    await page.get_by_role("link", name="Reef lab", exact=True).click()
    await page.get_by_text("It has no process and uses no memory.").wait_for()
    await seen(page, "hub-asleep")
    await page.locator(".address a").click()
    await page.get_by_label("Username:").wait_for()  # the click woke the hub
    assert town.state_of("reef/main")["state"] == "awake"
    await student(page, town, "reef/main")
    origin = f"http://reef.localhost:{town.port}/"
    await page.wait_for_url(f"{origin}user/eve/lab**")
    await page.locator("#jp-main-dock-panel").wait_for()
    await place_notebook(page, origin)
    await page.goto(f"{origin}user/eve/lab/tree/tide.ipynb")
    await page.locator(".jp-Notebook .jp-Cell").nth(2).wait_for()
    await page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    await page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    await page.locator(".jp-OutputArea-output").get_by_text("the mean is 2.8").wait_for()
    await seen(page, "lab")
    await restart_by_the_control_panel(page, origin)
    await page.goto(f"{origin}user/eve/lab/tree/tide.txt")
    await page.locator(".cm-content").get_by_text("high at noon", exact=True).wait_for()
    wait_until(lambda: bool(town.state_of("reef/main")["servers"]), "eve is on the hub")
    await page.goto(f"{town.portal}/hubs/reef/main")
    await page.get_by_role("rowheader", name="eve").wait_for()
    await seen(page, "hub-awake")
    await page.goto(f"{town.portal}/fleet")
    await page.get_by_role("row").filter(has_text="Reef lab").get_by_text("awake").wait_for()
    async with town.visitor("reef/main", "eve") as eve:
        await eve.enter()
        await eve.stop()


async def restart_by_the_control_panel(page: async_api.Page, origin: str) -> None:
    """As a student does it: stop, wait, start."""
    await page.goto(f"{origin}hub/home")
    await page.get_by_role("button", name="Stop My Server").click()
    start = page.get_by_role("button", name=re.compile("Start My Server"))
    await start.wait_for()
    await start.click()
    await page.wait_for_url(f"{origin}user/eve/lab**")


async def test_on_a_phone_without_scripts_the_engineer_puts_a_hub_to_sleep_and_wakes_it(
    town: Stage, browser: async_api.Browser
) -> None:
    town.hub("wake", "class")
    page = await engineer(browser, town, viewport={"width": 375, "height": 667}, java_script_enabled=False)
    await seen(page, "phone")
    await page.get_by_role("link", name="Statistics", exact=True).click()
    await page.get_by_role("button", name=re.compile("Sleep|sleep")).click()
    await page.get_by_role("status").wait_for()
    wait_until(lambda: town.state_of("class/main")["state"] == "asleep", "it sleeps")
    await page.goto(f"{town.portal}/hubs/class/main")
    await page.get_by_role("button", name="Wake").click()
    wait_until(lambda: town.state_of("class/main")["state"] == "awake", "it wakes")
    await page.goto(f"{town.portal}/hubs/class/main")
    await page.get_by_text("It answers its visitors.").wait_for()
    await seen(page, "phone-hub")


async def test_twelve_hubs_woken_at_once_show_their_places_and_then_their_pages(
    stages: Callable[..., Stage], browser: async_api.Browser
) -> None:
    count = 12
    stage = stages(hubs={f"c{number}/main": hub_file(f"Hub {number}", egress="none") for number in range(count)})
    one = {min(os.sched_getaffinity(0))}
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, one)  # on one core the queue lets two hubs wake at a time
    try:
        stage.up()
    finally:
        os.sched_setaffinity(0, before)
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE)
    pages = [await context.new_page() for _ in range(count)]
    first = await asyncio.gather(
        *(page.goto(f"http://c{n}.localhost:{stage.port}/hub/login") for n, page in enumerate(pages))
    )
    waiting = [page for page, answer in zip(pages, first, strict=True) if answer and answer.status == 503]
    for page in waiting:  # on a slow machine most; on a fast one each hub is awake before its visitor grows impatient
        await seen(page, "waiting")
    await asyncio.gather(*(page.get_by_label("Username:").wait_for() for page in pages))
    assert [hub["state"] for hub in stage.status()["hubs"]] == ["awake"] * count
