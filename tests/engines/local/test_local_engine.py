"""What the local engine promises beyond the contract: keepers that die, hubs that die, and hubs that cannot start."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commonhub.engines import engine
from commonhub.ground import errors
from engines.contract import HUB, hub
from engines.local import hubstage

pytestmark = pytest.mark.hubs
State = engine.HubState
BROKEN = {"settings": {"JupyterHub.authenticator_class": "no.such.thing"}}


@pytest.fixture
async def machine(state_folder: Path) -> AsyncIterator[hubstage.Machine]:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    async with hubstage.machine_of(state_folder, nursery=True) as made:
        yield made


async def next_keeper(machine: hubstage.Machine) -> hubstage.Keeping:
    await machine.keeping.close()
    return await machine.begin()


async def seen(keeping: hubstage.Keeping) -> engine.HubSeen:
    return (await keeping.engine.observe())[HUB]


async def test_the_next_keeper_takes_over_what_is_awake_and_what_sleeps(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.ensure(hub("marsh/main"))
    await keeping.engine.wake(HUB)
    running = keeping.engine.known(HUB).running
    after = await next_keeper(machine)
    states = {hub_id: one.state for hub_id, one in (await after.engine.observe()).items()}
    assert states == {HUB: State.AWAKE, "marsh/main": State.ASLEEP}
    assert after.engine.known(HUB).running == running
    assert await after.answers(HUB) == 200
    await after.engine.ensure(hub())
    assert after.engine.known(HUB).running == running


def spoil_gate(where):
    """Its folder is the hub's own."""
    where.gate_socket(HUB).unlink()
    where.gate_socket(HUB).mkdir()


SPOIL = {
    "its secrets": lambda where: (where.hub(HUB) / "secrets.json").write_text("{"),
    "its gate": spoil_gate,
}


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
async def test_what_one_hub_spoils_keeps_no_other_from_the_next_keeper(machine, spoil):
    keeping, other = machine.keeping, "reef/second"  # taken over after the spoilt one
    for hub_id in (HUB, other):
        await keeping.engine.ensure(hub(hub_id))
        await keeping.engine.wake(hub_id)
    spoil(machine.of.where)
    after = await next_keeper(machine)
    now = await after.engine.observe()
    assert (now[other].state, now[HUB].digest) == (State.AWAKE, "")
    assert await after.answers(other) == 200
    if machine.of.where.gate_socket(HUB).is_dir():
        assert now[HUB].state == State.FAILED
        machine.of.where.gate_socket(HUB).rmdir()
    else:
        with pytest.raises(errors.UnavailableError, match="damaged"):
            after.engine.inside.login_secret(HUB)
    await after.engine.ensure(hub())
    await after.engine.wake(HUB)
    assert await after.answers(HUB) == 200
    assert after.engine.inside.login_secret(HUB)


async def test_new_settings_are_in_force_at_whatever_moment_the_keeper_was_interrupted(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    for turn, pause in enumerate((0.0, 0.01, 0.05, 0.2, 0.32, 0.36, 0.45, 0.7)):
        await keeping.engine.wake(HUB)
        before = keeping.engine.known(HUB).running
        new = hub(admins=(f"dan{turn}",))
        task = asyncio.create_task(keeping.engine.ensure(new))
        await asyncio.sleep(pause)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, errors.CommonhubError):
            await task
        keeping = await next_keeper(machine)
        await keeping.engine.ensure(new)
        now = await seen(keeping)
        config = (machine.of.where.hub(HUB) / "jupyterhub_config.py").read_text()
        assert (now.digest, f"dan{turn}" in config) == (new.digest, True)
        assert keeping.engine.known(HUB).running != before, f"it runs with its old settings ({pause} s)"


