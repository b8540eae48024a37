"""Probes of local hubs: the guests are let in, tell their story through the front door, and leave nothing behind."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from commonhub.engines import probing, story
from commonhub.engines.local import clearing, hub_api, hub_folder, places
from commonhub.fleet import desired
from commonhub.ground import errors

logger = logging.getLogger(__name__)

TOKEN_SECONDS = 900  # a guest's token ends by itself, whatever happens to us


@dataclass(frozen=True, kw_only=True)
class ProbeGuests:
    """Lets the two guests of `probing.GUESTS` into local hubs."""

    where: places.Places
    authorize: str  # where people sign in with their account; "" where there is no portal
    awake: Callable[[str], Awaitable[hub_api.HubApi]]  # wakes the hub
    settings: Callable[[str], desired.DesiredHub]
    forget: Callable[[str, str], Awaitable[None]]  # ends their server, and has the hub forget them
    stop: Callable[[str, str], Awaitable[None]]  # ends their server

    async def probe(self, hub_id: str, door: probing.Door, limits: probing.Limits) -> probing.Verdict:
        """Tell the story for a newcomer, then for somebody who was there before."""
        at_portal = self.settings(hub_id).login is desired.LoginKind.COMMONHUB
        unknown = ("Nobody signed in at the portal: only the way there was looked at.",) if at_portal else ()

        async def one(who: str) -> None:
            api = await self.awake(hub_id)
            if who == probing.NEWCOMER:
                await self._clear(hub_id)
            async with story.visit(door, who, limits, authorize=self.authorize) as guest:
                await guest.sees_hub()
                if at_portal:
                    await guest.is_sent_to_login()
                    guest.token = await self._token(api, who)
                else:
                    await guest.signs_in(hub_folder.login(hub_id, self.where).user_password)
                await guest.works()

        try:
            return await story.tell(one, limits=limits, unknown=unknown)
        finally:
            await self._leave(hub_id)

    async def _token(self, api: hub_api.HubApi, who: str) -> str:
        api.good(await api.ask("POST", "users", who), 409)  # 409: the hub knows them already
        body = {"note": story.NOTE, "expires_in": TOKEN_SECONDS}
        answer = api.good(await api.ask("POST", "users", who, "tokens", body=body))
        return str(answer.body["token"])

    async def _leave(self, hub_id: str) -> None:
        """Nothing of the newcomer stays, and no server of either; what cannot be cleared now is before the next probe."""
        try:
            await self._clear(hub_id)
            await self.stop(hub_id, probing.REGULAR)
        except (errors.CommonhubError, OSError) as error:
            logger.warning("a probe of %s left something behind: %s", hub_id, error)

    async def _clear(self, hub_id: str) -> None:
        await self.forget(hub_id, probing.NEWCOMER)
        home = self.where.home(hub_id, probing.NEWCOMER)
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(clearing.delete, home)  # above a home everything is the keeper's
