"""How much of a change somebody sees: what is of the places whose changes they may see, and no more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from commonhub.changes import addresses, book, comparing, consents, models, wording
from commonhub.changes.states import State
from commonhub.communities import charters
from commonhub.communities.asker import Asker
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission

ELSEWHERE: Final = "Elsewhere"
_PRICE: Final = "It concerns other places too; what it costs there is not shown to you."
Texts = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class View:
    """The eyes of one asker. `whole`: they see all, as who owns the machine or proposed it; `asked`: where they are asked."""

    asker: Asker
    charter: deciding.Charter
    whole: bool = False
    asked: tuple[Place, ...] = ()

    def sees(self, place: Place) -> bool:
        """Whether they see what a change does there."""
        return self.whole or any(each.holds(place) for each in self.asked) or self._may(Permission.CHANGE_SEE, place)

    def sees_hub(self, hub_id: str) -> bool:
        """Whether they see what a change does to a hub."""
        place = charters.place_of(hub_id)
        return self.sees(FLEET) or self.sees(Place(community=place.community)) or self.sees(place)

    def sees_file(self, file: str) -> bool:
        """Whether they see what a change does in a file."""
        return self.sees(_place_of_file(file))

    def hides(self, file: str) -> bool:
        """Whether people's addresses in a file are hidden from them: a hub's own lists are its administrators' work."""
        place = _place_of_file(file)
        return not place.hub and not self._may(Permission.PERSON_SEE, place)

    def difference(self, was: Texts, edits: Texts) -> str:
        """The difference of the files that they see."""
        found = []
        for file in sorted(edits):
            if self.sees_file(file):
                text = wording.difference({file: was.get(file)}, {file: edits[file]})
                found.append(addresses.without(text) if self.hides(file) else text)
        return "".join(found)

    def words(self, words: Mapping[str, list[str]], touches: Iterable[comparing.Touch]) -> dict[str, list[str]]:
        """The sentences of the places that they see; that there is more is said."""
        shown: dict[str, bool] = {}  # by place: whether addresses are hidden
        for each in touches:
            if self.sees_file(each.file):
                shown[wording.where(each)] = self.hides(each.file)
        found = {
            place: addresses.without(said) if shown[place] else said for place, said in words.items() if place in shown
        }
        more = len(words) - len(found)
        return found | ({ELSEWHERE: [f"It changes {_places(more)} more, which you may not see."]} if more else {})

    def _may(self, permission: Permission, place: Place) -> bool:
        if self.asker.owns:
            return True
        if self.asker.scopes is not None and permission not in self.asker.scopes:
            return False
        return permission in self.charter.permissions(self.asker.handle, place)


def _places(count: int) -> str:
    return "one place" if count == 1 else f"{count} places"


def _place_of_file(file: str) -> Place:
    community, hub = comparing.place_of_file(file)
    return Place(community=community, hub=hub)


def of(asker: Asker, *, now: datetime) -> View:
    """As they see what they propose themselves."""
    return View(asker=asker, charter=charters.of_people([asker.handle], now=now), whole=True)


def of_change(asker: Asker, change: models.Change, standings: Iterable[consents.Standing], *, now: datetime) -> View:
    """As they see a change: their own whole, and of others' what is of their places, or what they are asked for."""
    within = asker.scopes is None or Permission.CHANGE_SEE in asker.scopes
    asked = tuple(
        each.need.place for each in standings if within and any(who.id == asker.handle for who in each.holders)
    )
    charter = charters.of_people([asker.handle], now=now)
    return View(asker=asker, charter=charter, whole=asker.owns or change.author == asker.handle, asked=asked)


def met(asker: Asker, number: int, *, now: datetime) -> models.Change:
    """A change that met another one, for who would propose anew what it wanted: only who sees all of it may."""
    change = book.find(asker, number, now=now)
    if change.state != State.CONFLICT:
        raise errors.RefusedError(
            f"Change {number} did not meet another one: {State(change.state).sentence}",
            "Propose what you want by itself.",
        )
    view = of_change(asker, change, book.standings(change, now=now), now=now)
    if not all(view.sees(place) for place in book.places(change)):
        raise errors.RefusedError(
            f"Change {number} is about other places too, which you may not see.",
            "Propose what you want for yours by itself.",
        )
    return change


def shown(view: View, change: models.Change, standings: Iterable[consents.Standing]) -> dict[str, Any]:
    """What of a change is of places: all of it as one may see it."""
    touches = [comparing.heard(each) for each in change.touches]
    places = book.places(change)
    partly = not all(view.sees(place) for place in places)
    return {
        "places": [str(place) for place in places if view.sees(place)],
        "words": view.words(change.words, touches),
        "difference": view.difference(change.was, change.edits),
        "plan": [each for each in change.plan if view.sees_hub(each["hub"])],
        "price": {**change.price, "total": None, "sentence": _PRICE, "lines": []} if partly else change.price,
        "findings": [each for each in change.findings if _finds(view, each, partly=partly)],
        "conflicts": [
            addresses.without(each) if view.hides(each["file"]) else each
            for each in change.conflicts
            if view.sees_file(each["file"])
        ],
        "standings": [each for each in standings if view.sees(each.need.place)],
    }


def _finds(view: View, finding: Mapping[str, Any], *, partly: bool) -> bool:
    """Whether a finding is of what they see; one that names no place is of all of it."""
    if finding["hub"]:
        return view.sees_hub(finding["hub"])
    return view.sees_file(finding["file"]) if finding["file"] else not partly
