"""When hubs get what the fleet folder says: the keeper asks a pace, which lives on a floor above."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from commonhub.engines import engine
from commonhub.hubs import holds, plan, wishes


class Pace(Protocol):
    """Says which hubs are held, and at what. Everything it says is on disk: the next keeper hears the same."""

    async def meet(
        self, wish: wishes.Wish, steps: Sequence[plan.Step], seen: Mapping[str, engine.HubSeen]
    ) -> Mapping[str, holds.Hold]:
        """Hear what would be done now; gives the hubs that are held instead, by id.

        `steps` lead from what is to what the commit in force wants. Asked before every application, often of the same.
        """
        ...


class AtOnce:
    """Holds nothing: every hub gets what is wanted as soon as it is known."""

    async def meet(
        self,
        wish: wishes.Wish,  # noqa: ARG002 - the contract's
        steps: Sequence[plan.Step],  # noqa: ARG002
        seen: Mapping[str, engine.HubSeen],  # noqa: ARG002
    ) -> Mapping[str, holds.Hold]:
        """Nothing."""
        return {}
