"""From the values of a form or a request to the verbs of changes: one table of what each verb takes and gives.

The keeper runs these, because it may write the fleet folder; whoever may not is refused by the verbs themselves.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from commonhub.changes import (
    addresses,
    book,
    committing,
    consenting,
    destructive,
    intentions,
    merging,
    models,
    proposing,
    seen,
    showing,
    trying,
    undoing,
    viewing,
)
from commonhub.changes.states import State
from commonhub.communities import allowing
from commonhub.communities.asker import Asker
from commonhub.communities.charter_acts import Folder
from commonhub.fleet import writing
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

Values = Mapping[str, Any]
LONGEST: Final = 1_000_000  # characters of one file
FEW: Final = 4000  # characters of one word or reason


def do(asker: Asker, folder: Folder, verb: str, values: Values, now: datetime) -> dict[str, Any]:
    """Do one of `KNOWN` with these values. Raises CommonhubError in words."""
    known = KNOWN.get(verb)
    if known is None:
        raise errors.NotFoundError(f"There is no act {verb[:40]!r}.", f"Use one of: {', '.join(KNOWN)}.")
    if verb in _OF_ONE:
        book.find(asker, _number(values), now=now)  # nobody learns of a change by trying to answer it
    return known(asker, folder, values, now)


# ---- values ----


def _text(values: Values, name: str, longest: int = FEW) -> str:
    found = values.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > longest or "\0" in found:
        raise errors.CommonhubError(f"`{name}` must be text of at most {longest} characters.", "Send it so.")
    return found.strip()


def _texts(values: Values, name: str) -> tuple[str, ...]:
    found = values.get(name) or []
    if not isinstance(found, list | tuple) or len(found) > 1000 or not all(isinstance(each, str) for each in found):
        raise errors.CommonhubError(f"`{name}` must be a list of texts.", "Send it so.")
    return tuple(each.strip() for each in found if each.strip())


def _number(values: Values, name: str = "number") -> int:
    found = values.get(name)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 2**53:
        raise errors.CommonhubError(f"`{name}` must be the number of a change.", "Send it so.")
    return found


def edits_from(values: Values, before: intentions.Texts) -> dict[str, str | None]:
    """The edits that a form means: whole files in `files`, or intentions for `hub` or `community`.

    For a hub: image, choice, memory, memory_guarantee, cpu, home_quota, title, description, interface, and lists as
    add_<list> and remove_<list>. For a community: event. `remove`: the hub or the community goes.
    """
    files = values.get("files")
    if files is not None:
        return _files(files)
    hub, community = _text(values, "hub"), _text(values, "community")
    if values.get("remove") is True:
        name, _, below = (hub or community).partition("/")
        return intentions.removed(before, community=name, hub=below)
    if hub:
        return intentions.on_file(before, intentions.hub_file(hub), *_of_hub(values))
    if community and isinstance(values.get("event"), dict):
        return intentions.on_file(before, writing.community_path(community), intentions.event(values["event"]))
    raise errors.CommonhubError("It is not said what should change.", "Name a hub and what it should be, or files.")


def _files(files: Any) -> dict[str, str | None]:
    if not isinstance(files, dict) or not files or len(files) > 500:
        raise errors.CommonhubError("`files` must be texts by path.", "Send it so.")
    for path, text in files.items():
        if not isinstance(path, str) or not (text is None or isinstance(text, str)):
            raise errors.CommonhubError("`files` must be texts by path.", "Send it so.")
    return dict(files)


_LISTS: Final = {
    "admins": "admins",
    "people": "login.people",
    "organizations": "login.organizations",
    "login_domains": "login.domains",
    "domains": "access.domains",
    "groups": "access.groups",
}


def _of_hub(values: Values) -> Sequence[intentions.Edit]:
    found: list[intentions.Edit] = []
    choice = _text(values, "choice")
    if image := _text(values, "image"):
        found.append(intentions.image(image, choice=choice))
    if memory := _text(values, "memory"):
        found.append(intentions.memory(memory, guarantee=_text(values, "memory_guarantee"), choice=choice))
    if isinstance(cores := values.get("cpu"), int | float) and not isinstance(cores, bool):
        found.append(intentions.cores(cores, choice=choice))
    if quota := _text(values, "home_quota"):
        found.append(intentions.home_quota(quota))
    said = {name: _text(values, name) or None for name in ("title", "description", "interface") if name in values}
    if said:
        found.append(intentions.words(**said))
    for name, path in _LISTS.items():
        add, remove = _texts(values, f"add_{name}"), _texts(values, f"remove_{name}")
        if add or remove:
            found.append(intentions.on_list(path, add=add, remove=remove))
    if not found:
        raise errors.CommonhubError("It is not said what should change.", "Name what the hub should be.")
    return found


# ---- verbs ----


def _may_propose(asker: Asker, values: Values, now: datetime) -> None:
    """Before any file is read: a refusal tells nothing of what stands in it."""
    files = values.get("files")
    if files is not None:
        proposing.allow(asker, _files(files), now)
        return
    community, _, hub = (_text(values, "hub") or _text(values, "community")).partition("/")
    if community:
        allowing.allow(asker, Permission.CHANGE_PROPOSE, Place(community=community, hub=hub), now=now)


def _edits(asker: Asker, folder: Folder, values: Values, now: datetime) -> tuple[dict[str, str | None], str]:
    """The edits, and the commit that they were made for."""
    before = _met(asker, values, now)
    if before is None:
        _may_propose(asker, values, now)
    else:
        proposing.allow(asker, before.edits, now)
    base = _text(values, "base") or folder.repository.head().id
    base = folder.repository.commit_named(base).id
    if before is not None:
        there = trying.texts(folder.repository, base, before.edits)
        wanted = before.edits.items()
        return {
            file: merging.anew(file, base=before.was.get(file), ours=text, theirs=there[file]) for file, text in wanted
        }, base
    if values.get("files") is not None:
        return _with_addresses(asker, folder, _files(values["files"]), base, now), base
    entries = folder.repository.tree(base).entries
    return edits_from(values, trying.Texts(entries)), base


def _met(asker: Asker, values: Values, now: datetime) -> models.Change | None:
    """The change that `anew` names: it met another one, and what it wanted is proposed once more. None for none."""
    return viewing.met(asker, _number(values, "anew"), now=now) if values.get("anew") else None


def _with_addresses(
    asker: Asker, folder: Folder, edits: dict[str, str | None], base: str, now: datetime
) -> dict[str, str | None]:
    """The edits with the addresses again that were hidden from who made them."""
    view = viewing.of(asker, now=now)
    files = [file for file, text in edits.items() if text is not None and view.hides(file)]
    there = trying.texts(folder.repository, base, files) if files else {}
    return {
        file: addresses.put_back(text, whole) if text is not None and (whole := there.get(file)) else text
        for file, text in edits.items()
    }


def _preview(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    edits, base = _edits(asker, folder, values, now)
    found = proposing.preview(asker, folder, edits, base=base, now=now)
    told = showing.preview(asker, found, now=now)
    if before := _met(asker, values, now):
        said = [sentence for found in before.words.values() for sentence in found]
        by_itself = any(before.title.startswith(sentence[:100]) for sentence in said)  # it says what held then
        told |= {"title_of_change": "" if by_itself else before.title, "why": before.why}
    if found.weighed.destructive:
        told["goes"] = _goes(asker, folder, found, now)
    return told


def _goes(asker: Asker, folder: Folder, found: proposing.Preview, now: datetime) -> list[str]:
    """What goes at each place, and what is to be typed for it."""
    said: list[str] = []
    for name, kinds in proposing.going(found.weighed).items():
        with contextlib.suppress(errors.NotFoundError):  # a hub that no keeper has met yet has nothing to lose
            said += destructive.what_goes(asker, folder, name, kinds=kinds, now=now).losses
    return [*said, f"To confirm it, type {proposing.named(found.trial, found.weighed)}."]


def _propose(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    edits, base = _edits(asker, folder, values, now)
    trial = proposing.try_out(folder, edits, base=base)
    title, why = _text(values, "title_of_change"), _text(values, "why")
    if not (title or why) and (before := _met(asker, values, now)):
        title, why = before.title, before.why
    if not title:
        title, _, why = why.partition("\n")
    proposal = book.Proposal(title=title or "Change " + ", ".join(sorted(edits)), why=why)
    change = proposing.propose(asker, trial, proposal, confirm=_text(values, "confirm"), now=now)
    return _made(asker, folder, change, now)


def _agree(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    change = consenting.agree(asker, _number(values), words=_text(values, "words"), now=now)
    return _made(asker, folder, change, now)


def _bypass(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    change = consenting.bypass(asker, _number(values), because=_text(values, "because"), now=now)
    return _made(asker, folder, change, now)


def _undo(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    said = {name: _text(values, name) for name in ("because", "confirm")}
    change = undoing.undo(asker, folder, _number(values), **said, now=now)
    return _made(asker, folder, change, now)


def _decline(asker: Asker, _folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    change = consenting.decline(asker, _number(values), because=_text(values, "because"), now=now)
    return _said(asker, change, now)


def _withdraw(asker: Asker, _folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    return _said(asker, consenting.withdraw(asker, _number(values), now=now), now)


def _review(asker: Asker, _folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    return _said(asker, consenting.review(asker, _number(values), words=_text(values, "words"), now=now), now)


def _accept_history(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    return {"said": seen.accept_history(asker, folder, because=_text(values, "because"), now=now)}


def _what_goes(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    return destructive.what_goes(asker, folder, _text(values, "place"), now=now).told()


def _look_at_files(asker: Asker, folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    """The file of a hub or a community as the newest commit has it, for who may propose something there."""
    hub, community = _text(values, "hub"), _text(values, "community")
    name, _, below = (hub or community).partition("/")
    file = intentions.hub_file(hub) if below else writing.community_path(name)
    allowing.allow(asker, Permission.CHANGE_PROPOSE, Place(community=name, hub=below), now=now)
    base = folder.repository.head().id
    text = trying.texts(folder.repository, base, [file])[file]
    if text is None:
        raise errors.NotFoundError(f"The fleet has no file {file}.", "Look at what there is: commonhub status")
    hides = viewing.of(asker, now=now).hides(file)
    return {"base": base, "files": {file: addresses.hidden(text) if hides else text}}


def _list(asker: Asker, _folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    rows = book.visible(asker, now=now)
    if values.get("open") is True:
        rows = rows.filter(state__in=[State.WAITING, State.READY, State.COMMITTING])
    return {"changes": [showing.row(each) for each in rows.prefetch_related("places")[: book.LISTED]]}


def _show(asker: Asker, _folder: Folder, values: Values, now: datetime) -> dict[str, Any]:
    return showing.whole(asker, book.find(asker, _number(values), now=now), now=now)


def _made(asker: Asker, folder: Folder, change: models.Change, now: datetime) -> dict[str, Any]:
    """Commit it where it is free, and say where it stands."""
    if change.state == State.READY:
        if refused := seen.refused():
            raise errors.UnavailableError(refused, f"Change {change.pk} is kept, and made once that is settled.")
        change = committing.commit(folder, change.pk, now=now)
    return _said(asker, change, now)


def _said(asker: Asker, change: models.Change, now: datetime) -> dict[str, Any]:
    told = showing.whole(asker, change, now=now)
    waits = [each["sentence"] for each in told["needs"] if each["given_by"] is None]
    tail = " ".join(waits) if change.state == State.WAITING else ""
    conflict = change.conflicts[0]["sentence"] if change.conflicts else ""
    said = " ".join(part for part in (f"Change {change.pk}:", State(change.state).sentence, tail, conflict) if part)
    return {"said": said, "change": told}


KNOWN: Final[Mapping[str, Callable[[Asker, Folder, Values, datetime], dict[str, Any]]]] = {
    "change.accept-history": _accept_history,
    "change.agree": _agree,
    "change.bypass": _bypass,
    "change.decline": _decline,
    "change.files": _look_at_files,
    "change.list": _list,
    "change.preview": _preview,
    "change.propose": _propose,
    "change.review": _review,
    "change.show": _show,
    "change.undo": _undo,
    "change.what-goes": _what_goes,
    "change.withdraw": _withdraw,
}
"""Everything that can be asked of changes, by name."""
_OF_ONE: Final = frozenset(f"change.{verb}" for verb in ("agree", "bypass", "decline", "review", "undo", "withdraw"))
