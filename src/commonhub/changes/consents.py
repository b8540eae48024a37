"""Whose consent a change needs, and why: from its kinds, its price and who carries what. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from commonhub.changes import kinds, price
from commonhub.changes.comparing import Touch
from commonhub.fleet.change_rules import SelfApproval
from commonhub.responsibility import deciding, model, wording
from commonhub.responsibility.assignments import Person, Place
from commonhub.responsibility.permissions import Permission

_NAMED: Final = 3  # kinds or hubs that a sentence names


@dataclass(frozen=True, kw_only=True)
class Need:
    """One consent that a change needs: of somebody who holds one of `permissions` at `place`."""

    permissions: tuple[Permission, ...]
    place: Place
    because: str
    kinds: tuple[str, ...] = ()
    second_person: bool = False  # the proposer's own does not count, where anybody else could give it

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "permissions": [str(each) for each in self.permissions],
            "community": self.place.community,
            "hub": self.place.hub,
            "because": self.because,
            "kinds": list(self.kinds),
            "second_person": self.second_person,
        }


def heard(told: Mapping[str, Any]) -> Need:
    """The need that records keep."""
    return Need(
        permissions=tuple(Permission.named(each) for each in told["permissions"]),
        place=Place(community=told["community"], hub=told["hub"]),
        because=told["because"],
        kinds=tuple(told["kinds"]),
        second_person=told["second_person"],
    )


@dataclass(frozen=True, kw_only=True)
class Given:
    """Somebody agreed. `scopes` are those of the token that they came with; None where they came themselves."""

    handle: str
    name: str
    scopes: frozenset[Permission] | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a need stands: who gave it, or whom it waits for."""

    need: Need
    given_by: Given | None
    own: bool  # the proposer gave it themselves
    holders: tuple[Person, ...]
    sentence: str


def needs(
    found: Sequence[tuple[kinds.Kind, Sequence[Touch]]],
    *,
    effects: Mapping[str, price.Effect],
    thresholds: Mapping[str, float],
    of: model.Model,
    standard: float,
) -> tuple[Need, ...]:
    """Every consent that these kinds need, each once.

    `effects`: by community, what it costs more. `thresholds`: by community, from which sum a month on its
    representatives are asked; `standard` for those that have not said.
    """
    wanted: dict[tuple[tuple[Permission, ...], Place, bool], list[str]] = {}
    titles: dict[str, str] = {}
    for kind, touched in found:
        titles[kind.id] = kind.title
        second = kind.self_approval is SelfApproval.SECOND_PERSON
        for touch in touched:
            place = place_of(kind, touch)
            key = (_permissions(kind, touch, of), place, second)
            wanted.setdefault(key, [])
            if kind.id not in wanted[key]:
                wanted[key].append(kind.id)
    by_kinds = tuple(
        Need(
            permissions=permissions,
            place=place,
            kinds=tuple(ids),
            second_person=second,
            because=f"{_listed([titles[each] for each in ids])}.",
        )
        for (permissions, place, second), ids in wanted.items()
    )
    return (*by_kinds, *_money(found, effects, thresholds, standard))


def place_of(kind: kinds.Kind, touch: Touch) -> Place:
    """Where a consent is asked for: at the hub, the community or the fleet whose file it is.

    A hub that comes or goes concerns its community, a community the fleet.
    """
    if not touch.path and kinds.sort_of(touch.file) == "hub":
        return Place(community=touch.community) if not touch.had else Place(community=touch.community, hub=touch.hub)
    if not touch.path and not touch.had and kinds.sort_of(touch.file) == "community":
        return Place()
    if kind.by_role:
        entry = touch.after if isinstance(touch.after, dict) else touch.before if isinstance(touch.before, dict) else {}
        hub = entry.get("hub")
        return Place(community=touch.community, hub=hub if isinstance(hub, str) else "")
    return Place(community=touch.community, hub=touch.hub)


