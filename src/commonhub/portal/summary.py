"""How a set of hubs is, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from commonhub.hubs import models
from commonhub.portal import words


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts over hubs. `states` holds every known state in the order in which it wants to be seen."""

    states: Mapping[str, int]
    people: int
    memory: int  # bytes

    @property
    def hubs(self) -> int:
        """The hubs of the fleet; retired ones are no longer in it."""
        return sum(count for state, count in self.states.items() if state != words.State.RETIRED)

    @property
    def standing(self) -> dict[str, int]:
        """The states without the retired, for the picture."""
        return {state: count for state, count in self.states.items() if state != words.State.RETIRED}

    def state_words(self) -> str:
        """The states that occur, as "1 awake, 2 asleep"."""
        return ", ".join(
            f"{words.grouped(count)} {words.state(state)}" for state, count in self.standing.items() if count
        )


def of(hubs: QuerySet[models.HubRecord]) -> Summary:
    """Count these hubs: one query."""
    states = dict.fromkeys(words.STATES, 0)
    people = memory = 0
    for row in hubs.order_by().values("state").annotate(hubs=Count("*"), at_work=Sum("people"), bytes=Sum("memory")):
        states[row["state"]] = row["hubs"]
        people += row["at_work"] or 0
        memory += row["bytes"] or 0
    return Summary(states=states, people=people, memory=memory)


def fleet_sentence(summary: Summary, *, communities: int, memory: int) -> str:
    """The whole fleet: "3 communities, 3 hubs; 1 awake, 2 asleep; 2 people are working now; 214 MB in use"."""
    parts = (
        f"{words.communities(communities)}, {words.hubs(summary.hubs)}",
        summary.state_words(),
        words.people_at_work(summary.people),
        words.in_use(memory) if memory else "",
    )
    return "; ".join(part for part in parts if part) + "."


def community_sentence(summary: Summary) -> str:
    """The hubs of one community."""
    parts = (
        words.hubs(summary.hubs),
        summary.state_words(),
        words.people_at_work(summary.people),
        words.in_use(summary.memory) if summary.memory else "",
    )
    return "; ".join(part for part in parts if part) + "."
