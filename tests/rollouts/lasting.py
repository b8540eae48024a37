"""A rehearsed engine whose hubs outlive the process, as real ones do."""

import dataclasses
import json
import os
from datetime import datetime
from pathlib import Path

from commonhub.engines import engine, rehearsal
from commonhub.fleet import desired
from commonhub.ground import clock

BAD = 100 * 10**9
"""Bytes of memory from which on a user's story fails."""


class LastingEngine(rehearsal.RehearsalEngine):
    """Everything that is prepared is in a file before the verb returns."""

    def __init__(self, file: Path, now: clock.Clock) -> None:
        super().__init__(now)
        self._file = file
        if file.exists():
            for told in json.loads(file.read_text()):
                hub = desired.from_settings(told["settings"])
                self.settings[hub.id] = hub
                self._log[hub.id] = []
                self._hubs[hub.id] = engine.HubSeen(
                    id=hub.id,
                    state=engine.HubState(told["state"]),
                    since=datetime.fromisoformat(told["since"]),
                    message="",
                    digest=told["digest"],
                    memory=0,
                    servers=(),
                    last_activity=None,
                )

    async def ensure(self, hub: desired.DesiredHub) -> None:
        await super().ensure(hub)
        told = [
            {
                "settings": dataclasses.asdict(self.settings[hub_id]),
                "state": str(seen.state),
                "since": seen.since.isoformat(),
                "digest": seen.digest,
            }
            for hub_id, seen in self._hubs.items()
        ]
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(json.dumps(told, default=str))
        os.replace(fresh, self._file)


def limits(file: Path) -> dict[str, int | None]:
    """The memory limit of every hub, by name."""
    found = json.loads(file.read_text()) if file.exists() else []
    return {told["settings"]["name"]: told["settings"]["memory_limit"] for told in found}
