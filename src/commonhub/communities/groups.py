"""A community's groups of people."""

import re
from datetime import datetime
from typing import Final

from commonhub.communities import allowing, endings, finding, models
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""What a group may be called: its name stands in folders and menus."""


def find(community: str, name: str) -> models.Group:
    """The group. Raises NotFoundError where there is none."""
    found = models.Group.objects.filter(community_id=community, name=name).first()
    if found is None:
        raise errors.NotFoundError(f"{community} has no group {name[:40]}.", "Make it first, or look at the list.")
    return found


@verb("group.create", Permission.GROUP_CREATE)
def create(asker: Asker, community: str, name: str, *, title: str = "", now: datetime) -> models.Group:
    """Make a group; one that is there already is given back as it is."""
    allowed = allowing.allow(asker, Permission.GROUP_CREATE, Place(community=community), now=now)
    of = finding.community(community)
    if not NAME.fullmatch(name):
        raise errors.CommonhubError(
            f"{name[:40]!r} can't be the name of a group.",
            "Use up to 40 small letters, digits and hyphens; begin with a letter.",
        )
    made, new = models.Group.objects.get_or_create(
        community=of, name=name, defaults={"title": title.strip()[:200] or name}
    )
    if new:
        allowing.note(asker, allowed, verb="group.create", words=f"Made the group {name} of {community}.", now=now)
    return made


@verb("group.remove", Permission.GROUP_REMOVE)
def remove(asker: Asker, community: str, name: str, *, now: datetime) -> None:
    """Remove a group; its people stay.

    Who came to a hub by it alone loses what they have open there.
    """
    allowed = allowing.allow(asker, Permission.GROUP_REMOVE, Place(community=community), now=now)
    find(community, name).delete()
    endings.end_where_shut(_opened_by(community, name), now=now)
    allowing.note(asker, allowed, verb="group.remove", words=f"Removed the group {name} of {community}.", now=now)


@verb("group.change", Permission.GROUP_CHANGE)
def change(asker: Asker, community: str, name: str, *, handle: str, inside: bool, now: datetime) -> None:
    """Put a person into a group, or take them out; what is so already stays.

    Who came to a hub by it alone loses, with the group, what they have open there.
    """
    allowed = allowing.allow(asker, Permission.GROUP_CHANGE, Place(community=community), now=now)
    group, person = find(community, name), finding.person(handle)
    rows = models.GroupMember.objects.filter(group=group, person=person)
    if rows.exists() == inside:
        return
    if inside:
        models.GroupMember.objects.create(group=group, person=person, at=now)
    else:
        rows.delete()
        endings.end_where_not_allowed(person, _opened_by(community, name), now=now)
    words = f"Put {person.name} into the group {name}." if inside else f"Took {person.name} out of the group {name}."
    allowing.note(asker, allowed, verb="group.change", words=words, subject=handle, now=now)


def _opened_by(community: str, name: str) -> list[str]:
    """The hubs whose people a group's are, as their files say it."""
    hubs = models.Hub.objects.filter(community=community, in_fleet=True)
    return [hub.hub_id for hub in hubs if name in hub.groups]
