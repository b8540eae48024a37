"""Every engine keeps every promise: the rehearsal engine always, the local one with real hubs and a real proxy."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commonhub.engines import engine, rehearsal
from commonhub.ground import clock as ground_clock
from engines import contract
from engines.local import hubstage


class TestRehearsal(contract.Promises):
    """In memory."""

    @pytest.fixture
    def subject(self, clock: ground_clock.TurnedClock) -> contract.Subject:
        on = rehearsal.RehearsalEngine(clock)

        def identity(hub_id: str) -> int | None:
            """Each wake has its line in the log, and is the number of the process that there would be."""
            if on._hubs[hub_id].state != engine.HubState.AWAKE:
                return None
            return sum(line.endswith(" awake") for line in on._log[hub_id])

        return contract.Subject(
            on=on,
            identity=identity,
            begin_server=None,
            answers=None,
            settle=on.inside.visit,
            settled=lambda hub_id, user: (hub_id, user) in on.homes,
        )


class RealHubs(contract.Promises):
    """On this machine."""

    nursery: bool

    @pytest.fixture
    async def machine(self, state_folder: Path) -> AsyncIterator[hubstage.Machine]:
        if not shutil.which("bwrap"):
            pytest.skip("bubblewrap is not installed")
        async with hubstage.machine_of(state_folder, nursery=self.nursery) as made:
            yield made

    @pytest.fixture
    def subject(self, machine: hubstage.Machine) -> contract.Subject:
        keeping = machine.keeping

        def identity(hub_id: str) -> Any:
            running = keeping.engine.known(hub_id).running
            return running if running and running.alive() else None

        async def begin_server(hub_id: str) -> None:
            await keeping.begin_server(hub_id, "eve")

        def settle(hub_id: str, user: str) -> None:
            home = keeping.of.where.home(hub_id, user)
            home.mkdir(parents=True, exist_ok=True)
            (home / "thesis.txt").write_text("all of it")

        def settled(hub_id: str, user: str) -> bool:
            return keeping.of.where.home(hub_id, user).exists()

        return contract.Subject(
            on=keeping.engine,
            identity=identity,
            begin_server=begin_server,
            answers=keeping.answers,
            settle=settle,
            settled=settled,
        )


@pytest.mark.hubs
class TestLocalWithPlainProcesses(RealHubs):
    nursery = False


@pytest.mark.hubs
class TestLocalWithTheNursery(RealHubs):
    nursery = True
