"""What the portal asks of the keeper, and where it finds the keeper."""

from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings

from commonhub.communities import allowing
from commonhub.hubs import keeper_client
from commonhub.responsibility.permissions import Permission

VERBS: Mapping[str, Permission] = {
    "wake": Permission.HUB_WAKE,
    "sleep": Permission.HUB_SLEEP,
    "restart": Permission.HUB_RESTART,
}
"""What can be asked of a hub, with the permission that it needs."""
STOP_SERVER = "stop-server"


class Keeper(Protocol):
    """The one who acts on hubs and writes the fleet's files. Each may raise `CommonhubError`."""

    def act(self, verb: str, hub_id: str, asker: allowing.Asker, *, user: str = "") -> None:
        """Ask for one of `VERBS`, or to stop the server of a user. The keeper asks the rules once more."""

    def change_charter(self, verb: str, asker: allowing.Asker, values: Mapping[str, object]) -> str:
        """Change a community's file as a commit in the name of the asker; gives a sentence of what was done."""

    def ask_room(self, room: str, verb: str, asker: allowing.Asker, values: Mapping[str, object]) -> Mapping[str, Any]:
        """Ask a verb of changes or roll-outs in the name of the asker; the keeper holds the fleet's folder for it."""

    def log(self, hub_id: str, lines: int, asker: allowing.Asker) -> list[str]:
        """The last lines of the hub's log, oldest first, for those who may read it."""

    def plan(self, hub_id: str) -> list[str]:
        """What will be done next to the hub, one sentence a step; empty where nothing will."""


def keeper() -> Keeper:
    """The keeper of this portal, behind the socket that the settings name."""
    return keeper_client.KeeperClient(settings.COMMONHUB_KEEPER_SOCKET)
