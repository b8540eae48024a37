"""A real hub whose people sign in at a portal; the portal is foreign and small, everything else is real."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines import engine, sign_on
from commonhub.fleet import desired
from engines.contract import HUB, hub
from engines.local import foreign_portal, hubstage

ADMINISTRATORS, REPRESENTATIVES = sign_on.HUB_ADMINISTRATORS, sign_on.COMMUNITY_REPRESENTATIVES
AT_PORTAL = {"login": desired.LoginKind.COMMONHUB}


@dataclass
class Lodge:
    """One machine with a hub, its portal, and the people who come."""

    machine: hubstage.Machine
    portal: foreign_portal.ForeignPortal
    stack: contextlib.AsyncExitStack

    @property
    def keeping(self) -> hubstage.Keeping:
        assert self.machine.keeping is not None
        return self.machine.keeping

    @property
    def inside(self) -> engine.Insiders:
        return self.keeping.engine.inside

    async def prepare(self, hub_id: str = HUB, **settings) -> None:
        await self.keeping.engine.ensure(hub(hub_id, **AT_PORTAL, **settings))
        self.portal.secret_of[sign_on.client_id_of(hub_id)] = self.inside.login_secret(hub_id)

    async def wake(self, hub_id: str = HUB) -> None:
        await self.keeping.engine.wake(hub_id)
        await self.keeping.engine.roads.repair()

    def member(self, name: str, hub_id: str = HUB) -> foreign_portal.Member:
        one = self.keeping.engine.known(hub_id).settings
        port = self.machine.public.listen_port
        return foreign_portal.Member(
            url=f"http://{one.addresses[0]}:{port}{one.base_path}", name=name, portal=self.machine.public.url
        )

    async def arrive(self, name: str, *groups: str, hub_id: str = HUB) -> foreign_portal.Member:
        """Somebody whom the portal lets in, signed in with a token of their own."""
        self.portal.admit(name, *groups)
        member = await self.stack.enter_async_context(self.member(name, hub_id))
        await member.enter()
        return member

    def people(self, hub_id: str = HUB) -> list[str]:
        """Whose servers run."""
        return [server.user for server in self.keeping.engine.servers.seen(hub_id)]


@contextlib.asynccontextmanager
async def lodge_in(state: Path, *, nursery: bool = True) -> AsyncIterator[Lodge]:
    async with contextlib.AsyncExitStack() as stack, hubstage.machine_of(state, nursery=nursery) as machine:
        portal = foreign_portal.ForeignPortal(url=machine.public.url)
        await portal.open(machine.of.web_socket)
        stack.push_async_callback(portal.close)
        yield Lodge(machine, portal, stack)
