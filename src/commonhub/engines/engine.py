"""The contract that every engine keeps, and the nouns in which it says what is."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from commonhub.engines import probing
from commonhub.fleet import desired
from commonhub.ground import errors


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


class Insiders(Protocol):
    """What is done to people inside hubs. Each verb may be asked twice; it ends within two minutes or says why not.

    Names of people are their names at the hub. A hub that sleeps is woken where that is needed, and falls asleep
    again by itself. Every verb raises NotFoundError for a hub that was never prepared.
    """

    def login_secret(self, hub_id: str) -> str:
        """What this hub shows to the portal as its client secret; the same for ever. Show it to nobody."""
        ...

    async def end_person(self, hub_id: str, user: str) -> None:
        """After: none of their servers runs, their sessions and tokens at the hub are void; their files stay.

        Whoever has an open page of somebody else's server keeps that page's connection for up to a minute.
        An unknown person: nothing happens. A hub that cannot wake: their servers are stopped, then an error says so.
        """
        ...

    async def groups_seen(self, hub_id: str) -> Mapping[str, frozenset[str]] | None:
        """Who is in the groups that carry roles (`sign_on.GROUPS_WITH_ROLES`), by group; None while it is not awake."""
        ...

    async def set_members(
        self, hub_id: str, group: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> None:
        """After: people whom the hub knows have, or have lost, the group's role. Unknown people are skipped.

        RefusedError for a group that carries no role; NotFoundError where the hub has no such groups, because
        people do not sign in to it at the portal.
        """
        ...

    async def admins_seen(self, hub_id: str) -> frozenset[str] | None:
        """Who is marked as JupyterHub's own administrator; None while the hub is not awake."""
        ...

    async def start_server(self, hub_id: str, user: str) -> None:
        """After: the person's server answers. NotFoundError for somebody who has never signed in at the hub."""
        ...

    async def stop_server(self, hub_id: str, user: str) -> None:
        """After: the person's default server does not run. Not running, or nobody of that name: nothing happens."""
        ...

    async def open_server(self, hub_id: str, owner: str, *, to: str, until: datetime) -> None:
        """After: `to`, and nobody else who could not before, may open the owner's server until `until`; again: `until` moves.

        NotFoundError where one of the two has never signed in at the hub. It works when the server runs or will run.
        """
        ...

    async def close_server(self, hub_id: str, owner: str, *, to: str) -> None:
        """After: `to` may no longer open it: new pages at once, pages that are open within a minute."""
        ...

    async def probe(self, hub_id: str, door: probing.Door, limits: probing.Limits) -> probing.Verdict:
        """Try a user's story on the hub, as somebody new and as somebody who was there before.

        After: whatever came of it, the newcomer is gone with their home, and no server of a guest runs.
        What does not work is told in the verdict. The hub is awake, unless it could not wake.
        """
        ...

    async def who_changed(self, hub_id: str, group: str, user: str, *, since: datetime) -> str:
        """Who last changed the members of `group` in JupyterHub's panel ("" as the group: who changed `user` itself).

        What was changed before `since` does not count. "" where the hub's log does not tell. JupyterHub does not write which member it was.
        """
        ...


def check_retired(seen: HubSeen) -> None:
    """Raise RefusedError where a hub is not retired: what people use is not taken from them."""
    if seen.state != HubState.RETIRED:
        raise errors.RefusedError(f"{seen.id} is not retired.", "Take its file out of the fleet folder first.")


def refuse_in_use(hub_id: str, user: str) -> errors.RefusedError:
    """What is raised where a home is to go while a server of its owner runs or starts."""
    return errors.RefusedError(
        f"A server of {user} runs at {hub_id}, so their home stays.", "Stop it first: their access has to have ended."
    )


Still = Callable[[], Awaitable[bool]]
"""Whether something is to be done even now."""


class Engine(Protocol):
    """Runs hubs. Every verb may be asked twice and may be interrupted at any line: asking again completes it."""

    name: str

    @property
    def inside(self) -> Insiders:
        """What is done to people inside its hubs."""
        ...

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

    async def remove(self, hub_id: str) -> str:
        """Archive everything that a retired hub left behind, check the archive, and delete it; where the archive lies.

        Before: retired, else RefusedError. After: the hub was never here, and its people's files are in the archive.
        """
        ...

    def home_bytes(self, hub_id: str, user: str) -> int | None:
        """The size of one person's home when it was last measured; None where it was not, or is not there."""
        ...

    async def remove_home(self, hub_id: str, user: str, *, since: datetime, still: Still) -> str:
        """Archive one person's home on one hub, check the archive, and delete the home; where the archive lies.

        `since`: when it was asked for; asked again with the same it completes what was begun. `still` is asked before
        anything is done and once more before anything is deleted. "": nothing is gone, because `still` said no or
        there was no home. RefusedError while a server of theirs runs or starts; until the end none is started.
        Homes of others, and theirs on other hubs, are not touched.
        """
        ...

    async def logs(self, hub_id: str, lines: int) -> Sequence[str]:
        """The last lines of the hub's log, oldest first, without line ends."""
        ...
