"""A person with an account at the portal, who speaks real HTTP there and at the hubs, as a script of theirs would."""

import asyncio
import re
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp

from journeys.visitor import PATIENCE, Loopback, Visitor

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
REFRESH = re.compile(r'http-equiv="refresh" content="\d+; ?url=([^"]+)"', re.IGNORECASE)
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


def session() -> aiohttp.ClientSession:
    """A browser's memory, without the browser."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Loopback(), force_close=True),
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=PATIENCE),
    )


@dataclass(kw_only=True)
class Guest:
    """One person at the portal. Use with `async with`."""

    portal: str  # without a slash at the end
    handle: str
    password: str
    session: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        self.session = session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def page(self, path: str, **options: Any) -> tuple[int, str]:
        """GET a page of the portal; status and text."""
        async with self.session.get(self.portal + path, **options) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, *, on: str = "/", **fields: Any) -> tuple[int, str]:
        """Send a form whose token against forged requests stands on the page `on`; status and text after redirects."""
        found = CSRF.search((await self.page(on))[1])
        data = fields | {"csrfmiddlewaretoken": found[1] if found else ""}
        async with self.session.post(self.portal + path, data=data, headers=self.from_here) as answer:
            return answer.status, await answer.text()

    @property
    def from_here(self) -> dict[str, str]:
        """What a browser says of where a form stood."""
        return {"Origin": self.portal, "Referer": self.portal + "/"}

    async def tries_to_enter(self) -> tuple[int, str]:
        """Send the form of the sign-in page."""
        return await self.post("/sign-in", on="/sign-in", login=self.handle, password=self.password)

    async def enter(self) -> Self:
        """Sign in at the portal."""
        status, text = await self.tries_to_enter()
        if status != 200 or 'name="password"' in text:
            raise AssertionError(f"{self.handle} could not sign in at the portal: {status} {said(text)}")
        return self

    async def takes(self, link: str, name: str) -> Self:
        """Take an account, or a place at a hub, by a link."""
        path = link.removeprefix(self.portal)
        words = {"name": name, "handle": self.handle, "password": self.password, "again": self.password}
        status, text = await self.post(path, on=path, **words)
        if status != 200:
            raise AssertionError(f"{self.handle} could not take an account: {status} {said(text)}")
        return self

    async def opens(self, hub_url: str, path: str = "hub/home") -> tuple[int, str, str]:
        """Open a page of a hub as a browser does, through waiting pages and the portal; status, address and text."""
        loop = asyncio.get_running_loop()
        until, url = loop.time() + PATIENCE, hub_url + path
        while loop.time() < until:
            async with self.session.get(url, headers={"Accept": "text/html"}) as answer:
                text, status, url = await answer.text(), answer.status, str(answer.url)
            onward = REFRESH.search(text)
            if status == 503:
                await asyncio.sleep(0.5)
            elif onward:
                url = urljoin(url, unescape(onward[1]))
            else:
                return status, url, text
        raise AssertionError(f"{hub_url} did not answer in time")

    async def at(self, hub_url: str) -> Visitor:
        """Sign in at a hub through the portal, and take a token there; the visit lives as long as this session."""
        status, url, text = await self.opens(hub_url)
        if status != 200 or not url.startswith(hub_url):
            raise AssertionError(f"{self.handle} is not let in at {hub_url}: {status} {url} {said(text)}")
        visit = Visitor(url=hub_url, name=self.handle, password=self.password)
        visit.session = self.session
        await visit.take_token()
        return visit


def said(page: str) -> str:
    """What a page says, without its tags, for the one who reads a failure."""
    main = page.partition("<main")[2].partition("</main>")[0] or page
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(main)).split())[:600]


def heading(page: str) -> str:
    """The first heading of a page."""
    found = TITLE.search(page)
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(found[1])).split()) if found else ""
