"""A person as the one who asks."""

from commonhub.communities.allowing import Asker
from commonhub.communities.people import Person
from commonhub.responsibility.permissions import Permission


def of(person: Person, *, via: str = "portal", scopes: frozenset[Permission] | None = None) -> Asker:
    """The person themselves, or a token of theirs with its scopes."""
    return Asker(handle=person.handle, name=person.get_full_name(), via=via, scopes=scopes)
