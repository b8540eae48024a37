"""Hubs as tests want them: every setting but the telling ones has a plain value."""

import dataclasses
import json
from typing import Any

from commonhub.fleet import desired
from commonhub.hubs import plan


def hub(hub_id: str = "reef/main", **settings: Any) -> desired.DesiredHub:
    """A hub of this id; lists become tuples, as the fleet folder's reader makes them."""
    community, name = hub_id.split("/")
    plain = {
        "id": hub_id,
        "community": community,
        "community_title": community.title(),
        "name": name,
        "title": f"{community} {name}",
        "addresses": (f"{name}.{community}.localhost",),
    }
    return desired.from_settings({**plain, **settings})


def kept(of: desired.DesiredHub) -> dict[str, object]:
    """The hub's settings as they come back from a record."""
    settings: dict[str, object] = json.loads(json.dumps(dataclasses.asdict(of), default=str))
    return settings


def applied(of: desired.DesiredHub, **state: Any) -> plan.Applied:
    """The hub as it was applied."""
    return plan.Applied(digest=of.digest, settings=kept(of), **state)
