"""What the keeper does to people inside local hubs: by the hub's own API, and by its hand on the servers themselves."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from commonhub.engines import engine, probing, sign_on
from commonhub.engines.local import (
    hub,
    hub_api,
    hub_folder,
    ledger,
    machine,
    panel_log,
    petitions,
    places,
    probe_guests,
)
from commonhub.engines.local import servers as people_servers
from commonhub.frontdoor import queue
from commonhub.ground import clock, errors

logger = logging.getLogger(__name__)

DONE_WITHIN = 90.0  # seconds for a hub to start or stop a server, or to let go of a person
PAUSE = 0.2  # seconds between two looks
BUSY_MAX = 3.0  # seconds; JupyterHub would wait a minute for a server that was ended while it started
BARRED = 30.0  # seconds in which a hub that is still busy with a person gets no server for them
State = engine.HubState


class LocalInsiders:
    """Keeps `engine.Insiders` for one local engine."""

    def __init__(
        self,
        *,
        where: places.Places,
        on: machine.Machine,
        book: ledger.Ledger,
        people: people_servers.Servers,
        gates: petitions.Petitions,
        known: Callable[[str], hub.LocalHub],
        wake: Callable[[str], Awaitable[None]],
        restart: Callable[[str], Awaitable[None]],
        portal_url: str,
        now: clock.Clock,
    ) -> None:
        self._where = where
        self._on = on
        self._book = book
        self._people = people
        self._gates = gates
        self._known = known
        self._wake = wake
        self._restart = restart
        self._portal_url = portal_url
        self._now = now

    # -- the hub's API

    def _api(self, one: hub.LocalHub) -> hub_api.HubApi:
        return hub_api.HubApi(
            hub_id=one.id,
            socket=queue.HubSocket(path=self._where.hub_socket(one.id), uid=self._on.account(one.account)),
            base_path=one.settings.base_path,
            token=hub_folder.secret(one.id, "keeper_token", self._where),
        )

    async def _awake(self, hub_id: str) -> hub_api.HubApi:
        one = self._known(hub_id)
        await self._wake(hub_id)
        return self._api(one)

    def _api_if_awake(self, hub_id: str) -> hub_api.HubApi | None:
        one = self._known(hub_id)
        return self._api(one) if one.state == State.AWAKE else None

    # -- people

    def login_secret(self, hub_id: str) -> str:
        """The hub's client secret at the portal."""
        return hub_folder.secret(self._known(hub_id).id, "portal_secret", self._where)

    async def end_person(self, hub_id: str, user: str) -> None:
        """Stop their servers at once, then have the hub forget them; their home is left alone."""
        one = self._known(hub_id)
        self._gates.bar(hub_id, user, DONE_WITHIN + BARRED)
        try:
            await self._people.stop_person(hub_id, user)
            if one.state == State.RETIRED:
                return
            await self._forget(hub_id, user)
            await self._people.stop_person(hub_id, user)
            for row in self._book.openings():
                if row.hub == hub_id and user in {row.owner, row.guest}:
                    self._book.remove_opening(row.hub, row.owner, row.guest)
        finally:
            self._gates.bar(hub_id, user, BARRED)

    async def _forget(self, hub_id: str, user: str) -> None:
        """Have the hub delete the person. A hub that waits for a server of theirs, which never comes, is started anew."""
        api = await self._awake(hub_id)
        loop = asyncio.get_running_loop()
        started_anew_at = loop.time() + BUSY_MAX

        async def gone() -> bool:
            nonlocal started_anew_at
            answer = await api.ask("DELETE", "users", user)
            if answer.status not in {400, 500, 503}:  # 400 while a server stops, 500 while one starts
                return bool(api.good(answer, 404))
            if loop.time() > started_anew_at:
                started_anew_at = math.inf  # once: what does not help the first time is no such wait
                await self._restart(hub_id)
            return False

        await _until(gone, f"{hub_id} did not let go of {user} in time.")

    async def groups_seen(self, hub_id: str) -> Mapping[str, frozenset[str]] | None:
        """The members of the groups with roles."""
        api = self._api_if_awake(hub_id)
        if api is None:
            return None
        found = {group: await api.members(group) for group in sign_on.GROUPS_WITH_ROLES}
        return {group: members for group, members in found.items() if members is not None}

    async def set_members(
        self, hub_id: str, group: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> None:
        """Put people into a group with a role, and take people out."""
        if group not in sign_on.GROUPS_WITH_ROLES:
            raise errors.RefusedError(f"The group {group} carries no role at hubs.", "Change it at the portal alone.")
        api = await self._awake(hub_id)
        for method, people in (("DELETE", remove), ("POST", add)):
            await _change(api, method, group, sorted(people))

    async def admins_seen(self, hub_id: str) -> frozenset[str] | None:
        """Who is marked as an administrator."""
        api = self._api_if_awake(hub_id)
        return None if api is None else await api.administrators()

    # -- servers

    async def start_server(self, hub_id: str, user: str) -> None:
        """Have the hub start the person's server, and wait until it answers."""
        api = await self._awake(hub_id)
        answer = await api.ask("POST", "users", user, "server")
        if answer.status == 404:
            raise _unknown(hub_id, user)
        if answer.status == 403:
            raise errors.RefusedError(
                f"{user} has to sign in at {hub_id} again before a server is started.", f"Ask {user} to open the hub."
            )
        server = await api.server(user)
        if not (answer.status == 400 and server and server.there):  # 400: it runs, or is about to
            api.good(answer)

        async def ready() -> bool:
            server = await api.server(user)
            if server is None or not (server.there or server.pending):
                raise errors.CommonhubError(
                    f"The server of {user} did not start.", f"Read `commonhub hub logs {hub_id}`."
                )
            return server.ready

        await _until(ready, f"The server of {user} did not start in time.")

    async def stop_server(self, hub_id: str, user: str) -> None:
        """Have the hub stop the person's server; where the hub cannot, it is stopped all the same."""
        key = people_servers.ServerKey(hub_id, user)
        try:
            api = await self._awake(hub_id)

            async def gone() -> bool:
                answer = await api.ask("DELETE", "users", user, "server")
                api.good(answer, 400, 404)  # 400 while it starts: it can be stopped when it is there
                server = await api.server(user)
                return server is None or not (server.there or server.pending)

            await _until(gone, f"The server of {user} did not stop in time.")
        finally:
            await self._people.stop(key)

    async def open_server(self, hub_id: str, owner: str, *, to: str, until: datetime) -> None:
        """Share the owner's server with one person; JupyterHub keeps the share, the ledger keeps its end."""
        if until <= self._now():
            raise errors.CommonhubError("The time until which it is to be open is over.", "Name a later one.")
        api = await self._awake(hub_id)
        row = ledger.OpeningRow(hub=hub_id, owner=owner, guest=to, until=until.timestamp())
        before = [each for each in self._book.openings() if (each.hub, each.owner, each.guest) == (hub_id, owner, to)]
        self._book.save_opening(row)  # first: a keeper killed between the two closes what it may have opened
        answer = await api.ask("POST", "shares", owner, "", body={"user": to})
        if answer.status < 300:
            return
        if not before:
            self._book.remove_opening(hub_id, owner, to)
        if answer.status == 404:
            raise _unknown(hub_id, owner)
        if answer.status == 400:
            raise _unknown(hub_id, to)
        api.good(answer)

    async def close_server(self, hub_id: str, owner: str, *, to: str) -> None:
        """Take the share back."""
        api = await self._awake(hub_id)
        api.good(await api.ask("PATCH", "shares", owner, "", body={"user": to}), 404)
        self._book.remove_opening(hub_id, owner, to)

    async def close_expired(self) -> None:
        """Close every server whose time of being open is over. What cannot be closed now is tried again."""
        now = self._now().timestamp()
        for row in self._book.openings():
            if row.until > now:
                return
            try:
                # A hub that cannot be asked lets nobody in; its share is taken back when it is awake again.
                if self._known(row.hub).state not in {State.FAILED, State.RETIRED}:
                    await self.close_server(row.hub, row.owner, to=row.guest)
            except errors.NotFoundError:  # the hub is gone, and its shares with it
                self._book.remove_opening(row.hub, row.owner, row.guest)
            except errors.CommonhubError as error:
                logger.warning("the server of %s at %s is not closed to %s yet: %s", *_named(row), error)

    async def probe(self, hub_id: str, door: probing.Door, limits: probing.Limits) -> probing.Verdict:
        """Try a user's story on the hub."""
        self._known(hub_id)
        guests = probe_guests.ProbeGuests(
            where=self._where,
            authorize=self._portal_url + sign_on.AUTHORIZE if self._portal_url else "",
            awake=self._awake,
            settings=lambda one: self._known(one).settings,
            forget=self._let_go,
            stop=self.stop_server,
        )
        return await guests.probe(hub_id, door, limits)

    async def _let_go(self, hub_id: str, user: str) -> None:
        """As `end_person`, for somebody who comes back at once."""
        await self._people.stop_person(hub_id, user)
        await self._forget(hub_id, user)
        await self._people.stop_person(hub_id, user)

    async def who_changed(self, hub_id: str, group: str, user: str, *, since: datetime) -> str:
        """Who did it, by the hub's log."""
        base_path = self._known(hub_id).settings.base_path
        lines = await asyncio.to_thread(panel_log.tail, hub_folder.log(hub_id, "hub", self._where))
        return panel_log.who_changed(lines, base_path=base_path, group=group, user=user, since=since)


def _named(row: ledger.OpeningRow) -> tuple[str, str, str]:
    return row.owner, row.hub, row.guest


def _unknown(hub_id: str, user: str) -> errors.NotFoundError:
    return errors.NotFoundError(
        f"{user} has never signed in at {hub_id}.", f"Ask {user} to open the hub once, then try again."
    )


async def _until(true: Callable[[], Awaitable[bool]], in_vain: str) -> None:
    """Look again and again, no longer than is decent; then say what was waited for in vain."""
    try:
        async with asyncio.timeout(DONE_WITHIN):
            while True:
                if await true():
                    return
                await asyncio.sleep(PAUSE)
    except TimeoutError as error:
        raise errors.UnavailableError(in_vain, "Try again in a minute.") from error


async def _change(api: hub_api.HubApi, method: str, group: str, people: list[str]) -> None:
    """Add or remove people; a person unknown to the hub spoils the whole list for JupyterHub, so they are told apart."""
    if not people:
        return
    answer = await api.ask(method, "groups", group, "users", body={"users": people})
    if answer.status == 404:
        raise errors.NotFoundError(
            f"{api.hub_id} has no group {group}.", "Let people sign in to this hub at the portal: login commonhub."
        )
    if answer.status != 400:
        api.good(answer)
    elif len(people) > 1:
        for half in (people[: len(people) // 2], people[len(people) // 2 :]):
            await _change(api, method, group, half)
