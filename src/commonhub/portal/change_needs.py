"""What a change of some kind would need, said before it is proposed: whether it flows at once, or whom it waits for.

The table of kinds says it; what a change really needs is weighed when it is tried.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commonhub.changes import kinds
from commonhub.portal import decision_words
from commonhub.responsibility import deciding
from commonhub.responsibility.assignments import Person, Place
from commonhub.responsibility.permissions import Permission

HUB, COMMUNITY = "hub", "community"


@dataclass(frozen=True, kw_only=True)
class Needed:
    """One kind of change, and whose consent it needs of this reader. `flows`: the reader's own is enough."""

    title: str
    flows: bool
    names: str
    costs: str = ""  # who is asked besides, from the community's threshold on


def of_paths(
    paths: Iterable[tuple[str, ...]], charter: deciding.Charter, place: Place, me: str, *, file: str = HUB
) -> tuple[Needed, ...]:
    """The kinds that a touch of these keys can be of, the mildest first, each once."""
    found: dict[str, Needed] = {}
    for path in paths:
        for kind in _kinds(path, file):
            found.setdefault(kind.id, needed(kind, charter, place, me))
    return tuple(found.values())


def _kinds(path: tuple[str, ...], file: str) -> Iterator[kinds.Kind]:
    for kind in kinds.shipped().kinds:
        if kind.file in {"", file} and any(kinds.fits(pattern, path) for pattern in kind.touches):
            yield kind
            if not kind.when:
                return


def kind_named(name: str) -> kinds.Kind | None:
    """A kind of the table by its id."""
    return kinds.shipped().by_id.get(name)


def needed(kind: kinds.Kind, charter: deciding.Charter, place: Place, me: str) -> Needed:
    """How a kind stands for this reader."""
    able: dict[str, Person] = {who.id: who for each in kind.consent for who in charter.holders(each, place)}
    others = tuple(sorted((who for who in able.values() if who.id != me), key=lambda who: who.name))
    own = me in able and (kind.self_approval is kinds.SelfApproval.YES or not others)
    money = charter.holders(Permission.CHANGE_APPROVE_COST, Place(community=place.community)) if kind.costs else ()
    payers = tuple(who for who in money if who.id != me)
    return Needed(
        title=kind.title,
        flows=own,
        names=decision_words.listed(others),
        costs="" if any(who.id == me for who in money) else decision_words.listed(payers),
    )
