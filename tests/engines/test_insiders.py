"""Every engine keeps the promises about people inside hubs: in memory always, and with a real hub and its portal."""

import shutil
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from commonhub.engines import rehearsal
from commonhub.ground import clock as ground_clock
from engines import insiders
from engines.insiders import AT_PORTAL, HUB, hub
from engines.local import foreign_portal, hubs_with_people


class TestRehearsalInsiders(insiders.InsidersPromises):
    """In memory."""

    @pytest.fixture
    async def inhabited(self, clock: ground_clock.TurnedClock) -> insiders.Inhabited:
        on = rehearsal.RehearsalEngine(clock)

        async def prepare(hub_id: str = HUB, **settings) -> None:
            await on.ensure(hub(hub_id, **AT_PORTAL, **settings))

        async def visit(name: str, groups: Collection[str]) -> None:
            await on.wake(HUB)
            on.inside.visit(HUB, name, groups)

        async def may_open(owner: str, name: str) -> bool:
            return on.inside.may_open(HUB, owner, name)

        async def knows(name: str) -> bool:
            return name in on.inside._in(HUB).known

        await prepare()
        return insiders.Inhabited(on=on, now=clock, prepare=prepare, visit=visit, may_open=may_open, knows=knows)


@pytest.mark.hubs
class TestLocalInsiders(insiders.InsidersPromises):
    """On this machine."""

    @pytest.fixture
    async def lodge(self, state_folder: Path) -> AsyncIterator[hubs_with_people.Lodge]:
        if not shutil.which("bwrap"):
            pytest.skip("bubblewrap is not installed")
        async with hubs_with_people.lodge_in(state_folder) as made:
            yield made

    @pytest.fixture
    async def inhabited(self, lodge: hubs_with_people.Lodge, request) -> insiders.Inhabited:
        members: dict[str, foreign_portal.Member] = {}

        async def visit(name: str, groups: Collection[str]) -> None:
            await lodge.wake()
            members[name] = await lodge.arrive(name, *groups)

        async def may_open(owner: str, name: str) -> bool:
            # The server believes for a while what it was told of a token, so each look has a token of its own.
            await members[name].page("hub/home")
            await members[name].take_token()
            status, _ = await members[name].api("GET", f"user/{owner}/api/contents")
            return status == 200

        async def knows(name: str) -> bool:
            await lodge.keeping.engine.roads.repair()
            by_token, _ = await members[name].api("GET", "hub/api/user")
            by_cookie, _ = await members[name].page("hub/home", allow_redirects=False)
            return (by_token, by_cookie) == (200, 200)

        if "without_a_name" not in request.node.name:
            await lodge.prepare()
        return insiders.Inhabited(
            on=lodge.keeping.engine,
            now=ground_clock.system_clock,
            prepare=lodge.prepare,
            visit=visit,
            may_open=may_open,
            knows=knows,
        )