async def test_settings_that_were_written_and_not_noted_are_brought_to_the_hub(machine):
    """A keeper killed between the hub's files and its own record."""
    keeping, new = machine.keeping, hub(admins=("carol",))
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    before = keeping.engine.known(HUB).running
    save = keeping.engine._save
    keeping.engine._save = lambda one: (
        save(one) if one.digest == hub().digest else (_ for _ in ()).throw(OSError("killed"))
    )
    with pytest.raises(OSError, match="killed"):
        await keeping.engine.ensure(new)
    keeping = await next_keeper(machine)
    await keeping.engine.ensure(new)
    await keeping.engine.wake(HUB)
    assert keeping.engine.known(HUB).running != before
    assert (await seen(keeping)).digest == new.digest


async def test_a_hub_that_dies_sleeps_says_so_and_wakes_again(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    keeping.engine.known(HUB).running.signal(signal.SIGKILL)

    async def asleep() -> bool:
        return (await seen(keeping)).state == State.ASLEEP

    await hubstage.until(asleep, "its death was seen")
    assert "ended by itself" in (await seen(keeping)).message
    assert not machine.of.where.gate_socket(HUB).exists()
    await keeping.engine.wake(HUB)
    assert ((await seen(keeping)).state, await keeping.answers(HUB)) == (State.AWAKE, 200)


async def test_a_hub_without_a_process_is_never_called_awake(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    one, told = keeping.engine.known(HUB), []
    remove = keeping.engine.roads.remove

    async def spied(hub_id: str, spec: str, **more: Any) -> None:
        told.append((await seen(keeping)).state)
        await remove(hub_id, spec, **more)
        told.append((await seen(keeping)).state)

    keeping.engine.roads.remove = spied
    one.running.signal(signal.SIGKILL)

    async def asleep() -> bool:
        return (await seen(keeping)).state == State.ASLEEP

    await hubstage.until(asleep, "its death was seen")
    await keeping.engine.wake(HUB)
    assert told == [State.FALLING_ASLEEP] * 2 + [State.WAKING] * 2
    assert one.running.alive()


async def test_a_hub_that_dies_while_servers_run_is_back_by_itself(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    await keeping.begin_server(HUB, "eve")
    before = keeping.engine.known(HUB).running
    before.signal(signal.SIGKILL)

    async def back() -> bool:
        return (await seen(keeping)).state == State.AWAKE and keeping.engine.known(HUB).running != before

    await hubstage.until(back, "somebody answers the server again")
    assert [server.user for server in (await seen(keeping)).servers] == ["eve"]
    assert await keeping.answers(HUB) == 200


async def test_a_hub_that_cannot_start_says_why_and_is_well_with_better_settings(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub(extra=BROKEN))
    with pytest.raises(errors.CommonhubError, match="ended while it started") as told:
        await keeping.engine.wake(HUB)
    assert f"commonhub hub logs {HUB}" in told.value.mend
    now = await seen(keeping)
    assert (now.state, "ended while it started" in now.message) == (State.FAILED, True)
    assert any("no.such.thing" in line for line in await keeping.engine.logs(HUB, 200))
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    assert (await seen(keeping)).state == State.AWAKE


async def test_new_settings_that_break_an_awake_hub_are_told_to_who_applies_them(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    with pytest.raises(errors.CommonhubError, match="ended while it started"):
        await keeping.engine.ensure(hub(extra=BROKEN))
    assert (await seen(keeping)).state == State.FAILED


async def test_without_the_nursery_hubs_start_all_the_same(machine):
    machine.kill("nursery")
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    await keeping.engine.wake(HUB)
    assert await keeping.answers(HUB) == 200


async def test_a_hub_retired_while_it_waits_for_its_wake_stays_retired(machine):
    keeping = machine.keeping
    await keeping.engine.ensure(hub())
    one = keeping.engine.known(HUB)
    async with one.turn:
        waking = asyncio.create_task(keeping.engine.wake(HUB))
        await asyncio.sleep(0.05)
        retiring = asyncio.create_task(keeping.engine.retire(HUB))
        await asyncio.sleep(0.05)
        one.state = State.RETIRED  # the retiring came first
    with pytest.raises(errors.CommonhubError, match="retired"):
        await waking
    await retiring
    assert (await seen(keeping)).state == State.RETIRED
