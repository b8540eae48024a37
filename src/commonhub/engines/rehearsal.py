"""An engine in memory: keeps the whole contract and starts nothing. For rehearsals, demonstrations and tests."""

import dataclasses
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonhub.engines import engine, probing, sign_on
from commonhub.fleet import desired
from commonhub.ground import clock, errors


@dataclass(kw_only=True)
class Inhabitants:
    """Who is known inside one hub that is not there, and what they were given."""

    known: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=lambda: {group: set() for group in sign_on.GROUPS_WITH_ROLES})
    open_to: dict[tuple[str, str], datetime] = field(default_factory=dict)  # (owner, guest): until
    changes: list[tuple[datetime, str, str]] = field(default_factory=list)  # (when, group, who changed it)


class RehearsalEngine:
    """Hubs that change their state and do nothing else."""

    name = "rehearsal"

    def __init__(self, now: clock.Clock) -> None:
        self._now = now
        self._hubs: dict[str, engine.HubSeen] = {}
        self._log: dict[str, list[str]] = {}
        self.settings: dict[str, desired.DesiredHub] = {}  # each hub was prepared with
        self.homes: dict[tuple[str, str], int | None] = {}  # (hub, user): bytes
        self._removed: set[tuple[str, str, datetime]] = set()  # (hub, user, since)
        self.inside = RehearsalInsiders(self, now)

    async def observe(self) -> Mapping[str, engine.HubSeen]:
        """All hubs ever prepared."""
        return dict(self._hubs)

    def seen(self, hub_id: str) -> engine.HubSeen:
        """The hub, or an error that says where to look."""
        if hub_id not in self._hubs:
            raise errors.NotFoundError(f"There is no hub {hub_id}.", "`commonhub status` lists the hubs there are.")
        return self._hubs[hub_id]

    def _turn(self, hub_id: str, state: engine.HubState) -> None:
        self._hubs[hub_id] = dataclasses.replace(self.seen(hub_id), state=state, since=self._now(), message="")
        self._log[hub_id].append(f"{self._now().isoformat()} {state}")

    def set_servers(self, hub_id: str, servers: Sequence[engine.ServerSeen]) -> None:
        """The hub's servers from now on."""
        self._hubs[hub_id] = dataclasses.replace(self.seen(hub_id), servers=tuple(servers))

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
        self.settings[hub.id] = hub
        self._log.setdefault(hub.id, [])
        if changed and seen.state == engine.HubState.AWAKE:
            await self.restart(hub.id)

    async def wake(self, hub_id: str) -> None:
        """Awake at once."""
        state = self.seen(hub_id).state
        if state == engine.HubState.RETIRED:
            raise errors.CommonhubError(
                f"{hub_id} is retired.", "Put its file back into the fleet to take it up again."
            )
        if state != engine.HubState.AWAKE:
            self._turn(hub_id, engine.HubState.AWAKE)

    async def sleep(self, hub_id: str) -> None:
        """Asleep at once."""
        if self.seen(hub_id).state == engine.HubState.AWAKE:
            self._turn(hub_id, engine.HubState.ASLEEP)

    async def restart(self, hub_id: str) -> None:
        """Awake, since now."""
        await self.sleep(hub_id)
        await self.wake(hub_id)

    async def retire(self, hub_id: str) -> None:
        """Retired."""
        if self.seen(hub_id).state != engine.HubState.RETIRED:
            self.set_servers(hub_id, ())
            self._turn(hub_id, engine.HubState.RETIRED)

    async def remove(self, hub_id: str) -> str:
        """Gone; there was nothing to archive."""
        engine.check_retired(self.seen(hub_id))
        self._hubs.pop(hub_id)
        self.settings.pop(hub_id, None)
        self.homes = {key: size for key, size in self.homes.items() if key[0] != hub_id}
        return "nowhere"

    def home_bytes(self, hub_id: str, user: str) -> int | None:
        """What a test said."""
        self.seen(hub_id)
        return self.homes.get((hub_id, user))

    async def remove_home(self, hub_id: str, user: str, *, since: datetime, still: engine.Still) -> str:
        """Gone at once."""
        self.seen(hub_id)
        if any(server.user == user for server in (await self.observe())[hub_id].servers):
            raise engine.refuse_in_use(hub_id, user)
        if (hub_id, user) not in self.homes:
            return "nowhere" if (hub_id, user, since) in self._removed else ""
        before, deleting = await still(), await still()
        if not (before and deleting):
            return ""
        del self.homes[hub_id, user]
        self._removed.add((hub_id, user, since))
        return "nowhere"

    async def logs(self, hub_id: str, lines: int) -> Sequence[str]:
        """What happened."""
        self.seen(hub_id)
        return self._log[hub_id][-lines:]