def _permissions(kind: kinds.Kind, touch: Touch, of: model.Model) -> tuple[Permission, ...]:
    """What one must hold to consent. What fleet.yaml says for all hubs is the service's own word for all communities."""
    if not kind.by_role:
        of_all = touch.file == "fleet.yaml" and Permission.FLEET_APPLY not in kind.consent
        return (*kind.consent, Permission.FLEET_APPLY) if of_all else kind.consent
    role = of.role_by_id.get(touch.path[1]) if len(touch.path) > 1 else None
    # A role that the model does not know is refused by the reader of the fleet; nobody's consent would mend it.
    return role.appointed_with if role is not None else (Permission.MODEL_CHANGE,)


def _money(
    found: Sequence[tuple[kinds.Kind, Sequence[Touch]]],
    effects: Mapping[str, price.Effect],
    thresholds: Mapping[str, float],
    standard: float,
) -> Iterable[Need]:
    costly = tuple(kind.id for kind, _ in found if kind.costs)
    if not costly:
        return
    for community, effect in sorted(effects.items()):
        limit = thresholds.get(community, standard)
        if not effect.lines or (effect.total is not None and effect.total <= limit):
            continue
        why = (
            "What it costs a month is not known."
            if effect.total is None
            else f"It costs about {effect.total:.2f} {effect.currency} a month more; from {limit:g} on it is asked."
        )
        yield Need(
            permissions=(Permission.CHANGE_APPROVE_COST,),
            place=Place(community=community),
            because=why.replace("  ", " "),
            kinds=costly,
        )


def standing(
    need: Need, *, charter: deciding.Charter, agreed: Sequence[Given], author: str, author_own: bool = False
) -> Standing:
    """Whether a need is met by those who agreed and hold it today, else whom it waits for.

    `author` proposed the change; with `author_own` they own the machine, and nothing here holds them back.
    """
    holders = _holders(need, charter)
    others = tuple(each for each in holders if each.id != author)
    own_counts = not need.second_person or not others
    for given in agreed:
        own = given.handle == author
        if (_holds(given, need, charter) and (own_counts or not own)) or (own and author_own):
            return Standing(
                need=need, given_by=given, own=own, holders=holders, sentence=f"{given.name} agreed: {need.because}"
            )
    asked = others if need.second_person and others else holders
    return Standing(need=need, given_by=None, own=False, holders=asked, sentence=_waits(need, asked, charter))


def _holds(given: Given, need: Need, charter: deciding.Charter) -> bool:
    return any(
        (given.scopes is None or each in given.scopes)
        and any(person.id == given.handle for person in charter.holders(each, need.place))
        for each in need.permissions
    )


def _holders(need: Need, charter: deciding.Charter) -> tuple[Person, ...]:
    found = {person.id: person for each in need.permissions for person in charter.holders(each, need.place)}
    return tuple(sorted(found.values(), key=lambda who: (who.name, who.id)))


def _waits(need: Need, asked: Sequence[Person], charter: deciding.Charter) -> str:
    phrase = need.permissions[0].phrase.format(place=need.place)
    if asked:
        other = " (somebody else than who proposed it)" if need.second_person else ""
        return f"It waits for {_any_of(asked)}{other}, who can {phrase}. Why: {need.because}"
    responsibility = charter.model.responsibility_of(need.permissions[0])
    appointers = charter.appointers(responsibility, need.place)
    whom = f"Ask {wording.names(appointers)} to appoint somebody." if appointers else "Tell those who run this service."
    return f"Nobody can {phrase}, which it needs. {whom} Why: {need.because}"


def _any_of(people: Sequence[Person]) -> str:
    names = [person.name for person in people[:_NAMED]]
    if len(people) > _NAMED:
        names.append("somebody else who may")
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _listed(words: Sequence[str]) -> str:
    shown = list(words[:_NAMED])
    if len(words) > _NAMED:
        shown.append(f"{len(words) - _NAMED} more")
    return wording.listed([shown[0], *(each[:1].lower() + each[1:] for each in shown[1:])])
