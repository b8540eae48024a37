"""Verbs that change what the fleet's files say: who is in which role, what is agreed, who may use a hub.

Each is one commit in the person's name, checked as a whole before it is made, so that a fleet never gets a fault by it.
They run where the fleet folder may be written, which is the keeper.
"""

import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonhub.communities import allowing, charter_checks, charters, finding, models, notices
from commonhub.communities.allowing import Asker
from commonhub.communities.charters import place_of
from commonhub.communities.verbs import verb
from commonhub.fleet import charter, editing, history, reading, trees
from commonhub.ground import errors
from commonhub.responsibility import deciding, model
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

NO_MAIL = "{handle}@localhost"  # git wants an address; a person's own is not put into a file that others copy


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The fleet folder, and a reader that knows the model and remembers what it has read."""

    repository: history.FleetRepository
    reader: reading.Reader
    turn: threading.Lock = field(default_factory=threading.Lock)  # held while the folder is read and written

    def edit(self, path: str, edit: Callable[[str], str], *, asker: Asker, why: str) -> history.Commit | None:
        """Change one file of the newest commit, and commit; None where nothing changes.

        Raises CommonhubError where the file is not there, where somebody changed it meanwhile, and with the first
        new fault where the fleet would get one; then nothing was written.
        """
        with self.turn:
            return self._edit(path, edit, asker=asker, why=why)

    def _edit(self, path: str, edit: Callable[[str], str], *, asker: Asker, why: str) -> history.Commit | None:
        head = self.repository.head()
        tree = self.repository.tree(head.id)
        entry = next((each for each in tree.entries if each.path == path), None)
        if entry is None:
            raise errors.NotFoundError(f"The fleet has no file {path}.", "Look at what there is: commonhub status")
        text = entry.load().decode("utf-8-sig")
        edited = edit(text)
        if edited == text:
            return None
        self._check(tree, path, edited)
        who = history.Person(name=asker.name, email=NO_MAIL.format(handle=asker.handle.replace(":", "-")))
        return self.repository.change({path: edited}, who=who, why=why, base=head.id)

    def _check(self, tree: trees.Tree, path: str, edited: str) -> None:
        data = edited.encode()
        fresh = trees.Entry(path=path, blob=f"edited:{hash(data)}", load=lambda: data)
        entries = tuple(fresh if each.path == path else each for each in tree.entries)
        before = set(self.reader.read(tree).mistakes)
        after = self.reader.read(dataclasses.replace(tree, entries=entries)).mistakes
        new = [
            fault for fault in after if fault not in before and fault.problem not in {each.problem for each in before}
        ]
        if new:
            raise errors.RefusedError(new[0].problem, new[0].mend)


def community_file(community: str) -> str:
    """Where a community's words stand; the fleet's own roles stand in fleet.yaml."""
    return f"communities/{community}/community.yaml" if community else charter_checks.FLEET_FILE


@verb("appointment.make")
def appoint(asker: Asker, folder: Folder, *, community: str, entry: charter.RoleEntry, now: datetime) -> str:
    """Appoint somebody to a role. It takes the permission with which the model appoints to that role."""
    place = Place(community=community, hub=entry.hub or "")
    role = _role(entry.role)
    allowed = _appointing(asker, role, place, now)
    who = entry.name or entry.login or ""
    if entry.login is not None:
        person = models.Person.objects.filter(handle=entry.login).first()
        if person is None and not entry.name:
            raise errors.NotFoundError(
                f"Nobody here has the handle {entry.login}.",
                "Check it, or give their name: an account then waits for them.",
            )
        who = person.name if person else who
        entry = dataclasses.replace(entry, name=None if person else entry.name)
    words = f"Appoint {who} {role.title} for {place}"
    commit = folder.edit(
        community_file(community), lambda text: editing.appoint(text, entry=entry), asker=asker, why=_why(words, entry)
    )
    if commit is None:
        return f"{who} is {role.title} for {place} already."
    _noted(asker, allowed, "appointment.make", words, commit, subject=entry.login or "", now=now)
    _tell(entry.login, f"{asker.name} appointed you {role.title} for {place}.", community, now)
    return f"{who} is now {role.title} for {place}."


@verb("appointment.end")
def end(
    asker: Asker,
    folder: Folder,
    *,
    community: str,
    role_id: str,
    handle: str | None,
    name: str | None = None,
    hub: str | None = None,
    now: datetime,
) -> str:
    """End an appointment. It takes the permission that made it; everybody may give up what is their own.

    Nobody gives up by a token: it was made for less than all that its owner may do.
    """
    place = Place(community=community, hub=hub or "")
    role = _role(role_id)
    own = handle == asker.handle and asker.scopes is None
    allowed = None if own else _appointing(asker, role, place, now)
    person = models.Person.objects.filter(handle=handle).first() if handle else None
    who = (person.name if person else name) or handle or ""
    words = f"End {who}'s appointment as {role.title} for {place}"
    commit = folder.edit(
        community_file(community),
        lambda text: editing.end(text, role=role_id, login=handle, name=None if handle else name, hub=hub),
        asker=asker,
        why=words,
    )
    if commit is None:
        raise errors.NotFoundError(f"{who} is not {role.title} for {place}.", "Look at the roles that there are.")
    _noted(asker, allowed, "appointment.end", words, commit, subject=handle or "", now=now, place=place)
    _tell(handle, f"{asker.name} ended your appointment as {role.title} for {place}.", community, now)
    return f"{who} is no longer {role.title} for {place}."


@verb("agreement.depart")
def depart(asker: Asker, folder: Folder, *, community: str, departure: charter.Departure, now: datetime) -> str:
    """Propose that a responsibility is carried otherwise than usual; it holds once both sides accept the agreement."""
    allowed = _either_side(asker, Place(community=community), now)
    duty = charters.current_model().responsibility_by_id.get(departure.responsibility)
    title = duty.title if duty else departure.responsibility
    words = f"Propose that '{title}' is carried by {departure.carried_by} for {community}"
    commit = folder.edit(
        community_file(community), lambda text: editing.set_departure(text, departure), asker=asker, why=words
    )
    if commit is None:
        return "The agreement says so already."
    _noted(asker, allowed, "agreement.depart", words, commit, now=now)
    return "It is proposed, and holds once both sides have accepted the agreement."


@verb("agreement.return")
def undo_departure(
    asker: Asker, folder: Folder, *, community: str, responsibility: str, hub: str | None = None, now: datetime
) -> str:
    """Propose that a responsibility is carried as usual again; it holds once both sides accept the agreement."""
    allowed = _either_side(asker, Place(community=community), now)
    words = f"Propose that {responsibility} is carried as usual for {community}"
    commit = folder.edit(
        community_file(community),
        lambda text: editing.remove_departure(text, responsibility=responsibility, hub=hub),
        asker=asker,
        why=words,
    )
    if commit is None:
        return "It is carried as usual already."
    _noted(asker, allowed, "agreement.return", words, commit, now=now)
    return "It is proposed, and holds once both sides have accepted the agreement."


@verb("agreement.terms")
def set_terms(asker: Asker, folder: Folder, *, community: str, terms: str, now: datetime) -> str:
    """Propose the terms of an agreement; they hold once both sides accept them."""
    allowed = _either_side(asker, Place(community=community), now)
    words = f"Propose terms for {community}"
    commit = folder.edit(community_file(community), lambda text: editing.set_terms(text, terms), asker=asker, why=words)
    if commit is None:
        return "The agreement says so already."
    _noted(asker, allowed, "agreement.terms", words, commit, now=now)
    return "They are proposed, and hold once both sides have accepted the agreement."


@verb("access.set", Permission.ACCESS_SET)
def set_access(asker: Asker, folder: Folder, hub_id: str, *, access: charter.HubAccess, now: datetime) -> str:
    """Decide by which rule people may use a hub, besides those on its roster."""
    allowed = allowing.allow(asker, Permission.ACCESS_SET, place_of(hub_id), now=now)
    hub = finding.hub(hub_id)
    words = f"Set who may use {hub_id}"
    path = f"communities/{hub.community_id}/hubs/{hub.name}.yaml"
    commit = folder.edit(path, lambda text: editing.set_access(text, access), asker=asker, why=words)
    if commit is None:
        return "The hub's file says so already."
    _noted(asker, allowed, "access.set", words, commit, now=now)
    return f"Who may use {hub.title} is set."


@verb("community.describe", Permission.COMMUNITY_DESCRIBE)
def describe(asker: Asker, folder: Folder, *, community: str, words: Mapping[str, str | None], now: datetime) -> str:
    """Change how a community presents itself."""
    allowed = allowing.allow(asker, Permission.COMMUNITY_DESCRIBE, Place(community=community), now=now)
    finding.community(community)
    why = f"Describe {community}"
    commit = folder.edit(
        community_file(community), lambda text: editing.set_community_words(text, **words), asker=asker, why=why
    )
    if commit is None:
        return "The community's file says so already."
    _noted(asker, allowed, "community.describe", why, commit, now=now)
    return "It is changed."


@verb("administrator.read-back")
def read_back_admins(asker: Asker, folder: Folder, hub_id: str, *, admins: Sequence[str], now: datetime) -> bool:
    """Write administrators whom JupyterHub's own panel has into the hub's file. What is so already is only followed."""
    community, _, name = hub_id.partition("/")
    words = f"Administrators of {hub_id} as named in JupyterHub's own panel: {', '.join(admins)}"
    path = f"communities/{community}/hubs/{name}.yaml"
    commit = folder.edit(path, lambda text: editing.set_admins(text, admins), asker=asker, why=words)
    if commit is not None:
        _noted(asker, None, "administrator.read-back", words, commit, now=now, place=place_of(hub_id))
    return commit is not None


def _role(role_id: str) -> model.Role:
    found = charters.current_model().role_by_id.get(role_id)
    if found is None:
        raise errors.NotFoundError(f"There is no role {role_id[:64]!r}.", "See them all: commonhub model show")
    return found


def _appointing(asker: Asker, role: model.Role, place: Place, now: datetime) -> deciding.Decision:
    """The decision by one of the permissions that appoint to the role; the refusal by the last of them."""
    powers = list(role.appointed_with)
    if Permission.COMMUNITY_CREATE in powers and _has(role, place, now):
        # Whoever sets a community up names its first representatives; after that its own people decide.
        powers.remove(Permission.COMMUNITY_CREATE)
    for power in powers[:-1]:
        found = allowing.decision(asker, power, place, now=now)
        if found.allowed:
            return found
    return allowing.allow(asker, powers[-1], place, now=now)


def _has(role: model.Role, place: Place, now: datetime) -> bool:
    rows = models.Appointment.objects.filter(community=place.community, role=role.id, named=True)
    return any((row.since is None or row.since <= now) and (row.until is None or now < row.until) for row in rows)


def _either_side(asker: Asker, place: Place, now: datetime) -> deciding.Decision:
    """An agreement is proposed by those of either side who may accept it in their side's name."""
    found = allowing.decision(asker, Permission.AGREEMENT_OFFER, place, now=now)
    return found if found.allowed else allowing.allow(asker, Permission.AGREEMENT_ACCEPT, place, now=now)


def _why(words: str, entry: charter.RoleEntry) -> str:
    return f"{words}\n\n{entry.because}" if entry.because else words


def _noted(
    asker: Asker,
    allowed: deciding.Decision | None,
    name: str,
    words: str,
    commit: history.Commit,
    *,
    now: datetime,
    subject: str = "",
    place: Place | None = None,
) -> None:
    allowing.note(
        asker,
        allowed,
        verb=name,
        words=f"{words}.",
        subject=subject,
        details={"commit": commit.id},
        place=place,
        now=now,
    )


def _tell(handle: str | None, words: str, community: str, now: datetime) -> None:
    person = models.Person.objects.filter(handle=handle).first() if handle else None
    if person is not None:
        notices.tell(person, words, url=f"/communities/{community}" if community else "/responsibility", now=now)
