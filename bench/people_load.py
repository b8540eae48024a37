"""An open loop of errands: each begins at a fixed moment, whether or not earlier ones are done.

The first request of an errand is timed from the moment at which it should have left, so that waiting is not forgotten;
each later one, such as a hub's exchange of a code, from the answer before it.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

PATIENCE = 20.0  # seconds; an answer that takes longer counts as this long


@dataclass(kw_only=True)
class Times:
    """Seconds of each kind of request, and how many were never answered."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0

    def add(self, other: "Times") -> None:
        """Take in another round's."""
        self.lost += other.lost
        for kind, seconds in other.taken.items():
            self.taken[kind] += seconds


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, as far as errands look at it."""

    text: str
    place: str
    cookies: Mapping[str, str]


@dataclass(kw_only=True)
class Walk:
    """One errand on its way: its requests one after the other, each checked and timed."""

    session: aiohttp.ClientSession
    due: float
    times: Times

    async def ask(
        self,
        kind: str,
        url: str,
        *,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
        status: int = 200,
        holds: str = "",
    ) -> Answer:
        """One request. Raises RuntimeError where the answer is not what it should be."""
        method = "GET" if form is None else "POST"
        try:
            async with self.session.request(
                method, url, data=form, headers=dict(headers), allow_redirects=False
            ) as answer:
                text = await answer.text()
        except TimeoutError:
            self.times.taken[kind].append(PATIENCE)
            self.times.lost += 1
            raise
        self.times.taken[kind].append(time.perf_counter() - self.due)
        if answer.status != status or holds not in text:
            raise RuntimeError(f"{kind}: {url} answered {answer.status}: {text[:300]!r}")
        self.due = time.perf_counter()
        cookies = {name: cookie.value for name, cookie in answer.cookies.items()}
        return Answer(text=text, place=answer.headers.get("Location", ""), cookies=cookies)


Errand = Callable[[Walk], Awaitable[object]]


def shuffled(shares: Mapping[Errand, int], seconds: int) -> list[Errand]:
    """Each errand so many times a second, for so many seconds, in an order that is the same in every run."""
    found = [errand for errand, times in shares.items() for _ in range(times * seconds)]
    random.Random(5).shuffle(found)
    return found


def run(connector: Callable[[], aiohttp.BaseConnector], errands: Sequence[Errand], *, a_second: float) -> Times:
    """All errands, so many begun a second; how long their requests took."""
    return asyncio.run(_run(connector, errands, a_second))


async def _run(connector: Callable[[], aiohttp.BaseConnector], errands: Sequence[Errand], a_second: float) -> Times:
    times = Times()
    async with aiohttp.ClientSession(
        connector=connector(), timeout=aiohttp.ClientTimeout(total=PATIENCE), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        begun = time.perf_counter() + 0.1

        async def one(number: int, errand: Errand) -> None:
            due = begun + number / a_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                await errand(Walk(session=session, due=due, times=times))
            except TimeoutError:
                return  # counted

        await asyncio.gather(*(one(number, errand) for number, errand in enumerate(errands)))
    return times
