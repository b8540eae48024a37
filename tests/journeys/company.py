"""The cast in real browsers: one browser, one context a person, all kept for a whole story."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright import async_api

from commonhub.fleet import history
from journeys.village import Village, password_of

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
RESULTS = Path(__file__).parents[2] / "test-results" / "six-people"
PATIENCE = 45_000  # milliseconds; a limit against hanging, not a measure


async def launch(playwright: async_api.Playwright) -> async_api.Browser:
    """Chromium, as the tests use it."""
    found = shutil.which("chromium") or "/usr/bin/chromium"
    return await playwright.chromium.launch(executable_path=found, args=ARGUMENTS.split())


@dataclass(kw_only=True)
class Company:
    """The people at one running fleet."""

    village: Village
    browser: async_api.Browser
    pages: dict[str, async_api.Page] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # what one person handed to another
    stations: int = 0

    async def page(self, who: str) -> async_api.Page:
        """The page of one person, who may not be signed in yet."""
        if who not in self.pages:
            context = await self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
            context.set_default_timeout(PATIENCE)
            self.pages[who] = await context.new_page()
        return self.pages[who]

    async def at(self, who: str, path: str) -> async_api.Page:
        """The person's page, at an address of the portal."""
        page = await self.page(who)
        await page.goto(self.village.portal + path)
        return page

    async def enters(self, who: str, *, password: str = "") -> async_api.Page:
        """The person signs in at the portal by hand."""
        page = await self.at(who, "/")
        await sign_in(page, who, password or password_of(who))
        await page.get_by_role("button", name="Sign out").wait_for()
        return page

    async def takes(self, who: str, name: str, link: str, button: str) -> async_api.Page:
        """The person opens a link that they were handed, and takes their account."""
        page = await self.page(who)
        await page.goto(link)
        await page.get_by_label("What others call you").fill(name)
        handle = page.get_by_label("Handle")
        if await handle.is_editable():
            await handle.fill(who)
        await page.get_by_label("Password", exact=True).fill(password_of(who))
        await page.get_by_label("The password again").fill(password_of(who))
        await self.seen(who, "invitation")
        await page.get_by_role("button", name=button).click()
        await page.get_by_role("button", name="Sign out").wait_for()
        return page

    async def seen(self, who: str, station: str, *, whole: bool = True) -> None:
        """Keep a picture of what somebody sees, for people."""
        self.stations += 1
        RESULTS.mkdir(parents=True, exist_ok=True)
        await (await self.page(who)).screenshot(
            path=RESULTS / f"{self.stations:02}-{who}-{station}.png", full_page=whole
        )

    def newest_commit(self) -> history.Commit:
        """The newest commit of the fleet's folder."""
        return history.FleetRepository(self.village.stage.fleet).log(limit=1)[0]


async def sign_in(page: async_api.Page, who: str, password: str) -> None:
    """Fill in the portal's form of signing in."""
    await page.get_by_label("Name", exact=True).fill(who)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def until(true: Callable[[], Awaitable[bool]], what: str, *, within: float = 30.0) -> float:
    """Ask until it is so; the seconds that took."""
    begun = time.monotonic()
    while not await true():
        if time.monotonic() - begun > within:
            raise AssertionError(f"waited {within:.0f} s in vain: {what}")
        await asyncio.sleep(0.2)
    return time.monotonic() - begun
