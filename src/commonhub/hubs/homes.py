"""Removing the home of one person on one hub: what goes is said first, its name is typed, and for a time it can be had back.

Only where the person may not use the hub any more. Nothing is touched before the time of grace is over; what the keeper
does then is in `leaving`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from commonhub.communities import access, allowing, finding, notices
from commonhub.communities import models as community_models
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.engines import engine
from commonhub.fleet import desired, quantities
from commonhub.ground import errors
from commonhub.hubs import models
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import Permission

ROOM: Final = "homes"  # of the keeper, in which the verbs are asked for
LONGEST: Final = 200  # characters of one value


class Outcome(StrEnum):
    """How it ended."""

    KEPT = "kept"  # it was taken back
    ARCHIVED = "archived"  # it is in an archive, and gone
    NOTHING = "nothing"  # there was no home
    WITH_HUB = "with-hub"  # the whole hub was archived


@dataclass(frozen=True, kw_only=True)
class Going:
    """What would go, or goes. `home_bytes` is None where it was not measured; `until`: when it can no longer be had back."""

    hub: community_models.Hub
    person: community_models.Person
    home_bytes: int | None
    until: datetime
    row: models.HomeRemoval | None  # None: nobody has asked for it

    @property
    def name(self) -> str:
        """What must be typed: the hub and the person."""
        return f"{self.hub.hub_id}/{self.person.handle}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words."""
        size = "of a size that was not measured" if self.home_bytes is None else quantities.size_text(self.home_bytes)
        found = (
            f"The files of {self.person.name} on {self.hub.title} ({size}) are archived on {self.until:%Y-%m-%d}, and then removed.",
            "Until then nothing is touched, and it can be taken back; it is taken back by itself when they may use the hub again.",
            "What they have on other hubs and in shared folders stays.",
        )
        return found if self.row else (*found, f"To confirm it, type {self.name}.")

    def told(self) -> dict[str, Any]:
        """As doors show it."""
        row = self.row
        return {
            "name": self.name,
            "hub": self.hub.hub_id,
            "handle": self.person.handle,
            "home_bytes": self.home_bytes,
            "until": self.until.isoformat(timespec="seconds"),
            "asked": row.at.isoformat(timespec="seconds") if row else None,
            "asked_by": row.by if row else "",
            "trouble": row.trouble if row else "",
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, kw_only=True)
class Homes:
    """What the verbs are told of the rest: the engines by name, and how long a home can be had back."""

    engines: Mapping[str, engine.Engine]
    grace: timedelta

    def engine_of(self, hub_id: str) -> engine.Engine | None:
        """The engine of a hub that was seen."""
        name = models.HubRecord.objects.filter(pk=hub_id).values_list("engine", flat=True).first()
        return self.engines.get(name or "")

    def size(self, hub_id: str, handle: str) -> int | None:
        """Bytes of a home when it was last measured; None where nobody can say."""
        on = self.engine_of(hub_id)
        try:
            return on.home_bytes(hub_id, handle) if on else None
        except errors.NotFoundError:
            return None

    def do(self, asker: Asker, _folder: Folder, verb: str, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Do one of the verbs with `hub`, `handle` and `confirm`, as the keeper hands it on. Raises CommonhubError."""
        hub_id, handle = _text(values, "hub"), _text(values, "handle")
        if verb == "home.what-goes":
            return what_goes(asker, hub_id, handle, of=self, now=now).told()
        if verb == "home.remove":
            going = remove(asker, hub_id, handle, confirm=_text(values, "confirm"), of=self, now=now)
            return going.told() | {"said": going.sentences[0]}
        if verb == "home.keep":
            return {"said": keep(asker, hub_id, handle, now=now)}
        raise errors.NotFoundError(
            f"There is no act {verb[:40]!r}.", "Use one of: home.what-goes, home.remove, home.keep."
        )


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST or "\0" in found:
        raise errors.CommonhubError(f"`{name}` must be text of at most {LONGEST} characters.", "Send it so.")
    return found.strip()


def open_rows(hub_id: str) -> list[models.HomeRemoval]:
    """The homes of a hub that are to go, the next one first."""
    return list(models.HomeRemoval.objects.filter(hub_id=hub_id, ended=None))


def _open(hub_id: str, handle: str) -> models.HomeRemoval | None:
    return models.HomeRemoval.objects.filter(hub_id=hub_id, handle=handle, ended=None).first()


def _going(hub_id: str, handle: str, of: Homes, now: datetime) -> Going:
    """What would go. Raises where it may not: RefusedError says why."""
    hub, person = finding.hub(hub_id), finding.person(handle)
    row = _open(hub_id, handle)
    if row is None:
        _check_out(hub, person, now)
    until = row.goes if row else now + of.grace
    return Going(hub=hub, person=person, home_bytes=of.size(hub_id, handle), until=until, row=row)


def _check_out(hub: community_models.Hub, person: community_models.Person, now: datetime) -> None:
    """Raise RefusedError unless the person was there, may not use the hub any more, and has nothing running."""
    if hub.login != desired.LoginKind.COMMONHUB:
        raise errors.RefusedError(
            f"People do not sign in to {hub.title} with their account here, so nobody here knows whose homes are left.",
            "Ask the engineers who look after it.",
        )
    if not community_models.Membership.objects.filter(hub=hub, person=person).exists():
        raise errors.NotFoundError(
            f"{person.name} was never on the list of {hub.title}.", "Look at the list, and at those who were removed."
        )
    if access.standing(hub.hub_id, person, now=now).allowed:
        raise errors.RefusedError(
            f"{person.name} may use {hub.title}, so their files stay.",
            "End their use first: remove them from the hub's list, and end what they carry there.",
        )
    if models.ServerRecord.objects.filter(hub_id=hub.hub_id, user=person.handle).exists():
        raise errors.RefusedError(
            f"A server of {person.name} runs at {hub.title}, so their files stay.",
            "It ends within seconds of their access; if it does not, stop it on the hub's page.",
        )


@verb("home.what-goes", Permission.HOMES_REMOVE, looks=True)
def what_goes(asker: Asker, hub_id: str, handle: str, *, of: Homes, now: datetime) -> Going:
    """See what would go with a person's home on a hub."""
    allowing.allow(asker, Permission.HOMES_REMOVE, place_of(hub_id), now=now)
    return _going(hub_id, handle, of, now)


@verb("home.remove", Permission.HOMES_REMOVE)
def remove(asker: Asker, hub_id: str, handle: str, *, confirm: str, of: Homes, now: datetime) -> Going:
    """Have a person's home on a hub archived and removed after the time of grace.

    `confirm`: `Going.name`, typed. Asked twice, the first stands.
    """
    allowed = allowing.allow(asker, Permission.HOMES_REMOVE, place_of(hub_id), now=now)
    going = _going(hub_id, handle, of, now)
    if confirm != going.name:
        raise errors.CommonhubError(
            f"This takes away what can't be had back after a time; type {going.name} to confirm it.",
            "See first what goes with it.",
        )
    row, made = models.HomeRemoval.objects.get_or_create(
        hub_id=hub_id, handle=handle, ended=None, defaults={"at": now, "by": asker.handle, "goes": going.until}
    )
    if made:
        allowing.note(
            asker,
            allowed,
            verb="home.remove",
            words=f"Asked that the files of {going.person.name} at {hub_id} be archived and removed on {row.goes:%Y-%m-%d}.",
            subject=handle,
            details={"goes": row.goes.isoformat(timespec="seconds"), "home_bytes": going.home_bytes},
            now=now,
        )
        words = (
            f"Your files on {going.hub.title} will be archived and removed on {row.goes:%Y-%m-%d}; "
            f"ask {_whom(asker, allowed)} if you want them."
        )
        notices.tell(going.person, words, now=now)
    return Going(hub=going.hub, person=going.person, home_bytes=going.home_bytes, until=row.goes, row=row)


def _whom(asker: Asker, allowed: deciding.Decision) -> str:
    """Who can take it back, for the person: somebody with a name, where it was asked for at the machine."""
    names = ", ".join(who.name for who in allowed.holders[:3]) if asker.owns else asker.name
    return names or "the people who run Commonhub here"


@verb("home.keep", Permission.HOMES_REMOVE)
def keep(asker: Asker, hub_id: str, handle: str, *, now: datetime) -> str:
    """Take back that a person's home on a hub is removed; gives the sentence that says so."""
    allowed = allowing.allow(asker, Permission.HOMES_REMOVE, place_of(hub_id), now=now)
    hub, person = finding.hub(hub_id), finding.person(handle)
    row = _open(hub_id, handle)
    if row is None:
        raise errors.NotFoundError(
            f"Nobody asked that the files of {person.name} on {hub.title} go, or they are gone.",
            "The audit of the hub says what happened.",
        )
    if not models.HomeRemoval.objects.filter(pk=row.pk, ended=None, begun=None).update(ended=now, outcome=Outcome.KEPT):
        raise errors.UnavailableError(
            f"The files of {person.name} on {hub.title} are being archived already.",
            "Let them use the hub again: what is not removed by then stays. Else ask the engineers for the archive.",
        )
    allowing.note(
        asker,
        allowed,
        verb="home.keep",
        words=f"Took back that the files of {person.name} at {hub_id} go.",
        subject=handle,
        now=now,
    )
    told_kept(person, hub, now)
    return f"The files of {person.name} stay on {hub.title}."


def told_kept(person: community_models.Person, hub: community_models.Hub, now: datetime) -> None:
    """Tell the person that their files stay."""
    notices.tell(person, f"Your files on {hub.title} stay where they are.", now=now)
