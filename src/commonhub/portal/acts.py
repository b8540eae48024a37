"""What the portal asks of the keeper, and where it finds the keeper."""

from typing import Protocol

from django.conf import settings

from commonhub.hubs import keeper_client

VERBS = ("wake", "sleep", "restart")


class Keeper(Protocol):
    """The one who acts on hubs. Each may raise `CommonhubError`."""

    def act(self, verb: str, hub_id: str, actor: str) -> None:
        """Ask for one of `VERBS` in the name of `actor`."""

    def log(self, hub_id: str, lines: int) -> list[str]:
        """The last lines of the hub's log, oldest first."""

    def plan(self, hub_id: str) -> list[str]:
        """What will be done next to the hub, one sentence a step; empty where nothing will."""


def keeper() -> Keeper:
    """The keeper of this portal, behind the socket that the settings name."""
    return keeper_client.KeeperClient(settings.COMMONHUB_KEEPER_SOCKET)
