"""What people have to be told, kept until they have seen it."""

from datetime import datetime

from commonhub.communities import models


def tell(person: models.Person, words: str, *, now: datetime, url: str = "") -> None:
    """Put a notice on a person's list. `url` is a path of the portal."""
    models.Notice.objects.create(person=person, at=now, words=words, url=url)


def unseen(person: models.Person) -> list[models.Notice]:
    """What they have not seen yet, newest first."""
    return list(models.Notice.objects.filter(person=person, seen=None)[:50])


def see(person: models.Person, number: int, *, now: datetime) -> None:
    """They have seen it; twice is once, and another's is left alone."""
    models.Notice.objects.filter(person=person, pk=number, seen=None).update(seen=now)
