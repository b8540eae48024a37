"""The promises of `engine.Engine`, one suite for every engine. A promise is a sentence of its docstrings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from commonhub.engines import engine
from commonhub.fleet import desired
from commonhub.ground import errors

HUB = "reef/main"
SINCE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VERBS = ("wake", "sleep", "restart", "retire", "logs")
State = engine.HubState


@dataclass
class Subject:
    """One engine under test, and what a test may see from outside of it."""

    on: engine.Engine
    identity: Callable[[str], Any]  # of the hub's process: another one after each start, None without one
    begin_server: Callable[[str], Awaitable[None]] | None  # somebody's server; None where the engine has no servers
    answers: Callable[[str], Awaitable[int]] | None  # status at the hub's address; None where there is none
    settle: Callable[[str, str], None]  # makes somebody's home on a hub, with something in it
    settled: Callable[[str, str], bool]  # whether it is there

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

    async def test_one_persons_home_is_archived_and_gone_and_no_other(self, subject: Subject):
        await subject.on.ensure(hub())
        await subject.on.ensure(hub("marsh/main"))
        homes = ((HUB, "eve"), (HUB, "dan"), ("marsh/main", "eve"))
        for home in homes:
            subject.settle(*home)

        async def yes() -> bool:
            return True

        async def no() -> bool:
            return False

        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=no) == ""
        assert all(subject.settled(*home) for home in homes)
        where = await subject.on.remove_home(HUB, "eve", since=SINCE, still=yes)
        assert where
        assert [subject.settled(*home) for home in homes] == [False, True, True]
        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=yes) == where
        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=no) == where
        assert await subject.on.remove_home(HUB, "mallory", since=SINCE, still=yes) == ""
        assert subject.on.home_bytes(HUB, "mallory") is None
        assert await subject.state() == State.ASLEEP

    async def test_a_home_that_is_wanted_again_meanwhile_stays_and_goes_when_asked_again(self, subject: Subject):
        answers = [True, False, True, True]

        async def still() -> bool:
            return answers.pop(0)

        await subject.on.ensure(hub())
        subject.settle(HUB, "eve")
        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=still) == ""
        assert subject.settled(HUB, "eve")
        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=still)
        assert not subject.settled(HUB, "eve")
        assert answers == []

    async def test_a_home_stays_while_its_owners_server_runs(self, subject: Subject):
        async def yes() -> bool:
            return True

        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        for user in await subject.inhabit():
            subject.settle(HUB, user)
            with pytest.raises(errors.RefusedError, match="server of eve runs"):
                await subject.on.remove_home(HUB, user, since=SINCE, still=yes)
            assert subject.settled(HUB, user)

    async def test_while_a_home_goes_no_server_of_its_owner_starts(self, subject: Subject):
        asked = 0

        async def still() -> bool:
            nonlocal asked
            asked += 1
            if subject.begin_server:
                with pytest.raises(errors.UnavailableError, match="being archived"):
                    await subject.begin_server(HUB)
            return True

        await subject.on.ensure(hub())
        await subject.on.wake(HUB)
        subject.settle(HUB, "eve")
        assert await subject.on.remove_home(HUB, "eve", since=SINCE, still=still)
        assert asked
        assert await subject.people() == []
        if subject.begin_server:
            await subject.begin_server(HUB)
            assert await subject.people() == ["eve"]

    async def test_a_home_of_a_hub_that_nobody_prepared_is_not_found(self, subject: Subject):
        async def yes() -> bool:
            return True

        with pytest.raises(errors.NotFoundError, match="marsh/none"):
            await subject.on.remove_home("marsh/none", "eve", since=SINCE, still=yes)

    @pytest.mark.parametrize("verb", VERBS)
    async def test_a_hub_that_nobody_prepared_is_not_found(self, subject: Subject, verb: str):
        more = {"lines": 5} if verb == "logs" else {}
        with pytest.raises(errors.NotFoundError, match="marsh/none") as refusal:
            await getattr(subject.on, verb)("marsh/none", **more)
        assert refusal.value.mend
        assert dict(await subject.on.observe()) == {}
