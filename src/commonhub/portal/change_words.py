"""Changes and roll-outs in the reader's words: where they stand, and how risks weigh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from commonhub.changes.states import State
from commonhub.rollouts import stages

STATES: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    State.WAITING: (gettext_lazy("waits for consents"), gettext_lazy("It waits for consents.")),
    State.READY: (
        gettext_lazy("about to be made"),
        gettext_lazy("Everybody whose consent it needs has agreed; it is made within seconds."),
    ),
    State.COMMITTING: (gettext_lazy("being made"), gettext_lazy("It is being made.")),
    State.COMMITTED: (gettext_lazy("made"), gettext_lazy("It is made, and the hubs follow it.")),
    State.CONFLICT: (
        gettext_lazy("in conflict"),
        gettext_lazy("Somebody else changed the same meanwhile. Nothing was lost; it has to be proposed anew."),
    ),
    State.DECLINED: (gettext_lazy("declined"), gettext_lazy("Somebody whose consent it needs has declined it.")),
    State.WITHDRAWN: (gettext_lazy("withdrawn"), gettext_lazy("It was withdrawn.")),
    State.UNDONE: (gettext_lazy("undone"), gettext_lazy("A later change has undone it.")),
}
SEVERITIES: Final[dict[str, str | Promise]] = {
    "danger": gettext_lazy("Danger"),
    "warning": gettext_lazy("Think again"),
    "note": gettext_lazy("Worth knowing"),
}
ROLLOUTS: Final[dict[str, str | Promise]] = {
    stages.State.RUNNING: gettext_lazy("under way"),
    stages.State.PAUSED: gettext_lazy("paused"),
    stages.State.DONE: gettext_lazy("done"),
    stages.State.GOING_BACK: gettext_lazy("going back"),
    stages.State.BACK: gettext_lazy("taken back"),
}
FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "open": (State.WAITING, State.READY, State.COMMITTING),
    "conflict": (State.CONFLICT,),
    "made": (State.COMMITTED,),
    "ended": (State.DECLINED, State.WITHDRAWN, State.UNDONE),
}
"""The states that a list can be narrowed to, by the word in its address."""
FILTER_WORDS: Final[dict[str, str | Promise]] = {
    "open": gettext_lazy("open"),
    "conflict": gettext_lazy("in conflict"),
    "made": gettext_lazy("made"),
    "ended": gettext_lazy("declined, withdrawn or undone"),
}

LINES: Final = 250  # of a difference that a page shows; a page of more weighs too much


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference of files for a page: lines, and how many more there are."""

    lines: tuple[str, ...]
    more: int


def difference(text: str) -> Difference:
    """The difference, as far as a page shows it."""
    found = text.splitlines()
    return Difference(lines=tuple(found[:LINES]), more=max(0, len(found) - LINES))


def findings(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Risks, the worst first, and what is only worth knowing."""
    order = list(SEVERITIES)
    risks = sorted(
        (each for each in found if each["severity"] != "note"), key=lambda each: order.index(each["severity"])
    )
    return {"risks": risks, "notes": [each for each in found if each["severity"] == "note"]}


def state(code: str) -> str:
    """Where a change stands, in a word or two."""
    return str(STATES[code][0]) if code in STATES else code


def sentence(code: str) -> str:
    """Where a change stands, as a sentence."""
    return str(STATES[code][1]) if code in STATES else ""


def severity(code: str) -> str:
    """How a risk weighs."""
    return str(SEVERITIES.get(code, code))


def rollout(code: str) -> str:
    """Where a roll-out stands."""
    return str(ROLLOUTS.get(code, code))
