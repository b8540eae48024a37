"""What goes when a hub or a community is taken away, said before it is: people, servers, files, and until when it can be had back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from commonhub.changes import kinds
from commonhub.communities import allowing, finding
from commonhub.communities import models as community_models
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.verbs import verb
from commonhub.fleet import quantities
from commonhub.hubs import models as hub_models
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Going:
    """What would go. `home_bytes` is None where homes were never measured; `until`: when it could no longer be had back."""

    name: str  # what must be typed
    hubs: tuple[str, ...]
    people: int
    servers: int
    home_bytes: int | None
    until: datetime

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words."""
        homes = "of a size that was not measured" if self.home_bytes is None else quantities.size_text(self.home_bytes)
        return (
            f"{', '.join(self.hubs) or 'No hub'}: the address answers no more.",
            f"{self.people} people lose their access; {self.servers} servers that run now end.",
            f"Their files ({homes}) are kept until {self.until:%Y-%m-%d}, and come back with the hub until then.",
            f"To confirm it, type {self.name}.",
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
def what_goes(asker: Asker, _folder: Folder, name: str, *, now: datetime) -> Going:
    """See what would go with a hub or a community."""
    community, _, hub = name.partition("/")
    allowing.allow(asker, Permission.CHANGE_PROPOSE, Place(community=community, hub=hub), now=now)
    if hub:
        hubs: tuple[str, ...] = (finding.hub(name).hub_id,)
    else:
        found = finding.community(community)
        hubs = tuple(found.hubs.filter(in_fleet=True).values_list("hub_id", flat=True))
    members = community_models.Membership.objects.filter(hub_id__in=hubs, removed=None)
    seen = hub_models.HubRecord.objects.filter(hub_id__in=hubs)
    return Going(
        name=name,
        hubs=hubs,
        people=members.values("person").distinct().count(),
        servers=hub_models.ServerRecord.objects.filter(hub_id__in=hubs).count(),
        home_bytes=seen.aggregate(all=Sum("home_bytes"))["all"],
        until=now + timedelta(days=kinds.shipped().numbers["grace_days"]),
    )
