"""What a change of some kind would need, said before it is proposed: whether it flows at once, or whom it waits for.

The table of kinds says it; what a change really needs is weighed when it is tried.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commonhub.changes import kinds
from commonhub.fleet.change_rules import SelfApproval
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


@dataclass(frozen=True, kw_only=True)
class Here:
    """Where a reader would change something: the rules in force, who carries what there, and the reader's own handle."""

    table: kinds.Table
    charter: deciding.Charter
    place: Place
    me: str

    def of_paths(self, paths: Iterable[tuple[str, ...]], *, file: str = HUB) -> tuple[Needed, ...]:
        """The kinds that a touch of these keys can be of, the mildest first, each once."""
        found: dict[str, Needed] = {}
        for path in paths:
            for kind in self._kinds(path, file):
                found.setdefault(kind.id, self._needed(kind))
        return tuple(found.values())

    def of_kind(self, name: str) -> Needed | None:
        """How a kind of the table, by its id, stands for this reader."""
        kind = self.table.by_id.get(name)
        return self._needed(kind) if kind else None

    def _kinds(self, path: tuple[str, ...], file: str) -> Iterator[kinds.Kind]:
        for kind in self.table.kinds:
            if kind.file in {"", file} and any(kinds.fits(pattern, path) for pattern in kind.touches):
                yield kind
                if not kind.when:
                    return

    def _needed(self, kind: kinds.Kind) -> Needed:
        holders, me = self.charter.holders, self.me
        able: dict[str, Person] = {who.id: who for each in kind.consent for who in holders(each, self.place)}
        others = tuple(sorted((who for who in able.values() if who.id != me), key=lambda who: who.name))
        own = me in able and (kind.self_approval is SelfApproval.YES or not others)
        around = Place(community=self.place.community)
        money = holders(Permission.CHANGE_APPROVE_COST, around) if kind.costs else ()
        payers = tuple(who for who in money if who.id != me)
        return Needed(
            title=kind.title,
            flows=own,
            names=decision_words.listed(others),
            costs="" if any(who.id == me for who in money) else decision_words.listed(payers),
        )
