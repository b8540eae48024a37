"""An engine in memory: keeps the whole contract and starts nothing. For rehearsals, demonstrations and tests."""

import dataclasses
from collections.abc import Mapping, Sequence

from commonhub.engines import engine
from commonhub.fleet import desired
from commonhub.ground import clock, errors


class RehearsalEngine:
    """Hubs that change their state and do nothing else."""

    name = "rehearsal"

    def __init__(self, now: clock.Clock) -> None:
        self._now = now
        self._hubs: dict[str, engine.HubSeen] = {}
        self._log: dict[str, list[str]] = {}

    async def observe(self) -> Mapping[str, engine.HubSeen]:
        """All hubs ever prepared."""
        return dict(self._hubs)

    def _hub(self, hub_id: str) -> engine.HubSeen:
        if hub_id not in self._hubs:
            raise errors.NotFoundError(f"There is no hub {hub_id}.", "`commonhub status` lists the hubs there are.")
        return self._hubs[hub_id]

    def _turn(self, hub_id: str, state: engine.HubState) -> None:
        self._hubs[hub_id] = dataclasses.replace(self._hub(hub_id), state=state, since=self._now(), message="")
        self._log[hub_id].append(f"{self._now().isoformat()} {state}")

    async def ensure(self, hub: desired.DesiredHub) -> None:
        """Prepare a hub."""
        seen = self._hubs.get(hub.id)
        if seen is None:
            seen = engine.HubSeen(
                id=hub.id,
                state=engine.HubState.ASLEEP,
                since=self._now(),
                message="",
                digest=hub.digest,
                memory=0,
                servers=(),
                last_activity=None,
            )
        elif seen.state in {engine.HubState.RETIRED, engine.HubState.FAILED}:
            seen = dataclasses.replace(seen, state=engine.HubState.ASLEEP, since=self._now(), message="")
        changed = seen.digest != hub.digest
        self._hubs[hub.id] = dataclasses.replace(seen, digest=hub.digest)
        self._log.setdefault(hub.id, [])
        if changed and seen.state == engine.HubState.AWAKE:
            await self.restart(hub.id)

    async def wake(self, hub_id: str) -> None:
        """Awake at once."""
        state = self._hub(hub_id).state
        if state == engine.HubState.RETIRED:
            raise errors.CommonhubError(
                f"{hub_id} is retired.", "Put its file back into the fleet to take it up again."
            )
        if state != engine.HubState.AWAKE:
            self._turn(hub_id, engine.HubState.AWAKE)

    async def sleep(self, hub_id: str) -> None:
        """Asleep at once."""
        if self._hub(hub_id).state == engine.HubState.AWAKE:
            self._turn(hub_id, engine.HubState.ASLEEP)

    async def restart(self, hub_id: str) -> None:
        """Awake, since now."""
        await self.sleep(hub_id)
        await self.wake(hub_id)

    async def retire(self, hub_id: str) -> None:
        """Retired."""
        if self._hub(hub_id).state != engine.HubState.RETIRED:
            self._turn(hub_id, engine.HubState.RETIRED)

    async def logs(self, hub_id: str, lines: int) -> Sequence[str]:
        """What happened."""
        self._hub(hub_id)
        return self._log[hub_id][-lines:]
