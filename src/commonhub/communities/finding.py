"""Finds what a request names, or says in words that it is not there."""

from commonhub.communities import models
from commonhub.ground import errors


def hub(hub_id: str) -> models.Hub:
    """The hub. Raises NotFoundError, which says the same of a hub that never was and of one that is gone."""
    found = models.Hub.objects.filter(hub_id=hub_id, in_fleet=True).select_related("community").first()
    if found is None:
        raise errors.NotFoundError(
            f"There is no hub {hub_id[:130]}.", "Look for it among the hubs of your communities."
        )
    return found


def community(name: str) -> models.Community:
    """The community."""
    found = models.Community.objects.filter(name=name, in_fleet=True).first()
    if found is None:
        raise errors.NotFoundError(f"There is no community {name[:64]}.", "Look for it among your communities.")
    return found


def person(handle: str) -> models.Person:
    """The person with this handle."""
    found = models.Person.objects.filter(handle=handle).first()
    if found is None:
        raise errors.NotFoundError(f"Nobody here has the handle {handle[:64]}.", "Ask them for it, or invite them.")
    return found
