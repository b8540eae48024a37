"""The promises of `engine.Insiders`, one suite for every engine."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonhub.engines import engine, probing, sign_on
from commonhub.fleet import desired
from commonhub.ground import errors
from engines.contract import HUB, hub

AT_PORTAL = {"login": desired.LoginKind.COMMONHUB}
ADMINISTRATORS, REPRESENTATIVES = sign_on.HUB_ADMINISTRATORS, sign_on.COMMUNITY_REPRESENTATIVES
State = engine.HubState
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOWHERE = probing.Door(url="http://reef.localhost:9/", connect=("127.0.0.1", 9))  # nobody listens there
HASTE = probing.Limits(answer=1.0, start=1.0, cell=1.0)


@dataclass(kw_only=True)
class Inhabited:
    """One engine with one hub, and how people come to it."""

    on: engine.Engine
    now: Callable[[], datetime]
    prepare: Callable[..., Awaitable[None]]
    visit: Callable[[str, Collection[str]], Awaitable[Any]]  # somebody signs in at the hub, with groups
    may_open: Callable[[str, str], Awaitable[bool]]  # whether the owner's server opens for somebody
    knows: Callable[[str], Awaitable[bool]]  # whether what somebody got at their sign-in is still good

    @property
    def inside(self) -> engine.Insiders:
        return self.on.inside

    async def running(self) -> set[str]:
        return {server.user for server in (await self.on.observe())[HUB].servers}

    async def state(self) -> engine.HubState:
        return (await self.on.observe())[HUB].state


class InsidersPromises:
    """Each engine's test class inherits these and gives a fixture `inhabited`."""

    async def test_a_hub_shows_the_portal_one_secret_of_its_own(self, inhabited: Inhabited):
        first = inhabited.inside.login_secret(HUB)
        assert len(first) >= 32
        await inhabited.prepare("marsh/main")
        assert inhabited.inside.login_secret("marsh/main") != first
        await inhabited.prepare(HUB, description="another")
        assert inhabited.inside.login_secret(HUB) == first

    async def test_a_person_who_ends_is_gone_from_the_hub(self, inhabited: Inhabited):
        for name in ("eve", "dan"):
            await inhabited.visit(name, [ADMINISTRATORS])
            await inhabited.inside.start_server(HUB, name)
        for _ in range(2):
            await inhabited.inside.end_person(HUB, "eve")
            assert await inhabited.running() == {"dan"}
        assert not await inhabited.knows("eve")
        assert await inhabited.knows("dan")
        assert (await inhabited.inside.groups_seen(HUB))[ADMINISTRATORS] == {"dan"}

    async def test_a_person_who_ends_while_the_hub_sleeps_is_gone_too(self, inhabited: Inhabited):
        await inhabited.visit("eve", [])
        await inhabited.inside.start_server(HUB, "eve")
        await inhabited.on.sleep(HUB)
        await inhabited.inside.end_person(HUB, "eve")
        assert await inhabited.running() == set()
        await inhabited.on.wake(HUB)
        assert not await inhabited.knows("eve")

    async def test_to_end_nobody_is_nothing(self, inhabited: Inhabited):
        await inhabited.inside.end_person(HUB, "nobody at all/../%2e")
        await inhabited.on.retire(HUB)
        await inhabited.inside.end_person(HUB, "eve")

    async def test_groups_are_seen_while_the_hub_is_awake(self, inhabited: Inhabited):
        assert await inhabited.inside.groups_seen(HUB) is None
        assert await inhabited.inside.admins_seen(HUB) is None
        assert await inhabited.state() == State.ASLEEP
        await inhabited.visit("carol", [REPRESENTATIVES])
        await inhabited.visit("dan", [ADMINISTRATORS, REPRESENTATIVES])
        await inhabited.visit("eve", [])
        seen = {ADMINISTRATORS: {"dan"}, REPRESENTATIVES: {"carol", "dan"}}
        assert await inhabited.inside.groups_seen(HUB) == seen
        assert await inhabited.inside.admins_seen(HUB) == frozenset()

    async def test_members_change_at_once_and_people_who_never_came_are_skipped(self, inhabited: Inhabited):
        for name in ("dan", "eve", "carol"):
            await inhabited.visit(name, [ADMINISTRATORS] if name == "dan" else [])
        await inhabited.on.sleep(HUB)
        for _ in range(2):
            await inhabited.inside.set_members(
                HUB, ADMINISTRATORS, add=["eve", "zoë", "nobody", "carol"], remove=["dan", "stranger"]
            )
            assert (await inhabited.inside.groups_seen(HUB))[ADMINISTRATORS] == {"carol", "eve"}
        await inhabited.inside.set_members(HUB, ADMINISTRATORS)
        with pytest.raises(errors.RefusedError, match="people"):
            await inhabited.inside.set_members(HUB, sign_on.PEOPLE, add=["eve"])

    async def test_servers_start_and_stop_for_an_administrator_of_the_portal(self, inhabited: Inhabited):
        await inhabited.visit("eve", [])
        for _ in range(2):
            await inhabited.inside.start_server(HUB, "eve")
            assert await inhabited.running() == {"eve"}
        for _ in range(2):
            await inhabited.inside.stop_server(HUB, "eve")
            assert await inhabited.running() == set()
        await inhabited.inside.stop_server(HUB, "nobody")
        with pytest.raises(errors.NotFoundError, match="nobody has never signed in"):
            await inhabited.inside.start_server(HUB, "nobody")

    async def test_an_open_server_is_open_to_one_person_and_closed_again(self, inhabited: Inhabited):
        for name in ("eve", "dan", "bob"):
            await inhabited.visit(name, [ADMINISTRATORS] if name == "dan" else [])
        later = inhabited.now() + timedelta(hours=1)
        with pytest.raises(errors.NotFoundError, match="nobody has never signed in"):
            await inhabited.inside.open_server(HUB, "nobody", to="dan", until=later)
        await inhabited.inside.start_server(HUB, "eve")
        assert not await inhabited.may_open("eve", "dan")
        with pytest.raises(errors.NotFoundError, match="nobody has never signed in"):
            await inhabited.inside.open_server(HUB, "eve", to="nobody", until=later)
        with pytest.raises(errors.CommonhubError, match="over"):
            await inhabited.inside.open_server(HUB, "eve", to="dan", until=inhabited.now())
        for _ in range(2):
            await inhabited.inside.open_server(HUB, "eve", to="dan", until=later)
        await inhabited.on.restart(HUB)
        assert await inhabited.may_open("eve", "dan")
        assert not await inhabited.may_open("eve", "bob")
        assert not await inhabited.may_open("dan", "eve")
        for _ in range(2):
            await inhabited.inside.close_server(HUB, "eve", to="dan")
            assert not await inhabited.may_open("eve", "dan")

    async def test_nobody_changed_what_nobody_changed(self, inhabited: Inhabited):
        assert await inhabited.inside.who_changed(HUB, ADMINISTRATORS, "eve", since=EVER) == ""
        await inhabited.visit("eve", [])
        await inhabited.inside.set_members(HUB, ADMINISTRATORS, add=["eve"])
        assert await inhabited.inside.who_changed(HUB, ADMINISTRATORS, "eve", since=EVER) == ""

    async def test_a_probe_is_a_verdict_and_leaves_nobody_behind(self, inhabited: Inhabited):
        await inhabited.visit("eve", [])
        for _ in range(2):
            verdict = await inhabited.inside.probe(HUB, NOWHERE, HASTE)
            assert probing.heard(verdict.told()).told() == verdict.told()
            assert await inhabited.running() == set()
        assert await inhabited.knows("eve")

    @pytest.mark.parametrize(
        ("verb", "words"),
        [
            ("end_person", {"user": "eve"}),
            ("groups_seen", {}),
            ("admins_seen", {}),
            ("set_members", {"group": ADMINISTRATORS, "add": ["eve"]}),
            ("start_server", {"user": "eve"}),
            ("stop_server", {"user": "eve"}),
            ("close_server", {"owner": "eve", "to": "dan"}),
            ("who_changed", {"group": ADMINISTRATORS, "user": "eve", "since": EVER}),
            ("probe", {"door": NOWHERE, "limits": HASTE}),
        ],
    )
    async def test_a_hub_without_a_name_in_the_fleet_is_not_found(self, inhabited: Inhabited, verb: str, words):
        with pytest.raises(errors.NotFoundError, match="marsh/none"):
            await getattr(inhabited.inside, verb)("marsh/none", **words)
        with pytest.raises(errors.NotFoundError, match="marsh/none"):
            inhabited.inside.login_secret("marsh/none")


__all__ = ["HUB", "hub"]
