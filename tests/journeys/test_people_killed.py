"""Parts are killed while people's access changes and while they sign in: what was promised is done all the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cast import CAROL, EVE
from journeys import village
from journeys.guest import REFRESH, Guest, said
from journeys.stage import wait_until
from journeys.village import Village

pytestmark = [pytest.mark.hubs, pytest.mark.asyncio(loop_scope="module")]

REEF = "reef/main"
WITHIN = 45.0  # seconds: the keeper starts anew, finds its hubs, and ends what has to end


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[Village]:
    stage = village.stage()
    try:
        await asyncio.to_thread(stage.up)
        running = Village(stage=stage)
        await running.settle(CAROL)
        async with running.guest("carol") as carol:
            await carol.enter()
            await running.let_in(carol, REEF, EVE)
        yield running
    finally:
        await asyncio.to_thread(stage.close)


async def back(place: Village, part: str, before: object) -> None:
    """Wait until a killed part runs anew."""

    def is_back() -> bool:
        now = place.stage.parts().get(part)
        return now is not None and now != before and now.alive()

    await asyncio.to_thread(wait_until, is_back, f"{part} is back")


async def test_the_portal_dies_in_the_middle_of_a_sign_in_and_it_is_finished_with_the_next_one(place: Village) -> None:
    hub = place.hub(REEF)
    async with place.guest("eve") as eve:
        await eve.enter()
        await eve.at(hub)  # the hub is awake
        eve.session.cookie_jar.clear(lambda cookie: cookie["domain"].startswith("reef"))
        # Up to the redirect that carries the code, which the portal has made and the hub has not traded yet.
        url = hub + "hub/oauth_login"
        for _ in range(6):
            async with eve.session.get(url, allow_redirects=False) as answer:
                url = answer.headers.get("Location", "")
            if "code=" in url and "oauth_callback" in url:
                break
        assert "oauth_callback" in url, url
        before = place.stage.parts()["web"]
        place.stage.kill("web")
        async with eve.session.get(url, allow_redirects=False) as answer:
            text = await answer.text()
            assert "Traceback" not in text
            came = answer.status == 302
        await back(place, "web", before)
        if not came:  # what the person does: opens the hub once more
            status, url, text = await opens_again(eve, hub + "hub/home")
            assert status == 200, said(text)
            assert url.startswith(hub)
        visit = await eve.at(hub)
        assert (await visit.api("GET", "hub/api/user"))[1]["name"] == "eve"


async def opens_again(guest: Guest, address: str) -> tuple[int, str, str]:
    """Open a page until the portal answers again."""
    async with asyncio.timeout(WITHIN):
        while True:
            with contextlib.suppress(OSError):
                status, url, text = await guest.opens(address, "")
                if status < 500:
                    return status, url, text
            await asyncio.sleep(0.5)


async def test_people_at_work_stay_while_the_portal_is_away(place: Village) -> None:
    async with place.guest("eve") as eve:
        await eve.enter()
        visit = await eve.at(place.hub(REEF))
        before = place.stage.parts()["web"]
        place.stage.kill("web")
        for _ in range(5):
            assert (await visit.api("GET", "hub/api/user"))[0] == 200
            assert (await visit.page("hub/home"))[0] == 200
        await back(place, "web", before)
        await opens_again(eve, place.portal + "/")


async def test_a_removal_is_done_although_the_keeper_was_killed_before_it(place: Village) -> None:
    async with place.guest("carol") as carol, place.guest("eve") as eve:
        await carol.enter()
        await eve.enter()
        visit = await eve.at(place.hub(REEF))
        await visit.start()
        await visit.write("kept.txt", "through the removal")
        before = place.stage.parts()["keeper"]
        form = (await carol.page(f"/hubs/{REEF}/access/people/eve/remove"))[0]
        assert form == 200
        place.stage.kill("keeper")
        status, text = await carol.post(f"/hubs/{REEF}/access/people/eve/remove", because="The course is over.")
        assert status == 200, said(text)
        await back(place, "keeper", before)

        async def over() -> bool:
            token, _ = await visit.api("GET", "hub/api/user")
            server, _ = await visit.api("GET", "user/eve/api/status", allow_redirects=False)
            return token in {401, 403} and server != 200

        async with asyncio.timeout(WITHIN):
            while not await over():
                await asyncio.sleep(0.3)
        servers = await asyncio.to_thread(lambda: place.stage.state_of(REEF)["servers"])
        assert not servers
        status, _, text = await eve.opens(place.hub(REEF))
        assert (status, REFRESH.search(text)) == (403, None)
        assert [*(place.stage.state / "homes").rglob("kept.txt")]
