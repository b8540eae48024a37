"""The contract that every engine keeps, and the nouns in which it says what is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from commonhub.fleet import desired


class HubState(StrEnum):
    """What a hub is doing now.

    asleep -> queued -> waking -> awake -> falling-asleep -> asleep; any -> failed; retired is the end.
    """

    ASLEEP = "asleep"  # prepared, no process, no memory; the first request wakes it
    QUEUED = "queued"  # asked for; waits its turn because others are waking
    WAKING = "waking"  # its process is starting
    AWAKE = "awake"  # answers requests
    FALLING_ASLEEP = "falling-asleep"  # its process is ending
    FAILED = "failed"  # could not be prepared or woken; `message` says why
    RETIRED = "retired"  # no longer in the fleet; its data is kept


@dataclass(frozen=True, kw_only=True)
class ServerSeen:
    """One user's running Jupyter server."""

    user: str
    name: str  # "" for the default server
    started: datetime
    last_activity: datetime | None
    memory: int | None  # bytes in use now, with its kernels; None where it cannot be told
    home_bytes: int | None = None  # of its owner's home, when last measured


@dataclass(frozen=True, kw_only=True)
class HubSeen:
    """One hub as it is."""

    id: str
    state: HubState
    since: datetime
    message: str  # why it failed, or what it waits for; "" where there is nothing to say
    digest: str  # of the settings it was last prepared with
    memory: int  # bytes of the hub's own process (PSS); 0 while asleep
    servers: tuple[ServerSeen, ...]
    last_activity: datetime | None
    home_bytes: int | None = None  # all homes together, when last measured


class Engine(Protocol):
    """Runs hubs. Every verb may be asked twice and may be interrupted at any line: asking again completes it."""

    name: str

    async def observe(self) -> Mapping[str, HubSeen]:
        """All hubs that this engine has ever prepared, by id, as they are now. Changes nothing."""
        ...

    async def ensure(self, hub: desired.DesiredHub) -> None:
        """Prepare the hub as `hub` says.

        Before: anything. After: prepared with `hub.digest`; asleep if it was absent, asleep or failed;
        if it was awake, it is restarted with the new settings and users' servers go on.
        Nothing happens when it is already prepared with this digest.
        """
        ...

    async def wake(self, hub_id: str) -> None:
        """After: awake and healthy, or an error that says why not. Awake already: nothing happens."""
        ...

    async def sleep(self, hub_id: str) -> None:
        """After: asleep, its users' servers untouched. Asleep already: nothing happens."""
        ...

    async def restart(self, hub_id: str) -> None:
        """After: awake with a new process, its users' servers untouched."""
        ...

    async def retire(self, hub_id: str) -> None:
        """After: its servers and process are stopped, its address answers no more, its data is kept. Twice: nothing."""
        ...

    async def logs(self, hub_id: str, lines: int) -> Sequence[str]:
        """The last lines of the hub's log, oldest first, without line ends."""
        ...
