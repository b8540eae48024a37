"""One local hub in the keeper's hands: its settings, its state, its process, and the row that outlives us."""

import asyncio
import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime

from commonhub.engines import engine
from commonhub.engines.local import gate, ledger
from commonhub.fleet import desired
from commonhub.ground import process


@dataclass(kw_only=True)
class LocalHub:
    """What the keeper holds of one hub. Only the engine changes it, under `turn`."""

    settings: desired.DesiredHub
    account: int
    state: engine.HubState
    since: datetime
    message: str = ""
    digest: str = ""
    running: process.Process | None = None
    culler: process.Process | None = None
    opened: gate.Gate | None = None
    watch: asyncio.Task[None] | None = None
    home_bytes: int | None = None  # all homes together
    home_sizes: dict[str, int] = field(default_factory=dict)  # bytes by the name of the home's folder
    home_measured: datetime | None = None  # None: it is due
    people: int = 0  # servers at the last look
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        """The hub's id."""
        return self.settings.id

    def row(self) -> ledger.HubRow:
        """The row that the ledger keeps."""
        return ledger.HubRow(
            id=self.id,
            state=str(self.state),
            since=self.since.timestamp(),
            message=self.message,
            digest=self.digest,
            settings=dataclasses.asdict(self.settings),
            pid=self.running.pid if self.running else 0,
            started_ticks=self.running.started_ticks if self.running else 0,
            culler_pid=self.culler.pid if self.culler else 0,
            culler_ticks=self.culler.started_ticks if self.culler else 0,
        )

    @classmethod
    def from_row(cls, row: ledger.HubRow, account: int) -> "LocalHub":
        """The hub as it was written last; whether its process still runs is for the engine to see."""
        return cls(
            settings=desired.from_settings(row.settings),
            account=account,
            state=engine.HubState(row.state),
            since=datetime.fromtimestamp(row.since, UTC),
            message=row.message,
            digest=row.digest,
            running=process.Process(row.pid, row.started_ticks) if row.pid else None,
            culler=process.Process(row.culler_pid, row.culler_ticks) if row.culler_pid else None,
        )
