"""People who ask to use a hub, and those who answer them."""

from datetime import datetime
from typing import Final

from commonhub.communities import access, allowing, finding, models, notices, roster
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission

LONGEST = 1_000  # characters of a reason
MOST = 200  # requests that are listed at once
_TOLD: Final = ("words", "at", "accepted", "person__handle", "person__name")  # a person is a wide row


@verb("join.ask")
def ask(asker: Asker, hub_id: str, person: models.Person, *, words: str = "", now: datetime) -> models.JoinRequest:
    """Ask to use a hub; asking again while it waits changes nothing. Their own act, so no permission."""
    hub = finding.hub(hub_id)
    if access.standing(hub_id, person, now=now).allowed:
        raise errors.RefusedError(f"You may use {hub.title} already.", "Open it.")
    if not hub.requests:
        raise errors.RefusedError(
            f"{hub.title} takes no requests.", "Its people are invited: ask somebody who leads the community."
        )
    waiting = models.JoinRequest.objects.filter(hub=hub, person=person, answered=None).first()
    if waiting is not None:
        return waiting
    made = models.JoinRequest.objects.create(hub=hub, person=person, words=words.strip()[:LONGEST], at=now)
    allowing.note(
        asker,
        None,
        verb="join.ask",
        words=f"{person.name} asked to use {hub_id}.",
        subject=person.handle,
        place=place_of(hub_id),
        now=now,
    )
    return made


@verb("join.answer", Permission.JOIN_ANSWER)
def answer(
    asker: Asker, hub_id: str, number: int, *, accept: bool, words: str = "", now: datetime
) -> models.JoinRequest:
    """Let somebody in who asked, or decline with a word why; they are told."""
    allowed = allowing.allow(asker, Permission.JOIN_ANSWER, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    rows = models.JoinRequest.objects.select_for_update(of=("self",)).filter(pk=number, hub=hub)
    row = rows.select_related("person").first()
    if row is None:
        raise errors.NotFoundError(f"There is no request {number} to join {hub_id}.", "Look at the list of requests.")
    if row.answered is not None:
        raise errors.RefusedError(
            f"{row.answered_by} answered this request on {row.answered:%Y-%m-%d}.", "Add or remove the person instead."
        )
    row.answered, row.answered_by, row.accepted, row.answer = now, asker.handle, accept, words.strip()[:LONGEST]
    row.save()
    if accept:
        roster.put(hub, row.person, via="request", by=asker.handle, now=now)
    said = "let you use" if accept else "did not let you use"
    notices.tell(
        row.person,
        f"{asker.name} {said} {hub.title}." + (f" {row.answer}" if row.answer else ""),
        url=f"/hubs/{hub_id}" if accept else "",
        now=now,
    )
    done = "Let" if accept else "Declined to let"
    allowing.note(
        asker,
        allowed,
        verb="join.answer",
        words=f"{done} {row.person.name} use {hub_id}, who had asked.",
        subject=row.person.handle,
        now=now,
    )
    return row


def waiting(hub_ids: list[str], *, most: int = MOST) -> list[models.JoinRequest]:
    """Requests that nobody has answered, oldest first."""
    rows = models.JoinRequest.objects.filter(hub_id__in=hub_ids, answered=None)
    return list(rows.select_related("person").only(*_TOLD)[:most])


def count_waiting(hub_id: str) -> int:
    """How many requests to use a hub nobody has answered."""
    return models.JoinRequest.objects.filter(hub=hub_id, answered=None).count()
