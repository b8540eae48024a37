"""What people say about themselves: their name, their time zone, their language."""

import zoneinfo
from datetime import datetime

from django.conf import settings

from commonhub.communities import allowing, finding, models
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.assignments import FLEET


@verb("account.describe")
def change(asker: Asker, *, name: str, time_zone: str, language: str, now: datetime) -> models.Person:
    """Change how one is called and in which zone and language one reads. One's own, so no permission."""
    if asker.scopes is not None:
        raise errors.RefusedError("A token can't change its person's account.", "Sign in and change it there.")
    person = finding.person(asker.handle)
    person.name = check_name(name)
    if time_zone and time_zone not in zoneinfo.available_timezones():
        raise errors.CommonhubError(f"{time_zone[:60]!r} is no time zone.", "Write one like Africa/Nairobi.")
    if language and language not in dict(settings.LANGUAGES):
        raise errors.CommonhubError(f"There is no language {language[:10]!r} here.", "Choose one of those offered.")
    person.time_zone, person.language = time_zone, language
    person.save()
    allowing.note(
        asker,
        None,
        verb="account.describe",
        words="Changed their name, time zone or language.",
        subject=person.handle,
        place=FLEET,
        now=now,
    )
    return person


def check_name(name: str) -> str:
    """A person's name in its standard form. Raises CommonhubError where there is none, or it hides its letters."""
    plain = " ".join(name.split())
    if not plain or len(plain) > 200 or not plain.isprintable():
        raise errors.CommonhubError("That name can't be shown to others.", "Write 1 to 200 ordinary letters.")
    return plain
