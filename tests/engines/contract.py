"""The promises of `engine.Engine`, one suite for every engine. A promise is a sentence of its docstrings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from commonhub.engines import engine
from commonhub.fleet import desired
from commonhub.ground import errors

HUB = "reef/main"
VERBS = ("wake", "sleep", "restart", "retire", "logs")
State = engine.HubState


@dataclass
class Subject:
    """One engine under test, and what a test may see from outside of it."""

    on: engine.Engine
    identity: Callable[[str], Any]  # of the hub's process: another one after each start, None without one
    begin_server: Callable[[str], Awaitable[None]] | None  # somebody's server; None where the engine has no servers
    answers: Callable[[str], Awaitable[int]] | None  # status at the hub's address; None where there is none

    async def seen(self, hub_id: str = HUB) -> engine.HubSeen:
        return (await self.on.observe())[hub_id]

    async def state(self, hub_id: str = HUB) -> engine.HubState:
        return (await self.seen(hub_id)).state

    async def people(self, hub_id: str = HUB) -> list[str]:
        return [server.user for server in (await self.seen(hub_id)).servers]

    async def inhabit(self) -> list[str]:
        """Somebody's server on the awake hub, where there can be one; whose there should be from now on."""
        if self.begin_server is None:
            return []
        await self.begin_server(HUB)
        return ["eve"]


def hub(hub_id: str = HUB, **settings: Any) -> desired.DesiredHub:
    community, name = hub_id.split("/")
    plain = {
        "community_title": community.title(),
        "title": f"{community} {name}",
        "addresses": (f"{name}.{community}.localhost",),
        "login": desired.LoginKind.SHARED_PASSWORD,
        "admins": ("dan",),
        "egress": desired.Egress.NONE,
    }
    return desired.DesiredHub(id=hub_id, community=community, name=name, **{**plain, **settings})


class Promises:
    """Each engine's test class inherits these and gives a fixture `subject`."""

    async def test_before_anything_there_is_nothing(self, subject: Subject):
        assert dict(await subject.on.observe()) == {}

    async def test_a_prepared_hub_sleeps_without_a_process(self, subject: Subject):
        await subject.on.ensure(hub())
        seen = await subject.seen()
        assert (seen.id, seen.state, seen.digest, seen.message) == (HUB, State.ASLEEP, hub().digest, "")
        assert (seen.memory, seen.servers, seen.last_activity) == (0, (), None)
        assert subject.identity(HUB) is None

    async def test_preparing_twice_and_looking_change_nothing(self, subject: Subject):
        await subject.on.ensure(hub())
        before = await subject.on.observe()
        await subject.on.ensure(hub())
        assert await subject.on.observe() == before

    async def test_a_sleeping_hub_takes_new_settings_asleep(self, subject: Subject):
        await subject.on.ensure(hub())
        after = hub(admins=("carol",))
        await subject.on.ensure(after)
        seen = await subject.seen()
        assert (seen.state, seen.digest) == (State.ASLEEP, after.digest)

    async def test_a_hub_wakes_once_and_sleeps_once(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        assert await subject.state() == State.AWAKE
        process, since = subject.identity(HUB), (await subject.seen()).since
        assert process is not None
        if subject.answers:
            assert await subject.answers(HUB) == 200
        await subject.on.wake(HUB)
        assert subject.identity(HUB) == process
        assert (await subject.seen()).since == since
        for _ in range(2):
            await subject.on.sleep(HUB)
            assert await subject.state() == State.ASLEEP
            assert subject.identity(HUB) is None
            assert (await subject.seen()).memory == 0

    async def test_an_awake_hub_that_is_prepared_again_goes_on(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        before = subject.identity(HUB)
        await subject.on.ensure(hub())
        assert (await subject.state(), subject.identity(HUB)) == (State.AWAKE, before)

    async def test_an_awake_hub_takes_new_settings_awake_and_servers_go_on(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        people, before = await subject.inhabit(), subject.identity(HUB)
        after = hub(admins=("carol",))
        await subject.on.ensure(after)
        seen = await subject.seen()
        assert (seen.state, seen.digest) == (State.AWAKE, after.digest)
        assert await subject.people() == people
        assert subject.identity(HUB) not in {None, before}

    async def test_a_hub_that_sleeps_or_restarts_touches_no_server(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        people = await subject.inhabit()
        await subject.on.sleep(HUB)
        assert (await subject.state(), await subject.people()) == (State.ASLEEP, people)
        await subject.on.wake(HUB)
        before = subject.identity(HUB)
        await subject.on.restart(HUB)
        assert (await subject.state(), await subject.people()) == (State.AWAKE, people)
        assert subject.identity(HUB) not in {None, before}

    async def test_a_sleeping_hub_that_is_restarted_is_awake(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.restart(HUB)
        assert await subject.state() == State.AWAKE

    async def test_a_retired_hub_is_stopped_with_its_servers_and_answers_no_more(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        await subject.inhabit()
        await subject.on.retire(HUB)
        before = await subject.seen()
        assert (before.state, before.servers, before.memory) == (State.RETIRED, (), 0)
        assert before.digest == hub().digest
        assert subject.identity(HUB) is None
        if subject.answers:
            assert await subject.answers(HUB) >= 500
        await subject.on.retire(HUB)
        assert await subject.seen() == before
        with pytest.raises(errors.CommonhubError, match="retired") as refusal:
            await subject.on.wake(HUB)
        assert "back into the fleet" in refusal.value.mend
        await subject.on.sleep(HUB)
        assert await subject.state() == State.RETIRED

    async def test_a_retired_hub_is_taken_up_again(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.retire(HUB)
        await subject.on.ensure(hub())
        assert await subject.state() == State.ASLEEP
        await subject.on.wake(HUB)
        assert await subject.state() == State.AWAKE

    async def test_hubs_are_apart(self, subject: Subject):
        other = hub("marsh/main")
        await subject.on.ensure(hub())
        await subject.on.ensure(other)
        await subject.on.wake(HUB)
        await subject.on.retire(other.id)
        assert {hub_id: seen.state for hub_id, seen in (await subject.on.observe()).items()} == {
            HUB: State.AWAKE,
            other.id: State.RETIRED,
        }

    async def test_a_log_gives_its_last_lines_oldest_first(self, subject: Subject):
        await subject.on.ensure(hub())
        assert list(await subject.on.logs(HUB, 5)) == []
        await subject.on.wake(HUB)
        await subject.on.sleep(HUB)
        lines = list(await subject.on.logs(HUB, 1000))
        assert len(lines) >= 2
        assert list(await subject.on.logs(HUB, 2)) == lines[-2:]
        assert not any("\n" in line for line in lines)

    @pytest.mark.parametrize("verb", VERBS)
    async def test_a_hub_that_nobody_prepared_is_not_found(self, subject: Subject, verb: str):
        more = {"lines": 5} if verb == "logs" else {}
        with pytest.raises(errors.NotFoundError, match="marsh/none") as refusal:
            await getattr(subject.on, verb)("marsh/none", **more)
        assert refusal.value.mend
        assert dict(await subject.on.observe()) == {}
