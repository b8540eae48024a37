"""Taking the audit out: noted like any other act, for whoever holds a copy knows of many people."""

from collections.abc import Iterator
from datetime import datetime

from commonhub.audit import entries, records
from commonhub.communities import allowing
from commonhub.communities.allowing import Asker
from commonhub.communities.verbs import verb
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission


@verb("audit.export", Permission.AUDIT_EXPORT)
def export(asker: Asker, search: entries.Search, *, now: datetime) -> Iterator[str]:
    """The entries of a place that were asked for as JSON Lines, the oldest first; that they were taken out is noted.

    Raises CommonhubError, while they are read, where an entry cannot be read any more.
    """
    allowed = allowing.allow(asker, Permission.AUDIT_EXPORT, search.place, now=now)
    of = "" if search.place == FLEET else f" of {search.place}"
    allowing.note(
        asker,
        allowed,
        verb="audit.export",
        words=f"Took the audit{of} out.",
        details=dict(entries.narrowed_by(search)),
        now=now,
    )
    return records.export(search, reader=entries.Reader(places=(search.place,)))
