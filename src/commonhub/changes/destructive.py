"""What goes when a hub or a community is taken away, said before it is: people, servers, files, and until when it can be had back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Sum

from commonhub.changes import kinds as table
from commonhub.communities import allowing, finding
from commonhub.communities import models as community_models
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.verbs import verb
from commonhub.fleet import quantities
from commonhub.hubs import models as hub_models
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

_STAYS: Final = {
    "temporary-homes": (
        "{hubs}: files are not kept any more. What {people} people write goes when their server stops, "
        "and what they have now ({homes}) is no longer there for them."
    ),
    "engine": ("{hubs}: it begins anew on another engine. The files of {people} people ({homes}) do not go with it."),
}
"""What goes where the hub stays, by the kind of the change."""


@dataclass(frozen=True, kw_only=True)
class Going:
    """What would go. `home_bytes` is None where homes were never measured; `until`: when it could no longer be had back."""

    name: str  # what must be typed
    hubs: tuple[str, ...]
    people: int
    servers: int
    home_bytes: int | None
    until: datetime
    kinds: tuple[str, ...] = ()  # of change, that take it; none: it is taken away as a whole

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words."""
        return (*self.losses, f"To confirm it, type {self.name}.")

    @property
    def losses(self) -> tuple[str, ...]:
        """What goes, in words."""
        homes = "of a size that was not measured" if self.home_bytes is None else quantities.size_text(self.home_bytes)
        hubs = ", ".join(self.hubs) or "No hub"
        found = [
            _STAYS[kind].format(hubs=hubs, people=self.people, homes=homes) for kind in self.kinds if kind in _STAYS
        ]
        if len(found) == len(self.kinds) > 0:
            return tuple(found)
        return (
            *found,
            f"{hubs}: the address answers no more.",
            f"{self.people} people lose their access; {self.servers} servers that run now end.",
            f"Their files ({homes}) are kept until {self.until:%Y-%m-%d}, and come back with the hub until then.",
        )

    def told(self) -> dict[str, Any]:
        """As doors show it."""
        return {
            "name": self.name,
            "hubs": list(self.hubs),
            "people": self.people,
            "servers": self.servers,
            "home_bytes": self.home_bytes,
            "until": self.until.isoformat(timespec="seconds"),
            "sentences": list(self.sentences),
        }


@verb("change.what-goes", Permission.CHANGE_PROPOSE, looks=True)
def what_goes(asker: Asker, _folder: Folder, name: str, *, kinds: tuple[str, ...] = (), now: datetime) -> Going:
    """See what would go with a hub or a community.

    `kinds`: those of a change that takes something from it. `name` "": the whole fleet.
    """
    community, _, hub = name.partition("/")
    allowing.allow(asker, Permission.CHANGE_PROPOSE, Place(community=community, hub=hub), now=now)
    if hub:
        hubs: tuple[str, ...] = (finding.hub(name).hub_id,)
    else:
        rows = finding.community(community).hubs.all() if community else community_models.Hub.objects.all()
        hubs = tuple(rows.filter(in_fleet=True).values_list("hub_id", flat=True))
    members = community_models.Membership.objects.filter(hub_id__in=hubs, removed=None)
    seen = hub_models.HubRecord.objects.filter(hub_id__in=hubs)
    return Going(
        name=name,
        hubs=hubs,
        people=members.values("person").distinct().count(),
        servers=hub_models.ServerRecord.objects.filter(hub_id__in=hubs).count(),
        home_bytes=seen.aggregate(all=Sum("home_bytes"))["all"],
        until=now + timedelta(days=table.shipped().numbers["grace_days"]),
        kinds=kinds,
    )
