"""Who asks, and by which door. Pure, and told from one process to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonhub.audit import entries
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks.

    `handle` is a person's, or `machine:<user>` for the owner of the machine, who `owns` it. `scopes` are those of
    the token that they came with, None where they came themselves. `via`: portal, api, cli, hub or keeper.
    """

    handle: str
    name: str
    via: str
    scopes: frozenset[Permission] | None = None
    owns: bool = False

    @property
    def actor(self) -> deciding.Actor:
        """As the rules know them."""
        return deciding.Actor(id=self.handle, scopes=self.scopes, owns=self.owns)

    def told(self) -> dict[str, Any]:
        """As one process tells the next. Ownership is not told: the kernel says it."""
        scopes = None if self.scopes is None else sorted(self.scopes)
        return {"handle": self.handle, "name": self.name, "via": self.via, "scopes": scopes}


def machine_owner(user: str) -> Asker:
    """Whoever owns the machine, at its terminal."""
    return Asker(handle=f"machine:{user}", name=f"{user} at this machine", via="cli", owns=True)


def heard(told: Mapping[str, Any]) -> Asker:
    """The asker whom another process tells of. Scopes that are no permissions any more give nothing.

    Raises CommonhubError where it does not say who, or comes by no known door.
    """
    scopes, handle, via = told.get("scopes"), told.get("handle"), told.get("via")
    if not isinstance(handle, str) or not handle or via not in set(entries.Via):
        raise errors.CommonhubError("It is not said who asks.", "Say it as hubs/keeper_client.py does.")
    known = {str(each): each for each in Permission}
    return Asker(
        handle=handle[:200],
        name=str(told.get("name", ""))[:200],
        via=via,
        scopes=None if scopes is None else frozenset(known[str(word)] for word in scopes if str(word) in known),
    )