class RehearsalInsiders:
    """People inside hubs of a rehearsal: they are there once they `visit`."""

    def __init__(self, of: RehearsalEngine, now: clock.Clock) -> None:
        self._of = of
        self._now = now
        self._inhabitants: dict[str, Inhabitants] = {}
        self.breaks: Callable[[desired.DesiredHub], probing.Part | None] = lambda _hub: None
        """What of a user's story does not work with these settings."""

    def _in(self, hub_id: str) -> Inhabitants:
        self._of.seen(hub_id)
        return self._inhabitants.setdefault(hub_id, Inhabitants())

    async def _awake(self, hub_id: str) -> Inhabitants:
        found = self._in(hub_id)
        await self._of.wake(hub_id)
        return found

    def _if_awake(self, hub_id: str) -> Inhabitants | None:
        found = self._in(hub_id)
        return found if self._of.seen(hub_id).state == engine.HubState.AWAKE else None

    def visit(self, hub_id: str, user: str, groups: Collection[str] = ()) -> None:
        """Somebody signs in at the hub, with the groups that the portal says."""
        inhabitants = self._in(hub_id)
        inhabitants.known.add(user)
        self._of.homes.setdefault((hub_id, user), None)
        for group, members in inhabitants.groups.items():
            (members.add if group in groups else members.discard)(user)

    def change_in_panel(self, hub_id: str, group: str, user: str, *, by: str) -> None:
        """A representative puts somebody into a group in JupyterHub's own panel."""
        inhabitants = self._in(hub_id)
        inhabitants.groups[group].add(user)
        inhabitants.changes.append((self._now(), group, by))

    def may_open(self, hub_id: str, owner: str, user: str) -> bool:
        """Whether a server is open to somebody now."""
        until = self._in(hub_id).open_to.get((owner, user))
        return user == owner or (until is not None and self._now() < until)

    def login_secret(self, hub_id: str) -> str:
        """A secret that is none: there is nothing to be kept."""
        self._of.seen(hub_id)
        return hashlib.sha256(f"rehearsal {hub_id}".encode()).hexdigest()

    async def end_person(self, hub_id: str, user: str) -> None:
        """Forget the person."""
        seen, inhabitants = self._of.seen(hub_id), self._in(hub_id)
        self._of.set_servers(hub_id, [server for server in seen.servers if server.user != user])
        inhabitants.known.discard(user)
        for members in inhabitants.groups.values():
            members.discard(user)
        inhabitants.open_to = {pair: until for pair, until in inhabitants.open_to.items() if user not in pair}

    async def groups_seen(self, hub_id: str) -> Mapping[str, frozenset[str]] | None:
        """The members of the groups with roles."""
        found = self._if_awake(hub_id)
        return None if found is None else {group: frozenset(members) for group, members in found.groups.items()}

    async def set_members(
        self, hub_id: str, group: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> None:
        """Change a group."""
        if group not in sign_on.GROUPS_WITH_ROLES:
            raise errors.RefusedError(f"The group {group} carries no role at hubs.", "Change it at the portal alone.")
        inhabitants = await self._awake(hub_id)
        inhabitants.groups[group] -= set(remove)
        inhabitants.groups[group] |= set(add) & inhabitants.known

    async def admins_seen(self, hub_id: str) -> frozenset[str] | None:
        """Nobody is marked."""
        return None if self._if_awake(hub_id) is None else frozenset()

    async def start_server(self, hub_id: str, user: str) -> None:
        """Running, at once."""
        inhabitants = await self._awake(hub_id)
        _refuse_unknown(inhabitants, hub_id, user)
        servers = self._of.seen(hub_id).servers
        if all(server.user != user for server in servers):
            new = engine.ServerSeen(user=user, name="", started=self._now(), last_activity=None, memory=None)
            self._of.set_servers(hub_id, [*servers, new])

    async def stop_server(self, hub_id: str, user: str) -> None:
        """Ended, at once."""
        await self._awake(hub_id)
        servers = self._of.seen(hub_id).servers
        self._of.set_servers(hub_id, [server for server in servers if (server.user, server.name) != (user, "")])

    async def open_server(self, hub_id: str, owner: str, *, to: str, until: datetime) -> None:
        """Open, until then."""
        if until <= self._now():
            raise errors.CommonhubError("The time until which it is to be open is over.", "Name a later one.")
        inhabitants = await self._awake(hub_id)
        _refuse_unknown(inhabitants, hub_id, owner)
        _refuse_unknown(inhabitants, hub_id, to)
        inhabitants.open_to[owner, to] = until

    async def close_server(self, hub_id: str, owner: str, *, to: str) -> None:
        """Closed."""
        (await self._awake(hub_id)).open_to.pop((owner, to), None)

    async def probe(self, hub_id: str, door: probing.Door, limits: probing.Limits) -> probing.Verdict:  # noqa: ARG002
        """As `breaks` says."""
        await self._awake(hub_id)
        failed = self.breaks(self._of.settings[hub_id])
        if failed is None:
            return probing.Verdict(failed=None)
        return probing.Verdict(failed=failed, who=probing.NEWCOMER, words=f"The {failed} did not work.")

    async def who_changed(self, hub_id: str, group: str, user: str, *, since: datetime) -> str:  # noqa: ARG002
        """Who did it."""
        changes = reversed(self._in(hub_id).changes)
        return next((by for at, changed, by in changes if changed == group and at >= since), "")


def _refuse_unknown(inhabitants: Inhabitants, hub_id: str, user: str) -> None:
    if user not in inhabitants.known:
        raise errors.NotFoundError(
            f"{user} has never signed in at {hub_id}.", f"Ask {user} to open the hub once, then try again."
        )
